"""`pixbin batch --into`: several pictures in one header; and sprite sheets of a batch."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin.catalog.formats import Format
from pixbin.codecs import source_joining, sprite_sheet
from pixbin.codecs.source_joining import JOINABLE, SourcePart
from pixbin.errors import UsageError
from pixbin.geometry import Extent
from tests.batch.folders import file_tree, write_photos
from tests.fixtures import RunCommand, sample_image
from tests.oracles import programs

NAMES = ("ball.png", "sub/my tree.png", "sub/walk.gif")
SIZE = ("-s", "13x9", "-b", "1")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return a folder of two pictures and an animation of three frames."""
    folder = write_photos(tmp_path / "photos", NAMES[:2])
    frames = [Image.fromarray(np.roll(np.eye(20, dtype=np.uint8) * 255, 3 * n)) for n in range(3)]
    frames[0].save(folder / NAMES[2], save_all=True, append_images=frames[1:], duration=70)
    return folder


@pytest.mark.parametrize(
    "words",
    [
        ("--format", "c"),
        ("--format", "arduino", "--compress", "packbits"),
        ("--format", "arduino", "--frames", "all", "--layout", "pages"),
        ("--format", "arduboy", "--sprite-mask", "external"),
        ("--format", "xbm"),
    ],
    ids=" ".join,
)
def test_all_pictures_go_into_one_file(
    words: tuple[str, ...], run: RunCommand, photos: Path, tmp_path: Path
) -> None:
    """The file compiles as C++, and every picture is read back from it, in the order of names."""
    result = run("batch", "photos", "--into", "assets.h", *SIZE, *words)
    assert result.returncode == 0, result.stderr
    text = (tmp_path / "assets.h").read_text()
    (tmp_path / "Arduino.h").write_text(
        "#include <stdint.h>\n#define PROGMEM\n#define pgm_read_byte(at) (*(at))\n"
    )
    includes = '#include "assets.h"\n' * (1 if "xbm" in words else 2)  # XBM has no guard
    bits = "_bits" if "xbm" in words else ""
    names = ", ".join(f"{name}{bits}[0]" for name in ("ball", "my_tree", "walk"))
    (tmp_path / "main.cc").write_text(
        f"{includes}int main() {{ const int first[] = {{{names}}}; return first[0] * 0; }}\n"
    )
    flags = ["-Wall", "-Wno-unused", "-Werror", "-I.", "-fsyntax-only", "main.cc"]
    done = subprocess.run(
        [programs.path("g++"), *flags], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr

    assert text.count("#pragma once") == ("xbm" not in words)
    expected: list[pixbin.Picture] = []
    for name in NAMES:  # arduboy, and --frames, take all frames
        if {"--frames", "arduboy"} & {*words}:
            expected += pixbin.animate(photos / name, size="13x9", block=1).frames
        else:
            expected.append(pixbin.convert(photos / name, size="13x9", block=1))
    assert len(expected) in (3, 5)
    assert [*pixbin.decode_frames(tmp_path / "assets.h", frames="all").frames] == expected


def test_nothing_is_left_behind(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """The one file is the only one that is written, and a second run makes it again."""
    before = {*file_tree(tmp_path)}
    words = ("batch", "photos", "--into", "assets.h", *SIZE)
    first = run(*words)
    text = (tmp_path / "assets.h").read_bytes()
    assert run(*words, "--jobs", "1").returncode == 0

    assert {*file_tree(tmp_path)} - before == {"assets.h"}
    assert not (tmp_path / ".pixbin").exists()
    assert (tmp_path / "assets.h").read_bytes() == text
    assert b"assets.h: 3 pictures" in first.stderr
    assert text.startswith(b"// 3 pictures: 54 bytes in 3 arrays.\n")
    assert run(*words, "--no-overwrite").returncode == 4


def test_a_failure_leaves_the_old_file(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """If a picture fails, the others are tried, and the file stays as it was."""
    (tmp_path / "assets.h").write_text("old")
    (photos / "bad.png").write_text("no picture")
    result = run("batch", "photos", "--into", "assets.h", *SIZE)

    assert result.returncode == 6
    assert b"bad.png: not a picture" in result.stderr
    assert b"assets.h: not written, as pictures are missing" in result.stderr
    assert (tmp_path / "assets.h").read_text() == "old"


def test_stdout_device_and_dry_run(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """The file may be stdout, a device gives the format, and a dry run lists the pictures."""
    printed = run("batch", photos, "--into", "-", "--device", "ssd1306", "-q")
    assert b"const unsigned char ball [] PROGMEM" in printed.stdout
    plan = run("batch", "photos", "--into", "new.h", *SIZE, "--dry-run").stdout.decode()
    assert "due       photos/sub/my tree.png -> new.h\n" in plan
    report = run("batch", photos, "--into", "new.h", *SIZE, "--json").stdout
    assert {(row["state"], row["output"]) for row in map(json.loads, report.splitlines())} == {
        ("converted", "new.h")
    }
    assert (tmp_path / "new.h").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--into", "a.png"), "png: several pictures do not go into one such file; use --format c"),
        (("--into", "a.h", "--name", "{ext}/x.{ext}"), "two sources for one output"),
        (("--into", "a.h", "--symbol", "cat"), "--symbol is one name"),
        (("--into", "a.h", "--watch"), "--watch writes to a folder"),
        (("--into", "-", "--json"), "both write to stdout"),
        (("--into", "no/a.h"), "no does not exist"),
    ],
)
def test_refusals(words: tuple[str, ...], message: str, run: RunCommand, photos: Path) -> None:
    """Pictures that cannot go into one file are refused before the first is converted."""
    before = {*file_tree(photos.parent)}
    result = run("batch", "photos", *words)

    assert result.returncode in (2, 4)
    assert message in result.stderr.decode()
    assert {*file_tree(photos.parent)} == before


def test_same_names_are_refused(run: RunCommand, photos: Path) -> None:
    """Two pictures with one name cannot be arrays of one file."""
    (photos / "my-tree.png").write_bytes((photos / "ball.png").read_bytes())
    result = run("batch", "photos", "--into", "a.h", *SIZE)

    assert result.returncode == 2
    assert b"my-tree.png and photos/sub/my tree.png both define my_tree; rename" in result.stderr
    assert not (photos.parent / "a.h").exists()


def test_one_picture_is_counted_as_one(run: RunCommand, photos: Path) -> None:
    """Messages and the head of the file have the singular."""
    source = f"photos/{NAMES[2]}"
    result = run("batch", source, "--into", "a.h", "-s", "16x16", "-b", "1")

    assert result.stderr.decode().endswith(
        f"note on 1 picture: {source}: has several frames; only the first is converted; --frames "
        "all keeps all\na.h: 1 picture\n"
    )
    assert (photos.parent / "a.h").read_text().startswith("// 1 picture: 32 bytes in 1 array.\n")


def test_pictures_and_animations_share_a_sheet(
    run: RunCommand, photos: Path, tmp_path: Path
) -> None:
    """With --sheet, frames of all sources are cells of one picture, with a tag for each source."""
    words = ("batch", "photos", "--into", "all.png", "--sheet", "3x", "--alpha", "mask", *SIZE)
    result = run(*words)
    assert result.returncode == 0, result.stderr
    data = json.loads((tmp_path / "all.json").read_bytes())
    frames: list[pixbin.Picture] = []
    for name in NAMES:
        frames += pixbin.animate(photos / name, size="13x9", block=1, alpha="threshold").frames
    sheet = sprite_sheet.arrange(frames, Extent(3, 2))

    assert list(data["frames"]) == ["ball.png", "my tree.png", *(f"walk {n}.png" for n in range(3))]
    assert [frame["duration"] for frame in data["frames"].values()] == [100, 100, 70, 70, 70]
    tags = [(tag["name"], tag["from"], tag["to"]) for tag in data["meta"]["frameTags"]]
    assert tags == [("ball", 0, 0), ("my tree", 1, 1), ("walk", 2, 4)]
    assert np.array_equal(pixbin.decode(tmp_path / "all.png").grid, sheet.grid)
    assert pixbin.decode(tmp_path / "all-mask.png") == sheet.mask
    assert b"all.png: 3 pictures" in result.stderr


def test_one_sheet_is_whole_or_not_at_all(run: RunCommand, photos: Path) -> None:
    """Failures, equal names and other sizes leave no file; a table knows its size by name."""
    before = {*file_tree(photos.parent)}
    into = ("batch", "photos", "--into", "all-table-8-8.png", "--sheet", "3x")
    assert b"the name says frames of 8x8 pixels" in run(*into, "-s", "9x9").stderr
    assert b"do not fit one sheet" in run(*into[:3], "all.png", "--sheet", "3x").stderr
    (photos / "sub" / "ball.png").write_bytes((photos / "ball.png").read_bytes())
    assert b"ball: the name of two pictures" in run(*into).stderr
    (photos / "sub" / "ball.png").write_text("bad")
    failed = run(*into)
    assert (failed.returncode, b"not written" in failed.stderr) == (6, True)
    (photos / "sub" / "ball.png").unlink()
    assert {*file_tree(photos.parent)} == before
    assert run(*into).returncode == 0
    assert {*file_tree(photos.parent)} - before == {"all-table-8-8.png"}
    assert pixbin.decode(photos.parent / "all-table-8-8.png").size == (24, 16)


@pytest.mark.parametrize("file_format", [Format.RAW, Format.PNG, Format.SVG])
def test_other_formats_are_refused(file_format: Format) -> None:
    """Other formats are one picture to a file, and the message lists those that are not."""
    with pytest.raises(UsageError, match=f"use --format {', '.join(JOINABLE)}"):
        source_joining.check_format(file_format)


def test_shared_code_stands_once() -> None:
    """Includes and the code of unpackers are not repeated."""
    guard = "#ifndef PIXBIN_X\n#define PIXBIN_X\n"
    unpacker = f"// Unpacks.\n{guard}#include <string.h>\nint x;\n#endif\n"
    head = "#pragma once\n#include <a.h>\n\n"
    parts = [
        SourcePart(name, f"{head}int {name}[1] = {{\n1,\n}};\n{unpacker}")
        for name in ("cat", "dog")
    ]

    assert source_joining.join(parts, Format.C).decode() == (
        "// 2 pictures: 2 bytes in 2 arrays.\n#pragma once\n#include <a.h>\n#include <string.h>\n\n"
        f"int cat[1] = {{\n1,\n}};\n// Unpacks.\n{guard}int x;\n#endif\n\n"
        "int dog[1] = {\n1,\n};\n"
    )


def test_sheets_of_a_batch_have_their_data(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """Each sheet of a batch gets its JSON file, and a second run finds both unchanged."""
    words = ("batch", "photos", "out", "--sheet", "2x", *SIZE, "--json")
    assert run(*words).returncode == 0
    tree = file_tree(tmp_path / "out")
    run("convert", photos / NAMES[2], "walk.png", "--sheet", "2x", *SIZE, "-q")

    assert {*tree} == {
        f"{name[:-4]}.{extension}" for name in NAMES for extension in ("png", "json")
    }
    assert tree["sub/walk.png"] == (tmp_path / "walk.png").read_bytes()
    assert tree["sub/walk.json"] == (tmp_path / "walk.json").read_bytes()
    states = [json.loads(line)["state"] for line in run(*words).stdout.splitlines()]
    assert states == ["unchanged"] * 6


def test_image_tables_of_a_batch(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """A template may end like the name of an image table; it says the size of a cell."""
    name = "{stem}-table-12-10.png"
    assert run("batch", photos, "out", "--sheet", "2x", "--name", name).returncode == 0
    tree = file_tree(tmp_path / "out")

    assert {*tree} == {f"{stem[:-4]}-table-12-10.png" for stem in NAMES}
    assert pixbin.decode(tree["sub/walk-table-12-10.png"]).size == (24, 20)


def test_equal_names_of_two_folders(tmp_path: Path, run: RunCommand) -> None:
    """The advice of the error works, and lines on the way say nothing of files."""
    for folder in ("dup", "dup 2"):
        (tmp_path / folder).mkdir()
        Image.fromarray(sample_image(16, 16)).save(tmp_path / folder / "cat.png")
    words = ("batch", "dup", "dup 2", "--into", "d.h")
    refused = run(*words).stderr.decode()
    name = refused.partition("--name '")[2].partition("'")[0]
    done = run(*words, "--name", name)
    code = (tmp_path / "d.h").read_text()

    assert name == "{parent}_{stem}.{ext}"
    assert done.returncode == 0, done.stderr
    assert "dup_cat" in code
    assert "dup_2_cat" in code
    lines = done.stderr.decode()
    assert "converted dup/cat.png" in lines
    assert "written" not in lines
    assert "d.h: 2 pictures" in lines


def test_nothing_is_written_if_a_picture_fails(tmp_path: Path, run: RunCommand) -> None:
    """No line says that it was."""
    (tmp_path / "in").mkdir()
    Image.fromarray(sample_image(16, 16)).save(tmp_path / "in" / "cat.png")
    (tmp_path / "in" / "bad.png").write_text("text")
    for more in (("d.h",), ("d.png", "--sheet", "8x", "--size", "8x8")):
        done = run("batch", "in", "--into", *more)

        assert done.returncode == 6
        lines = done.stderr.decode().replace(f"{more[0]}: not written", "")
        assert "written" not in lines
        assert "converted in/cat.png" in lines

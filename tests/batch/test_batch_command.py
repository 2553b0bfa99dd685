"""`pixbin batch` as a black box: folders in, the same folders of pictures out."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.batch.folders import PHOTO_NAMES, file_tree, run_states, write_photos
from tests.fixtures import RunCommand


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return a folder of four pictures, two of them in sub-folders."""
    return write_photos(tmp_path / "photos")


def test_mirrors_a_folder(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """Each output is what `convert` makes, in the same sub-folder; nothing else is left."""
    result = run("batch", photos, "out", "-s", "20x16")
    for name in PHOTO_NAMES:
        run("convert", photos / name, "one.png", "-s", "20x16", "--quiet")

        assert file_tree(tmp_path / "out")[name] == (tmp_path / "one.png").read_bytes()
    assert result.returncode == 0
    assert sorted(PHOTO_NAMES) == sorted(file_tree(tmp_path / "out"))
    assert [
        path.relative_to(tmp_path / "out").as_posix()
        for path in (tmp_path / "out" / ".pixbin").rglob("*")
    ] == [".pixbin/journal.jsonl"]


@pytest.mark.parametrize(
    "options", [["--grid", "10x"], ["--grid", "9x6"], ["--crop", "4,2,10,10", "-s", "8x8"]], ids=str
)
def test_names_need_no_sizes(
    run: RunCommand, photos: Path, tmp_path: Path, options: list[str]
) -> None:
    """A grid alone, or a crop in pixels, is not compared with a picture of one pixel."""
    result = run("batch", photos / "b.png", "out", *options)
    run("convert", photos / "b.png", "one.png", *options, "--quiet")

    assert result.returncode == 0, result.stderr
    assert (tmp_path / "out" / "b.png").read_bytes() == (tmp_path / "one.png").read_bytes()


def test_takes_files_and_folders(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """A named file is written to the output folder itself, as is the content of a folder."""
    result = run("batch", "photos/b.png", "photos/sub", "out")

    assert (result.returncode, result.stdout) == (0, b"")
    assert {"b.png", "a.png", "deep/c.png"} == file_tree(tmp_path / "out").keys()


def test_base_mirrors_named_files(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """With --base, files keep their path below that folder."""
    run("batch", "--base", "photos", "photos/a.png", "photos/sub/a.png", "out")

    assert {"a.png", "sub/a.png"} == file_tree(tmp_path / "out").keys()


@pytest.mark.parametrize(
    ("base", "expected"), [([], {"photos/a.png", "photos/sub/a.png"}), (["--base", "photos"], None)]
)
def test_takes_a_list_of_files(
    run: RunCommand, photos: Path, tmp_path: Path, base: list[str], expected: set[str] | None
) -> None:
    """--files0 takes the output of `find -print0`; folders are left out."""
    listed = b"photos/a.png\0photos/sub\0photos/sub/a.png\0"
    result = run("batch", "--files0", "-", *base, "out", stdin=listed)

    assert result.returncode == 0
    assert (expected or {"a.png", "sub/a.png"}) == file_tree(tmp_path / "out").keys()


def test_list_may_come_from_a_file_and_be_empty(run: RunCommand, tmp_path: Path) -> None:
    """An empty list is not an error."""
    (tmp_path / "list").write_bytes(b"")

    assert run("batch", "--files0", "list", "out").returncode == 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], {"a.png", "b.png", "sub/a.png", "sub/deep/c.png"}),
        (["--no-recursive"], {"a.png", "b.png"}),
        (["--exclude", "sub"], {"a.png", "b.png"}),
        (["--exclude", "A.*"], {"b.png", "sub/deep/c.png"}),
        (["--exclude", "sub/a.png"], {"a.png", "b.png", "sub/deep/c.png"}),
        (["--include", "**/c.*", "--include", "b.png"], {"b.png", "sub/deep/c.png"}),
        (["--include", "sub/*"], {"sub/a.png"}),
        (["--include", "[!b].png"], {"a.png", "sub/a.png", "sub/deep/c.png"}),
        (["--hidden"], {*PHOTO_NAMES, ".d.png", ".e/e.png"}),
        (["--include", "*"], {*PHOTO_NAMES, "notes.png"}),
    ],
)
def test_chooses_files(
    run: RunCommand, photos: Path, tmp_path: Path, words: list[str], expected: set[str]
) -> None:
    """Visible pictures of a folder are converted; globs choose other files."""
    write_photos(photos, (".d.png", ".e/e.png"))
    shutil.copy(photos / "a.png", photos / "notes.text")
    result = run("batch", photos, "out", *words)

    assert result.returncode == 0, result.stderr
    assert expected == file_tree(tmp_path / "out").keys()


def test_links_are_followed_and_loops_left_out(
    run: RunCommand, photos: Path, tmp_path: Path
) -> None:
    """Links are followed; loops are left out with a note."""
    write_photos(tmp_path / "elsewhere", ("x.png",))
    (photos / "linked").symlink_to(tmp_path / "elsewhere")
    (photos / "sub" / "up").symlink_to(photos)
    (photos / "itself.png").symlink_to("itself.png")
    (photos / "f.png").symlink_to(photos / "a.png")
    result = run("batch", photos, "out")

    assert {*PHOTO_NAMES, "f.png", "linked/x.png"} == file_tree(tmp_path / "out").keys()
    assert b"up: leads back to a folder above it; left out" in result.stderr
    assert b"itself.png" in result.stderr
    assert result.returncode == 6


def test_name_template_names_outputs(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """--name names the outputs, with fields of the source file and the options."""
    name = "{method}/{stem}_{suffix}_{size}_{grid}.{ext}"
    run("batch", photos / "sub", "out", "--name", name, "-m", "otsu", "--format", "bmp", "-s", "2x")

    expected = {"otsu/a_png_80x60_80x60.bmp", "deep/otsu/c_png_80x60_80x60.bmp"}
    assert expected == file_tree(tmp_path / "out").keys()


def test_format_follows_from_the_name(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """A template that ends in a format's extension chooses that format."""
    run("batch", photos / "sub" / "deep", "out", "--name", "{stem}.pbm")

    assert file_tree(tmp_path / "out")["c.pbm"].startswith(b"P4")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["photos", "out", "--name", "{size}.png"], 2, "two sources for one output: photos/"),
        (["photos", "out", "--name", "same.png"], 2, "give --name '{stem}_{suffix}.{ext}'"),
        (["photos", "photos/sub", "out"], 2, "two sources for one output"),
        (["photos", "photos/out"], 2, "lies in photos"),
        (["photos", "photos"], 2, "lies in photos"),
        (["photos/sub", "link"], 2, "lies in photos/sub"),
        (["photos/a.png", "photos/b.png", "photos"], 2, "is a source too; write elsewhere"),
        (["nowhere", "out"], 3, "nowhere: no such file or folder"),
        (["empty", "out"], 3, "empty: no picture in it"),
        (["out"], 2, "no INPUT given"),
        (["-", "out"], 2, "--files0 -"),
        (["photos/sub", "photos/a.png"], 4, "is not a folder"),
        (["photos/sub", "photos/a.png/out"], 4, "is not a folder"),
        (["photos", "out", "--name", "{nonsense}.png"], 2, "{nonsense} is unknown"),
        (["photos", "out", "--name", "{stem.__class__}.png"], 2, "is unknown"),
        (["photos", "out", "--name", "{stem!r}.png"], 2, "nothing may follow"),
        (["photos", "out", "--name", "{stem"], 2, "as in {stem}.{ext}"),
        (["photos", "out", "--name", "../{stem}.png"], 2, "below the output folder"),
        (["photos", "out", "--name", ".pixbin/{stem}.png"], 2, "below the output folder"),
        (["photos", "out", "--name", "{stem}.jpg"], 2, "lossy"),
        (["photos", "out", "--format", "pbm", "--ink", "red"], 2, "black and white only"),
        (["photos", "out", "--watch", "--files0", "x"], 2, "leave out --files0"),
        (["photos", "out", "--files0", "-", "--matrix", "-"], 2, "stdin cannot be both"),
        (["photos", "taken"], 4, "a folder, where a picture is to be written"),
        (["photos", "blocked"], 4, "is not a folder"),
        (["mixed", "out"], 4, "is a folder of others"),
    ],
)
def test_impossible_request_is_an_error_before_the_first_write(
    run: RunCommand, photos: Path, tmp_path: Path, words: list[str], code: int, message: str
) -> None:
    """A request that cannot work is an error before anything is written."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(photos / "sub" / "deep")
    (tmp_path / "taken" / "b.png").mkdir(parents=True)
    (tmp_path / "blocked").mkdir()
    (tmp_path / "blocked" / "sub").write_text("a file")
    write_photos(tmp_path / "mixed", ("x.bmp", "x.png/y.png"))
    before = file_tree(tmp_path)
    result = run("batch", *words)

    assert (result.returncode, message in result.stderr.decode()) == (code, True), result.stderr
    assert before == file_tree(tmp_path)
    assert not (tmp_path / "out").exists()


def test_same_source_twice_is_converted_once(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """A source file that is named twice, in any spelling, is converted once."""
    result = run("batch", "photos", "photos/a.png", photos / "a.png", "out", "--json")

    assert result.returncode == 0
    assert len(PHOTO_NAMES) == len(result.stdout.splitlines())


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_any_number_of_jobs_gives_the_same_bytes(
    run: RunCommand, photos: Path, tmp_path: Path, jobs: str
) -> None:
    """Outputs and journal do not depend on --jobs."""
    write_photos(photos, tuple(f"more/{number}.png" for number in range(25)))
    run("batch", photos, "one", "-s", "40x", "-m", "bayer8")
    run("batch", photos, "other", "-s", "40x", "-m", "bayer8", "--jobs", jobs)
    journal = (tmp_path / "one" / ".pixbin" / "journal.jsonl").read_bytes()

    assert file_tree(tmp_path / "one") == file_tree(tmp_path / "other")
    assert journal == (tmp_path / "other" / ".pixbin" / "journal.jsonl").read_bytes()


def test_one_bad_file_fails_alone(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """One bad file fails with its reason and exit code 6; all others are converted."""
    (photos / "b.png").write_bytes((photos / "b.png").read_bytes()[:300])
    (photos / "empty.png").touch()
    result = run("batch", photos, "out")

    assert result.returncode == 6
    assert {"a.png", "sub/a.png", "sub/deep/c.png"} == file_tree(tmp_path / "out").keys()
    assert b"3 written, 2 failed" in result.stderr
    assert b"b.png: damaged" in result.stderr
    assert b"empty.png: empty; give a picture" in result.stderr


def test_fail_fast_stops_at_the_first_failure(
    run: RunCommand, photos: Path, tmp_path: Path
) -> None:
    """With --fail-fast the first failure ends the run."""
    write_photos(photos, tuple(f"more/{number}.png" for number in range(30)))
    (photos / "a.png").write_text("not a picture")
    result = run("batch", photos, "out", "--fail-fast", "--jobs", "1")

    assert result.returncode == 6
    assert b"stopped at the first failure; run again for the rest" in result.stderr
    assert len(file_tree(tmp_path / "out")) < 5


def test_json_has_one_object_a_file(run: RunCommand, photos: Path) -> None:
    """--json prints source, output, seconds, size, grid and error of each file."""
    (photos / "b.png").write_text("not a picture")
    result = run("batch", "photos", "out", "--json", "-s", "20x", "-b", "2")
    reports = run_states(result)

    assert len(PHOTO_NAMES) == len(reports)
    one, bad = reports["photos/sub/a.png"], reports["photos/b.png"]
    seconds = one.pop("seconds")
    assert isinstance(seconds, float)
    assert one == {
        "source": "photos/sub/a.png",
        "output": "out/sub/a.png",
        "state": "written",
        "size": "20x15",
        "grid": "10x8",
        "error": None,
        "notes": [],
    }
    assert bad["state"] == "failed"
    assert "not a picture" in str(bad["error"])


def test_a_terminal_shows_a_bar_and_a_table(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """A terminal gets a bar with rate and failures, then a table, and no line for each file."""
    (photos / "b.png").write_text("not a picture")
    reader, writer = pty.openpty()
    command = [sys.executable, "-m", "pixbin", "batch", "photos", "out"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stderr=writer, env={**os.environ, "TERM": "xterm"}
    )
    os.close(writer)
    printed = b""
    with contextlib.suppress(OSError):  # which Linux raises at the end
        while chunk := os.read(reader, 4096):
            printed += chunk
    os.close(reader)

    assert process.wait() == 6
    for part in (b"4/4", b"/s", b"1 failed", b"written a second", b"error: photos/b.png: not a"):
        assert part in printed
    assert b"-> out/a.png" not in printed


def test_json_is_printed_as_files_are_done(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """The JSON of a file is printed when the file is done, not at the end of the run."""
    command = [sys.executable, "-m", "pixbin", "batch", "photos", "out", "--json", "--watch"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        printed = [json.loads(process.stdout.readline()) for _ in PHOTO_NAMES]
        assert {report["source"] for report in printed} == {
            f"photos/{name}" for name in PHOTO_NAMES
        }
        process.send_signal(signal.SIGINT)

    assert process.returncode == 130


def test_quiet_prints_errors_only(run: RunCommand, photos: Path) -> None:
    """--quiet prints errors only."""
    good = run("batch", "photos", "out", "--quiet")
    (photos / "b.png").write_text("not a picture")
    bad = run("batch", "photos", "out", "--quiet")

    assert (good.stdout, good.stderr) == (b"", b"")
    message = b"error: photos/b.png: not a picture; give a PNG, JPEG or WebP\n"
    assert (bad.returncode, bad.stdout, bad.stderr) == (6, b"", message)


def test_dry_run_prints_plan_and_cost(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """--dry-run prints each source and output, their states, and the cost."""
    run("batch", "photos/sub", "out/sub", "-s", "20x")
    run("batch", "photos", "out", "-s", "20x", "--exclude", "b.png")
    before = file_tree(tmp_path)
    plan = run("batch", "photos", "out", "-s", "20x", "--dry-run").stdout.decode().splitlines()
    states = run_states(run("batch", "photos", "out", "-s", "20x", "--dry-run", "--json"))

    assert before == file_tree(tmp_path)
    assert "due       photos/b.png -> out/b.png" in plan
    assert "unchanged photos/sub/deep/c.png -> out/sub/deep/c.png" in plan
    assert plan[-1].startswith("4 pictures, 1 to convert, ")
    assert plan[-1].endswith("nothing was written")
    assert states["photos/b.png"]["state"] == "due"


def test_dry_run_makes_no_folder(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """A dry run does not make the output folder."""
    assert run("batch", "photos", "out", "--dry-run").returncode == 0
    assert not (tmp_path / "out").exists()


def test_unusual_names_are_mirrored(run: RunCommand, tmp_path: Path) -> None:
    """Names with a line break, outside UTF-8, or of the greatest length are mirrored."""
    odd = {"new\nline.png", os.fsdecode(b"caf\xe9.png"), "n" * 251 + ".png", "-s.png", "a b.png"}
    write_photos(tmp_path / "photos", ("plain.png",))
    for name in odd:
        shutil.copy(tmp_path / "photos" / "plain.png", tmp_path / "photos" / name)
    (tmp_path / "photos" / "plain.png").unlink()
    paths = b"".join(os.fsencode(f"photos/{name}\0") for name in odd)
    first = run("batch", "photos", "out", "--json")
    again = run("batch", "photos", "out", "--json")
    listed = run("batch", "--files0", "-", "list", stdin=paths)

    assert (first.returncode, again.returncode, listed.returncode) == (0, 0, 0)
    assert odd == file_tree(tmp_path / "out").keys()
    assert [report["state"] for report in run_states(again).values()] == ["unchanged"] * len(odd)
    assert {f"photos/{name}" for name in odd} == file_tree(tmp_path / "list").keys()


def test_output_name_that_is_too_long_fails_alone(run: RunCommand, tmp_path: Path) -> None:
    """An output name that is too long fails alone."""
    write_photos(tmp_path / "photos", ("a.png", "n" * 251 + ".png"))
    result = run("batch", "photos", "out", "--name", "{stem}_{method}.{ext}")

    assert result.returncode == 6
    assert b"File name too long" in result.stderr
    assert {"a_floyd-steinberg.png"} == file_tree(tmp_path / "out").keys()


def test_no_overwrite_keeps_existing_files(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """With --no-overwrite an existing file stays, whoever made it."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.png").write_text("mine")
    reports = run_states(run("batch", "photos", "out", "--no-overwrite", "--json"))

    assert reports["photos/a.png"]["state"] == "kept"
    assert reports["photos/b.png"]["state"] == "written"
    assert (tmp_path / "out" / "a.png").read_text() == "mine"


def test_link_to_a_source_is_refused(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """No link in the output folder or above it lets a source file be overwritten."""
    before = file_tree(photos)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.png").symlink_to(photos / "b.png")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "sub").symlink_to(photos)
    by_file, by_folder = run("batch", photos, "out"), run("batch", photos, "other")

    assert (by_file.returncode, by_folder.returncode) == (2, 2)
    assert b"a.png: would be written to a.png, which is a source too" in by_file.stderr
    assert b"a.png: would be written to sub/a.png, which is a source too" in by_folder.stderr
    assert before == file_tree(photos)


def test_source_that_is_its_own_output_fails(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """A source file that is its own output by a link is not overwritten."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.png").symlink_to(photos / "a.png")
    before = (photos / "a.png").read_bytes()
    result = run("batch", "photos", "out")

    assert result.returncode == 6
    assert before == (photos / "a.png").read_bytes()
    assert b"is its own output, by a link" in result.stderr


def test_notes_of_printers_and_of_compression(run: RunCommand, photos: Path) -> None:
    """A batch says what `convert` says: on the roll of a label, and on bytes that grow."""
    labels = run("batch", "photos", "labels", "--format", "brother-ql", "-s", "40x30", "-b", "1")
    packed = run(
        *("batch", "photos", "packed", "--format", "c", "-s", "16x16", "-b", "1", "-j", "1"),
        *("--compress", "heatshrink8", "--json"),
    )

    assert b"note on 4 pictures, the first: photos/" in labels.stderr
    assert b": for the roll of 62 mm: 40 of its 696 dots, from the left\n" in labels.stderr
    for report in run_states(packed).values():
        assert str(report["notes"]).count("heatshrink8 makes") == 1


def test_a_format_that_cannot_hold_a_picture_names_it(run: RunCommand, photos: Path) -> None:
    """The reason of a format stands behind the name of the picture, as each other reason does."""
    result = run("batch", "photos", "out", "--format", "cat-printer", "-s", "400x", "-b", "1")
    lines = [line for line in result.stderr.splitlines() if line.startswith(b"error: ")]

    assert result.returncode == 6
    assert len(lines) == 4
    assert all(b"photos/" in line.partition(b": 400 dots a row;")[0] for line in lines)


def test_options_without_effect_are_noted_once(run: RunCommand, photos: Path) -> None:
    """The note is for the whole batch, before the first picture; --quiet prints none."""
    words = ("batch", "photos", "out", "-s", "8x", "-m", "otsu", "--medium", "thermal", "--force")
    lines = run(*words).stderr.decode().splitlines()

    assert lines[0] == "--medium has no effect with otsu"
    assert sum("no effect" in line for line in lines) == 1
    assert run(*words, "-q").stderr == b""

"""Presets and `pixbin.toml`: origins of values, and their precedence."""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixbin.options.presets import Setting, prepare
from tests.fixtures import RunCommand


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the user's own presets out of the tests; return where theirs are."""
    monkeypatch.setenv("PIXBIN_CONFIG_DIR", str(tmp_path / "config"))
    return tmp_path / "config" / "presets"


def settings(run: RunCommand, *words: str) -> dict[str, tuple[object, str]]:
    """Return the value and the origin of every option that was given."""
    result = run("convert", "photo.png", "out.png", "--dry-run", "--json", *words)
    assert result.returncode == 0, result.stderr
    values = json.loads(result.stdout)["settings"].items()
    return {
        name: (each["value"], each["from"]) for name, each in values if each["from"] != "default"
    }


def test_saved_preset_gives_the_same_picture(
    run: RunCommand, photo: Path, tmp_path: Path, folder: Path
) -> None:
    """A saved preset gives the same picture again, in a batch too."""
    words = ("-s", "40x30", "-m", "bayer4", "--contrast", "20%", "--no-serpentine", "--invert")
    saved = run("convert", photo, "one.png", *words, "--save-preset", "panel")
    run("convert", photo, "two.png", "--preset", "panel")
    run("batch", photo, "out", "-p", "panel")

    assert saved.returncode == 0
    assert f"kept as {folder / 'panel.toml'}" in saved.stderr.decode()
    assert tomllib.loads((folder / "panel.toml").read_text()) == {
        "contrast": "20%",
        "invert": True,
        "method": "bayer4",
        "serpentine": False,
        "size": "40x30",
    }
    one = (tmp_path / "one.png").read_bytes()
    assert one == (tmp_path / "two.png").read_bytes() == (tmp_path / "out/photo.png").read_bytes()


def test_command_line_beats_preset_beats_project_beats_default(
    run: RunCommand, photo: Path, tmp_path: Path
) -> None:
    """The nearest layer that has a value wins."""
    (tmp_path / "pixbin.toml").write_text('size = "10x"\ncontrast = 0.1\nbrightness = 0.1\n')
    (tmp_path / "mine.toml").write_text('size = "20x"\ncontrast = 0.2\n')
    values = settings(run, "--preset", "mine.toml", "--size", "30x")

    assert values == {
        "size": ("30x", "command line"),
        "contrast": (0.2, "preset mine.toml"),
        "brightness": (0.1, str(tmp_path / "pixbin.toml")),
    }


def test_dry_run_prints_origins(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """--dry-run prints the origin of each value, for one picture and for a batch."""
    (tmp_path / "pixbin.toml").write_text('method = "otsu"\n')
    one = run("convert", photo, "out.png", "-s", "20x", "--dry-run").stdout.decode()
    many = run("batch", photo, "out", "-s", "20x", "--dry-run").stdout.decode()

    for text in (one, many):
        assert "--size       20x (command line)\n" in text
        assert f"--method     otsu ({tmp_path / 'pixbin.toml'})\n" in text
        defaults = "fit cover, gravity center, zoom 1, provider cpu, refine 0,"
        assert f"\ndefault      {defaults}" in text
        assert "angle 45," in text
        assert "matrix" not in text
        values = re.search(r"\ndefault.*(?:\n {13}.*)+", text)
        assert values
        assert max(map(len, values[0].splitlines())) <= 80


def test_project_file_in_a_folder_above(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """The nearest pixbin.toml at or above the working folder counts; its paths start there."""
    (tmp_path.parent / "pixbin.toml").write_text('method = "fs"\nseed = 3\n')
    (tmp_path / "pixbin.toml").write_text('[tool.pixbin]\nmatrix = "own.json"\n')
    (tmp_path / "own.json").write_text("[[0, 0.5], [0.5, 0]]")
    values = settings(run)
    (tmp_path / "pixbin.toml").unlink()
    above = settings(run)
    (tmp_path.parent / "pixbin.toml").unlink()

    assert values["matrix"][0] == str(tmp_path / "own.json")
    assert "seed" not in values
    assert above["seed"] == (3, str(tmp_path.parent / "pixbin.toml"))


def test_project_may_have_presets(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """A project's presets come before the user's; `none` leaves out everything."""
    (tmp_path / "pixbin.toml").write_text('seed = 1\n[presets.badge]\nmethod = "ink"\n')
    values = settings(run, "-p", "badge")

    origin = f"preset badge in {tmp_path / 'pixbin.toml'}"
    assert values == {"seed": (1, str(tmp_path / "pixbin.toml")), "method": ("ink", origin)}
    assert settings(run, "-p", "none") == {}


@pytest.mark.parametrize(
    ("kept", "words", "expected"),
    [
        ('method = "bayer8"', ["-t", "40%"], {"threshold"}),
        ("threshold = 100", ["-m", "fs"], {"method"}),
        ('matrix = "[[0, 1]]"', ["-m", "fs"], {"method"}),
        ('size = "80x"\nblock = 4', ["-g", "20x"], {"size", "grid"}),
        ('size = "80x"\ngrid = "20x"', ["-b", "2"], {"size", "block"}),
        ('size = "80x"\ngrid = "20x"', ["-s", "60x"], {"size", "grid"}),
    ],
)
def test_rival_options_are_replaced(
    run: RunCommand, photo: Path, tmp_path: Path, kept: str, words: list[str], expected: set[str]
) -> None:
    """A method or a cell size on the command line drops the rival option of a preset."""
    (tmp_path / "pixbin.toml").write_text(kept)

    assert expected == settings(run, *words).keys()


def test_presets_have_format_and_name(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """A preset may have a format and a name template; commands without these ignore them."""
    (tmp_path / "pixbin.toml").write_text('format = "bmp"\nname = "{stem}-1.{ext}"\n')
    batch = run("batch", photo, "out")
    convert = run("convert", photo, "one")
    stdout = run("convert", photo, "-")
    sheet = run("compare", photo, "sheet.png", "--methods", "fs")

    assert (batch.returncode, convert.returncode, sheet.returncode) == (0, 0, 0)
    assert (tmp_path / "out" / "photo-1.bmp").read_bytes().startswith(b"BM")
    assert (tmp_path / "one").read_bytes().startswith(b"BM")
    assert stdout.stdout.startswith(b"BM")


@pytest.mark.parametrize(
    ("target", "words", "expected", "origin"),
    [
        ("out.bmp", [], "bmp", "name of OUTPUT"),
        ("out.BMP", ["--format", "tiff"], "tiff", "command line"),
        ("out.gif", [], "gif", "name of OUTPUT"),
        ("out.pbm", [], "pbm-plain", "preset"),
        ("out.data", [], "pbm-plain", "preset"),
        ("out", [], "pbm-plain", "preset"),
        ("-", [], "pbm-plain", "preset"),
    ],
)
def test_extension_beats_the_format_of_a_preset(
    run: RunCommand,
    photo: Path,
    tmp_path: Path,
    target: str,
    words: list[str],
    expected: str,
    origin: str,
) -> None:
    """A typed extension beats the format of a preset, and --format beats both."""
    (tmp_path / "mine.toml").write_text('format = "pbm-plain"\n')
    command = ("convert", photo, target, "-p", "mine.toml", "-s", "9x9", *words)
    report = json.loads(run(*command, "--dry-run", "--json").stdout)
    made = run(*command)

    assert (report["format"], report["settings"]["format"]["value"]) == (expected, expected)
    assert report["settings"]["format"]["from"].startswith(origin)
    assert made.returncode == 0
    begins = {"bmp": b"BM", "tiff": b"II", "gif": b"GIF", "pbm": b"P4", "pbm-plain": b"P1"}
    data = made.stdout if target == "-" else (tmp_path / target).read_bytes()
    assert data.startswith(begins[expected])


def test_lossy_extension_is_refused_in_spite_of_a_preset(run: RunCommand, photo: Path) -> None:
    """A preset's format writes no PNG under the name of a JPEG; --format does."""
    (photo.parent / "mine.toml").write_text('format = "png"\n')
    by_preset = run("convert", photo, "out.jpg", "-p", "mine.toml")

    assert by_preset.returncode == 2
    assert b"lossy" in by_preset.stderr
    assert run("convert", photo, "out.jpg", "--format", "png").returncode == 0


def test_extension_of_a_template_beats_a_preset(
    run: RunCommand, photo: Path, tmp_path: Path
) -> None:
    """In a batch, the extension of --name beats the format of a preset."""
    (tmp_path / "mine.toml").write_text('format = "png"\n')
    command = ("batch", photo, "out", "-p", "mine.toml", "-s", "9x9")
    run(*command, "--name", "{stem}.bmp")
    run(*command, "--name", "{stem}-1.{ext}")
    run(*command, "--name", "{stem}-2.bmp", "--format", "png")
    text = run(*command, "--name", "{stem}.bmp", "--dry-run").stdout

    made = {path.name: path.read_bytes()[:2] for path in (tmp_path / "out").glob("photo*")}
    assert made == {"photo.bmp": b"BM", "photo-1.png": b"\x89P", "photo-2.bmp": b"\x89P"}
    assert b"--format     bmp (--name)" in text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("sise = 3", "pixbin.toml: sise: no such setting; did you mean size?"),
        ("zzz = 3", "pixbin.toml: zzz: no such setting; `pixbin convert --help-all` lists all"),
        ('size = "4x4x4"', "pixbin.toml: size 4x4x4: "),
        ("size", "pixbin.toml: not TOML ("),
        ("radius = [1, 2]", "pixbin.toml: radius [1, 2]: "),
        ("format = 3", "pixbin.toml: format 3: write a word"),
        ("name = true", "pixbin.toml: name True: write a word"),
        ('matrix = "-"', "a file cannot take stdin"),
        ("presets = 3", "--preset x: no"),
    ],
)
def test_invalid_settings_name_the_file(
    run: RunCommand, photo: Path, tmp_path: Path, content: str, message: str
) -> None:
    """An invalid setting is reported with the name of its file; nothing is written."""
    (tmp_path / "pixbin.toml").write_text(content)
    words = ["--preset", "x"] if "preset" in content else []
    result = run("convert", photo, "out.png", *words)

    assert result.returncode == 2
    expected = message if "preset x" not in message else "x: no such preset; "
    assert expected in result.stderr.decode()
    assert not (tmp_path / "out.png").exists()


def test_unknown_presets(run: RunCommand, photo: Path, tmp_path: Path, folder: Path) -> None:
    """An unknown preset is an error that lists the known ones; so is a missing file."""
    unsaved = run("convert", photo, "out.png", "-p", "panel").stderr.decode()
    folder.mkdir(parents=True)
    (folder / "eink.toml").write_text("")
    named = run("convert", photo, "out.png", "-p", "panel").stderr.decode()
    file = run("convert", photo, "out.png", "-p", "./panel.toml").stderr.decode()

    assert "panel: no such preset; save one with convert --save-preset NAME" in unsaved
    assert "panel: no such preset; known are eink" in named
    assert "panel.toml: cannot be read (No such file or directory)" in file


@pytest.mark.parametrize("name", ["", "none", "a b", ".x", "-"])
def test_invalid_names(run: RunCommand, photo: Path, name: str) -> None:
    """A preset's name must be valid on any file system."""
    result = run("convert", photo, "out.png", "--save-preset", name, "-s", "9x9")

    assert result.returncode == 2
    assert (b"means no preset" if name == "none" else b"give letters, digits") in result.stderr
    assert not (photo.parent / "out.png").exists()


def test_saved_to_a_file(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """A preset can be saved to a file of any name; paths in it are absolute."""
    (tmp_path / "own.json").write_text("[[0, 0.5], [0.5, 0]]")
    run("convert", photo, "out.png", "--matrix", "own.json", "--save-preset", "sub/own.toml")
    (tmp_path / "sub" / "pixbin.toml").write_text("")

    kept = tomllib.loads((tmp_path / "sub" / "own.toml").read_text())
    assert kept == {"matrix": str(tmp_path / "own.json")}


def test_dry_run_keeps_nothing(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """--dry-run writes no preset, and stdin cannot be saved in one."""
    run("convert", photo, "out.png", "--save-preset", "x.toml", "--dry-run")
    matrix = ("--matrix", "-", "--save-preset", "x.toml")
    stdin = run("convert", photo, "out.png", *matrix, stdin=b"[[0, 1]]")

    assert not (tmp_path / "x.toml").exists()
    assert b"stdin cannot be kept in a preset" in stdin.stderr


SCALARS = (
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@given(value=VALUES)
def test_any_value_survives_as_toml(value: Any) -> None:
    """Whatever a setting holds, `tomllib` reads the same from a saved preset."""
    preset = prepare("./own.toml", {"size": Setting(value, "test")})

    assert tomllib.loads(preset.content.decode()) == {"size": value}


def test_lists_and_tables_can_be_saved(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """Values that only a file can have, a pair and a matrix, are saved as they are."""
    text = "size = [24, 16]\nmatrix = {matrix = [[0, 2], [3, 1]], max = 4}\n"
    (tmp_path / "pixbin.toml").write_text(text)
    run("convert", photo, "one.png", "--save-preset", "own.toml")
    (tmp_path / "pixbin.toml").unlink()
    run("convert", photo, "two.png", "-p", "./own.toml")

    assert tomllib.loads((tmp_path / "own.toml").read_text()) == tomllib.loads(text)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_paths_that_are_not_unicode(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """A file name that TOML cannot hold is a usage error; nothing is written."""
    name = os.fsdecode(b"caf\xe9.json")
    (tmp_path / name).write_text("[[0, 0.5], [0.5, 0]]")
    result = run("convert", photo, "out.png", "--matrix", name, "--save-preset", "own.toml")

    assert result.returncode == 2
    assert b"not UTF-8; rename the file" in result.stderr
    assert not (tmp_path / "out.png").exists()


def test_recipe_in_the_folder_has_a_name(
    run: RunCommand, photo: Path, tmp_path: Path, folder: Path
) -> None:
    """JSON files in the folder of presets are listed and named as TOML files, which come first."""
    (tmp_path / "pixbin.toml").write_text("gamma = 2\n")
    folder.mkdir(parents=True)
    (folder / "tiny.json").write_text('{"pixbin": "0.1.0", "size": "8x8"}')
    (folder / "both.json").write_text('{"size": "9x9"}')
    (folder / "both.toml").write_text('size = "7x7"\n')
    listed = json.loads(run("presets", "--json").stdout)
    tiny = str(folder / "tiny.json")

    assert {row["name"]: row["settings"] for row in listed} == {
        "both": {"size": "7x7"},
        "tiny": {"size": "8x8"},
    }
    assert settings(run, "--preset", "tiny") == {"size": ("8x8", f"preset {tiny}")}
    assert "gamma" in settings(run, "--preset", "both")
    (tmp_path / "pixbin.toml").write_text('[presets.tiny]\nsize = "6x6"\n')
    assert settings(run, "-p", "tiny")["size"][0] == "6x6"

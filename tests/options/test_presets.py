"""Presets and `pixbin.toml`: where values come from, and which of them wins."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from tests.fixtures import RunCommand


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the user's own presets out of the tests; return where theirs are."""
    monkeypatch.setenv("PIXBIN_CONFIG_DIR", str(tmp_path / "config"))
    return tmp_path / "config" / "presets"


def settings(run: RunCommand, *words: str) -> dict[str, tuple[object, str]]:
    """Return the value of every option that was asked for, and where it came from."""
    result = run("convert", "photo.png", "out.png", "--dry-run", "--json", *words)
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)["settings"].items()
    return {
        name: (each["value"], each["from"]) for name, each in found if each["from"] != "default"
    }


def test_saved_and_used(run: RunCommand, photo: Path, tmp_path: Path, folder: Path) -> None:
    """What one call keeps, another uses, in a batch too: the pictures are the same."""
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
    """Each value comes from the nearest place that gives one."""
    (tmp_path / "pixbin.toml").write_text('size = "10x"\ncontrast = 0.1\nbrightness = 0.1\n')
    (tmp_path / "mine.toml").write_text('size = "20x"\ncontrast = 0.2\n')
    found = settings(run, "--preset", "mine.toml", "--size", "30x")

    assert found == {
        "size": ("30x", "command line"),
        "contrast": (0.2, "preset mine.toml"),
        "brightness": (0.1, str(tmp_path / "pixbin.toml")),
    }


def test_dry_run_says_where_values_came_from(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """In words, for one picture and for a batch."""
    (tmp_path / "pixbin.toml").write_text('method = "otsu"\n')
    one = run("convert", photo, "out.png", "-s", "20x", "--dry-run").stderr.decode()
    many = run("batch", photo, "out", "-s", "20x", "--dry-run").stderr.decode()

    for told in (one, many):
        assert "--size       20x (command line)\n" in told
        assert f"--method     otsu ({tmp_path / 'pixbin.toml'})\n" in told
        assert "\ndefault      fit cover, gravity center, provider cpu, serpentine yes, " in told
        assert "angle 45, " in told
        assert "matrix" not in told
        found = re.search(r"\ndefault.*(?:\n {13}.*)+", told)
        assert found
        assert max(map(len, found[0].splitlines())) <= 80


def test_project_is_found_above(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """The nearest pixbin.toml at or above the working folder counts; files are named from it."""
    (tmp_path.parent / "pixbin.toml").write_text('method = "fs"\nseed = 3\n')
    (tmp_path / "pixbin.toml").write_text('[tool.pixbin]\nmatrix = "own.json"\n')
    (tmp_path / "own.json").write_text("[[0, 0.5], [0.5, 0]]")
    found = settings(run)
    (tmp_path / "pixbin.toml").unlink()
    above = settings(run)
    (tmp_path.parent / "pixbin.toml").unlink()

    assert found["matrix"][0] == str(tmp_path / "own.json")
    assert "seed" not in found
    assert above["seed"] == (3, str(tmp_path.parent / "pixbin.toml"))


def test_project_may_have_presets(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """A project's presets come before the user's; `none` leaves out everything."""
    (tmp_path / "pixbin.toml").write_text('seed = 1\n[presets.badge]\nmethod = "ink"\n')
    found = settings(run, "-p", "badge")

    origin = f"preset badge in {tmp_path / 'pixbin.toml'}"
    assert found == {"seed": (1, str(tmp_path / "pixbin.toml")), "method": ("ink", origin)}
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
def test_rivals_are_replaced(
    run: RunCommand, photo: Path, tmp_path: Path, kept: str, words: list[str], expected: set[str]
) -> None:
    """Another way to decide, or to say how large cells are, replaces the one of the preset."""
    (tmp_path / "pixbin.toml").write_text(kept)

    assert expected == settings(run, *words).keys()


def test_format_and_name(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """A preset may tell format and names of outputs; commands without them pass over it."""
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
def test_the_name_of_the_output_beats_a_preset(
    run: RunCommand,
    photo: Path,
    tmp_path: Path,
    target: str,
    words: list[str],
    expected: str,
    origin: str,
) -> None:
    """An ending that was typed is nearer than a preset's format, and --format nearer than that."""
    (tmp_path / "mine.toml").write_text('format = "pbm-plain"\n')
    asked = ("convert", photo, target, "-p", "mine.toml", "-s", "9x9", *words)
    report = json.loads(run(*asked, "--dry-run", "--json").stdout)
    made = run(*asked)

    assert (report["format"], report["settings"]["format"]["value"]) == (expected, expected)
    assert report["settings"]["format"]["from"].startswith(origin)
    assert made.returncode == 0
    begins = {"bmp": b"BM", "tiff": b"II", "gif": b"GIF", "pbm": b"P4", "pbm-plain": b"P1"}
    data = made.stdout if target == "-" else (tmp_path / target).read_bytes()
    assert data.startswith(begins[expected])


def test_a_lossy_ending_is_refused_for_all_a_preset_says(run: RunCommand, photo: Path) -> None:
    """Nobody gets a PNG by the name of a JPEG from a preset; by --format one can."""
    (photo.parent / "mine.toml").write_text('format = "png"\n')
    by_preset = run("convert", photo, "out.jpg", "-p", "mine.toml")

    assert by_preset.returncode == 2
    assert b"lossy" in by_preset.stderr
    assert run("convert", photo, "out.jpg", "--format", "png").returncode == 0


def test_the_template_of_names_beats_a_preset(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """So it is in a batch, whose --name may end in a format's name."""
    (tmp_path / "mine.toml").write_text('format = "png"\n')
    asked = ("batch", photo, "out", "-p", "mine.toml", "-s", "9x9")
    run(*asked, "--name", "{stem}.bmp")
    run(*asked, "--name", "{stem}-1.{ext}")
    run(*asked, "--name", "{stem}-2.bmp", "--format", "png")
    told = run(*asked, "--name", "{stem}.bmp", "--dry-run").stderr

    made = {path.name: path.read_bytes()[:2] for path in (tmp_path / "out").glob("photo*")}
    assert made == {"photo.bmp": b"BM", "photo-1.png": b"\x89P", "photo-2.bmp": b"\x89P"}
    assert b"--format     bmp (--name)" in told


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("sise = 3", "pixbin.toml: sise: no such setting; did you mean size?"),
        ("zzz = 3", "pixbin.toml: zzz: no such setting; known are size, grid"),
        ('size = "4x4x4"', "pixbin.toml: size 4x4x4: "),
        ("size", "pixbin.toml: not TOML ("),
        ("radius = [1, 2]", "pixbin.toml: radius 1x2: "),
        ("format = 3", "pixbin.toml: format 3: write a word"),
        ("name = true", "pixbin.toml: name True: write a word"),
        ('matrix = "-"', "a file cannot take stdin"),
        ("presets = 3", "--preset x: no"),
    ],
)
def test_faults_name_the_file(
    run: RunCommand, photo: Path, tmp_path: Path, content: str, message: str
) -> None:
    """What a file says wrong is told with its name; nothing is written."""
    (tmp_path / "pixbin.toml").write_text(content)
    words = ["--preset", "x"] if "preset" in content else []
    result = run("convert", photo, "out.png", *words)

    assert result.returncode == 2
    expected = message if "preset x" not in message else "x: no such preset; "
    assert expected in result.stderr.decode()
    assert not (tmp_path / "out.png").exists()


def test_unknown_presets(run: RunCommand, photo: Path, tmp_path: Path, folder: Path) -> None:
    """A name that is none is answered with those that are; a file that is none, too."""
    unsaved = run("convert", photo, "out.png", "-p", "panel").stderr.decode()
    folder.mkdir(parents=True)
    (folder / "eink.toml").write_text("")
    named = run("convert", photo, "out.png", "-p", "panel").stderr.decode()
    file = run("convert", photo, "out.png", "-p", "./panel.toml").stderr.decode()

    assert "panel: no such preset; save one by convert --save-preset NAME" in unsaved
    assert "panel: no such preset; known are eink" in named
    assert "panel.toml: cannot be read (No such file or directory)" in file


@pytest.mark.parametrize("name", ["", "none", "a b", ".x", "-"])
def test_names_that_cannot_be(run: RunCommand, photo: Path, name: str) -> None:
    """A preset's name is one that any file system takes."""
    result = run("convert", photo, "out.png", "--save-preset", name, "-s", "9x9")

    assert result.returncode == 2
    assert b"give letters, digits" in result.stderr
    assert not (photo.parent / "out.png").exists()


def test_saved_to_a_file(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """A preset can be kept in a file of one's own; files in it are named in full."""
    (tmp_path / "own.json").write_text("[[0, 0.5], [0.5, 0]]")
    run("convert", photo, "out.png", "--matrix", "own.json", "--save-preset", "sub/own.toml")
    (tmp_path / "sub" / "pixbin.toml").write_text("")

    kept = tomllib.loads((tmp_path / "sub" / "own.toml").read_text())
    assert kept == {"matrix": str(tmp_path / "own.json")}


def test_dry_run_keeps_nothing(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """--dry-run writes no preset either, and stdin cannot be kept."""
    run("convert", photo, "out.png", "--save-preset", "x.toml", "--dry-run")
    matrix = ("--matrix", "-", "--save-preset", "x.toml")
    stdin = run("convert", photo, "out.png", *matrix, stdin=b"[[0, 1]]")

    assert not (tmp_path / "x.toml").exists()
    assert b"stdin cannot be kept in a preset" in stdin.stderr

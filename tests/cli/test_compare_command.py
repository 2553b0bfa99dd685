"""`pixbin compare` at the command line: inputs, what varies, failures and files."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin.catalog import method_uses
from pixbin.cli.variation_flags import VariationFlags
from pixbin.preview.contact_sheet import MARGIN, SHEET_COLOR, TITLE_HEIGHT
from tests.fixtures import RunCommand, sample_image
from tests.preview.sheet_pages import SheetPageReader

TOP = MARGIN + TITLE_HEIGHT + MARGIN  #: of the first tiles of a sheet with titles


@pytest.fixture
def pictures(photo: Path, tmp_path: Path) -> list[str]:
    """Return the names of two pictures in the working folder."""
    Image.fromarray(sample_image(64, 64)[::-1]).save(tmp_path / "other.png")
    return ["photo.png", "other.png"]


def labels(run: RunCommand, tmp_path: Path, *words: str) -> list[str]:
    """Return the labels of the pictures on a page."""
    result = run("compare", "photo.png", "page.html", "-g", "16", *words)
    assert result.returncode == 0, result.stderr
    return [tile.label for tile in SheetPageReader((tmp_path / "page.html").read_bytes()).results]


def test_rows_and_columns(run: RunCommand, pictures: list[str], tmp_path: Path) -> None:
    """Each source is a row that begins with it; tiles in it are what `convert` draws."""
    words = ("-m", "fs", "-s", "256x256", "--grids", "16,64")
    result = run("compare", *pictures, "sheet.png", *words)
    sheet = np.asarray(Image.open(tmp_path / "sheet.png").convert("L"))

    assert (result.returncode, result.stdout) == (0, b"")
    for row, name in enumerate(pictures):
        top = TOP + row * (sheet.shape[0] - MARGIN) // 2
        for column, grid in enumerate((16, 64), 1):
            left = MARGIN + column * (256 + MARGIN)
            expected = pixbin.convert(tmp_path / name, size="256x256", grid=grid).pixels
            actual = sheet[top : top + 256, left : left + 256] > 127
            assert np.array_equal(actual, expected), (name, grid)


def test_sheets_differ_only_by_the_choices(
    run: RunCommand, pictures: list[str], tmp_path: Path
) -> None:
    """Sources, methods, models, grids and two more options vary at once."""
    words = "--methods fs,ink --models ink --grids 16,24 --vary gamma=1,1.5,2 --vary edges=0,50%"
    png = run("compare", *pictures, "sheet.png", *words.split())
    page = run("compare", *pictures, "page.html", *words.split())
    tiles = SheetPageReader((tmp_path / "page.html").read_bytes()).results

    assert (png.returncode, page.returncode) == (0, 0)
    assert len(tiles) == 2 * 3 * 2 * 3 * 2
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width * sheet.height > len(tiles) * 200 * 150


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], [f"-m {method}" for method in method_uses.DOZEN]),
        (["--methods", "fs"], ["-m fs"]),
        (["-m", "ink"], ["-m ink"]),
        (["-m", "ink", "--models", "ink"], ["-m ink", "--model ink"]),
        (["--models", "ink"], ["--model ink"]),
        (["--vary", "model=ink"], ["--model ink"]),
        (["--vary", "angle=0,45"], ["--angle 0", "--angle 45"]),
        (["--vary", "threshold=30%,60%"], ["-t 30%", "-t 60%"]),
        (["--vary", "matrix=[[0,1]]"], ["--matrix '[[0,1]]'"]),
        (["-m", "fs", "--vary", "gamma=1,2"], ["--gamma 1", "--gamma 2"]),
        (["-m", "fs", "--vary", "invert=on,off"], ["--invert", "--no-invert"]),
        (["--threshold", "9"], ["-m threshold", *(f"-m {m}" for m in method_uses.DOZEN)]),
    ],
)
@pytest.mark.usefixtures("photo")
def test_methods_of_a_sheet(
    run: RunCommand, tmp_path: Path, words: list[str], expected: list[str]
) -> None:
    """Flags give the methods; without any it is those of the dozen that what varies acts on."""
    assert labels(run, tmp_path, *words) == expected


def test_options_of_methods_outside_the_dozen() -> None:
    """An option of methods that are not in the dozen shows all that it concerns."""
    flags = VariationFlags(None, False, None, None, ["radius=4,8"])
    methods, radius = flags.variations({})

    assert [choice.value for choice in methods] == ["niblack", "sauvola", "mean", "gaussian"]
    assert [choice.value for choice in radius] == ["4", "8"]


def test_a_method_in_a_preset_is_no_choice(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """A preset's method does not end the comparison; its other settings hold."""
    (tmp_path / "pixbin.toml").write_text('method = "bayer8"\ngamma = 2\n')
    names = labels(run, tmp_path)
    page = SheetPageReader((tmp_path / "page.html").read_bytes())

    assert len(names) == 12
    assert all(tile.command.count("--gamma 2") == 1 for tile in page.results)


def test_a_bad_source_does_not_stop_the_others(
    run: RunCommand, pictures: list[str], tmp_path: Path
) -> None:
    """A source that cannot be read has its reason in each tile and once on stderr; exit code 6."""
    (tmp_path / "bad.png").write_bytes(b"no picture")
    words = ("-g", "16", "--methods", "fs,ink")
    sheet = run("compare", "bad.png", *pictures, "none.png", "sheet.png", *words)
    page = run("compare", "bad.png", *pictures, "none.png", "page.html", *words)
    tiles = SheetPageReader((tmp_path / "page.html").read_bytes()).tiles

    assert (sheet.returncode, page.returncode) == (6, 6)
    lines = sheet.stderr.decode().splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("error: bad.png: not a picture")
    assert lines[0].endswith("(2 pictures)")
    assert lines[1].startswith("error: none.png: no such file")
    assert len([tile for tile in tiles if "bad.png: not a picture" in tile.text]) == 2
    assert len([tile for tile in tiles if tile.images]) == 4
    pixels = np.asarray(Image.open(tmp_path / "sheet.png"))
    assert not (pixels[TOP : TOP + 100, MARGIN : MARGIN + 256] == SHEET_COLOR).all()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("photo.png other.png", 4, "exists and is not a sheet"),
        ("photo.png photo.png other.png", 4, "exists and is not a sheet"),
        ("photo.png", 2, "the last name is the sheet to write; name a picture before it"),
        ("photo.png photo.png sheet.png -m fs -t 3", 2, "takes no threshold"),
        ("photo.png s.png --vary gamma=abc", 2, "gamma abc: write a number from 0.01 to 100"),
        ("photo.png s.png --vary gama=1", 2, "did you mean gamma"),
        ("photo.png s.png --grids 32,y", 2, "grid y: write 64x48, 64 or x48"),
        ("photo.png s.png --grids 8 --vary grid=9", 2, "grid is varied twice"),
        ("photo.png s.png --methods fs --all", 2, "one of --method, --methods and --all"),
        ("photo.png s.png -m fs --methods fs", 2, "one of --method, --methods and --all"),
        ("photo.png s.png -m fs --vary threshold=3,4", 2, "takes no threshold"),
        ("photo.png s.png --vary layout=rows,pages", 2, "png has no use for --layout"),
        ("- - s.png", 2, "stdin can be one INPUT only"),
        ("photo.png s.txt", 2, "end the name in .png or .html"),
        ("photo.png s.png -s 8x8 --grids 16,32", 2, "is larger than the output 8x8"),
        ("photo.png s.png --models none", 5, "none"),
    ],
)
def test_errors(
    run: RunCommand, pictures: list[str], tmp_path: Path, words: str, code: int, message: str
) -> None:
    """Errors are one line with the exit code of `convert`, and nothing is written."""
    result = run("compare", *words.split())

    assert (result.returncode, result.stderr.count(b"\n")) == (code, 1), result.stderr
    assert message in result.stderr.decode()
    assert {path.name for path in tmp_path.iterdir()} == {*pictures}


def test_a_sheet_replaces_a_sheet(run: RunCommand, pictures: list[str], tmp_path: Path) -> None:
    """The sheet of several pictures may be drawn again; --no-overwrite prevents it."""
    for target in ("sheet.png", "page.html"):
        words = ("compare", *pictures, target, "-m", "fs", "-g", "16")
        assert [run(*words).returncode for _ in range(2)] == [0, 0]
        assert run(*words, "--no-overwrite").returncode == 4
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.text == {"Software": "pixbin compare"}  # type: ignore[attr-defined]


def test_an_input_is_never_the_sheet(run: RunCommand, pictures: list[str], tmp_path: Path) -> None:
    """If the last name is an input, nothing is written."""
    before = (tmp_path / "photo.png").read_bytes()
    for sources in (["photo.png"], pictures):
        result = run("compare", *sources, "photo.png", "-g", "16")
        assert result.returncode == 2
        assert result.stderr.endswith(b"photo.png: is INPUT itself; name another OUTPUT\n")
    assert (tmp_path / "photo.png").read_bytes() == before


def test_stdin_and_stdout(run: RunCommand, photo: Path) -> None:
    """A picture from stdin can be one of several, and its matrix can come from there instead."""
    data = photo.read_bytes()
    piped = run("compare", "-", photo, "-", "-m", "fs", "-g", "16", "-q", stdin=data)
    matrix = run("compare", photo, "-", "--matrix", "-", "-g", "16", "-q", stdin=b"[[0, 1]]")

    assert (piped.returncode, matrix.returncode) == (0, 0), (piped.stderr, matrix.stderr)
    for result in (piped, matrix):
        with Image.open(io.BytesIO(result.stdout)) as sheet:
            assert sheet.width > 500


def test_notes_are_printed_once(run: RunCommand, photo: Path) -> None:
    """A note on a crop is printed once for each source; --quiet prints none."""
    words = ("compare", photo, "s.png", "-s", "16x16", "--methods", "fs,ink")
    result = run(*words)

    assert result.stderr.decode().count("photo.png: ") == 1
    assert run(*words, "-q").stderr == b""

"""Text draws cells by its letters, and is read back."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

import pixbin
from pixbin.catalog.formats import Format
from pixbin.catalog.glyphs import GLYPH_SETS
from pixbin.codecs import text
from pixbin.errors import InputError, UsageError
from pixbin.geometry import Layout, Size
from pixbin.picture import Picture
from tests.fixtures import RunCommand, sample_image
from tests.sparse import sparse

grids = arrays.arrays(np.bool_, st.tuples(st.integers(1, 13), st.integers(1, 13)))

#: where the dots are that the standard numbers from 1 on, as row and column
BRAILLE = [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1), (3, 0), (3, 1)]
SEXTANT = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)]
WHOLE = {
    "SPACE": 0b0000,
    "FULL BLOCK": 0b1111,
    "UPPER HALF BLOCK": 0b0011,
    "LOWER HALF BLOCK": 0b1100,
    "LEFT HALF BLOCK": 0b0101,
    "RIGHT HALF BLOCK": 0b1010,
}
QUADRANT = {"UPPER LEFT": 1, "UPPER RIGHT": 2, "LOWER LEFT": 4, "LOWER RIGHT": 8}


def picture(grid: np.ndarray) -> Picture:
    """Return a picture with cells of one pixel."""
    size = Size(grid.shape[1], grid.shape[0])
    return Picture(grid, Layout(size, size, 1))


def dots(letter: str, shape: Size) -> np.ndarray:
    """Return the dots of a letter, bool[height, width], by its name in the standard."""
    name = unicodedata.name(letter)
    lit = np.zeros((shape.height, shape.width), bool)
    head, _, numbers = name.rpartition("-")
    if head in ("BRAILLE PATTERN DOTS", "BLOCK SEXTANT"):
        for number in numbers:
            lit[(BRAILLE if head.startswith("BRAILLE") else SEXTANT)[int(number) - 1]] = True
    elif name.startswith("QUADRANT"):
        words = name.removeprefix("QUADRANT ").split(" AND ")
        code = sum(QUADRANT[word] for word in words)
        lit[...] = np.array([code >> bit & 1 for bit in range(4)]).reshape(2, 2)
    elif name != "BRAILLE PATTERN BLANK":
        corners = np.array([WHOLE[name] >> bit & 1 for bit in range(4)], bool).reshape(2, 2)
        rows = np.arange(shape.height) * 2 // shape.height
        columns = np.arange(shape.width) * 2 // max(shape.width, 2)
        lit[...] = corners[np.ix_(rows, columns)]
    return lit


@pytest.mark.parametrize("format", [member for member in GLYPH_SETS if member is not Format.ASCII])
def test_letters_have_the_dots_of_their_names(format: Format) -> None:  # noqa: A002
    """Every letter has the dots that its name in Unicode says."""
    shape, letters = GLYPH_SETS[format]

    assert len({*letters}) == len(letters) == 2 ** (shape.width * shape.height)
    for number, letter in enumerate(letters):
        bits = [number >> bit & 1 for bit in range(shape.width * shape.height)]
        wanted = np.array(bits, bool).reshape(shape.height, shape.width)
        assert np.array_equal(dots(letter, shape), wanted), unicodedata.name(letter)


@pytest.mark.parametrize("format", GLYPH_SETS)
@given(grids)
def test_read_cells_undoes_encode(format: Format, grid: np.ndarray) -> None:  # noqa: A002
    """Cells are read back, and cells of whole letters beyond the edge are paper."""
    read = text.read_cells(picture(grid).encode(format), format)
    height, width = grid.shape

    assert np.array_equal(read[:height, :width], grid)
    assert read[height:].all()
    assert read[:, width:].all()
    assert all(
        have - want < dots
        for have, want, dots in zip(
            read.shape, grid.shape, GLYPH_SETS[format].dots_per_glyph[::-1], strict=True
        )
    )


@pytest.mark.parametrize(
    ("format", "expected"),
    [
        ("ascii", "#  #\n #  \n####\n"),
        ("half", "▀▄ ▀\n▀▀▀▀\n"),
        ("quadrants", "▚▝\n▀▀\n"),
        ("sextants", "\N{BLOCK SEXTANT-1456}\N{BLOCK SEXTANT-256}\n"),
        ("braille", "⠵⠬\n"),
    ],
)
def test_ink_is_dots(format: str, expected: str) -> None:  # noqa: A002
    """Ink is dots, paper none."""
    rows = ["#  #", " #  ", "####"]
    grid = np.array([[letter == " " for letter in row] for row in rows])

    assert picture(grid).encode(format).decode() == expected


@pytest.mark.parametrize("format", GLYPH_SETS)
def test_format_is_recognized_by_letters(format: Format) -> None:  # noqa: A002
    """Text of many letters needs no format."""
    grid = np.random.default_rng(3).random((24, 24)) < 0.5
    data = picture(grid).encode(format)

    assert np.array_equal(text.read_cells(data), grid)
    assert np.array_equal(text.read_cells(b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n")), grid)


def test_trimmed_lines_are_read() -> None:
    """Blanks that are missing at the ends of lines are paper."""
    grid = np.ones((3, 8), bool)
    grid[1, 2] = False

    assert np.array_equal(text.read_cells(b"\n  #\n        \n"), grid)
    assert np.array_equal(text.read_cells("⠁\n⠁⠀\n".encode())[:, :2].all(axis=0), [False, True])


@pytest.mark.parametrize("data", [b"", b"\n\n", b"cat", b"\x89PNG", "⠁▀\n".encode()])
def test_read_cells_rejects_other_text(data: bytes) -> None:
    """Text of other letters is refused."""
    with pytest.raises(InputError, match="text|letters"):
        text.read_cells(data)
    with pytest.raises(InputError, match="text|letters"):
        text.read_cells(data, Format.HALF)


def test_encode_rejects_colors() -> None:
    """Text holds no colours, but distinguishes black from white."""
    plain = pixbin.convert(sample_image(40, 30))
    swapped = pixbin.convert(sample_image(40, 30), ink="white", paper="black", invert=True)

    assert plain.encode("braille") == swapped.encode("braille")
    with pytest.raises(UsageError, match="braille holds black and white only"):
        pixbin.convert(sample_image(40, 30), ink="navy").encode("braille")
    with pytest.raises(UsageError, match="use png for --channels rgb"):
        pixbin.convert(sample_image(40, 30), channels="rgb").encode("half")


def test_convert_command_writes_text(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """A name in .txt is braille; other letters need --format."""
    run("convert", photo, "a.txt", "-s", "64x")
    run("convert", photo, "b.txt", "-s", "64x32", "--format", "ascii", "--pixel", "1:1")
    result = run("batch", photo, "out", "-s", "64x", "--format", "half")
    made = pixbin.convert(photo, size="64x")

    assert (tmp_path / "a.txt").read_bytes() == made.encode("braille")
    assert (tmp_path / "b.txt").read_bytes() == (
        pixbin.convert(photo, size="64x32").encode("ascii")
    )
    assert result.returncode == 0
    assert (tmp_path / "out" / "photo.txt").read_bytes() == made.encode("half")


@pytest.mark.parametrize("format", sparse(GLYPH_SETS, every=2))
def test_square_stays_square(run: RunCommand, tmp_path: Path, format: Format) -> None:  # noqa: A002
    """Letters are twice as tall as wide, and a square is drawn as a square in all formats."""
    Image.fromarray(sample_image(96, 96)).save(tmp_path / "a.png")
    run("convert", "a.png", "a.txt", "-s", "48x", "--format", format)
    lines = (tmp_path / "a.txt").read_text().splitlines()

    assert abs(len(lines[0]) - 2 * len(lines)) <= 1


@pytest.mark.parametrize("command", ["convert", "batch"])
def test_pixel_option_overrides_letter_shape(
    run: RunCommand, photo: Path, tmp_path: Path, command: str
) -> None:
    """Users whose letters have another shape say so; other formats have square pixels."""
    target = {"convert": "out/photo.txt", "batch": "out"}[command]
    (tmp_path / "out").mkdir()
    words = "-s", "48x", "--format", "ascii", "--quiet"
    run(command, photo, target, *words, "--pixel", "3:4")
    lines = (tmp_path / "out" / "photo.txt").read_text().splitlines()
    run(command, photo, target, *words)

    assert len(lines) == 24
    assert len((tmp_path / "out" / "photo.txt").read_text().splitlines()) == 16
    assert pixbin.convert(photo, size="48x").size.height == 32
    assert pixbin.convert(photo, size="48x", pixel="1:2").size.height == 16


@pytest.mark.parametrize("word", ["1", "0:1", "1:0", "1:17", "a:b", "-1:2", "1:2:3"])
def test_pixel_option_rejects_bad_shapes(word: str) -> None:
    """The shape of a pixel is two numbers that do not differ too much."""
    with pytest.raises(UsageError, match="width to height"):
        pixbin.Options.of(pixel=word)

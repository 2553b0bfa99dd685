"""SVG and PDF draw every cell where it belongs, in any renderer."""

from __future__ import annotations

import io
import re
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

import pixbin
from pixbin.codecs import pdf, svg
from pixbin.codecs.hints import DecodeHints
from pixbin.color.rgb import Color
from pixbin.errors import InputError, OutputError
from pixbin.geometry import Layout, Size
from pixbin.picture import Picture
from pixbin.resample.area import block_upscale
from tests.fixtures import RunCommand, sample_image
from tests.oracles import programs
from tests.oracles.polygons import crossing_counts

READERS: dict[str, Callable[[bytes], np.ndarray]] = {
    "svg": lambda data: svg.decode(data, DecodeHints()).cells,
    "pdf": lambda data: pdf.decode(data, DecodeHints()).cells,
}
SVG = "{http://www.w3.org/2000/svg}"

grids = arrays.arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12)))


def picture(grid: np.ndarray, block: int = 1, colors: tuple[Color, Color] | None = None) -> Picture:
    """Return a picture with cells as blocks."""
    cells = Size(grid.shape[1], grid.shape[0])
    layout = Layout(Size(cells.width * block, cells.height * block), cells, block)
    return Picture(grid, layout, *(colors or ()))


def chart(block: int, colors: tuple[Color, Color] | None = None) -> Picture:
    """Return seeded cells, with lines, a frame and corners that touch."""
    grid = np.random.default_rng(5).random((22, 31)) < 0.5
    grid[3:9, 4:14] = True
    grid[12:18, 20:28] = False
    return picture(grid, block, colors)


def painted(data: bytes) -> np.ndarray:
    """Return the colours of an SVG cell by cell, by a plain reading of the standard."""
    root = ElementTree.fromstring(data)
    assert root.tag == f"{SVG}svg"
    width, height = (int(side) for side in root.attrib["viewBox"].split()[2:])
    canvas = np.zeros((height, width), object)
    for element in root:
        fill = element.get("fill", "#000")
        if element.tag == f"{SVG}rect":
            assert (element.get("width"), element.get("height")) == (str(width), str(height))
            canvas[:] = fill
        else:
            assert element.get("fill-rule") == "evenodd"
            odd = crossing_counts(polygons(element.attrib["d"]), width, height) % 2 == 1
            canvas[odd] = fill
    return canvas


def polygons(path: str) -> list[np.ndarray]:
    """Return the polygons of a path of relative commands."""
    rings: list[list[list[int]]] = []
    x = y = 0
    for letter, words in re.findall(r"([a-z])([^a-z]*)", path):
        steps = [int(word) for word in re.findall(r"-?\d+", words)]
        match letter:
            case "m":
                x, y = x + steps[0], y + steps[1]
                rings.append([[x, y]])
            case "h":
                x += steps[0]
            case "v":
                y += steps[0]
            case "z":
                x, y = rings[-1][0]
                continue
        if letter in "hv":
            rings[-1].append([x, y])
    return [np.array(ring) for ring in rings]


@given(grids)
def test_svg_draws_every_cell(grid: np.ndarray) -> None:
    """Each cell has its colour, as XML and paths are read by the standards."""
    canvas = painted(picture(grid).encode("svg"))

    assert np.array_equal(canvas == "#fff", grid)
    assert np.array_equal(canvas == "#000", ~grid)


@given(arrays.arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))))
def test_svg_of_eight_colors(grid: np.ndarray) -> None:
    """Red, green and blue are written as one shape for each colour."""
    canvas = painted(picture(grid).encode("svg"))
    digits = np.where(grid, "f", "0")
    wanted = np.char.add(np.char.add(digits[..., 0], digits[..., 1]), digits[..., 2])

    assert np.array_equal(canvas, np.char.add("#", wanted))


@pytest.mark.parametrize("format", READERS)
@given(grids, st.integers(1, 9))
def test_decode_undoes_encode(format: str, grid: np.ndarray, block: int) -> None:  # noqa: A002
    """The cells are read back, in blocks of any size."""
    assert np.array_equal(READERS[format](picture(grid, block).encode(format)), grid)


@pytest.mark.parametrize("format", READERS)
@pytest.mark.parametrize(("size", "more"), [("50x41", {"grid": "17x13"}), ("50x41", {"block": 7})])
def test_uneven_blocks(format: str, size: str, more: dict[str, str]) -> None:  # noqa: A002
    """Blocks that differ in size are as wide and high as in a file of pixels."""
    made = pixbin.convert(sample_image(60, 50), size=size, **more)  # type: ignore[arg-type]
    read = READERS[format](made.encode(format))
    times = 50 // read.shape[1]

    assert np.array_equal(read.repeat(times, axis=0).repeat(times, axis=1), made.pixels)
    assert np.array_equal(block_upscale(made.grid, made.layout), made.pixels)


@pytest.mark.parametrize("format", READERS)
def test_decode_accepts_colors_and_cell_lengths(format: str) -> None:  # noqa: A002
    """Cells are read back, whatever the two colours and the length of a cell."""
    made = chart(8, ((10, 20, 30), (255, 255, 240)))
    large = Picture(made.grid, made.layout, made.ink, made.paper, cell=0.123)

    assert np.array_equal(READERS[format](large.encode(format)), made.grid)


def test_svg_is_compact() -> None:
    """One path of relative commands, and nothing that a viewer does not need."""
    ring = np.ones((5, 6), bool)
    ring[1:4, 1:5] = False
    ring[2, 2:4] = True

    assert picture(ring, 10).encode("svg").decode().splitlines() == [
        '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="50" viewBox="0 0 6 5" '
        'shape-rendering="crispEdges">',
        '<rect width="6" height="5" fill="#fff"/>',
        '<path fill-rule="evenodd" d="m1 1h4v3h-4zm1 1h2v1h-2z"/>',
        "</svg>",
    ]


def test_blank_paper_has_no_path() -> None:
    """A blank picture has no path, a full one two colours."""
    assert b"<path" not in picture(np.ones((3, 3), bool)).encode("svg")
    assert b"m0 0h3v3h-3z" in picture(np.zeros((3, 3), bool)).encode("svg")


def test_svg_colors_are_short() -> None:
    """Colours are as short as possible."""
    data = chart(1, ((0x11, 0x22, 0x33), (0xFE, 0xDC, 0xBA))).encode("svg")

    assert b'fill="#fedcba"/>' in data
    assert b'fill="#123" fill-rule' in data


@pytest.mark.parametrize(
    ("cell", "width", "height"),
    [
        ("1mm", 31.0, 22.0),
        ("0.5mm", 15.5, 11.0),
        ("0.1in", 78.74, 55.88),
        ("1.5pt", 16.404, 11.642),
    ],
)
def test_size_on_paper(cell: str, width: float, height: float) -> None:
    """With a length of cells, both formats have their size in millimetres, exactly."""
    made = chart(8)
    sized = pixbin.convert(made.image, block=8, cell=cell)
    root = ElementTree.fromstring(sized.encode("svg"))
    sides = [float(root.attrib[side].removesuffix("mm")) for side in ("width", "height")]
    page = [points * 25.4 / 72 for points in page_size(sized.encode("pdf"))]

    assert np.array_equal(sized.grid, made.grid)
    assert sides == pytest.approx([width, height], abs=1e-3)
    assert page == pytest.approx([width, height], abs=0.01 * 25.4 / 72)


def test_cut_blocks_on_paper() -> None:
    """The last blocks are cut on paper as in pixels: cells keep the given length."""
    made = pixbin.convert(sample_image(100, 60), block=8, cell="1mm")
    root = ElementTree.fromstring(made.encode("svg"))

    assert (root.attrib["width"], root.attrib["height"]) == ("12.5mm", "7.5mm")


def page_size(data: bytes) -> list[float]:
    """Return the width and height of the page, in points."""
    match = re.search(rb"/MediaBox\[0 0 (\S+) (\S+)\]", data)
    assert match
    return [float(side) for side in match.groups()]


def test_pixels_are_points_by_default() -> None:
    """Without the length of a cell, an output pixel is a point of the page."""
    assert page_size(chart(8).encode("pdf")) == [248, 176]


def test_pdf_offsets_are_right() -> None:
    """Every object stands where the table at the end says."""
    data = chart(3).encode("pdf")
    table = int(re.findall(rb"startxref\n(\d+)\n%%EOF\n$", data)[0])
    offsets = [int(offset) for offset in re.findall(rb"(\d{10}) 00000 n \n", data[table:])]
    stream = re.search(rb"/Length (\d+)/Filter/FlateDecode>>stream\n", data)

    assert data[table:].startswith(b"xref\n0 5\n0000000000 65535 f \n")
    for number, offset in enumerate(offsets, 1):
        assert data[offset:].startswith(b"%d 0 obj\n" % number)
    assert stream
    content = data[stream.end() : stream.end() + int(stream[1])]
    assert zlib.decompress(content).startswith(b"3 0 0 -3 0 66 cm\n1 g 0 0 31 22 re f\n0 g\n")
    assert data[stream.end() + int(stream[1]) :].startswith(b"\nendstream\nendobj\n")


def test_encode_rejects_large_pages() -> None:
    """A page larger than readers must support is an error that says what to do."""
    with pytest.raises(OutputError, match="15000x10 points is too large; give a smaller --cell"):
        picture(np.ones((10, 15000), bool)).encode("pdf")


@pytest.mark.parametrize("format", READERS)
@pytest.mark.parametrize(
    "change",
    [
        lambda data: b"",
        lambda data: b"<svg/>",
        lambda data: data[: len(data) // 2],
        lambda data: b"x" + data[:100] + data,
        lambda data: b"\xff" + data.replace(b"h", b"9999999h9").replace(b"x", b""),
    ],
)
def test_decode_rejects_other_files(format: str, change: object) -> None:  # noqa: A002
    """Files that pixbin did not write are refused."""
    data = chart(1).encode(format)
    with pytest.raises(InputError, match="pixbin wrote|at most"):
        READERS[format](change(data))  # type: ignore[operator]


@pytest.mark.parametrize("path", ["m0 0h9v1h-9z", "m-1 0h2v1h-2z", "m0 0l1 1z", "m0 0h1v1h-1z?"])
def test_decode_rejects_bad_paths(path: str) -> None:
    """A path that leaves the page, or has other commands, is an error."""
    data = picture(np.zeros((2, 3), bool)).encode("svg").decode()
    with pytest.raises(InputError, match="path"):
        svg.decode(re.sub(r' d="[^"]*"', f' d="{path}"', data).encode(), DecodeHints())


def test_eight_colors_are_read_back() -> None:
    """The eight colours of red, green and blue are read; three other colours are refused."""
    grid = np.random.default_rng(1).random((9, 13, 3)) < 0.5
    for name, read in READERS.items():
        assert np.array_equal(read(picture(grid).encode(name)), grid)
    drawn = picture(grid).encode("svg").replace(b"#ff0", b"#fe0").replace(b"#f00", b"#e00")
    with pytest.raises(InputError, match="more than two colours"):
        svg.decode(drawn, DecodeHints())


def pixels_of(data: bytes) -> np.ndarray:
    """Return the colours in an image file."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def drawings() -> list[Picture]:
    """Return pictures for other programs to draw."""
    eight = np.random.default_rng(2).random((9, 13, 3)) < 0.5
    return [chart(8), chart(5, ((200, 0, 30), (250, 240, 230))), picture(eight, 7)]


@pytest.mark.parametrize("made", drawings())
def test_librsvg_draws_the_same(made: Picture) -> None:
    """The program librsvg draws the same pixels from SVG."""
    command = [programs.path("rsvg-convert")]
    drawn = subprocess.run(command, input=made.encode("svg"), capture_output=True, check=True)

    assert np.array_equal(pixels_of(drawn.stdout), np.asarray(made.image.convert("RGB")))


@pytest.mark.parametrize("made", drawings())
def test_ghostscript_draws_the_same(made: Picture, tmp_path: Path) -> None:
    """Ghostscript draws the same pixels from PDF, at 72 dots per inch."""
    (tmp_path / "a.pdf").write_bytes(made.encode("pdf"))
    words = "-q -dSAFER -dNOPAUSE -dBATCH -sDEVICE=png16m -r72 -o a.png a.pdf"
    subprocess.run([programs.path("gs"), *words.split()], cwd=tmp_path, check=True)

    drawn = pixels_of((tmp_path / "a.png").read_bytes())
    assert np.array_equal(drawn, np.asarray(made.image.convert("RGB")))


def test_poppler_draws_the_same(tmp_path: Path) -> None:
    """Poppler finds the size of the page, and draws the middle of every cell."""
    made = pixbin.convert(chart(1).image, block=1, cell="2.54mm")
    (tmp_path / "a.pdf").write_bytes(made.encode("pdf"))
    command = [programs.path("pdfinfo"), "a.pdf"]
    info = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    command = [programs.path("pdftoppm"), "-r", "90", "-png", "a.pdf", "a"]
    subprocess.run(command, cwd=tmp_path, check=True)

    assert b"223.2 x 158.4 pts" in info.stdout
    drawn = pixels_of((tmp_path / "a-1.png").read_bytes())[4::9, 4::9, 0]
    assert np.array_equal(drawn > 127, made.grid)


def test_convert_command_writes_vectors(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """The file's name gives the format, and `--cell` the size on paper."""
    for format in READERS:  # noqa: A001
        result = run("convert", photo, f"a.{format}", "-s", "64x", "--cell", "1mm")
        assert (result.returncode, result.stderr) == (0, b"")
    made = pixbin.convert(photo, size="64x")

    assert b'width="64mm"' in (tmp_path / "a.svg").read_bytes()
    for format, read in READERS.items():  # noqa: A001
        assert np.array_equal(read((tmp_path / f"a.{format}").read_bytes()), made.grid)


@pytest.mark.parametrize("word", ["1", "0mm", "-1mm", "1px", "1e9mm", "99999in", "mm"])
def test_cell_option_rejects_bad_lengths(word: str, run: RunCommand, photo: Path) -> None:
    """A length without a unit, or too short or long for paper, is refused."""
    result = run("convert", photo, "a.svg", "--cell", word)

    assert result.returncode == 2
    assert b"write a length with its unit" in result.stderr

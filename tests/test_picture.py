"""Pictures as values: equality, arrays, files in memory, and their display in notebooks."""

from __future__ import annotations

import io
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

import pixbin
from pixbin.catalog.formats import Format
from pixbin.errors import ArgumentError, OutputError, UsageError
from pixbin.geometry import Layout, Size
from pixbin.picture import Picture
from tests.fixtures import sample_image

#: formats that a decoder reads without being given the size
SELF_DESCRIBING = ("png", "pbm", "bmp", "tiff", "gif", "webp", "svg", "c", "xbm", "lvgl")
CELLS = arrays.arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9)))
COLORS = st.sampled_from([(0, 0, 0), (255, 255, 255), (0, 0, 128), (255, 255, 0)])


def made_of(cells: np.ndarray, block: int = 1, **more: object) -> Picture:
    """Return a picture of these cells in square blocks."""
    height, width = cells.shape[:2]
    layout = Layout(Size(width * block, height * block), Size(width, height), block)
    return Picture(cells, layout, **more)  # type: ignore[arg-type]


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    """Return any picture: two colours or channels, some cells transparent, any blocks."""
    cells = draw(CELLS)
    opacity = draw(st.none() | arrays.arrays(bool, cells.shape))
    if draw(st.booleans()):
        cells = np.dstack([cells, draw(arrays.arrays(bool, cells.shape)), cells])
        ink, paper = (0, 0, 0), (255, 255, 255)
    else:
        ink, paper = draw(st.tuples(COLORS, COLORS).filter(lambda pair: pair[0] != pair[1]))
    if opacity is not None:
        cells = cells & (opacity if cells.ndim == 2 else opacity[..., None])
    picture = made_of(cells, 1, ink=ink, paper=paper, opacity=opacity)
    grid = picture.layout.grid
    if draw(st.booleans()):  # the edge cuts the last blocks
        block = draw(st.integers(1, 4))
        size = Size(grid.width * block - draw(st.integers(0, block - 1)), grid.height * block)
        return replace(picture, layout=Layout(size, grid, block))
    sides = st.integers(0, 7)  # blocks of several widths
    size = Size(grid.width + draw(sides), grid.height + draw(sides))
    return replace(picture, layout=Layout(size, grid, None))


def colors_of(picture: Picture) -> np.ndarray:
    """Return red, green, blue and opacity of every pixel, by Pillow: the slow reference."""
    image = picture.image.convert("RGBA")
    levels = np.asarray(image).copy()
    levels[levels[..., 3] == 0] = 0
    return levels


@given(pictures(), pictures())
def test_equal_pictures_have_equal_pixels(first: Picture, second: Picture) -> None:
    """Pictures are equal if and only if Pillow draws them with the same pixels."""
    expected = first.size == second.size and np.array_equal(colors_of(first), colors_of(second))

    assert (first == second) is expected
    assert (first != second) is not expected
    if expected:
        assert hash(first) == hash(second)


@given(pictures())
def test_blocks_do_not_count(picture: Picture) -> None:
    """The same pixels in cells of one pixel make an equal picture, with an equal hash."""
    whole = Layout(picture.size, picture.size, 1)
    opacity = None
    if picture.opacity is not None:
        opacity = replace(picture, grid=picture.opacity, opacity=None).pixels
    same = replace(picture, grid=picture.pixels, layout=whole, opacity=opacity)

    assert same == picture
    assert {same, picture} == {picture}


@given(pictures(), st.randoms(use_true_random=False))
def test_one_other_pixel_makes_another_picture(picture: Picture, random: object) -> None:
    """A picture is not equal to one that differs in a single pixel."""
    if picture.opacity is not None:
        picture = replace(picture, opacity=None)
    pixels = picture.pixels.copy()
    number = random.randrange(pixels.size)  # type: ignore[attr-defined]
    pixels.flat[number] ^= True
    other = replace(picture, grid=pixels, layout=Layout(picture.size, picture.size, 1))

    assert other != picture


def test_swapped_ink_and_paper_are_equal() -> None:
    """Only the colours count, not which of them is called ink."""
    cells = np.eye(5, dtype=bool)
    swapped = made_of(~cells, ink=(255, 255, 255), paper=(0, 0, 0))

    assert swapped == made_of(cells)
    assert hash(swapped) == hash(made_of(cells))


def test_settings_of_files_do_not_count() -> None:
    """Depth, byte layout and a separate mask change files, not the picture."""
    photo = sample_image(24, 16)
    plain = pixbin.convert(photo)

    assert pixbin.convert(photo, depth=8, layout="pages", symbol="cat") == plain
    assert pixbin.convert(photo, invert=True) != plain


def test_pictures_are_no_other_objects() -> None:
    """Comparison with another type is False and raises nothing."""
    picture = made_of(np.eye(3, dtype=bool))

    assert picture != "picture"
    assert picture != None  # noqa: E711
    assert picture in {picture: 1}


def test_a_picture_cannot_change() -> None:
    """Its arrays refuse writing, but the caller's own array stays writable."""
    cells = np.eye(3, dtype=bool)
    picture = made_of(cells, opacity=np.ones((3, 3), bool))
    for array in (picture.grid, picture.opacity, np.asarray(picture)):
        assert array is not None
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = False
    cells[0, 1] = True
    np.array(picture)[0, 0] = False


def test_a_copy_of_another_process_is_equal() -> None:
    """A picture survives pickling as an equal one."""
    picture = pixbin.convert(sample_image(24, 16), ink="navy")
    assert pickle.loads(pickle.dumps(picture)) == picture


@given(pictures())
def test_arrays_are_the_pixels(picture: Picture) -> None:
    """NumPy gets the pixels, of any type that is asked for."""
    array = np.asarray(picture)

    assert array.dtype == bool
    assert np.array_equal(array, picture.pixels)
    assert array.shape[:2] == picture.size[::-1]
    assert np.array_equal(np.asarray(picture, np.uint8), picture.pixels.astype(np.uint8))


def test_arrays_are_copied_as_numpy_asks() -> None:
    """copy=True copies, copy=False shares or refuses, None copies only if it must."""
    small = made_of(np.eye(3, dtype=bool))
    large = made_of(np.eye(3, dtype=bool), block=2)

    assert np.shares_memory(small.__array__(), small.grid)
    assert np.shares_memory(small.__array__(copy=False), small.grid)
    assert not np.shares_memory(small.__array__(copy=True), small.grid)
    assert not np.shares_memory(small.__array__(np.uint8), small.grid)
    assert small.__array__(copy=True).flags.writeable
    for picture, dtype in ((large, None), (large, bool), (small, np.float32)):
        with pytest.raises(ValueError, match="copy=False"):
            picture.__array__(dtype, copy=False)


@given(pictures(), st.sampled_from(SELF_DESCRIBING))
def test_saved_and_read_again(picture: Picture, name: str) -> None:
    """A file in memory holds the same bytes as `to_bytes`, and decodes to an equal picture."""
    file = io.BytesIO()
    try:
        data = picture.to_bytes(name)
    except UsageError:  # the format has no colours or no transparency
        with pytest.raises(UsageError):
            picture.save(file, name)
        return
    picture.save(file, name)
    file.seek(0)
    size = picture.size if name == "svg" else None

    assert file.getvalue() == data == picture.encode(name)
    assert pixbin.decode(file, size=size) == picture


def test_save_takes_the_format_from_the_name(tmp_path: Path) -> None:
    """An open file with a name needs no format, and stays open; an explicit format comes first."""
    picture = made_of(np.eye(8, dtype=bool))
    with (tmp_path / "a.pbm").open("wb") as file:
        picture.save(file)
        assert not file.closed
    picture.save(tmp_path / "b.png", "pbm")
    picture.save(tmp_path / "c.dat", Format.PBM)

    for name in ("a.pbm", "b.png", "c.dat"):
        assert (tmp_path / name).read_bytes() == picture.to_bytes("pbm")


def test_names_in_source_code_come_from_the_file(tmp_path: Path) -> None:
    """A C array in an open file is called as the file."""
    picture = made_of(np.eye(8, dtype=bool))
    picture.save(tmp_path / "icon.h")
    with (tmp_path / "other.h").open("wb") as file:
        picture.save(file)

    assert b"icon" in (tmp_path / "icon.h").read_bytes()
    assert b"other" in (tmp_path / "other.h").read_bytes()


class ShortWriter:
    """A file that takes only some of the bytes."""

    def write(self, data: bytes) -> int:
        """Pretend to write all bytes but one."""
        return len(data) - 1


def closed_file() -> io.BytesIO:
    """Return a file in memory that was closed."""
    file = io.BytesIO()
    file.close()
    return file


@pytest.mark.parametrize(
    ("target", "name", "error", "words"),
    [
        (io.BytesIO(), None, UsageError, "BytesIO: its name gives no format; add one"),
        (io.StringIO(), "png", UsageError, "StringIO: opened as text; open it in binary mode"),
        (closed_file(), "png", OutputError, "BytesIO: cannot be written"),
        (ShortWriter(), "png", OutputError, "ShortWriter: took only"),
        (5, "png", ArgumentError, "int: not a file"),
        (io.BytesIO(), "jpeg", UsageError, "lossy"),
        (io.BytesIO(), 5, UsageError, "5: no such format"),
    ],
)
def test_save_refuses(target: object, name: object, error: type[Exception], words: str) -> None:
    """Each target that cannot take the file has a typed error, which says what to do."""
    with pytest.raises(error, match=words):
        made_of(np.eye(8, dtype=bool)).save(target, name)  # type: ignore[arg-type]


@given(pictures())
def test_notebooks_get_whole_pixels(picture: Picture) -> None:
    """The PNG of a small output is the output, each pixel enlarged by a whole number."""
    image = Image.open(io.BytesIO(picture._repr_png_())).convert("RGBA")
    factor = image.width // picture.size.width
    sides = (side * factor for side in picture.size)
    levels = np.asarray(image).copy()
    levels[levels[..., 3] == 0] = 0

    assert image.size == (*sides,)
    assert 320 < max(image.size) <= 640
    assert np.array_equal(np.kron(colors_of(picture), np.ones((factor, factor, 1))), levels)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"size": "1024x768", "grid": "128x96"}, (640, 480)),  # 5 pixels per cell
        ({"size": "1000x700", "grid": "90x60"}, (630, 420)),  # blocks of several widths: 7
        ({"size": "2000x1000", "grid": "200x50"}, (600, 300)),  # oblong cells stay so: 3 and 6
        ({"size": "1000x1000", "block": 300}, (640, 640)),  # the last blocks are cut
        ({"size": "900x20", "block": 1}, (900, 20)),  # a cell has at least one pixel
    ],
)
def test_large_outputs_get_smaller_blocks(
    settings: dict[str, str], expected: tuple[int, int]
) -> None:
    """An output that is too large for a page keeps its cells, in smaller blocks."""
    picture = pixbin.convert(sample_image(96, 64), **settings)  # type: ignore[arg-type]
    small = picture.for_screen()

    assert small.size == expected
    assert np.array_equal(small.grid, picture.grid)
    assert Image.open(io.BytesIO(picture._repr_png_())).size == expected


def test_notebooks_see_device_pictures() -> None:
    """A picture for a device displays, although PNG has no byte layout; its colours stay."""
    picture = pixbin.convert(sample_image(96, 64), device="ssd1306", layout="pages", depth=8)
    colored = pixbin.convert(sample_image(16, 16), ink="navy", paper="#ffd")
    image = Image.open(io.BytesIO(colored._repr_png_())).convert("RGB")

    assert Image.open(io.BytesIO(picture._repr_png_())).size == (640, 320)
    assert {color for _, color in image.getcolors() or []} == {(0, 0, 128), (255, 255, 221)}

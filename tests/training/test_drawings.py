"""Tests of cells recovered from drawings, and of pictures refused as drawings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from pixbin import readers
from pixbin.errors import InputError
from pixbin.geometry import Layout, Size
from pixbin.readers import raster
from pixbin.resample.area import block_upscale
from pixbin.training import drawings
from pixbin.training.drawings import CellSize
from tests.fixtures import sample_image

GRIDS = arrays.arrays(np.bool_, arrays.array_shapes(min_dims=2, max_dims=2, max_side=12))


@st.composite
def grids_with_all_borders(draw: st.DrawFn) -> np.ndarray:
    """Return cells of which every row and column differs from the next, so all borders show."""
    sides = st.integers(4, 12)
    grid = draw(arrays.arrays(np.bool_, st.tuples(sides, sides)))
    grid[:, 0] = np.arange(len(grid)) % 2
    grid[0] = np.arange(grid.shape[1]) % 2
    return grid


def render_blocks(grid: np.ndarray, side: int, cut: tuple[int, int, int, int]) -> np.ndarray:
    """Draw cells as square blocks; `cut` pixels are missing at top, left, bottom and right."""
    blocks = grid.repeat(side, 0).repeat(side, 1)
    top, left, bottom, right = (pixels % side for pixels in cut)
    return blocks[top : len(blocks) - bottom, left : blocks.shape[1] - right]


def recover(pixels: np.ndarray) -> drawings.PixelDrawing:
    """Recover the cells of a black-and-white picture."""
    return drawings.recover_cells(raster.from_array(pixels), "drawing.png")


@given(grids_with_all_borders(), st.integers(1, 9), st.tuples(*[st.integers(0, 8)] * 4))
def test_recover_square_blocks(grid: np.ndarray, side: int, cut: tuple[int, int, int, int]) -> None:
    """Cells are recovered from blocks of any side, cut anywhere by the border."""
    drawing = recover(render_blocks(grid, side, cut))

    assert np.array_equal(grid, drawing.paper)
    assert drawing.row_borders[1] - drawing.row_borders[0] == side - cut[0] % side
    assert np.diff(drawing.column_borders)[1:-1].tolist() == [side] * (grid.shape[1] - 2)


@given(grids_with_all_borders(), st.integers(0, 30), st.integers(0, 30))
def test_recover_uneven_blocks(grid: np.ndarray, more: int, wider: int) -> None:
    """Cells are recovered from blocks that differ by a pixel, as `--grid` makes them."""
    size = Size(2 * grid.shape[1] + wider, 2 * grid.shape[0] + more)
    drawing = recover(block_upscale(grid, Layout(size, Size(*grid.shape[::-1]), None)))

    assert np.array_equal(grid, drawing.paper)


@given(grids_with_all_borders(), st.integers(0, 30), st.sampled_from(["floor", "ceil"]))
def test_recover_blocks_rounded_by_other_programs(
    grid: np.ndarray, more: int, rounding: str
) -> None:
    """Other programs round the borders of blocks down, or up."""
    width = grid.shape[1]
    whole, rest = np.divmod(np.arange(width + 1) * (2 * width + more), width)
    edges = whole + (rest > 0) * (rounding == "ceil")
    drawing = recover(grid.repeat(2, axis=0).repeat(np.diff(edges), axis=1))

    assert np.array_equal(grid, drawing.paper)


@given(GRIDS.filter(lambda grid: len(np.unique(grid)) == 2), st.integers(1, 9))
def test_recovered_cells_draw_the_picture(grid: np.ndarray, side: int) -> None:
    """If not all borders are visible, fewer cells may be recovered, but they draw the picture."""
    pixels = render_blocks(grid, side, (0, 0, 0, 0))
    drawing = recover(pixels)
    heights, widths = np.diff(drawing.row_borders), np.diff(drawing.column_borders)

    assert np.array_equal(pixels, drawing.paper.repeat(heights, 0).repeat(widths, 1))
    assert drawing.paper.size <= grid.size


@pytest.mark.parametrize("equal", [(0,), (23,), (46,), (0, 23), (10, 21, 32)])
def test_one_pixel_a_cell_wins(equal: tuple[int, ...]) -> None:
    """A drawing of one pixel a cell keeps rows and columns that are equal to the next."""
    grid = np.random.default_rng(3).random((48, 64)) < 0.5
    for row in equal:
        grid[row + 1] = grid[row]
        grid[:, row + 9] = grid[:, row + 8]

    assert recover(grid).grid == (64, 48)


def test_few_visible_borders_are_not_uneven_blocks() -> None:
    """A simple drawing of one pixel a cell has few borders, which fit many uneven layouts."""
    grid = np.zeros((64, 64), np.bool_)
    grid[10:21, 5:33] = grid[40:44, 29:61] = True

    assert recover(grid).grid == (64, 64)


def test_drawings_of_one_style_agree() -> None:
    """A simple drawing is read like the others: a half of ink in a style of one pixel a cell."""
    full = [np.random.default_rng(seed).random((48, 64)) < 0.5 for seed in range(3)]
    half = np.arange(64) >= np.full((48, 1), 32)
    read = [recover(grid) for grid in (*full, half, full[0].repeat(3, 0).repeat(3, 1))]
    agreed = drawings.agree(read)

    assert read[3].grid != (64, 48)
    assert [drawing.grid for drawing in agreed] == [(64, 48)] * 5
    assert np.array_equal(agreed[3].paper, half)
    assert agreed[3].row_borders == list(range(49))
    assert drawings.agree(read[3:]) == read[3:]  # two drawings say nothing about a style


@given(GRIDS.filter(lambda grid: len(np.unique(grid)) == 2), st.integers(1, 6))
def test_stated_blocks_are_used(grid: np.ndarray, side: int) -> None:
    """With `--block` or `--cells`, borders that cannot be seen are kept."""
    pixels = raster.from_array(render_blocks(grid, side, (0, 0, 0, 0)))
    by_block = drawings.recover_cells(pixels, "x.png", CellSize(block=side))
    by_cells = drawings.recover_cells(pixels, "x.png", CellSize(cells=max(grid.shape)))

    assert np.array_equal(by_block.paper, grid)
    assert np.array_equal(by_cells.paper, grid)


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        (CellSize(block=4), "does not consist of blocks of 4 pixels"),
        (CellSize(cells=10), "does not consist of 10 cells along the longer side"),
    ],
)
def test_refuse_blocks_of_another_size(stated: CellSize, reason: str) -> None:
    """The message repeats the stated size."""
    grid = np.random.default_rng(4).random((12, 16)) < 0.5

    with pytest.raises(InputError, match=f"x.png: {reason}"):
        drawings.recover_cells(raster.from_array(grid.repeat(3, 0).repeat(3, 1)), "x.png", stated)


@given(st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=2, max_size=2))
def test_darker_colour_is_ink(colours: list[tuple[int, int, int]]) -> None:
    """Any two colours are accepted, unless they are equally light."""
    lumas = [np.dot((299, 587, 114), colour) for colour in colours]
    grid = np.array([[0, 1, 1], [1, 0, 1], [0, 0, 1]])
    picture = raster.from_array(np.array(colours, np.uint8)[grid].repeat(3, 0).repeat(3, 1))

    if lumas[0] == lumas[1]:
        with pytest.raises(InputError, match="equally light|one colour"):
            drawings.recover_cells(picture, "drawing.png")
    else:
        assert np.array_equal(grid == np.argmax(lumas), drawings.recover_cells(picture, "x").paper)


@pytest.mark.parametrize("mode", ["1", "P", "L", "RGB", "RGBA", "I;16"])
def test_recover_from_any_image_mode(mode: str, tmp_path: Path) -> None:
    """The mode of the PNG file does not matter."""
    grid = np.random.default_rng(1).random((9, 12)) < 0.5
    levels = render_blocks(grid, 5, (0, 0, 2, 3)).astype(np.uint8) * 200 + 20
    image = Image.fromarray(levels)
    if mode == "1":
        image = Image.fromarray(levels > 128)
    elif mode == "I;16":
        image = Image.fromarray(levels.astype(np.uint16) * 257)
    else:
        image = image.convert(mode)
    image.save(tmp_path / "x.png")
    drawing = drawings.recover_cells(readers.read(str(tmp_path / "x.png")), "x.png")

    assert np.array_equal(grid, drawing.paper)


def smoothed(image: Image.Image) -> np.ndarray:
    """Return a picture with smoothed edges."""
    return np.asarray(image.resize((50, 50), Image.Resampling.BILINEAR))


def with_third_colour(image: Image.Image) -> np.ndarray:
    """Return a picture with a third colour."""
    pixels = np.asarray(image.convert("RGB")).copy()
    pixels[3, 4] = 200, 0, 0
    return pixels


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (smoothed, r"has \d+ grey levels \(from blur, smooth edges or JPEG"),
        (with_third_colour, "has 3 colours; a drawing has two"),
        (lambda image: sample_image(40, 40), r"has \d+ colours \(from blur"),
        (lambda image: np.full((8, 8), 9, np.uint8), "has one colour"),
        (
            lambda image: np.dstack([np.asarray(image)] * 3 + [np.full((64, 64), 128, np.uint8)]),
            "has transparent pixels",
        ),
    ],
)
def test_refuse_picture_without_two_colours(damage: object, reason: str) -> None:
    """The message says what the picture has instead."""
    grid = np.random.default_rng(2).random((16, 16)) < 0.5
    image = Image.fromarray(render_blocks(grid, 4, (0, 0, 0, 0)).astype(np.uint8) * 255)

    with pytest.raises(InputError, match=f"^x.png: {reason}"):
        drawings.recover_cells(raster.from_array(damage(image)), "x.png")  # type: ignore[operator]


def test_refuse_jpeg_noise(tmp_path: Path) -> None:
    """A drawing that went through JPEG has more than two values."""
    grid = np.random.default_rng(3).random((16, 16)) < 0.5
    image = Image.fromarray(render_blocks(grid, 4, (0, 0, 0, 0)).astype(np.uint8) * 255)
    image.save(tmp_path / "x.jpg", quality=90)

    with pytest.raises(InputError, match="JPEG"):
        drawings.recover_cells(readers.read(str(tmp_path / "x.jpg")), "x.jpg")

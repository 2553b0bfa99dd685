"""The geometry table of the contract, and its properties."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixbin.errors import UsageError
from pixbin.geometry import Box, Extent, Fit, Gravity, Layout, Size, plan

sides = st.integers(1, 300)
sizes = st.builds(Size, sides, sides)


@pytest.mark.parametrize(
    ("source", "wanted", "output", "grid", "block"),
    [
        ((64, 64), {}, (64, 64), (64, 64), 1),
        ((128, 5), {}, (128, 5), (128, 5), 1),
        ((129, 5), {}, (129, 5), (65, 3), 2),
        ((1024, 768), {}, (1024, 768), (128, 96), 8),
        ((1000, 700), {}, (1000, 700), (125, 88), 8),
        ((1024, 768), {"size": Extent(64)}, (64, 48), (64, 48), 1),
        ((1024, 768), {"size": Extent(None, 48)}, (64, 48), (64, 48), 1),
        ((1024, 768), {"size": Extent(scale=0.5)}, (512, 384), (128, 96), 4),
        ((50, 30), {"size": Extent(scale=2)}, (100, 60), (100, 60), 1),
        ((1024, 768), {"grid": Extent(64)}, (1024, 768), (64, 48), None),
        ((1024, 768), {"grid": Extent(None, 48)}, (1024, 768), (64, 48), None),
        ((1024, 768), {"block": 100}, (1024, 768), (11, 8), 100),
        ((1024, 768), {"grid": Extent(64), "block": 5}, (320, 240), (64, 48), 5),
        ((9, 9), {"grid": Extent(10, 20), "block": 3}, (30, 60), (10, 20), 3),
        ((9, 9), {"size": Extent(100, 90), "grid": Extent(10, 9)}, (100, 90), (10, 9), None),
        (
            (9, 9),
            {"size": Extent(100, 90), "grid": Extent(13, 12), "block": 8},
            (100, 90),
            (13, 12),
            8,
        ),
        ((1, 3000), {"size": Extent(64)}, (64, 192000), (1, 128), 1500),
        ((3000, 1), {"size": Extent(64)}, (64, 1), (64, 1), 1),
    ],
)
def test_table(
    source: tuple[int, int],
    wanted: dict[str, Extent | int],
    output: tuple[int, int],
    grid: tuple[int, int],
    block: int | None,
) -> None:
    """Output, grid and block follow from the options, as the contract's table says."""
    layout = plan(Size(*source), **wanted).layout  # type: ignore[arg-type]

    assert (Size(*output), Size(*grid), block) == layout


def test_grid_larger_than_output_names_both() -> None:
    """A grid with more cells than the output has pixels is refused, and both are named."""
    with pytest.raises(UsageError, match=r"64x64.*32x32"):
        plan(Size(9, 9), size=Extent(32, 32), grid=Extent(64, 64))


def test_disagreement_of_all_three() -> None:
    """Size, grid and block together must agree."""
    with pytest.raises(UsageError, match="13x12"):
        plan(Size(9, 9), size=Extent(100, 90), grid=Extent(12, 12), block=8)


def test_output_too_large() -> None:
    """An output that would not fit in memory is refused before any work."""
    with pytest.raises(UsageError, match="megapixels"):
        plan(Size(9, 9), size=Extent(1_000_000, 1_000_000))


@pytest.mark.parametrize(
    ("gravity", "crop"),
    [
        (Gravity.CENTER, Box(25, 0, 50, 50)),
        (Gravity.NORTH, Box(25, 0, 50, 50)),
        (Gravity.WEST, Box(0, 0, 50, 50)),
        (Gravity.SOUTHEAST, Box(50, 0, 50, 50)),
    ],
)
def test_gravity_of_cover(gravity: Gravity, crop: Box) -> None:
    """Cover crops the longer side; gravity says which part stays."""
    steps = plan(Size(100, 50), size=Extent(64, 64), gravity=gravity)

    assert crop == steps.crop
    assert steps.cropped_share == 0.5


@pytest.mark.parametrize(
    ("gravity", "picture"),
    [
        (Gravity.CENTER, Box(0, 16, 64, 32)),
        (Gravity.NORTHWEST, Box(0, 0, 64, 32)),
        (Gravity.SOUTH, Box(0, 32, 64, 32)),
    ],
)
def test_gravity_of_contain(gravity: Gravity, picture: Box) -> None:
    """Contain shows all of the source in whole cells; gravity says where."""
    steps = plan(Size(100, 50), size=Extent(64, 64), fit=Fit.CONTAIN, gravity=gravity)

    assert (Box(0, 0, 100, 50), picture) == (steps.crop, steps.picture)


@given(sizes, sizes, sides, sides)
def test_spread_blocks_differ_by_one_at_most(
    source: Size, output: Size, columns: int, rows: int
) -> None:
    """With a grid, the blocks fill the output and differ by one pixel at most."""
    grid = Extent(min(columns, output.width), min(rows, output.height))
    layout = plan(source, size=Extent(*output), grid=grid).layout

    for edges, cells, pixels in (
        (layout.columns, layout.grid.width, output.width),
        (layout.rows, layout.grid.height, output.height),
    ):
        widths = [after - before for before, after in itertools.pairwise(edges)]
        assert (0, pixels, cells) == (edges[0], edges[-1], len(widths))
        assert min(widths) >= 1
        assert max(widths) - min(widths) <= 1
        assert widths == widths[::-1] or cells % 2 == 0 or pixels % 2 == 0


@given(sizes, st.integers(1, 310))
def test_given_blocks_are_exact_but_the_last(output: Size, block: int) -> None:
    """With a block, every block has that side, and the edge cuts the last one."""
    layout = plan(output, block=block).layout

    widths = [after - before for before, after in itertools.pairwise(layout.columns)]
    assert [block] * (len(widths) - 1) == widths[:-1]
    assert 1 <= widths[-1] <= block
    assert sum(widths) == output.width


@given(sizes, sizes, st.sampled_from(Gravity))
def test_cover_crops_no_more_than_needed(source: Size, output: Size, gravity: Gravity) -> None:
    """Cover keeps one side whole, and of the other what the aspect says, to half a pixel."""
    crop = plan(source, size=Extent(*output), gravity=gravity).crop

    assert 0 <= crop.left <= crop.left + crop.width <= source.width
    assert 0 <= crop.top <= crop.top + crop.height <= source.height
    if source.width * output.height >= source.height * output.width:
        assert crop.height == source.height
        assert abs(crop.width - max(1, crop.height * output.width / output.height)) <= 0.5
    else:
        assert crop.width == source.width
        assert abs(crop.height - max(1, crop.width * output.height / output.width)) <= 0.5


@pytest.mark.parametrize(
    ("source", "output", "crop"),
    [((3000, 8), (40, 1), (320, 8)), ((640, 480), (2, 2), (480, 480)), ((5, 4), (2, 2), (4, 4))],
)
def test_small_outputs_are_cropped_not_squeezed(
    source: tuple[int, int], output: tuple[int, int], crop: tuple[int, int]
) -> None:
    """A given size is covered without distortion, however small."""
    assert plan(Size(*source), size=Extent(*output)).crop.size == crop


@given(sizes, sides)
def test_a_side_left_open_crops_nothing(source: Size, side: int) -> None:
    """When the other side follows from the aspect, its rounding does not make a crop or bars."""
    for fit in Fit:
        for size in (Extent(side), Extent(None, side)):
            steps = plan(source, size=size, fit=fit)
            assert steps.crop == Box(0, 0, *source)
            assert steps.picture == Box(0, 0, *steps.layout.grid)


@given(sizes, sizes, st.sampled_from(Gravity), st.integers(1, 40))
def test_contain_stays_inside(source: Size, output: Size, gravity: Gravity, block: int) -> None:
    """Contain never leaves the grid and fills it in one direction at least."""
    steps = plan(source, size=Extent(*output), fit=Fit.CONTAIN, gravity=gravity, block=block)
    grid, box = steps.layout.grid, steps.picture

    assert box.width == grid.width or box.height == grid.height
    assert 0 <= box.left <= box.left + box.width <= grid.width
    assert 0 <= box.top <= box.top + box.height <= grid.height
    assert steps.row_positions[0] == steps.column_positions[0] == 0


@pytest.mark.parametrize(
    ("pixel", "wanted", "output", "crop"),
    [
        ((1, 2), {}, (96, 32), (96, 64)),
        ((2, 1), {}, (48, 64), (96, 64)),
        ((3, 4), {"size": Extent(scale=0.5)}, (48, 24), (96, 64)),
        ((1, 2), {"size": Extent(60)}, (60, 20), (96, 64)),
        ((1, 2), {"size": Extent(None, 20)}, (60, 20), (96, 64)),
        ((1, 2), {"size": Extent(20, 10)}, (20, 10), (64, 64)),
        ((1, 2), {"size": Extent(20, 20)}, (20, 20), (32, 64)),
        ((1, 2), {"grid": Extent(12), "block": 3}, (36, 12), (96, 64)),
        ((1, 2), {"grid": Extent(12)}, (96, 32), (96, 64)),
    ],
)
def test_pixels_that_are_not_square(
    pixel: tuple[int, int],
    wanted: dict[str, Extent | int],
    output: tuple[int, int],
    crop: tuple[int, int],
) -> None:
    """With pixels that are not square, nothing is distorted on display."""
    steps = plan(Size(96, 64), **wanted, pixel=Size(*pixel))  # type: ignore[arg-type]

    assert (output, crop) == (steps.layout.output, steps.crop.size)


@given(sizes, sizes, st.builds(Size, st.integers(1, 9), st.integers(1, 9)))
def test_contain_keeps_the_displayed_aspect(source: Size, output: Size, pixel: Size) -> None:
    """The picture within the bars is undistorted, to half a pixel."""
    steps = plan(source, size=Extent(*output), block=1, fit=Fit.CONTAIN, pixel=pixel)
    width, height = steps.picture.size
    aspect = source.width * pixel.height / (source.height * pixel.width)

    assert width == output.width or height == output.height
    assert (
        abs(width - max(1, height * aspect)) <= 0.5 or abs(height - max(1, width / aspect)) <= 0.5
    )


def test_block_sizes_as_text() -> None:
    """Block sizes are printed as one number, or a range."""
    assert Layout(Size(10, 9), Size(4, 3), None).block_sizes_text == "2..3x3 px"


@pytest.mark.parametrize(
    ("size", "words", "note"),
    [
        ((128, 128), {}, ""),
        ((129, 129), {}, "129x129 pixels make only 65x65 cells, in blocks of 2 px"),
        ((257, 9), {}, "--block 2 makes 129x5"),
        ((190, 1), {}, "95x1 cells"),
        ((191, 1), {}, ""),
        ((1024, 768), {}, ""),
        ((129, 129), {"block": 2}, ""),
        ((129, 129), {"grid": Extent(65, 65)}, ""),
    ],
)
def test_coarse_default_grid_is_noted(size: tuple[int, int], words: Any, note: str) -> None:
    """A note tells when whole blocks leave less than three quarters of 128 cells."""
    notes = plan(Size(*size), **words).notes

    assert bool(notes) is bool(note)
    assert note in "".join(notes)

"""Details of a plan: what it is made of, and its limits."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from pixbin.errors import UsageError
from pixbin.geometry import (
    MAX_PIXELS,
    Box,
    CropChoice,
    Extent,
    Fit,
    Gravity,
    Layout,
    Plan,
    Region,
    Size,
    crop_for_size,
    plan,
)

SOURCE = Size(640, 480)


def test_gravity_by_content() -> None:
    """Of all gravities, two need the pixels."""
    by_content = {Gravity.SUBJECT: True, Gravity.FACE: True}

    assert {gravity: gravity.is_by_content for gravity in Gravity} == {
        gravity: by_content.get(gravity, False) for gravity in Gravity
    }


def test_slices_of_a_box() -> None:
    """The slices cut the box out of an array."""
    picture = np.arange(20).reshape(4, 5)

    assert picture[Box(1, 2, 3, 1).slices].tolist() == [[11, 12, 13]]


@pytest.mark.parametrize(
    ("box", "new", "scaled"),
    [
        (Box(160, 120, 320, 240), Size(64, 48), Box(16, 12, 32, 24)),
        (Box(639, 479, 1, 1), Size(10, 10), Box(9, 9, 1, 1)),
        (Box(0, 0, 1, 1), Size(10, 10), Box(0, 0, 1, 1)),
        (Box(0, 0, 1, 480), Size(1280, 4), Box(0, 0, 2, 4)),
    ],
)
def test_scaled_box(box: Box, new: Size, scaled: Box) -> None:
    """A box of a smaller copy lies inside of it and is not empty."""
    assert box.scale(SOURCE, new) == scaled


def test_region_as_text() -> None:
    """A region is printed as users write it: pixels, or per cent."""
    assert str(Region(10, 0, 0.25, 0.125)) == "10,0,25%,12.5%"


@pytest.mark.parametrize(
    ("region", "advice"),
    [
        (Region(0, 470, 10, 20), "at most 0,470,640,10"),
        (Region(0, 480, 1, 1), "such as 25%,25%,50%,50%"),
        (Region(700, 0, 1, 1), "such as 25%,25%,50%,50%"),
        (Region(0, 500, 1, 1), "such as 25%,25%,50%,50%"),
    ],
)
def test_advice_for_a_region_outside(region: Region, advice: str) -> None:
    """The advice names the part that is possible from there, if there is one."""
    with pytest.raises(UsageError, match=f"ask for.* {advice}$"):
        region.resolve(SOURCE)


@pytest.mark.parametrize("grid", [Extent(11, 5), Extent(5, 11)])
def test_grid_longer_than_the_output(grid: Extent) -> None:
    """One side with more cells than pixels is enough for an error."""
    with pytest.raises(UsageError, match="is larger than the output 10x10"):
        plan(Size(9, 9), size=Extent(10, 10), grid=grid)


def test_largest_output() -> None:
    """An output may have 256 megapixels, and not one row more; the message says so."""
    side, one = 1 << 14, Extent(1, 1)
    assert side * side == MAX_PIXELS
    assert plan(SOURCE, size=Extent(side, side), grid=one).layout.output == Size(side, side)

    with pytest.raises(UsageError, match="16384x16385 pixels is too large; at most 256 megapixels"):
        plan(SOURCE, size=Extent(side, side + 1), grid=one)


@pytest.mark.parametrize(
    ("words", "shape", "crop"),
    [
        ({"size": Extent(20, 10), "pixel": Size(2, 1)}, (40, 10), Box(0, 160, 640, 160)),
        ({"size": Extent(20, 10), "pixel": Size(1, 2)}, (20, 20), Box(80, 0, 480, 480)),
        ({"grid": Extent(10, 20), "block": 3}, (30, 60), Box(200, 0, 240, 480)),
        ({"grid": Extent(10, 20)}, (640, 480), Box(0, 0, 640, 480)),
    ],
)
def test_display_decides_the_crop(words: Any, shape: tuple[int, int], crop: Box) -> None:
    """The crop has the shape of the output on the display; a grid alone crops nothing."""
    steps = plan(SOURCE, **words)

    assert (steps.display_shape, steps.crop) == (Size(*shape), crop)
    assert steps.choice is None
    assert steps.cropped_share == pytest.approx(1 - crop.width * crop.height / (640 * 480))


@pytest.mark.parametrize(
    ("words", "picture", "columns", "rows"),
    [
        ({"grid": Extent(20, 10)}, Box(0, 2, 20, 5), [*range(21)], [*range(6)]),
        ({"block": 8}, Box(0, 2, 8, 4), [*range(0, 64, 8), 60], [0, 8, 16, 24, 32]),
        ({"block": 8, "gravity": Gravity.SOUTH},
         Box(0, 4, 8, 4), [*range(0, 64, 8), 60], [0, 8, 16, 24, 28]),
    ],
)  # fmt: skip
def test_cells_of_a_contained_picture(
    words: Any, picture: Box, columns: list[int], rows: list[int]
) -> None:
    """The cells keep the aspect; their positions begin at the edge of the picture."""
    steps = plan(Size(100, 50), size=Extent(60, 60), fit=Fit.CONTAIN, **words)

    assert steps.picture == picture
    assert (steps.column_positions, steps.row_positions) == (columns, rows)


def test_crop_at_another_size() -> None:
    """Of the same source at another size, a plan keeps the same part, by the gravity given."""
    squared, other = plan(SOURCE, size=Extent(64, 64)), Size(64, 40)

    assert crop_for_size(squared, SOURCE, Gravity.EAST) == squared.crop
    assert crop_for_size(squared, other, Gravity.EAST) == Box(24, 0, 40, 40)
    assert crop_for_size(plan(SOURCE), other, Gravity.EAST) == Box(0, 0, 64, 40)
    assert crop_for_size(plan(SOURCE, crop=Region(320, 0, 320, 240)), other, Gravity.EAST) == Box(
        32, 0, 32, 20
    )


def test_notes_need_reasons() -> None:
    """A plan made by hand has a default grid, or an automatic zoom, only where it says so."""
    layout = Layout(Size(129, 129), Size(65, 65), 2)
    source, whole, half = Size(129, 129), Box(0, 0, 129, 129), Box(32, 32, 64, 64)
    choice = CropChoice(whole, 2, Gravity.CENTER, whole.size)

    assert Plan(source, whole, Box(0, 0, 65, 65), layout).notes == []
    (note,) = Plan(source, half, Box(0, 0, 65, 65), layout, choice=choice).notes
    assert re.search("by --zoom 2$", note)

"""A crop and a zoom in the plan: what they keep, and how large the output is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixbin.errors import UsageError
from pixbin.geometry import Box, Extent, Fit, Gravity, Region, Size, crop_for_size, plan

sides = st.integers(1, 300)
sizes = st.builds(Size, sides, sides)
shares = st.floats(0.01, 0.5)
regions = st.builds(Region, shares, shares, shares, shares)
SOURCE = Size(640, 480)


@pytest.mark.parametrize(
    ("region", "box"),
    [
        (Region(100, 50, 400, 300), Box(100, 50, 400, 300)),
        (Region(0.25, 0.5, 0.5, 0.5), Box(160, 240, 320, 240)),
        (Region(0.25, 10, 0.5, 100), Box(160, 10, 320, 100)),
        (Region(0, 0, 1.0, 1.0), Box(0, 0, 640, 480)),
        (Region(0.9999, 0.9999, 0.0001, 0.0001), Box(639, 479, 1, 1)),
        (Region(639, 479, 1, 1), Box(639, 479, 1, 1)),
    ],
)
def test_region_in_pixels(region: Region, box: Box) -> None:
    """Shares are rounded to pixels, and at least one pixel is left."""
    assert region.resolve(SOURCE) == box


@given(sizes, regions)
def test_shares_stay_inside(source: Size, region: Region) -> None:
    """A part in shares lies in every picture."""
    box = region.resolve(source)

    assert 0 <= box.left < box.left + box.width <= source.width
    assert 0 <= box.top < box.top + box.height <= source.height


@pytest.mark.parametrize(
    ("region", "advice"),
    [
        (Region(0, 0, 700, 10), "640x480 pixels; ask for at most 0,0,640,480"),
        (Region(600, 0, 0.5, 10), "at most 600,0,40,480"),
        (Region(640, 0, 1, 1), "such as 25%,25%,50%,50%"),
    ],
)
def test_region_outside(region: Region, advice: str) -> None:
    """A part that ends outside is refused, with the part that is possible."""
    with pytest.raises(UsageError, match=f"crop {region} ends outside of the picture.*{advice}"):
        plan(SOURCE, crop=region)


def test_crop_stands_for_the_source() -> None:
    """Default size and aspect follow the part, and cover crops it."""
    crop = Region(100, 50, 400, 200)
    alone, square = plan(SOURCE, crop=crop), plan(SOURCE, crop=crop, size=Extent(64, 64))

    assert (alone.source, alone.crop, alone.layout.output) == (
        SOURCE, Box(100, 50, 400, 200), Size(400, 200),
    )  # fmt: skip
    assert square.crop == Box(200, 50, 200, 200)
    assert plan(SOURCE, crop=crop, size=Extent(64)).layout.output == Size(64, 32)
    assert plan(SOURCE, crop=crop, size=Extent(scale=0.5)).layout.output == Size(200, 100)


@pytest.mark.parametrize(
    ("gravity", "crop"),
    [
        (Gravity.CENTER, Box(200, 120, 240, 240)),
        (Gravity.NORTHWEST, Box(0, 0, 240, 240)),
        (Gravity.SOUTHEAST, Box(400, 240, 240, 240)),
    ],
)
def test_zoom_keeps_the_output(gravity: Gravity, crop: Box) -> None:
    """A zoom keeps a smaller part, at the gravity; the output is as large as before."""
    near = plan(SOURCE, size=Extent(64, 64), gravity=gravity, zoom=2)

    assert near.crop == crop
    assert near.layout == plan(SOURCE, size=Extent(64, 64)).layout
    assert plan(SOURCE, zoom=4).layout == plan(SOURCE).layout


@given(sizes, sizes, st.sampled_from(Fit), st.sampled_from(Gravity), st.floats(1, 100))
def test_zoom_stays_inside(
    source: Size, output: Size, fit: Fit, gravity: Gravity, zoom: float
) -> None:
    """Whatever the zoom, the crop is inside the source and is not empty."""
    crop = plan(source, size=Extent(*output), fit=fit, gravity=gravity, zoom=zoom).crop

    assert 0 <= crop.left < crop.left + crop.width <= source.width
    assert 0 <= crop.top < crop.top + crop.height <= source.height


def test_bars_stay_with_a_zoom() -> None:
    """A zoom of a picture with bars fills the same cells."""
    whole = plan(SOURCE, size=Extent(64, 64), fit=Fit.CONTAIN)
    near = plan(SOURCE, size=Extent(64, 64), fit=Fit.CONTAIN, zoom=2)

    assert near.picture == whole.picture
    assert near.crop == Box(160, 120, 320, 240)


@given(sizes, sizes, regions)
def test_crop_of_a_shrunk_source(source: Size, other: Size, region: Region) -> None:
    """The crop of a smaller copy is the same part, to a pixel."""
    steps = plan(source, crop=region)
    crop = crop_for_size(steps, other, Gravity.CENTER)
    ratio = other.width / source.width, other.height / source.height

    assert crop.left == pytest.approx(min(steps.crop.left * ratio[0], other.width - 1), abs=1)
    assert crop.top == pytest.approx(min(steps.crop.top * ratio[1], other.height - 1), abs=1)
    assert crop.width == pytest.approx(max(steps.crop.width * ratio[0], 1), abs=1.01)
    assert crop.left + crop.width <= other.width
    assert crop_for_size(steps, source, Gravity.CENTER) == steps.crop


def test_notes_do_not_repeat_what_was_asked() -> None:
    """A part that was asked for makes no note; what cover cuts off of it does."""
    assert plan(SOURCE, crop=Region(0, 0, 100, 100), block=1).notes == []
    (note,) = plan(SOURCE, crop=Region(0, 0, 200, 100), size=Extent(64, 64)).notes

    assert note.startswith("cropped to 100x100 of 200x100 (50% less) to fill 64x64")


@pytest.mark.parametrize(
    ("settings", "reasons"),
    [
        ({"size": Extent(64)}, "--zoom 2"),
        ({"size": Extent(64, 64)}, "--fit cover and --zoom 2"),
        ({"size": Extent(64, 64), "fit": Fit.CONTAIN}, "--zoom 2"),
        ({"size": Extent(64, 64), "gravity": Gravity.NORTH},
         "--fit cover, --gravity north and --zoom 2"),
        ({"crop": Region(0, 0, 200, 100), "size": Extent(64, 64)},
         "--crop, --fit cover and --zoom 2"),
    ],
)  # fmt: skip
def test_notes_name_the_real_crop(settings: dict[str, Any], reasons: str) -> None:
    """A zoom makes a note, with the crop of the plan and the options that make it."""
    near = plan(SOURCE, zoom=2, **settings)

    assert near.notes == [f"cropped to {near.crop} of 640x480, by {reasons}"]

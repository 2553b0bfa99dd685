"""A plan with a focus: whom it asks for crop and zoom, and what its notes say."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from pixbin.geometry import Box, Extent, Gravity, Plan, Region, Size, plan

SOURCE = Size(640, 480)
SQUARE = Extent(64, 64)
GOES_NO_CLOSER = (
    "--zoom auto goes no closer, as the face fills the picture, or is not clear; "
    "--zoom 2 goes closer, and --crop chooses the part"
)


class Corner(NamedTuple):
    """A focus that keeps the lower right corner, at a fixed zoom."""

    gravity: Gravity = Gravity.FACE
    zoom: float = 1

    def choose_zoom(self, largest: Size, region: Size) -> float:
        """Return the zoom; the crop is never larger than the region."""
        assert largest.width <= region.width
        assert largest.height <= region.height
        return self.zoom

    def choose_box(self, size: Size, region: Size) -> Box:
        """Return the box in the corner of the region."""
        return Box(region.width - size.width, region.height - size.height, *size)


CORNER = Corner()


def focused(zoom: float | None = 1, focus: Corner = CORNER, **words: Any) -> Plan:
    """Return a plan for the source with a focus."""
    return plan(SOURCE, gravity=Gravity.FACE, zoom=zoom, focus=focus, **words)


def test_focus_decides_the_crop() -> None:
    """The focus puts the crop that `cover` makes, within the part that `crop` keeps."""
    part = Region(100, 50, 300, 200)

    assert focused(size=SQUARE).crop == Box(160, 0, 480, 480)
    assert focused(size=SQUARE, crop=part).crop == Box(200, 50, 200, 200)
    assert focused(2, size=SQUARE, crop=part).crop == Box(300, 150, 100, 100)
    assert focused(None, Corner(zoom=4), size=SQUARE, crop=part).crop == Box(350, 200, 50, 50)
    assert focused(None, Corner(zoom=3)).crop == Box(427, 320, 213, 160)


def test_choice_is_recorded() -> None:
    """The plan knows the region, the zoom, whether it is automatic, and who decided."""
    part = Region(100, 50, 300, 200)
    choice = focused(None, Corner(Gravity.SUBJECT, 2.0), size=SQUARE, crop=part).choice

    assert choice is not None
    assert choice == (
        Box(100, 50, 300, 200), 2.0, Gravity.FACE, Size(200, 200), Gravity.SUBJECT, True
    )  # fmt: skip
    assert focused(2, size=SQUARE).choice == (
        Box(0, 0, *SOURCE), 2, Gravity.FACE, Size(480, 480), Gravity.FACE, False
    )  # fmt: skip


def test_without_a_focus_the_automatic_zoom_is_one() -> None:
    """Nothing chooses a zoom, so the crop is that of the gravity, and no note names a zoom."""
    steps = plan(SOURCE, size=SQUARE, zoom=None, gravity=Gravity.EAST)

    assert steps.crop == Box(160, 0, 480, 480)
    assert steps.choice is not None
    assert (steps.choice.zoom, steps.choice.decided_by) == (1, None)
    assert not steps.choice.is_zoom_automatic
    assert steps.notes == plan(SOURCE, size=SQUARE, gravity=Gravity.EAST).notes


@pytest.mark.parametrize(
    ("zoom", "focus", "words", "notes"),
    [
        (1, CORNER, {"size": SQUARE},
         ["cropped to 480x480+160+0 of 640x480, by --fit cover and --gravity face"]),
        (1, CORNER, {}, []),
        (2, CORNER, {},
         ["cropped to 320x240+320+240 of 640x480, by --gravity face and --zoom 2"]),
        (1.28, CORNER, {},
         ["cropped to 500x375+140+105 of 640x480, by --gravity face and --zoom 1.28"]),
        (None, Corner(zoom=1.28), {},
         ["cropped to 500x375+140+105 of 640x480, by --gravity face and --zoom auto (1.3)"]),
        (None, Corner(zoom=2), {},
         ["cropped to 320x240+320+240 of 640x480, by --gravity face and --zoom auto (2.0)"]),
        (None, CORNER, {}, [GOES_NO_CLOSER]),
        (None, CORNER, {"size": SQUARE},
         ["cropped to 480x480+160+0 of 640x480, by --fit cover and --gravity face",
          GOES_NO_CLOSER]),
        (1, Corner(Gravity.SUBJECT), {"size": SQUARE},
         ["no face in it; the crop follows the subject instead",
          "cropped to 480x480+160+0 of 640x480, by --fit cover and --gravity subject"]),
        # `cover` cuts 1 % of the picture off, or 2 %.
        (2, CORNER, {"size": Extent(66, 50)},
         ["cropped to 317x240+323+240 of 640x480, by --gravity face and --zoom 2"]),
        (2, CORNER, {"size": Extent(65, 50)},
         ["cropped to 312x240+328+240 of 640x480, by --fit cover, --gravity face and --zoom 2"]),
        (1, CORNER, {"size": SQUARE, "crop": Region(0, 0, 300, 200)},
         ["cropped to 200x200+100+0 of 640x480, by --crop, --fit cover and --gravity face"]),
    ],
)  # fmt: skip
def test_notes_of_a_focus(
    zoom: float | None, focus: Corner, words: dict[str, Any], notes: list[str]
) -> None:
    """Notes say what the crop follows, where it is, and by which options."""
    assert focused(zoom, focus, **words).notes == notes

"""The words of `--crop` and `--zoom`."""

from __future__ import annotations

import pytest

from pixbin.errors import UsageError
from pixbin.geometry import Box, Gravity, Region
from pixbin.options import Options, crop_parsing
from pixbin.options.parsing import ParseError


@pytest.mark.parametrize(
    ("given", "region"),
    [
        ("100,50,400,300", Region(100, 50, 400, 300)),
        (" 100 , 50,400, 300 ", Region(100, 50, 400, 300)),
        ("400x300+100+50", Region(100, 50, 400, 300)),
        ("25%,0,50%,200", Region(0.25, 0, 0.5, 200)),
        ("0.25,0,0.5,200", Region(0.25, 0, 0.5, 200)),
        ("0,0,100%,100%", Region(0, 0, 1.0, 1.0)),
        ("33.3%,0%,66.7%,100%", Region(0.333, 0.0, 0.667, 1.0)),
        ((100, 50, 400, 300), Region(100, 50, 400, 300)),
        ((0.25, 10, 0.5, 100), Region(0.25, 10, 0.5, 100)),
        (Box(1, 2, 3, 4), Region(1, 2, 3, 4)),
        (Region(0.25, 10, 0.5, 100), Region(0.25, 10, 0.5, 100)),
    ],
)
def test_crop(given: object, region: Region) -> None:
    """Pixels are ints and percentages are shares, and the text of a region is a crop again."""
    parsed = crop_parsing.region(given)

    assert parsed == pytest.approx(region)
    assert list(map(type, parsed)) == list(map(type, region))
    assert crop_parsing.region(str(parsed)) == pytest.approx(parsed)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("", "write X,Y,W,H"),
        ("1,2,3", "write X,Y,W,H"),
        ("1,2,3,4,5", "write X,Y,W,H"),
        ("1,2,3,x", "write X,Y,W,H"),
        ("-1,0,5,5", "write X,Y,W,H"),
        ("1.5,0,5,5", "write X,Y,W,H"),
        ("5x5+1", "write X,Y,W,H"),
        ("0,0,0,5", "above 0"),
        ("0,0,5,0%", "above 0"),
        ("60%,0,50%,10", "beyond 100%"),
        ("100%,0,1,1", "beyond 100%"),
        ((1, 2, 3), "write X,Y,W,H"),
    ],
)
def test_bad_crop(given: object, message: str) -> None:
    """A crop that is none is refused, and the message says what to write."""
    with pytest.raises(ParseError, match=message):
        crop_parsing.region(given)
    with pytest.raises(UsageError, match=f"^crop .*{message}"):
        Options.of(crop=given)


@pytest.mark.parametrize(
    ("given", "zoom"),
    [("2", 2.0), ("2x", 2.0), ("1.5 x", 1.5), ("150%", 1.5), (3, 3.0), ("auto", "auto")],
)
def test_zoom(given: object, zoom: float | str) -> None:
    """A zoom is a number, a percentage, or auto."""
    assert crop_parsing.zoom(given) == zoom


@pytest.mark.parametrize("given", ["0", "0.5", "50%", "101", "x", "", "near"])
def test_bad_zoom(given: str) -> None:
    """A zoom below 1 or of other words is refused."""
    with pytest.raises(UsageError, match="write auto, a number from 1 to 100"):
        Options.of(zoom=given)


def test_automatic_zoom_needs_something_to_go_close_to() -> None:
    """`auto` goes close to a subject or a face, so one of the two must be asked for."""
    with pytest.raises(UsageError, match="add --gravity subject or face"):
        Options.of(zoom="auto", gravity="north")

    assert Options.of(zoom="auto", gravity="Face").gravity is Gravity.FACE

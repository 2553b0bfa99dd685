"""The ramp of tones: its layout, and its way through the usual conversion."""

from __future__ import annotations

import numpy as np
import pytest

import pixbin
from pixbin.calibration import ramp, ramp_layout
from pixbin.errors import UsageError
from pixbin.filters import morphology
from pixbin.options import Options


def test_layout_is_the_same_on_its_head() -> None:
    """Each tone has two patches, opposite to each other."""
    around = [
        (ramp_layout.WIDTH - ramp_layout.PATCH - left, ramp_layout.HEIGHT - ramp_layout.PATCH - top)
        for left, top, _ in ramp_layout.patches()
    ]
    tones = {patch[:2]: patch.tone for patch in ramp_layout.patches()}

    assert [tones[spot] for spot in around] == [patch.tone for patch in ramp_layout.patches()]
    assert sorted(tones.values()) == sorted(2 * ramp_layout.TONES)


def test_paper_between_patches_is_bare() -> None:
    """No spot of paper touches a patch or a mark."""
    ink = np.zeros((ramp_layout.HEIGHT, ramp_layout.WIDTH), np.bool_)
    for left, top, _ in ramp_layout.patches():
        ink[top : top + ramp_layout.PATCH, left : left + ramp_layout.PATCH] = True
    for left, top in ramp_layout.mark_corners():
        ink[top : top + ramp_layout.MARK, left : left + ramp_layout.MARK] = True
    spots = [*ramp_layout.paper_spots()]

    assert len(spots) == 38
    for x, y, width, height in spots:
        rows, columns = (
            slice(int(middle - side / 2), int(np.ceil(middle + side / 2)))
            for middle, side in ((y, height), (x, width))
        )
        assert not ink[rows, columns].any()


@pytest.mark.parametrize("unit", [2, 4, 5])
def test_dots_of_each_size_are_on_the_ramp(unit: int) -> None:
    """Rows of squares of 1 to 4 cells stand between the marks: ink at the left, gaps at the right.

    Opening with a square removes exactly the smaller ones.
    """
    ink = ~ramp.draw(Options.of(size=f"{ramp_layout.WIDTH * unit}x")).paper
    for (left, top), is_ink in zip(ramp_layout.dot_columns(unit), (True, False), strict=True):
        part = ink[top : top + ramp_layout.DOTS_HEIGHT, left : left + ramp_layout.MARK * unit]
        kept = [morphology.opening(part == is_ink, side).any(1).sum() for side in range(1, 6)]

        assert kept == [10, 9, 7, 4, 0]


@pytest.mark.parametrize("method", ["floyd-steinberg", "bayer8", "blue-noise", "halftone"])
def test_patches_have_the_tones(method: str) -> None:
    """A method that keeps tones covers each patch as its tone says, within 2.5 %."""
    coverage = ramp.draw(Options.of(method=method, size="584x")).coverage

    assert [*coverage] == [*ramp_layout.TONES]
    assert max(abs(share - tone) for tone, share in coverage.items()) < 0.025


@pytest.mark.parametrize(
    "settings",
    [
        {}, {"invert": True}, {"device": "escpos-384"}, {"device": "trmnl"},
        {"grid": "200x", "block": 2}, {"size": "200x800"}, {"size": "300x151", "method": "bayer4"},
        {"fit": "contain", "crop": "1,1,9,9", "zoom": 3, "edges": 1, "enhance": 1, "min_dot": 2},
    ],
    ids=str,
)  # fmt: skip
def test_conversion_leaves_the_ramp_as_it_is(settings: dict[str, object]) -> None:
    """The options that draw a ramp write exactly its cells, in any size."""
    drawn = ramp.draw(Options.of(**settings))
    picture = pixbin.convert(drawn.paper, drawn.options)

    assert np.array_equal(picture.grid, drawn.paper ^ ("invert" in settings))
    assert picture.size == tuple(side for side in (drawn.options.size or ())[:2])


def test_invert_draws_the_same_ink() -> None:
    """The marks are ink in print, whether the picture is inverted or not."""
    plain, inverted = (ramp.draw(Options.of(invert=flag)) for flag in (False, True))

    assert (~plain.paper)[8:10, 8:36].any()
    assert inverted.paper[8:10, 8:36].any()
    assert abs((~plain.paper).mean() - inverted.paper.mean()) < 0.005


def test_options_of_a_medium_change_the_tones() -> None:
    """A ramp of a corrected print has less ink where ink grows."""
    coverage = ramp.draw(Options.of(dot_gain="20%")).coverage

    assert coverage[0.7] == pytest.approx(0.5, abs=0.02)
    assert coverage[1.0] == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"method": "otsu"}, "otsu does not mix tones from dots"),
        ({"method": "neural"}, "neural does not mix tones"),
        ({"size": "100x"}, "a grid of 100x51 cells is too small; a ramp needs 146x74"),
        ({"device": "ssd1306"}, "too small"),
    ],
)
def test_impossible_ramps(settings: dict[str, object], message: str) -> None:
    """An error says what a ramp needs."""
    with pytest.raises(UsageError, match=message):
        ramp.draw(Options.of(**settings))

"""The softer look of methods that draw."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

import pixbin
from pixbin.catalog.families import DRAWN
from pixbin.catalog.methods import ALGORITHMIC
from pixbin.options import Options
from pixbin.tone import drawn_look

DRAWING = [method for method in ALGORITHMIC if isinstance(method.family, DRAWN)]


def share_of_strokes(paper: np.ndarray) -> float:
    """Return the share of squares of 8x8 cells that have both ink and paper."""
    rows, columns = (side // 8 for side in paper.shape)
    means = paper[: rows * 8, : columns * 8].reshape(rows, 8, columns, 8).mean((1, 3))
    return float(((means > 0.1) & (means < 0.9)).mean())


@pytest.mark.parametrize("method", DRAWING)
def test_more_of_a_photograph_has_strokes(method: str) -> None:
    """With the look of drawings, more of a face is drawn than with the usual look."""
    photo = data.astronaut()[:256, 96:352]
    drawn, usual = (
        share_of_strokes(
            pixbin.convert(photo, size="96x96", method=method, enhance=amount).white_pixels
        )
        for amount in ("auto", 1)
    )

    assert drawn > usual + 0.05


def test_only_drawn_methods_without_a_strength_are_softer() -> None:
    """A strength by the user counts as for other methods, and these have their own look."""
    options = [Options.of(method="woodcut"), Options.of(method="woodcut", enhance=1)]
    options.append(Options.of(method="floyd-steinberg"))

    assert [drawn_look.is_drawn(each) for each in options] == [True, False, False]
    assert drawn_look.amounts(options[1]) == drawn_look.amounts(options[2])


def test_factors_of_the_user_count() -> None:
    """The user's amounts are factors of the look's own; none is no detail."""
    amounts = drawn_look.amounts(Options.of(method="stipple", detail=0, relief=2))

    assert amounts.detail == 0
    assert amounts.relief == 2 * drawn_look.DRAWN_AMOUNTS.relief


@pytest.mark.parametrize(("share", "cleared"), [(0.95, 1), (0.05, 0), (0.85, 0.85), (0.2, 0.2)])
def test_nearly_black_and_white_areas_are_cleared(share: float, cleared: float) -> None:
    """Areas near black or white become plain, and others keep their greys."""
    values = np.full((16, 16), share)

    assert np.array_equal(
        drawn_look.clear_ends(values, Options.of(method="woodcut")), np.full((16, 16), cleared)
    )
    assert drawn_look.clear_ends(values, Options.of(method="bayer4")) is values

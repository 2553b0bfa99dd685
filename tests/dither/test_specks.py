"""Lone strokes are left out of drawings."""

from __future__ import annotations

import numpy as np
import pytest

from pixbin.color.quanta import FULL_SCALE
from pixbin.dither import specks

GREY = np.full((40, 40), FULL_SCALE // 2, np.int32)


@pytest.mark.parametrize(("length", "stays"), [(1, False), (3, False), (4, True), (9, True)])
@pytest.mark.parametrize("is_paper", [False, True])
def test_short_strokes_go(length: int, stays: bool, is_paper: bool) -> None:
    """Strokes of up to three cells go, of ink and of paper; longer ones stay whole."""
    drawn = np.full(GREY.shape, not is_paper)
    drawn[20, 15 : 15 + length] = is_paper
    cleaned = specks.without_specks(drawn, GREY)

    assert (cleaned == is_paper).sum() == (length if stays else 0)


def test_short_strokes_that_continue_a_line_stay() -> None:
    """Dots of a dotted line are no specks."""
    paper = np.ones(GREY.shape, bool)
    paper[20, ::2] = False

    assert np.array_equal(specks.without_specks(paper, GREY)[:, 4:-4], paper[:, 4:-4])


def test_pure_cells_stay() -> None:
    """A lone black cell of the picture is kept."""
    cells = np.full((20, 20), FULL_SCALE, np.int32)
    cells[9, 9] = 0

    assert not specks.without_specks(cells > 0, cells)[9, 9]

"""Lone strokes of a drawing, too short to be seen as strokes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.color.quanta import FULL_SCALE, Quanta

RADIUS = 4  #: cells around a speck, in each direction, that have nothing else
MAX_SPECK = 3  #: cells of a speck, at most

BoolArray = NDArray[np.bool_]


def without_specks(paper: BoolArray, cells: Quanta) -> BoolArray:
    """Leave out strokes of up to three cells on an empty ground, of ink and of paper.

    On such a ground they look like dirt. Short strokes beside others stay.

    Parameters
    ----------
    paper : bool array, shape (H, W)
    cells : int32 array, shape (H, W), in quanta
        Pure black and pure white cells do not change.

    Returns
    -------
    bool array, shape (H, W), True is paper

    Examples
    --------
    >>> paper = np.ones((9, 20), bool)
    >>> paper[4, 1] = paper[4, 9:15] = False
    >>> without_specks(paper, np.full((9, 20), FULL_SCALE // 2))[4].astype(int).tolist()
    [1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1]
    """
    lone_ink = ~paper & (_count_around(~paper) <= MAX_SPECK) & (cells > 0)
    lone_paper = paper & (_count_around(paper) <= MAX_SPECK) & (cells < FULL_SCALE)
    cleaned: BoolArray = (paper | lone_ink) & ~lone_paper
    return cleaned


def _count_around(marked: BoolArray) -> NDArray[np.int64]:
    """Return how many cells are marked in the square around each cell; none are outside."""
    side = 2 * RADIUS + 1
    counts = marked.astype(np.int64)
    for _ in range(2):  # down the columns, then along the rows
        padded = np.pad(counts, ((RADIUS + 1, RADIUS), (0, 0)))
        sums = padded.cumsum(axis=0)
        counts = (sums[side:] - sums[:-side]).T
    return counts

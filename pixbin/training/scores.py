"""Scores of an output against its target, for validation.

They measure the most important property of a two-valued picture: correct boundaries.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.filters.morphology import dilation
from pixbin.training.data import ink_boundary

BoolArray = NDArray[np.bool_]  #: shape (H, W), True is paper


class Score(NamedTuple):
    """Scores of one output, or their means over several; the names are those in the log."""

    score: float  #: mean of `near` and `lines`; decides which weights are best
    near: float  #: share of correct cells among those that touch a boundary of the target
    lines: float  #: F-measure of boundaries, with one cell of tolerance
    cells: float  #: share of correct cells
    lone: float  #: share of the output's cells that differ from all their neighbours


def measure(paper: BoolArray, target: BoolArray) -> Score:
    """Return the scores of an output against its target; both bool (H, W), True is paper."""
    near = boundary_accuracy(paper, target)
    lines = boundary_f_measure(ink_boundary(paper), ink_boundary(target))
    cells = float((paper == target).mean())
    return Score((near + lines) / 2, near, lines, cells, float(isolated_cells(paper).mean()))


def mean_score(scores: list[Score]) -> Score:
    """Return the mean of each score."""
    return Score(*np.mean(scores, axis=0).tolist())


def boundary_accuracy(paper: BoolArray, target: BoolArray) -> float:
    """Return the share of correct cells among those at a boundary of the target.

    Cells of both sides count. Without a boundary, all cells count.
    """
    at_boundary = ink_boundary(target) | ink_boundary(~target)
    correct = paper == target
    return float(correct[at_boundary].mean() if at_boundary.any() else correct.mean())


def boundary_f_measure(predicted: BoolArray, expected: BoolArray) -> float:
    """Return the F-measure of marked cells, from 0 to 1, with one cell of tolerance.

    Parameters
    ----------
    predicted, expected : bool array, shape (H, W)
        True is a marked cell. If neither has one, the result is 1.
    """
    if not predicted.any() and not expected.any():
        return 1.0
    if not predicted.any() or not expected.any():
        return 0.0
    precision = dilation(expected, 1)[predicted].mean()
    recall = dilation(predicted, 1)[expected].mean()
    if not precision + recall:
        return 0.0
    return float(2 * precision * recall / (precision + recall))


def isolated_cells(paper: BoolArray) -> BoolArray:
    """Return the cells that differ from all their neighbours; bool (H, W)."""
    isolated_ink = ink_boundary(paper) & ~_has_marked_neighbour(~paper)
    isolated_paper = ink_boundary(~paper) & ~_has_marked_neighbour(paper)
    return isolated_ink | isolated_paper


def _has_marked_neighbour(mask: BoolArray) -> BoolArray:
    """Return the cells with at least one marked cell among their up to eight neighbours."""
    padded = np.pad(mask, 1)
    height, width = mask.shape
    result = np.zeros_like(mask)
    for y in range(3):
        for x in range(3):
            if (y, x) != (1, 1):
                result |= padded[y : y + height, x : x + width]
    return result

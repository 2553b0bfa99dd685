"""How near an output comes to its target, where it matters: at boundaries."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.training.data import ink_boundary

BoolArray = NDArray[np.bool_]  #: shape (H, W), True is paper


class Score(NamedTuple):
    """Measures of one output, or their means over several."""

    score: float  #: the mean of `near` and `lines`: what decides which weights are best
    near: float  #: share of the cells that touch a boundary of the target that are right
    lines: float  #: F-measure of boundaries, right within one cell
    cells: float  #: share of all cells that are right
    lone: float  #: share of the output's cells unlike all around them


def measure(paper: BoolArray, target: BoolArray) -> Score:
    """Compare an output with its target."""
    near, lines = (
        boundary_accuracy(paper, target),
        boundary_f_measure(ink_boundary(paper), ink_boundary(target)),
    )
    cells = float((paper == target).mean())
    return Score((near + lines) / 2, near, lines, cells, float(isolated_cells(paper).mean()))


def mean_score(scores: list[Score]) -> Score:
    """Return the mean of each measure."""
    return Score(*np.mean(scores, axis=0).tolist())


def boundary_accuracy(paper: BoolArray, target: BoolArray) -> float:
    """Return the share of right cells among those that touch a boundary, or all if none do."""
    touching = ink_boundary(target) | ink_boundary(~target)
    right = paper == target
    return float(right[touching].mean() if touching.any() else right.mean())


def boundary_f_measure(predicted: BoolArray, expected: BoolArray) -> float:
    """Return the F-measure of marks that count as right within one cell; of no marks, 1."""
    if not predicted.any() and not expected.any():
        return 1.0
    if not predicted.any() or not expected.any():
        return 0.0
    hits = dilate(expected)[predicted].mean()
    found = dilate(predicted)[expected].mean()
    return float(2 * hits * found / (hits + found)) if hits + found else 0.0


def dilate(marks: BoolArray) -> BoolArray:
    """Return what is marked, and all that touches it."""
    return marks | ink_boundary(marks)


def isolated_cells(paper: BoolArray) -> BoolArray:
    """Return the cells unlike all their neighbours."""
    return ink_boundary(paper) & ~_has_marked_neighbour(~paper) | ink_boundary(
        ~paper
    ) & ~_has_marked_neighbour(paper)


def _has_marked_neighbour(marks: BoolArray) -> BoolArray:
    """Return the cells with a marked neighbour, up to eight, marked themselves or not."""
    around = np.pad(marks, 1)
    height, width = marks.shape
    near = np.zeros_like(marks)
    for y in range(3):
        for x in range(3):
            if (y, x) != (1, 1):
                near |= around[y : y + height, x : x + width]
    return near

"""How near an output comes to its target, where it matters: at boundaries."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.training.data import boundary

Marks = NDArray[np.bool_]  #: shape (H, W), True is paper


class Score(NamedTuple):
    """Measures of one output, or their means over several."""

    score: float  #: the mean of `near` and `lines`: what decides which weights are best
    near: float  #: share of the cells that touch a boundary of the target that are right
    lines: float  #: F-measure of boundaries, right within one cell
    cells: float  #: share of all cells that are right
    lone: float  #: share of the output's cells unlike all around them


def measure(paper: Marks, target: Marks) -> Score:
    """Compare an output with its target."""
    near, lines = agreement(paper, target), f_measure(boundary(paper), boundary(target))
    cells = float((paper == target).mean())
    return Score((near + lines) / 2, near, lines, cells, float(isolated(paper).mean()))


def mean(scores: list[Score]) -> Score:
    """Return the mean of each measure."""
    return Score(*np.mean(scores, axis=0).tolist())


def agreement(paper: Marks, target: Marks) -> float:
    """Return the share of right cells among those that touch a boundary, or all if none do."""
    touching = boundary(target) | boundary(~target)
    right = paper == target
    return float(right[touching].mean() if touching.any() else right.mean())


def f_measure(ours: Marks, theirs: Marks) -> float:
    """Return the F-measure of marks that count as right within one cell; of no marks, 1."""
    if not ours.any() and not theirs.any():
        return 1.0
    if not ours.any() or not theirs.any():
        return 0.0
    hits = grown(theirs)[ours].mean()
    found = grown(ours)[theirs].mean()
    return float(2 * hits * found / (hits + found)) if hits + found else 0.0


def grown(marks: Marks) -> Marks:
    """Return what is marked, and all that touches it."""
    return marks | boundary(marks)


def isolated(paper: Marks) -> Marks:
    """Return the cells unlike all their neighbours."""
    return boundary(paper) & ~_joined(~paper) | boundary(~paper) & ~_joined(paper)


def _joined(marks: Marks) -> Marks:
    """Return the cells with a marked neighbour, up to eight, marked themselves or not."""
    around = np.pad(marks, 1)
    height, width = marks.shape
    near = np.zeros_like(marks)
    for y in range(3):
        for x in range(3):
            if (y, x) != (1, 1):
                near |= around[y : y + height, x : x + width]
    return near

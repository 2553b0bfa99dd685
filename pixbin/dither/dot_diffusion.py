"""Dot diffusion: cells in the order of a class matrix, errors to neighbours of higher class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import DotDiffusion
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.jit.dispatch import Bytes, Floats, Int64s, run_kernel


def diffuse(cells: Quanta, family: DotDiffusion, strength: float) -> NDArray[np.bool_]:
    """Binarize cells class by class, passing each error to neighbours that are not yet decided.

    Neighbours at the four sides get two parts of the error, those at the corners one. Parts that
    would fall beyond the border go to the other neighbours. The error of a cell without later
    neighbours is lost.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    family : DotDiffusion
        The class matrix, repeated over the grid; class 0 comes first.
    strength : float in [0, 1]
        Share of the error that is passed on; 0 is a threshold at one half.

    Returns
    -------
    bool array, shape (H, W), True is paper

    Notes
    -----
    Source: D. E. Knuth, Digital halftones by dot diffusion, ACM Transactions on Graphics 6(4),
    1987.
    """
    height, width = cells.shape
    paper = np.zeros((height, width), np.uint8)
    classes = np.array(family.classes)
    run_kernel(
        _dot_diffusion_loop,
        cells.size * 4,
        *(np.pad(cells / (FULL_SCALE / 255), 1), np.pad(paper + 1, 1), paper),
        *(np.argsort(classes, axis=None), neighbour_weights(classes), np.zeros(8, np.int64)),
        *(len(classes), width, height, strength),
    )
    return paper.view(np.bool_)


def neighbour_weights(classes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many parts of an error each neighbour gets, for every class.

    Parameters
    ----------
    classes : int array, shape (n, n)
        Every number from 0 to n * n - 1 once.

    Returns
    -------
    int64 array, shape (n * n, 8)
        A row for every class; its eight neighbours in reading order.
    """
    around = [(v, u) for v in (-1, 0, 1) for u in (-1, 0, 1) if v or u]
    parts = [
        np.where(np.roll(classes, (-v, -u), (0, 1)) > classes, 1 if v and u else 2, 0)
        for v, u in around
    ]
    weights: NDArray[np.int64] = np.stack(parts, axis=2).reshape(-1, 8)[np.argsort(classes, None)]
    return weights


# `levels` and `inside` have a margin of one cell; `inside` is 1 for cells and 0 in the margin.
# `class_order` says where in the matrix each class is.
def _dot_diffusion_loop(
    levels: Floats,
    inside: Bytes,
    paper: Bytes,
    class_order: Int64s,
    weights: Int64s,
    offsets: Int64s,
    side: int,
    width: int,
    height: int,
    strength: float,
) -> None:
    stride = width + 2
    for neighbour in range(8):
        square = neighbour + neighbour // 4
        offsets[neighbour] = (square // 3 - 1) * stride + square % 3 - 1
    for rank in range(side * side):
        for y in range(class_order[rank] // side, height, side):
            for x in range(class_order[rank] % side, width, side):
                here = (y + 1) * stride + x + 1
                is_paper = levels[here] >= 127.5
                paper[y * width + x] = is_paper
                error = (levels[here] - 255.0 if is_paper else levels[here]) * strength
                total = 0
                for neighbour in range(8):
                    total += weights[8 * rank + neighbour] * inside[here + offsets[neighbour]]
                if total:
                    for neighbour in range(8):
                        share = error * weights[8 * rank + neighbour] / total
                        levels[here + offsets[neighbour]] += share

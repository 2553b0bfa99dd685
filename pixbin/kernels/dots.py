"""Dot diffusion: cells in the order of their classes, errors to neighbours of higher class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.families import DotDiffusion
from pixbin.kernels.machine import Bytes, Floats, Int64s, run
from pixbin.light import FULL, Quanta


def diffuse(cells: Quanta, family: DotDiffusion, strength: float) -> NDArray[np.bool_]:
    """Binarize cells class by class, handing each error to the neighbours yet to come.

    Neighbours beside and above get two parts, diagonal ones get one; parts that would fall
    outside go to the others. The error of a cell without later neighbours is dropped.

    Source: D. E. Knuth, Digital halftones by dot diffusion, ACM Transactions on Graphics 6(4),
    1987.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    family : DotDiffusion
        The classes, repeated over the cells.
    strength : float in [0, 1]
        Share of the error that is handed on; 0 is a threshold at one half.

    Returns
    -------
    bool array, shape (H, W), True is paper
    """
    height, width = cells.shape
    paper = np.zeros((height, width), np.uint8)
    classes = np.array(family.classes)
    run(
        _diffusion,
        cells.size * 8,
        *(cells / (FULL / 255), paper, classes, np.argsort(classes, axis=None)),
        *(len(classes), width, height, strength),
    )
    return paper.view(np.bool_)


def _diffusion(
    levels: Floats,
    paper: Bytes,
    classes: Int64s,
    places: Int64s,
    side: int,
    width: int,
    height: int,
    strength: float,
) -> None:
    for turn in range(side * side):
        for y in range(places[turn] // side, height, side):
            for x in range(places[turn] % side, width, side):
                level = levels[y * width + x]
                is_paper = level >= 127.5
                paper[y * width + x] = is_paper
                error = (level - 255.0 if is_paper else level) * strength
                total = 0
                for give in range(2):
                    for v in range(max(0, y - 1), min(height, y + 2)):
                        for u in range(max(0, x - 1), min(width, x + 2)):
                            if classes[v % side * side + u % side] > turn:
                                parts = 2 if u == x or v == y else 1
                                if give:
                                    levels[v * width + u] += error * parts / total
                                else:
                                    total += parts

"""The smallest dots and gaps that a medium can hold: smaller ones are joined, and tones stay.

A dot that a square of the least side does not fit into would be lost in print, or grow. Dots and
gaps like that are found by morphological opening. The squares of a lattice that hold such cells
become ink or paper as a whole, by error diffusion of their shares of ink. Where nothing is too
small, as in solid areas and at their edges, every cell stays.

Sources: J. Serra, Image Analysis and Mathematical Morphology, 1982; R. W. Floyd, L. Steinberg, An
adaptive algorithm for spatial greyscale, Proceedings of the SID 17(2), 1976.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.methods import Method
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.dither import error_diffusion
from pixbin.filters import morphology

Paper = NDArray[np.bool_]  #: shape (H, W), True is paper


def enforce(paper: Paper, dot: int, gap: int) -> Paper:
    """Return cells in which no dot of ink and no gap of paper is smaller than a square.

    Parameters
    ----------
    paper : bool array, shape (H, W), True is paper
    dot, gap : int
        Side of the smallest dot of ink and of the smallest gap, in cells, from 1. Beyond the
        border the outermost cells are repeated.

    Returns
    -------
    bool array, shape (H, W), True is paper
        The array itself if nothing is too small.
    """
    side = max(dot, gap)
    result, decided = paper, None
    is_redrawn = np.zeros([-(-length // side) for length in paper.shape], np.bool_)
    # A square of the lattice that is of one value never holds cells that are too small, so each
    # turn adds squares, and the last one ends with none left.
    while (too_small := _too_small(result, dot, gap)).any():
        if decided is None:
            decided = _decide(_lattice_sums(paper, side), _lattice_sums(np.ones_like(paper), side))
        is_redrawn |= _lattice_sums(too_small, side) > 0
        result = np.where(
            _enlarge(is_redrawn, side, paper.shape), _enlarge(decided, side, paper.shape), paper
        )
    return result


def _too_small(paper: Paper, dot: int, gap: int) -> Paper:
    ink_specks = ~paper & ~morphology.opening(~paper, dot)
    return ink_specks | (paper & ~morphology.opening(paper, gap))


def _lattice_sums(cells: Paper, side: int) -> NDArray[np.int64]:
    """Count the cells that are set in each square of a lattice."""
    sums = cells.astype(np.int64)
    for axis, length in enumerate(cells.shape):
        sums = np.add.reduceat(sums, np.arange(0, length, side), axis=axis)
    return sums


def _decide(paper_counts: NDArray[np.int64], counts: NDArray[np.int64]) -> Paper:
    """Return which squares become paper, so that the share of ink stays."""
    light: Quanta = (FULL_SCALE * paper_counts // counts).astype(np.int32)
    if np.isin(light, (0, FULL_SCALE)).all():
        return light > 0
    kernel = Method.FLOYD_STEINBERG.family
    return error_diffusion.diffuse(light, kernel, True, 1.0)  # type: ignore[arg-type]


def _enlarge(squares: Paper, side: int, shape: tuple[int, ...]) -> Paper:
    return squares.repeat(side, axis=0).repeat(side, axis=1)[: shape[0], : shape[1]]

"""Direct binary search: change cells until no change makes the picture more like its source."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import RankTile
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.color.spaces import UnitArray
from pixbin.dither import ordered
from pixbin.filters.ssim_gradient import ssim_gradient
from pixbin.jit.dispatch import Bytes, Floats, Int32s, run_kernel

VIEWING_SCALE = 2000  #: dots per inch times viewing distance in inches
HVS_RADIUS = 5  #: of the filter of the human visual system, in cells, in each direction
STRUCTURE_WEIGHT = 0.1  #: squared error that a similarity of 1 outweighs, at full `structure`
MAX_SWEEPS = 30  #: over all cells; most pictures are done after ten

#: Very near to black or white, the cost of a single dot is higher than that of no dot, so light
#: would get lost. There (nearer than this many times the energy of one dot) cells are only swapped,
#: not toggled. So the dots of the blue noise that the search starts from stay.
TOGGLE_MARGIN = 2.0

_OPERATIONS_PER_CELL = (
    1000  #: time to interpret the search for one cell, in operations of `run_kernel`
)


@lru_cache
def hvs_filter() -> UnitArray:
    """Return the blur of the human eye over cells, for `VIEWING_SCALE`.

    Returns
    -------
    float64 array, shape (11, 11), of sum 1

    Notes
    -----
    Source: R. Nasanen, Visibility of halftone dot textures, IEEE Transactions on Systems,
    Man, and Cybernetics 14(6), 1984, at a luminance of 11 cd/m2.
    """
    falloff = (np.pi * VIEWING_SCALE / 180) / (0.525 * np.log(11) + 3.91)
    away = np.arange(-HVS_RADIUS, HVS_RADIUS + 1) ** 2
    blur = (falloff**2 + 4 * np.pi**2 * np.add.outer(away, away)) ** -1.5
    normalized: UnitArray = blur / blur.sum()
    return normalized


def direct_binary_search(cells: Quanta, structure: float) -> NDArray[np.bool_]:
    """Find the two-valued picture that looks most like the cells from a distance.

    The search starts from blue-noise dither and visits all cells again and again. Each is
    toggled, or swapped with one of its eight neighbours, to lower the cost as much as possible. The
    cost is the squared error after the blur of the eye, minus structural similarity. The search
    ends when no change lowers the cost.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    structure : float in [0, 1]
        How much edges and texture count; at 0 only the squared error counts.

    Returns
    -------
    bool array, shape (H, W), True is paper
        Pure black stays ink and pure white stays paper.

    Notes
    -----
    Sources: M. Analoui, J. P. Allebach, Model-based halftoning using direct binary search,
    Proc. SPIE 1666, 1992; for structure see `filters.ssim_gradient`.
    """
    thresholds = ordered.thresholds(RankTile("blue-noise-64"), cells.shape, 0)
    paper = ordered.apply_thresholds(cells, thresholds, 1.0).view(np.uint8)
    height, width = cells.shape
    run_kernel(
        _direct_binary_search_loop,
        cells.size * _OPERATIONS_PER_CELL,
        *(
            np.ascontiguousarray(cells),
            paper,
            _structure_gradient(cells, structure),
            _hvs_autocorrelation(),
        ),
        *(width, height, 2 * HVS_RADIUS, MAX_SWEEPS),
    )
    return paper.view(np.bool_)


def _structure_gradient(cells: Quanta, structure: float) -> UnitArray:
    """Return half the derivative of the cost of structure by the light of each cell."""
    if structure == 0:
        return np.zeros(cells.shape)
    return ssim_gradient(cells / FULL_SCALE) * (-structure * STRUCTURE_WEIGHT / 2)


@lru_cache
def _hvs_autocorrelation() -> UnitArray:
    """Return the eye's blur, correlated with itself; shape (21, 21)."""
    blur = hvs_filter()
    autocorrelation = np.zeros((4 * HVS_RADIUS + 1, 4 * HVS_RADIUS + 1))
    for (y, x), weight in np.ndenumerate(blur):
        autocorrelation[y : y + len(blur), x : x + len(blur)] += weight * blur
    return autocorrelation


# `gradient` holds half the derivative of the cost with respect to the light of each cell. It starts
# with the part of structure; the error of the picture, blurred twice, is added. After every change
# it is brought up to date around the changed cells only.
def _direct_binary_search_loop(
    cells: Int32s,
    paper: Bytes,
    gradient: Floats,
    autocorrelation: Floats,
    width: int,
    height: int,
    radius: int,
    max_sweeps: int,
) -> None:
    side = 2 * radius + 1
    middle = radius * side + radius
    white = float(FULL_SCALE)
    margin = TOGGLE_MARGIN * autocorrelation[middle] * white
    for y in range(height):
        for x in range(width):
            error = paper[y * width + x] - cells[y * width + x] / white
            for v in range(max(0, y - radius), min(height, y + radius + 1)):
                for u in range(max(0, x - radius), min(width, x + radius + 1)):
                    gradient[v * width + u] += (
                        error * autocorrelation[middle + (v - y) * side + u - x]
                    )
    for _ in range(max_sweeps):
        changes = 0
        for y in range(height):
            for x in range(width):
                here = y * width + x
                if cells[here] == 0 or cells[here] == FULL_SCALE:
                    continue
                sign = 1 - 2 * int(paper[here])
                best = 0.0
                if margin <= cells[here] <= white - margin:
                    best = autocorrelation[middle] + 2 * sign * gradient[here]
                swapped = -1
                for v in range(max(0, y - 1), min(height, y + 2)):
                    for u in range(max(0, x - 1), min(width, x + 2)):
                        other = v * width + u
                        is_pure = cells[other] == 0 or cells[other] == FULL_SCALE
                        if paper[other] != paper[here] and not is_pure:
                            apart = (
                                autocorrelation[middle]
                                - autocorrelation[middle + (v - y) * side + u - x]
                            )
                            change = 2 * apart + 2 * sign * (gradient[here] - gradient[other])
                            if change < best:
                                best = change
                                swapped = other
                if best < -1e-9:
                    changes += 1
                    for index in range(1 if swapped < 0 else 2):
                        changed = here if index == 0 else swapped
                        step = float(sign if index == 0 else -sign)
                        paper[changed] = 1 - paper[changed]
                        top, left = changed // width, changed % width
                        for v in range(max(0, top - radius), min(height, top + radius + 1)):
                            for u in range(max(0, left - radius), min(width, left + radius + 1)):
                                weight = autocorrelation[middle + (v - top) * side + u - left]
                                gradient[v * width + u] += step * weight
        if changes == 0:
            break

"""Direct binary search: change cells until no change brings the picture nearer to its source."""

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

VIEWING_SCALE = 2000  #: dots an inch times viewing distance in inches
HVS_RADIUS = 5  #: of the eye's blur, in cells each way
STRUCTURE_WEIGHT = 0.1  #: squared error of the eye that a similarity of one outweighs, at weight 1
MAX_SWEEPS = 30  #: over all cells; most pictures are done in ten

#: Nearer to black or white than this many times the energy of a dot, a lone dot seems worse
#: than none: there cells are only swapped, which keeps the light that blue noise has given.
TOGGLE_MARGIN = 2.0

_OPERATIONS_PER_CELL = (
    1000  #: of the search, in which interpreting costs about as much as one step does
)


@lru_cache
def hvs_filter() -> UnitArray:
    """Return the blur of the eye over cells, shape (11, 11), of sum 1.

    Source: R. Nasanen, Visibility of halftone dot textures, IEEE Transactions on Systems,
    Man, and Cybernetics 14(6), 1984, at a luminance of 11 cd/m2.
    """
    falloff = (np.pi * VIEWING_SCALE / 180) / (0.525 * np.log(11) + 3.91)
    away = np.arange(-HVS_RADIUS, HVS_RADIUS + 1) ** 2
    blur = (falloff**2 + 4 * np.pi**2 * np.add.outer(away, away)) ** -1.5
    whole: UnitArray = blur / blur.sum()
    return whole


def direct_binary_search(cells: Quanta, structure: float) -> NDArray[np.bool_]:
    """Find the two-valued picture that looks nearest to the cells from a distance.

    Starts from blue noise. In turn, each cell is toggled, or swapped with one of its eight
    neighbours, whichever lessens the squared error after the eye's blur most, less what it
    adds to structure. Cells that are pure black or white stay so.

    Source: M. Analoui, J. P. Allebach, Model-based halftoning using direct binary search,
    Proc. SPIE 1666, 1992.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    structure : float in [0, 1]
        How much edges and texture count against light; at 0 light alone counts.

    Returns
    -------
    bool array, shape (H, W), True is paper
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


# Half of what structure adds to the error, by the light of each cell.
def _structure_gradient(cells: Quanta, structure: float) -> UnitArray:
    if structure == 0:
        return np.zeros(cells.shape)
    return ssim_gradient(cells / FULL_SCALE) * (-structure * STRUCTURE_WEIGHT / 2)


@lru_cache
def _hvs_autocorrelation() -> UnitArray:
    blur = hvs_filter()
    whole = np.zeros((4 * HVS_RADIUS + 1, 4 * HVS_RADIUS + 1))
    for (y, x), weight in np.ndenumerate(blur):
        whole[y : y + len(blur), x : x + len(blur)] += weight * blur
    return whole


# `gain` holds, for every cell, half the change of the squared error with that of the cell:
# the error of the picture, correlated with the blur twice, on top of the pull of structure.
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
    faint = TOGGLE_MARGIN * autocorrelation[middle] * white
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
                if faint <= cells[here] <= white - faint:
                    best = autocorrelation[middle] + 2 * sign * gradient[here]
                swapped = -1
                for v in range(max(0, y - 1), min(height, y + 2)):
                    for u in range(max(0, x - 1), min(width, x + 2)):
                        there = v * width + u
                        is_pure = cells[there] == 0 or cells[there] == FULL_SCALE
                        if paper[there] != paper[here] and not is_pure:
                            apart = (
                                autocorrelation[middle]
                                - autocorrelation[middle + (v - y) * side + u - x]
                            )
                            change = 2 * apart + 2 * sign * (gradient[here] - gradient[there])
                            if change < best:
                                best = change
                                swapped = there
                if best < -1e-9:
                    changes += 1
                    for turn in range(1 if swapped < 0 else 2):
                        place = here if turn == 0 else swapped
                        step = float(sign if turn == 0 else -sign)
                        paper[place] = 1 - paper[place]
                        top, left = place // width, place % width
                        for v in range(max(0, top - radius), min(height, top + radius + 1)):
                            for u in range(max(0, left - radius), min(width, left + radius + 1)):
                                weight = autocorrelation[middle + (v - top) * side + u - left]
                                gradient[v * width + u] += step * weight
        if changes == 0:
            break

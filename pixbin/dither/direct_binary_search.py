"""Direct binary search: change cells until no change brings the picture nearer to its source."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import Tile
from pixbin.dither import ordered
from pixbin.filters.ssim_gradient import slope
from pixbin.jit.dispatch import Bytes, Floats, Int32s, run
from pixbin.resample.luminance import FULL, Quanta, Shares

SCALE = 2000  #: dots an inch times viewing distance in inches
REACH = 5  #: of the eye's blur, in cells each way
STRUCTURE = 0.1  #: squared error of the eye that a similarity of one outweighs, at weight 1
MOST_SWEEPS = 30  #: over all cells; most pictures are done in ten

#: Nearer to black or white than this many times the energy of a dot, a lone dot seems worse
#: than none: there cells are only swapped, which keeps the light that blue noise has given.
FAINT = 2.0

_STEPS_A_CELL = 1000  #: of the search, in which interpreting costs about as much as one step does


@lru_cache
def eye_blur() -> Shares:
    """Return the blur of the eye over cells, shape (11, 11), of sum 1.

    Source: R. Nasanen, Visibility of halftone dot textures, IEEE Transactions on Systems,
    Man, and Cybernetics 14(6), 1984, at a luminance of 11 cd/m2.
    """
    falloff = (np.pi * SCALE / 180) / (0.525 * np.log(11) + 3.91)
    away = np.arange(-REACH, REACH + 1) ** 2
    blur = (falloff**2 + 4 * np.pi**2 * np.add.outer(away, away)) ** -1.5
    whole: Shares = blur / blur.sum()
    return whole


def search(cells: Quanta, structure: float) -> NDArray[np.bool_]:
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
    thresholds = ordered.thresholds(Tile("blue-noise-64"), cells.shape, 0)
    paper = ordered.compare(cells, thresholds, 1.0).view(np.uint8)
    height, width = cells.shape
    run(
        _search,
        cells.size * _STEPS_A_CELL,
        *(np.ascontiguousarray(cells), paper, _pull(cells, structure), _autocorrelation()),
        *(width, height, 2 * REACH, MOST_SWEEPS),
    )
    return paper.view(np.bool_)


# Half of what structure adds to the error, by the light of each cell.
def _pull(cells: Quanta, structure: float) -> Shares:
    if structure == 0:
        return np.zeros(cells.shape)
    return slope(cells / FULL) * (-structure * STRUCTURE / 2)


@lru_cache
def _autocorrelation() -> Shares:
    blur = eye_blur()
    whole = np.zeros((4 * REACH + 1, 4 * REACH + 1))
    for (y, x), weight in np.ndenumerate(blur):
        whole[y : y + len(blur), x : x + len(blur)] += weight * blur
    return whole


# `gain` holds, for every cell, half the change of the squared error with that of the cell:
# the error of the picture, correlated with the blur twice, on top of the pull of structure.
def _search(
    cells: Int32s,
    paper: Bytes,
    gain: Floats,
    spread: Floats,
    width: int,
    height: int,
    reach: int,
    sweeps: int,
) -> None:
    side = 2 * reach + 1
    middle = reach * side + reach
    white = float(FULL)
    faint = FAINT * spread[middle] * white
    for y in range(height):
        for x in range(width):
            error = paper[y * width + x] - cells[y * width + x] / white
            for v in range(max(0, y - reach), min(height, y + reach + 1)):
                for u in range(max(0, x - reach), min(width, x + reach + 1)):
                    gain[v * width + u] += error * spread[middle + (v - y) * side + u - x]
    for _ in range(sweeps):
        changes = 0
        for y in range(height):
            for x in range(width):
                here = y * width + x
                if cells[here] == 0 or cells[here] == FULL:
                    continue
                sign = 1 - 2 * int(paper[here])
                best = 0.0
                if faint <= cells[here] <= white - faint:
                    best = spread[middle] + 2 * sign * gain[here]
                swapped = -1
                for v in range(max(0, y - 1), min(height, y + 2)):
                    for u in range(max(0, x - 1), min(width, x + 2)):
                        there = v * width + u
                        is_pure = cells[there] == 0 or cells[there] == FULL
                        if paper[there] != paper[here] and not is_pure:
                            apart = spread[middle] - spread[middle + (v - y) * side + u - x]
                            change = 2 * apart + 2 * sign * (gain[here] - gain[there])
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
                        for v in range(max(0, top - reach), min(height, top + reach + 1)):
                            for u in range(max(0, left - reach), min(width, left + reach + 1)):
                                weight = spread[middle + (v - top) * side + u - left]
                                gain[v * width + u] += step * weight
        if changes == 0:
            break

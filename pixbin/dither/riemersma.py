"""Riemersma's dither: errors handed on along a curve that fills the picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import Riemersma
from pixbin.jit.dispatch import Bytes, Floats, Int32s, Int64s, run
from pixbin.resample.luminance import FULL, Quanta

_MOST_WAITING = 1000  #: five numbers for each rectangle; two are added by a halving


def diffuse(cells: Quanta, family: Riemersma, strength: float) -> NDArray[np.bool_]:
    """Binarize cells along a curve, handing each error to the cells that follow on it.

    Shares fall exponentially and add up to 1, as in ImageMagick, so that light is kept.

    Source: T. Riemersma, A balanced dithering technique, C/C++ Users Journal 16(12), 1998.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    family : Riemersma
        How far an error reaches.
    strength : float in [0, 1]
        Share of the error that is handed on; 0 is a threshold at one half.

    Returns
    -------
    bool array, shape (H, W), True is paper
    """
    height, width = cells.shape
    paper = np.zeros((height, width), np.uint8)
    last = family.length - 1
    # One by one: for arrays, NumPy's powers depend on the processor.
    shares = np.array([family.ratio ** (-place / last) for place in range(family.length)])
    run(
        _diffusion,
        cells.size * family.length // 4,
        *(np.ascontiguousarray(cells), paper, walk(width, height)),
        *(shares / shares.sum(), np.zeros(family.length), cells.size, family.length, strength),
    )
    return paper.view(np.bool_)


def walk(width: int, height: int) -> NDArray[np.int64]:
    """Return every cell of a grid once, each beside the one before, as y * width + x.

    The curve is Hilbert's (1891) for squares of sides 2, 4, 8 and so on.
    """
    order = np.empty(width * height, np.int64)
    run(_walk, order.size, order, np.zeros(_MOST_WAITING, np.int64), width, height)
    return order


def _diffusion(
    cells: Int32s,
    paper: Bytes,
    order: Int64s,
    shares: Floats,
    errors: Floats,
    count: int,
    length: int,
    strength: float,
) -> None:
    step = FULL / 255.0
    for turn in range(count):
        level = cells[order[turn]] / step
        for back in range(length):
            level += shares[back] * errors[(turn + length - 1 - back) % length]
        is_paper = level >= 127.5
        paper[order[turn]] = is_paper
        errors[turn % length] = (level - 255.0 if is_paper else level) * strength


# A rectangle is walked from its first cell to the far end of its main side; across is the other.
# That is possible when the main side is even, or both are odd, and then the parts below are of
# that kind, too. A long rectangle is two, end to end. Any other is three: up the near half of
# its main side for an even number of cells, along the whole of it for the rest, and back down.
# `waiting` holds, for each rectangle yet to be walked: its first cell, the steps along and
# across, and the numbers of cells along and across.
def _walk(order: Int64s, waiting: Int64s, width: int, height: int) -> None:
    upright = (width % 2 > height % 2 or (width % 2 == height % 2 and height > width)) * 1
    if width == 1 or height == 1:
        upright = (width == 1) * 1
    waiting[1] = width if upright else 1
    waiting[2] = 1 if upright else width
    waiting[3] = height if upright else width
    waiting[4] = width if upright else height
    top = 5
    done = 0
    while top:
        top -= 5
        here = waiting[top]
        along = waiting[top + 1]
        across = waiting[top + 2]
        length = waiting[top + 3]
        breadth = waiting[top + 4]
        if breadth == 1 or breadth == 2:
            for turn in range(length * breadth):
                column = turn // breadth
                row = turn % breadth if column % 2 == 0 else breadth - 1 - turn % breadth
                order[done] = here + column * along + row * across
                done += 1
            continue
        if 2 * length > 3 * breadth:
            half = (length + 2) // 4 * 2
            waiting[top] = here + half * along
            waiting[top + 3] = length - half
            waiting[top + 5] = here
            waiting[top + 6] = along
            waiting[top + 7] = across
            waiting[top + 8] = half
            waiting[top + 9] = breadth
            top += 10
            continue
        rise = (breadth + 2) // 4 * 2
        half = (length + 1) // 2
        waiting[top] = here + (length - 1) * along + (rise - 1) * across
        waiting[top + 1] = -across
        waiting[top + 2] = -along
        waiting[top + 3] = rise
        waiting[top + 4] = length - half
        waiting[top + 5] = here + rise * across
        waiting[top + 6] = along
        waiting[top + 7] = across
        waiting[top + 8] = length
        waiting[top + 9] = breadth - rise
        waiting[top + 10] = here
        waiting[top + 11] = across
        waiting[top + 12] = along
        waiting[top + 13] = rise
        waiting[top + 14] = half
        top += 15

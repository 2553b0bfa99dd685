"""Riemersma dithering: errors are passed on along a curve that fills the picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import Riemersma
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.jit.dispatch import Bytes, Floats, Int32s, Int64s, run_kernel

_STACK_SIZE = 1000  #: numbers; room for 200 rectangles, and halving one adds at most two


def diffuse(cells: Quanta, family: Riemersma, strength: float) -> NDArray[np.bool_]:
    """Binarize cells along a space-filling curve, passing each error to cells further along it.

    Weights fall exponentially and add up to 1, as in ImageMagick, so that the mean light is kept.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    family : Riemersma
        How many cells further along get a share, and how fast the weights fall.
    strength : float in [0, 1]
        Share of the error that is passed on; 0 is a threshold at one half.

    Returns
    -------
    bool array, shape (H, W), True is paper

    Notes
    -----
    Source: T. Riemersma, A balanced dithering technique, C/C++ Users Journal 16(12), 1998.
    """
    height, width = cells.shape
    paper = np.zeros((height, width), np.uint8)
    last = family.length - 1
    # One by one, since the last digit of NumPy's powers of arrays depends on the processor.
    weights = np.array([family.ratio ** (-index / last) for index in range(family.length)])
    run_kernel(
        _riemersma_loop,
        cells.size * family.length // 4,
        *(np.ascontiguousarray(cells), paper, hilbert_curve(width, height)),
        *(weights / weights.sum(), np.zeros(family.length), cells.size, family.length, strength),
    )
    return paper.view(np.bool_)


def hilbert_curve(width: int, height: int) -> NDArray[np.int64]:
    """Return the order in which a Hilbert curve, for grids of any size, visits the cells.

    Parameters
    ----------
    width, height : int
        Of the grid, in cells.

    Returns
    -------
    int64 array, shape (width * height,)
        Every cell once, as ``y * width + x``. Each shares a side with the one before. For squares
        of side 2, 4, 8 and so on it is D. Hilbert's curve (Ueber die stetige Abbildung einer
        Linie auf ein Flaechenstueck, Mathematische Annalen 38, 1891).

    Examples
    --------
    >>> hilbert_curve(2, 2)
    array([0, 2, 3, 1])
    """
    order = np.empty(width * height, np.int64)
    run_kernel(_hilbert_loop, order.size, order, np.zeros(_STACK_SIZE, np.int64), width, height)
    return order


# `errors` holds the last `length` errors in turn.
def _riemersma_loop(
    cells: Int32s,
    paper: Bytes,
    order: Int64s,
    weights: Floats,
    errors: Floats,
    cell_count: int,
    length: int,
    strength: float,
) -> None:
    step = FULL_SCALE / 255.0
    for index in range(cell_count):
        level = cells[order[index]] / step
        for back in range(length):
            level += weights[back] * errors[(index + length - 1 - back) % length]
        is_paper = level >= 127.5
        paper[order[index]] = is_paper
        errors[index % length] = (level - 255.0 if is_paper else level) * strength


# A rectangle is walked from its first cell to the far end of its main side, along which it has
# `length` cells; across it has `breadth`. Such a walk exists if the length is even, or if both
# are odd. The parts that follow are of this kind too.
# - A rectangle of breadth 1 or 2 is walked in columns.
# - A long one is cut across into two, walked one after the other.
# - Any other is cut into three: across, up the near half; along, over the whole length of what
#   remains above; and back down the far half.
# `stack` holds five numbers for each rectangle still to be walked: its first cell, the steps
# along and across, and the cells along and across.
def _hilbert_loop(order: Int64s, stack: Int64s, width: int, height: int) -> None:
    upright = (width % 2 > height % 2 or (width % 2 == height % 2 and height > width)) * 1
    if width == 1 or height == 1:
        upright = (width == 1) * 1
    stack[1] = width if upright else 1
    stack[2] = 1 if upright else width
    stack[3] = height if upright else width
    stack[4] = width if upright else height
    top = 5
    done = 0
    while top:
        top -= 5
        here = stack[top]
        along = stack[top + 1]
        across = stack[top + 2]
        length = stack[top + 3]
        breadth = stack[top + 4]
        if breadth == 1 or breadth == 2:
            for index in range(length * breadth):
                column = index // breadth
                row = index % breadth if column % 2 == 0 else breadth - 1 - index % breadth
                order[done] = here + column * along + row * across
                done += 1
            continue
        if 2 * length > 3 * breadth:
            half = (length + 2) // 4 * 2
            stack[top] = here + half * along
            stack[top + 3] = length - half
            stack[top + 5] = here
            stack[top + 6] = along
            stack[top + 7] = across
            stack[top + 8] = half
            stack[top + 9] = breadth
            top += 10
            continue
        rise = (breadth + 2) // 4 * 2
        half = (length + 1) // 2
        stack[top] = here + (length - 1) * along + (rise - 1) * across
        stack[top + 1] = -across
        stack[top + 2] = -along
        stack[top + 3] = rise
        stack[top + 4] = length - half
        stack[top + 5] = here + rise * across
        stack[top + 6] = along
        stack[top + 7] = across
        stack[top + 8] = length
        stack[top + 9] = breadth - rise
        stack[top + 10] = here
        stack[top + 11] = across
        stack[top + 12] = along
        stack[top + 13] = rise
        stack[top + 14] = half
        top += 15

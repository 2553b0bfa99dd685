"""Cancel opposite flips of neighbouring cells between two frames."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.jit.dispatch import Bytes, Int32s, Int64s, run_kernel

MAX_DISTANCE = 4  #: between the two cells of a pair, in cells, in each direction
MAX_LIGHT_DIFFERENCE = FULL_SCALE // 8  #: between the two cells of a pair

_TO_PAPER, _TO_INK = 1, 2


def uncancelled_flips(
    previous: NDArray[np.bool_],
    proposed: NDArray[np.bool_],
    cells: Quanta,
    is_cancellable: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Return the flips that remain after pairs of opposite flips cancel.

    Suppose that one cell would become paper, and a cell near it with about the same light would
    become ink. Then neither needs to flip: without both flips the picture has the same mean light.
    Nearest pairs come first. Nearly black and nearly white cells must be closer in light to count
    as alike.

    Parameters
    ----------
    previous, proposed : bool arrays, shape (H, W), True is paper
    cells : int32 array, shape (H, W), in quanta
        The light that `proposed` represents.
    is_cancellable : bool array, shape (H, W)
        Which cells may be one of a pair.

    Returns
    -------
    bool array, shape (H, W)
        The flips of cancellable cells that remain.
    """
    height, width = cells.shape
    differs = is_cancellable & (previous != proposed)
    flips = np.where(proposed, _TO_PAPER, _TO_INK).astype(np.uint8) * differs
    positions = np.flatnonzero(flips)
    run_kernel(
        _cancel_flips_loop,
        positions.size * len(_NEIGHBOUR_OFFSETS),
        *(positions, flips, np.ascontiguousarray(cells), _NEIGHBOUR_OFFSETS),
        *(positions.size, len(_NEIGHBOUR_OFFSETS), width, height),
    )
    remaining: NDArray[np.bool_] = flips > 0
    return remaining


def _neighbour_offsets() -> NDArray[np.int64]:
    """Return row and column offsets to the cells that follow, shape (N, 2), nearest first."""
    distances = range(-MAX_DISTANCE, MAX_DISTANCE + 1)
    offsets = [(v, u) for v in distances for u in distances if (v, u) > (0, 0)]
    return np.array(sorted(offsets, key=lambda offset: (offset[0] ** 2 + offset[1] ** 2, offset)))


_NEIGHBOUR_OFFSETS = _neighbour_offsets()


def _cancel_flips_loop(
    flip_positions: Int64s,
    flips: Bytes,
    cells: Int32s,
    offsets: Int64s,
    flip_count: int,
    offset_count: int,
    width: int,
    height: int,
) -> None:
    for offset in range(offset_count):
        down, right = offsets[2 * offset], offsets[2 * offset + 1]
        for number in range(flip_count):
            here = flip_positions[number]
            if flips[here] == 0:
                continue
            y, x = here // width + down, here % width + right
            if y >= height or x < 0 or x >= width:
                continue
            there = y * width + x
            if flips[here] + flips[there] != _TO_PAPER + _TO_INK or flips[there] == 0:
                continue
            darker, lighter = min(cells[here], cells[there]), max(cells[here], cells[there])
            if lighter - darker <= min(
                MAX_LIGHT_DIFFERENCE, darker // 2, (FULL_SCALE - lighter) // 2
            ):
                flips[here] = 0
                flips[there] = 0

"""Changes of two-valued pictures that take each other back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.jit.dispatch import Bytes, Int32s, Int64s, run_kernel

MAX_DISTANCE = 4  #: how far apart the cells of a pair are at most, in cells each way
MAX_LIGHT_DIFFERENCE = FULL_SCALE // 8  #: how far apart their lights are at most

_TO_PAPER, _TO_INK = 1, 2


def uncancelled_flips(
    previous: NDArray[np.bool_],
    proposed: NDArray[np.bool_],
    cells: Quanta,
    is_cancellable: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Tell which changes are left when neighbours need not change places.

    Where one cell shall become paper and another one near it, of about the same light, ink,
    neither needs to: the picture is as light without, and as true. Nearest pairs come first.
    Nearly black and white cells are alike only if they are still closer.

    Parameters
    ----------
    before, after : bool arrays, shape (H, W), True is paper
    cells : int32 array, shape (H, W), in quanta
        The light that `after` shows.
    is_free : bool array, shape (H, W)
        Which cells may be one of a pair.

    Returns
    -------
    bool array, shape (H, W)
        The changes that are left, of those of free cells.
    """
    height, width = cells.shape
    differs = is_cancellable & (previous != proposed)
    changes = np.where(proposed, _TO_PAPER, _TO_INK).astype(np.uint8) * differs
    places = np.flatnonzero(changes)
    run_kernel(
        _cancel_flips_loop,
        places.size * len(_NEIGHBOUR_OFFSETS),
        *(places, changes, np.ascontiguousarray(cells), _NEIGHBOUR_OFFSETS),
        *(places.size, len(_NEIGHBOUR_OFFSETS), width, height),
    )
    left: NDArray[np.bool_] = changes > 0
    return left


def _neighbour_offsets() -> NDArray[np.int64]:
    """Return the steps to cells further on, shape (N, 2), nearest first."""
    away = range(-MAX_DISTANCE, MAX_DISTANCE + 1)
    steps = [(v, u) for v in away for u in away if (v, u) > (0, 0)]
    return np.array(sorted(steps, key=lambda step: (step[0] ** 2 + step[1] ** 2, step)))


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
    for step in range(offset_count):
        down, across = offsets[2 * step], offsets[2 * step + 1]
        for place in range(flip_count):
            here = flip_positions[place]
            if flips[here] == 0:
                continue
            y, x = here // width + down, here % width + across
            if y >= height or x < 0 or x >= width:
                continue
            there = y * width + x
            if flips[here] + flips[there] != _TO_PAPER + _TO_INK or flips[there] == 0:
                continue
            least, most = min(cells[here], cells[there]), max(cells[here], cells[there])
            if most - least <= min(MAX_LIGHT_DIFFERENCE, least // 2, (FULL_SCALE - most) // 2):
                flips[here] = 0
                flips[there] = 0

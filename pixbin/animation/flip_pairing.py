"""Changes of two-valued pictures that take each other back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.jit.dispatch import Bytes, Int32s, Int64s, run
from pixbin.resample.luminance import FULL, Quanta

REACH = 4  #: how far apart the cells of a pair are at most, in cells each way
ALIKE = FULL // 8  #: how far apart their lights are at most

_TO_PAPER, _TO_INK = 1, 2


def needed(
    before: NDArray[np.bool_],
    after: NDArray[np.bool_],
    cells: Quanta,
    is_free: NDArray[np.bool_],
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
    differs = is_free & (before != after)
    changes = np.where(after, _TO_PAPER, _TO_INK).astype(np.uint8) * differs
    places = np.flatnonzero(changes)
    run(
        _pairing,
        places.size * len(_AROUND),
        *(places, changes, np.ascontiguousarray(cells), _AROUND),
        *(places.size, len(_AROUND), width, height),
    )
    left: NDArray[np.bool_] = changes > 0
    return left


def _around() -> NDArray[np.int64]:
    """Return the steps to cells further on, shape (N, 2), nearest first."""
    away = range(-REACH, REACH + 1)
    steps = [(v, u) for v in away for u in away if (v, u) > (0, 0)]
    return np.array(sorted(steps, key=lambda step: (step[0] ** 2 + step[1] ** 2, step)))


_AROUND = _around()


def _pairing(
    places: Int64s,
    changes: Bytes,
    cells: Int32s,
    around: Int64s,
    count: int,
    steps: int,
    width: int,
    height: int,
) -> None:
    for step in range(steps):
        down, across = around[2 * step], around[2 * step + 1]
        for place in range(count):
            here = places[place]
            if changes[here] == 0:
                continue
            y, x = here // width + down, here % width + across
            if y >= height or x < 0 or x >= width:
                continue
            there = y * width + x
            if changes[here] + changes[there] != _TO_PAPER + _TO_INK or changes[there] == 0:
                continue
            least, most = min(cells[here], cells[there]), max(cells[here], cells[there])
            if most - least <= min(ALIKE, least // 2, (FULL - most) // 2):
                changes[here] = 0
                changes[there] = 0

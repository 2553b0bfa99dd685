"""Transparency of one bit: which cells are seen, and what light is taken for the others.

What is not seen must not show in what is: cells beneath transparency take the light of those next
to them, so that methods that look around find no edge there and none of the hidden colours.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.enums import Alpha
from pixbin.catalog.families import Tile
from pixbin.dither import ordered
from pixbin.resample.luminance import FULL, HIDDEN, Quanta, Shares
from pixbin.tone.auto_exposure import Exposure
from pixbin.tone.exposure_meter import Meter

Shown = NDArray[np.bool_]  #: shape (H, W), True is opaque

#: by how many cells the map of thresholds is moved, lest what is seen hangs on what is paper
_SHIFT = (21, 43)


def decide(opacity: Quanta, alpha: Alpha) -> Shown:
    """Decide which cells are seen.

    Parameters
    ----------
    opacity : int32 array, shape (H, W), in quanta
        Averages over the cells; `light.FULL` is opaque.
    alpha : Alpha
        By blue noise if dithered, so that it goes with the dots of every method: two patterns
        as regular as those of error diffusion would now and then hide all cells of one value.
        Else from one half on.
    """
    if alpha is Alpha.DITHER:
        tile = np.roll(ordered.thresholds(Tile("blue-noise-64"), opacity.shape, 0), _SHIFT, (0, 1))
        return ordered.compare(opacity, tile, 1.0)
    return opacity >= FULL // 2


def fill(planes: tuple[Quanta, ...], shown: Shown) -> None:
    """Give cells that are not seen the light of the nearest that is, by city blocks, in place.

    If none is seen all are white.
    """
    lit = shown & (planes[0] != HIDDEN)
    height, width = lit.shape
    if not lit.any():
        for plane in planes:
            plane[...] = FULL
        return
    rows, across = _nearest_in_columns(lit), np.arange(width)
    for y in np.flatnonzero(~lit.all(axis=1)).tolist():
        distance = np.where(rows[y] < 0, height + width, np.abs(rows[y] - y))
        # Both at once: how far it is, and to which column.
        before = np.minimum.accumulate((distance - across) * width + across) + across * width
        after = ((distance + across) * width + across)[::-1]
        after = np.minimum.accumulate(after)[::-1] - across * width
        column = np.minimum(before, after) % width
        hidden = ~lit[y]
        for plane in planes:
            plane[y, hidden] = plane[rows[y, column], column][hidden]


class OfShown(Meter):
    """Measures only those of the values that are seen, of cells or of coarser ones."""

    def __init__(self, meter: Meter, shown: Shown) -> None:
        self._meter = meter
        self._shown = shown

    def exposure(self, values: Shares) -> Exposure:
        """Return the exposure of what is seen."""
        return self._meter.exposure(self._seen(values))

    def exponent(self, values: Shares) -> float:
        """Return the exponent of all, which takes neighbours."""
        return self._meter.exponent(values)

    def level(self, values: Shares) -> int:
        """Return Otsu's level of what is seen."""
        return self._meter.level(self._seen(values))

    def _seen(self, values: Shares) -> Shares:
        shown = self._shown
        if values.shape != shown.shape:
            shown = coarsened(shown, values.shape)
        return values[shown] if shown.any() else values


def coarsened(shown: Shown, shape: tuple[int, ...]) -> Shown:
    """Tell of blocks of cells, in so many rows and columns, whether one of them is seen."""
    (rows, columns), (tall, wide) = shape, np.floor_divide(shown.shape, shape)
    blocks = shown[: rows * tall, : columns * wide].reshape(rows, tall, columns, wide)
    seen: Shown = np.logical_or.reduce(blocks, (1, 3))
    return seen


def _nearest_in_columns(lit: Shown) -> NDArray[np.int64]:
    """Return the row of the nearest cell that is lit in the same column, or -1."""
    height = len(lit)
    here = np.arange(height)[:, None]
    far = 2 * height
    above = np.maximum.accumulate(np.where(lit, here, -far), axis=0)
    below = np.minimum.accumulate(np.where(lit, here, far)[::-1], axis=0)[::-1]
    rows: NDArray[np.int64] = np.where(here - above <= below - here, above, below)
    rows[:, ~lit.any(axis=0)] = -1
    return rows

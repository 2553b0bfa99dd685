"""Transparency of one bit: which cells are seen, and what light is taken for the others.

What is not seen must not show in what is: cells beneath transparency take the light of those next
to them, so that methods that look around find no edge there and none of the hidden colours.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.enums import Alpha
from pixbin.catalog.families import RankTile
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.color.spaces import UnitArray
from pixbin.dither import ordered
from pixbin.resample.luminance import TRANSPARENT
from pixbin.tone.auto_exposure import Exposure
from pixbin.tone.exposure_meter import ExposureMeter

OpacityMask = NDArray[np.bool_]  #: shape (H, W), True is opaque

#: by how many cells the map of thresholds is moved, lest what is seen hangs on what is paper
_THRESHOLD_MAP_OFFSET = (21, 43)


def opacity_mask(opacity: Quanta, alpha: Alpha) -> OpacityMask:
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
        tile = np.roll(
            ordered.thresholds(RankTile("blue-noise-64"), opacity.shape, 0),
            _THRESHOLD_MAP_OFFSET,
            (0, 1),
        )
        return ordered.apply_thresholds(opacity, tile, 1.0)
    return opacity >= FULL_SCALE // 2


def fill_transparent(planes: tuple[Quanta, ...], mask: OpacityMask) -> None:
    """Give cells that are not seen the light of the nearest that is, by city blocks, in place.

    If none is seen all are white.
    """
    lit = mask & (planes[0] != TRANSPARENT)
    height, width = lit.shape
    if not lit.any():
        for plane in planes:
            plane[...] = FULL_SCALE
        return
    rows, across = _nearest_row_in_column(lit), np.arange(width)
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


class MaskedMeter(ExposureMeter):
    """Measures only those of the values that are seen, of cells or of coarser ones."""

    def __init__(self, meter: ExposureMeter, mask: OpacityMask) -> None:
        self._meter = meter
        self._mask = mask

    def exposure(self, values: UnitArray) -> Exposure:
        """Return the exposure of what is seen."""
        return self._meter.exposure(self._opaque_values(values))

    def gamma(self, values: UnitArray) -> float:
        """Return the exponent of all, which takes neighbours."""
        return self._meter.gamma(values)

    def otsu_level(self, values: UnitArray) -> int:
        """Return Otsu's level of what is seen."""
        return self._meter.otsu_level(self._opaque_values(values))

    def _opaque_values(self, values: UnitArray) -> UnitArray:
        shown = self._mask
        if values.shape != shown.shape:
            shown = downsample_mask(shown, values.shape)
        return values[shown] if shown.any() else values


def downsample_mask(mask: OpacityMask, shape: tuple[int, ...]) -> OpacityMask:
    """Tell of blocks of cells, in so many rows and columns, whether one of them is seen."""
    (rows, columns), (tall, wide) = shape, np.floor_divide(mask.shape, shape)
    blocks = mask[: rows * tall, : columns * wide].reshape(rows, tall, columns, wide)
    seen: OpacityMask = np.logical_or.reduce(blocks, (1, 3))
    return seen


def _nearest_row_in_column(mask: OpacityMask) -> NDArray[np.int64]:
    """Return the row of the nearest cell that is lit in the same column, or -1."""
    height = len(mask)
    here = np.arange(height)[:, None]
    far = 2 * height
    above = np.maximum.accumulate(np.where(mask, here, -far), axis=0)
    below = np.minimum.accumulate(np.where(mask, here, far)[::-1], axis=0)[::-1]
    rows: NDArray[np.int64] = np.where(here - above <= below - here, above, below)
    rows[:, ~mask.any(axis=0)] = -1
    return rows

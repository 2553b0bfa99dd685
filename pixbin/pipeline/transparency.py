"""One-bit transparency: choose the opaque cells, and give the transparent ones a light.

Colours beneath transparency must not influence the opaque cells. Transparent cells therefore take
the light of the nearest opaque cell, so that methods that use neighbours find no edge there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.enums import Alpha
from pixbin.catalog.families import RankTile
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.color.spaces import UnitArray
from pixbin.resample.cell_types import OpacityMask
from pixbin.resample.luminance import TRANSPARENT
from pixbin.tone.auto_exposure import Exposure, neighbour_contrasts
from pixbin.tone.exposure_meter import ExposureMeter

#: rows and columns by which the map for alpha is shifted, so that alpha and dither patterns
#: are uncorrelated
_THRESHOLD_MAP_OFFSET = (21, 43)


def opacity_mask(opacity: Quanta, alpha: Alpha) -> OpacityMask:
    """Return which cells are opaque.

    Parameters
    ----------
    opacity : int32 array, shape (H, W), in quanta
        Averages over the cells; `quanta.FULL_SCALE` is opaque.
    alpha : Alpha
        ``DITHER`` compares with a blue-noise map, whose pattern is unlike that of any method: two
        regular patterns, such as those of error diffusion, could hide all cells of one value.
        All others compare with one half.

    Returns
    -------
    bool array, shape (H, W), True is opaque
    """
    if alpha is not Alpha.DITHER:
        return opacity >= FULL_SCALE // 2
    from pixbin.dither import ordered

    thresholds = ordered.thresholds(RankTile("blue-noise-64"), opacity.shape, 0)
    return ordered.apply_thresholds(
        opacity, np.roll(thresholds, _THRESHOLD_MAP_OFFSET, (0, 1)), 1.0
    )


def fill_transparent(planes: tuple[Quanta, ...], mask: OpacityMask) -> None:
    """Give transparent cells the light of the nearest opaque cell by city-block distance, in place.

    If no cell is opaque, all become white.

    Parameters
    ----------
    planes : tuple of int32 arrays, shape (H, W), in quanta
    mask : bool array, shape (H, W), True is opaque
    """
    has_light = mask & (planes[0] != TRANSPARENT)
    height, width = has_light.shape
    if not has_light.any():
        for plane in planes:
            plane[...] = FULL_SCALE
        return
    rows, columns = _nearest_row_in_column(has_light), np.arange(width)
    for y in np.flatnonzero(~has_light.all(axis=1)).tolist():
        distance = np.where(rows[y] < 0, height + width, np.abs(rows[y] - y))
        # One number holds both the distance and the column that it belongs to.
        left = np.minimum.accumulate((distance - columns) * width + columns) + columns * width
        right = ((distance + columns) * width + columns)[::-1]
        right = np.minimum.accumulate(right)[::-1] - columns * width
        nearest = np.minimum(left, right) % width
        empty = ~has_light[y]
        for plane in planes:
            plane[y, empty] = plane[rows[y, nearest], nearest][empty]


class MaskedMeter(ExposureMeter):
    """Measure only opaque values, of cells or of a coarser grid."""

    def __init__(self, meter: ExposureMeter, mask: OpacityMask) -> None:
        self._meter = meter
        self._mask = mask

    def exposure(self, values: UnitArray, contrasts: UnitArray | None = None) -> Exposure:
        """Return the exposure of the opaque values; float64, shape (H, W), 0 to 1."""
        contrasts = neighbour_contrasts(values) if contrasts is None else contrasts
        return self._meter.exposure(self._opaque_values(values), self._opaque_values(contrasts))

    def gamma(self, values: UnitArray) -> float:
        """Return the gamma of all values, float64 of shape (H, W), since it needs neighbours."""
        return self._meter.gamma(values)

    def otsu_level(self, values: UnitArray) -> int:
        """Return Otsu's level, 0 to 255, of the opaque values; float64, shape (H, W), 0 to 1."""
        return self._meter.otsu_level(self._opaque_values(values))

    def _opaque_values(self, values: UnitArray) -> UnitArray:
        mask = self._mask
        if values.shape != mask.shape:
            mask = downsample_mask(mask, values.shape)
        return values[mask] if mask.any() else values


def downsample_mask(mask: OpacityMask, shape: tuple[int, ...]) -> OpacityMask:
    """Return a mask with fewer rows and columns; a block with an opaque cell is opaque."""
    (rows, columns), (tall, wide) = shape, np.floor_divide(mask.shape, shape)
    blocks = mask[: rows * tall, : columns * wide].reshape(rows, tall, columns, wide)
    coarse: OpacityMask = np.logical_or.reduce(blocks, (1, 3))
    return coarse


def _nearest_row_in_column(mask: OpacityMask) -> NDArray[np.int64]:
    """Return the row of the nearest True cell in the same column; -1 where there is none."""
    height = len(mask)
    here = np.arange(height)[:, None]
    far = 2 * height
    above = np.maximum.accumulate(np.where(mask, here, -far), axis=0)
    below = np.minimum.accumulate(np.where(mask, here, far)[::-1], axis=0)[::-1]
    rows: NDArray[np.int64] = np.where(here - above <= below - here, above, below)
    rows[:, ~mask.any(axis=0)] = -1
    return rows

"""Regions of a mask: which cells each method decides, and with which options.

Each region is decided as if it were the whole picture; then the regions are put together. Methods
that pass errors on see no light of other regions, so that no error crosses a border.
"""

from __future__ import annotations

import dataclasses
from enum import IntEnum
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pixbin import readers
from pixbin.catalog.families import (
    OVERSAMPLED,
    POSITIONAL,
    THRESHOLDING,
    Family,
    FixedThreshold,
    Neural,
)
from pixbin.catalog.methods import Method
from pixbin.color.light_scale import Tone
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.color.spaces import UnitArray
from pixbin.errors import UsageError
from pixbin.filters import morphology
from pixbin.geometry import Box, Plan, Size
from pixbin.options import Options
from pixbin.options.region_mask import AnyMask, RegionMask
from pixbin.pipeline import transparency
from pixbin.readers import raster
from pixbin.readers.raster import Raster
from pixbin.resample import area
from pixbin.resample.luminance import LightView
from pixbin.tone.auto_exposure import Exposure
from pixbin.tone.exposure_meter import ExposureMeter

_GREYS = slice(64, 192)  #: levels that may be the mid-grey of a mask
_LEAST_SHARE = 0.5  #: of the pixels with such a level that have the mid-grey, if there is one
_TOLERANCE, _SOFT_TOLERANCE = 2, 16  #: levels of one grey: in clean masks, and in others
_LEAST_SIDE = 3  #: pixels along a side of a grey area in a mask with soft edges
_BAND_PIXELS = 1 << 20  #: of a mask that are read at a time
_RED, _GREEN, _BLUE = 2126, 7152, 722  #: parts of luma (ITU-R BT.709-6, 2015), of 10000

LevelPlane = NDArray[np.uint8]  #: shape (H, W)
CellMask = NDArray[np.bool_]  #: shape (H, W)


class MaskPart(IntEnum):
    """A part of a mask."""

    OUTSIDE = 0  #: black
    UNTOUCHED = 1  #: mid-grey
    INSIDE = 2  #: white


#: What a mask means that has this part only.
_ONLY = {
    MaskPart.OUTSIDE: "all black in this picture; what is to be dithered must be white",
    MaskPart.UNTOUCHED: "all mid-grey in this picture; what is to be dithered must be white",
    MaskPart.INSIDE: "all white in this picture, which changes nothing; paint the rest black",
}


class RepeatedMeter(ExposureMeter):
    """Measure the exposure of a frame once for all regions."""

    def __init__(self, meter: ExposureMeter) -> None:
        self._meter = meter
        self._last: tuple[UnitArray, Exposure] | None = None

    def exposure(self, values: UnitArray, contrasts: UnitArray | None = None) -> Exposure:
        """Return the exposure of values, float64 of any shape."""
        if self._last is None or not np.array_equal(self._last[0], values):
            self._last = values, self._meter.exposure(values, contrasts)
        return self._last[1]

    def gamma(self, values: UnitArray) -> float:
        """Return the gamma of values, float64 of shape (H, W)."""
        return self._meter.gamma(values)

    def otsu_level(self, values: UnitArray) -> int:
        """Return Otsu's level of values, float64 of any shape."""
        return self._meter.otsu_level(values)


@lru_cache(maxsize=8)
def options_of_regions(options: Options) -> dict[MaskPart, Options]:
    """Return the options with which each region is decided as if it were the whole picture."""
    plain: dict[str, Any] = {"enhance": 0.0, "threshold": None, "edges": 0.0}
    plain |= {"brightness": 0.0, "contrast": 0.0, "gamma": 1.0, "sharpen": 0.0}
    return {
        MaskPart.OUTSIDE: _with_method(options, options.outside_method),
        MaskPart.UNTOUCHED: _with_method(options, Method.THRESHOLD, **plain),
        MaskPart.INSIDE: _with_method(options, None),
    }


def each_options(options: Options) -> list[Options]:
    """Return the options of every region of a mask; without a mask, the options alone."""
    return [options] if options.mask is None else [*options_of_regions(options).values()]


def _with_method(options: Options, method: Method | None, **changes: Any) -> Options:
    """Return the options without the mask, with a method; None keeps their method or matrix."""
    family = options.family
    changes |= {"mask": None, "method_outside": None}
    if method is not None:
        family = method.family
        changes |= {"method": method, "matrix": None, "intent": None}
    if not isinstance(family, FixedThreshold):
        changes["threshold"] = None
    if not isinstance(family, Neural):
        changes |= {"model": None, "refine": 0}
    return dataclasses.replace(options, **changes)


def check(mask: AnyMask | None, plan: Plan | None) -> None:
    """Read a mask, so that its errors come before work begins.

    Raises
    ------
    InputError
        It is no picture, or damaged.
    UsageError
        It has another shape than the source of the plan, or it is a folder.
    """
    if mask is not None:
        size = _read(mask)[0].size
        if plan is not None:
            _check_shape(size, mask, plan)


def notes(options: Options, plan: Plan) -> tuple[str, ...]:
    """Return a note for users if a mask has one part only, so that it divides nothing."""
    if not isinstance(options.mask, RegionMask):
        return ()
    grid = regions_of_cells(options.mask, plan)[plan.picture.slices]
    first = MaskPart(int(grid.flat[0]))
    if (grid != first).any():
        return ()
    return (f"mask {options.mask}: {_ONLY[first]}",)


@lru_cache(maxsize=4)
def regions_of_cells(mask: AnyMask, plan: Plan) -> NDArray[np.uint8]:
    """Return the `MaskPart` of each cell of the grid: the one with the largest share of it.

    The mask is cut as the picture is. Letterbox bars are inside.

    Raises
    ------
    InputError, UsageError
        See `check`.
    """
    white, grey = _read(mask)
    _check_shape(white.size, mask, plan)
    is_white, is_grey = (_share_of_cells(each, plan) for each in (white, grey))
    is_black = FULL_SCALE - is_white - is_grey
    # Shares are rounded: those of a cell that is half white may differ by one.
    picture = np.where(is_white + 1 >= is_black, MaskPart.INSIDE, MaskPart.OUTSIDE)
    picture[is_grey > np.maximum(is_white, is_black)] = MaskPart.UNTOUCHED
    grid = np.full(plan.layout.grid[::-1], MaskPart.INSIDE, np.uint8)
    grid[plan.picture.slices] = picture
    grid.setflags(write=False)
    return grid


def isolate(planes: tuple[Quanta, ...], region: CellMask, family: Family) -> tuple[Quanta, ...]:
    """Return planes in which the light of other regions is replaced, for methods with neighbours.

    Cells outside the region take the light of the nearest cell inside it. So their errors do not
    enter the region, and no pattern starts at the border. Thresholds and models keep the whole
    picture, because they look at the neighbourhood. Fixed patterns have no need.

    Parameters
    ----------
    planes : tuple of int32 arrays, shape (H, W), in quanta
    region : bool array, shape (H, W)
        The cells that are kept.
    family : Family
        That of the method.
    """
    if isinstance(family, (*THRESHOLDING, *POSITIONAL, *OVERSAMPLED)) or region.all():
        return planes
    copies = tuple(plane.copy() for plane in planes)
    transparency.fill_transparent(copies, region)
    return copies


def find_regions(levels: LevelPlane) -> tuple[CellMask, CellMask]:
    """Return which pixels of a mask are white, and which are mid-grey; the others are black.

    A mask has a mid-grey if most of its middle levels are one grey. So soft edges, and masks that
    are a gradient, are cut into white and black only. In a mask with soft edges, grey lines thinner
    than three pixels are part of an edge, too. Other levels are white if they are lighter than the
    grey, else black.

    Parameters
    ----------
    levels : uint8 array, shape (H, W)

    Returns
    -------
    two bool arrays, shape (H, W)
    """
    grey = _mid_grey(levels)
    if grey is None:
        return levels >= 128, np.zeros(levels.shape, np.bool_)
    distance = np.abs(levels.astype(np.int16) - grey)
    is_grey = distance <= _TOLERANCE
    is_clean = is_grey | (levels <= _TOLERANCE) | (levels >= 255 - _TOLERANCE)
    if not is_clean.all():
        is_grey = morphology.opening(distance <= _SOFT_TOLERANCE, _LEAST_SIDE)
    return (levels > grey) & ~is_grey, is_grey


def _mid_grey(levels: LevelPlane) -> int | None:
    """Return the level that most pixels of middle levels have, within two levels."""
    counts = np.bincount(levels.ravel(), minlength=256)[_GREYS]
    if not counts.any():
        return None
    near = np.convolve(counts, np.ones(2 * _TOLERANCE + 1, np.int64), "same")
    if near.max() < _LEAST_SHARE * counts.sum():
        return None
    best = np.where(near == near.max(), counts, -1)  # the commonest level of the best window
    return _GREYS.start + int(best.argmax())


@lru_cache(maxsize=2)
def _read(mask: AnyMask) -> tuple[Raster, Raster]:
    """Return two rasters of one channel: where a mask is white, and where it is mid-grey."""
    if not isinstance(mask, RegionMask):
        raise UsageError(f"mask {mask}: is a folder, for batch and convert; name a file")
    source = readers.read_raster(mask.data, mask.name)
    white, grey = find_regions(_levels(source, mask.name))
    return raster.from_array(white), raster.from_array(grey)


def _levels(source: Raster, label: str) -> LevelPlane:
    """Return the luma of a mask, in 8 bits; transparent is black."""
    width, height = source.size
    luma = np.empty((height, width), np.uint8)
    opacities: set[int] = set()
    count = max(1, _BAND_PIXELS // width)
    for top in range(0, height, count):
        rows = source.read_box(Box(0, top, width, min(count, height - top))).astype(np.int64)
        if source.max_level > 255:
            rows //= 257
        if rows.shape[2] in (2, 4):
            opacities |= {int(rows[..., -1].min()), int(rows[..., -1].max())}
        luma[top : top + count] = _luma(rows)
    if len(opacities) > 1 and not luma.any():
        raise UsageError(
            f"mask {label}: is black on transparent, which count the same; paint the part for "
            "the method white"
        )
    return luma


def _luma(levels: NDArray[np.int64]) -> LevelPlane:
    """Return the luma of levels, shape (H, W, C), 0 to 255; transparent is black."""
    luma = levels[..., 0]
    if levels.shape[2] >= 3:
        weighted = _RED * luma + _GREEN * levels[..., 1] + _BLUE * levels[..., 2]
        luma = (weighted + 5000) // 10000
    if levels.shape[2] in (2, 4):
        luma = (luma * levels[..., -1] + 127) // 255
    return luma.astype(np.uint8)


def _check_shape(size: Size, mask: AnyMask, plan: Plan) -> None:
    """Raise UsageError unless a mask has the shape of the source, up to a pixel of rounding."""
    source = plan.source
    if abs(size.width * source.height - size.height * source.width) > max(source):
        raise UsageError(
            f"mask {mask}: has {size} pixels, and the picture {source}; give a mask of the same "
            "shape"
        )


def _share_of_cells(part: Raster, plan: Plan) -> Quanta:
    """Return the share of each cell of the picture that is white, in quanta."""
    crop, source = plan.crop, plan.source
    rows, skip_rows = _positions(crop.top, crop.height, source.height, plan.row_positions)
    columns, skip_columns = _positions(crop.left, crop.width, source.width, plan.column_positions)
    light = LightView(part, Box(0, 0, *part.size), Tone.LINEAR, None, 0)
    return area.area_downsample(
        light, rows, columns, Box(skip_columns, skip_rows, *plan.picture.size)
    )


def _positions(start: int, length: int, side: int, edges: list[int]) -> tuple[list[int], int]:
    """Return the borders of the cells on a side of the source, and how many are before the crop.

    In a mask of another size, each border is at the same fraction of the side.
    """
    unit = edges[-1]
    inner = [start * unit + edge * length for edge in edges]
    before = [0] if inner[0] > 0 else []
    after = [side * unit] if inner[-1] < side * unit else []
    return [*before, *inner, *after], len(before)

"""A sample of a picture: exact pixels in windows, and a reduced copy of the whole."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.color import rgb
from pixbin.geometry import Box, Size
from pixbin.readers.raster import Raster

RgbLevels = NDArray[np.uint8]  #: shape (H, W, 3), 0 to 255

REDUCED_SIDE = 512  #: longer side of the reduced copy, in pixels, or less
_WINDOW_SIDE = 128
_WINDOWS_PER_SIDE = 3
_MAX_WHOLE_PIXELS = 3 * 3 * 128 * 128  #: a picture with no more pixels is one window


class PictureSample(NamedTuple):
    """Parts of a picture that are measured."""

    size: Size  #: of the picture, in pixels
    windows: tuple[RgbLevels, ...]  #: exact pixels of parts of the picture, or of all of it
    reduced: RgbLevels  #: the whole picture; each pixel is the mean of four


def take_sample(raster: Raster, matte: rgb.Color) -> PictureSample:
    """Read a sample; transparency is laid on a colour."""
    return PictureSample(raster.size, _windows(raster, matte), _reduced(raster, matte))


def read_levels(raster: Raster, box: Box, matte: rgb.Color) -> RgbLevels:
    """Read a box as red, green and blue, with transparency laid on a colour.

    Returns
    -------
    uint8 array, shape (H, W, 3)
    """
    levels = raster.read_box(box)
    if raster.max_level > 255:
        levels = (levels >> 8).astype(np.uint8)
    channels = levels.shape[2]
    colors = levels[..., : 1 if channels <= 2 else 3]
    if channels in (2, 4):
        alpha = levels[..., -1:].astype(np.uint16)
        mixed = colors * alpha + np.array(matte, np.uint16) * (255 - alpha)
        colors = ((mixed + 127) // 255).astype(np.uint8)
    return np.broadcast_to(colors, (*colors.shape[:2], 3))


def _windows(raster: Raster, matte: rgb.Color) -> tuple[RgbLevels, ...]:
    size = raster.size
    if size.width * size.height <= _MAX_WHOLE_PIXELS:
        return (read_levels(raster, Box(0, 0, *size), matte),)
    xs, ys = _window_starts(size.width), _window_starts(size.height)
    width, height = (min(side, _WINDOW_SIDE) for side in size)
    return tuple(read_levels(raster, Box(x, y, width, height), matte) for y in ys for x in xs)


def _window_starts(side: int) -> list[int]:
    """Return where windows start along a side: evenly spread, or side by side."""
    count = min(_WINDOWS_PER_SIDE, -(-side // _WINDOW_SIDE))
    free = max(side - _WINDOW_SIDE, 0)
    return [round(free * (index + 0.5) / count) for index in range(count)]


def _reduced(raster: Raster, matte: rgb.Color) -> RgbLevels:
    width, height = raster.size
    factor = math.ceil(max(width, height) / REDUCED_SIDE)
    if factor == 1:
        return read_levels(raster, Box(0, 0, width, height), matte)
    columns = _middles(width, factor)
    pairs = np.stack((columns, np.minimum(columns + 1, width - 1)))
    rows = [
        read_levels(raster, Box(0, y, width, min(2, height - y)), matte)[[0, -1]][:, pairs]
        for y in _middles(height, factor).tolist()
    ]
    mean: RgbLevels = (np.stack(rows).sum(axis=(1, 2), dtype=np.uint16) >> 2).astype(np.uint8)
    return mean


def _middles(side: int, factor: int) -> NDArray[np.intp]:
    """Return a position near the middle of every group of pixels."""
    count = max(side // factor, 1)
    return np.minimum(np.arange(count) * factor + (factor - 1) // 2, side - 1)

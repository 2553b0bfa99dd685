"""The light of colours, looked up by machine code."""

from __future__ import annotations

import numpy as np

from pixbin import light
from pixbin.kernels import native
from pixbin.kernels.machine import Bytes, Int32s
from pixbin.light import Quanta, Tables
from pixbin.raster import Levels


def in_tables(channels: Levels, table: Tables, channel: int | None = None) -> Quanta:
    """Return what `light.in_tables` does, for RGB of 8 bits in a fifth of the time."""
    height, width, count = channels.shape
    is_rgb = channel is None and count >= 3 and channels.dtype == np.uint8
    if not is_rgb or channels.strides[2] != 1:
        return light.in_tables(channels, table, channel)
    quanta = np.empty((height, width), np.int32)
    colors = (table.red, table.green, table.blue)
    native.execute(_luminance, channels, *colors, quanta, width, height, *channels.strides[:2])
    return quanta


def _luminance(
    levels: Bytes,
    red: Int32s,
    green: Int32s,
    blue: Int32s,
    quanta: Int32s,
    width: int,
    height: int,
    row_stride: int,
    stride: int,
) -> None:
    for y in range(height):
        for x in range(width):
            place = y * row_stride + x * stride
            total = red[levels[place]] + green[levels[place + 1]] + blue[levels[place + 2]]
            quanta[y * width + x] = total

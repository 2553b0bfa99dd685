"""The light of colours, looked up by machine code."""

from __future__ import annotations

import numpy as np

from pixbin.color.quanta import LuminanceTables, Quanta
from pixbin.color.spaces import ChannelLevels
from pixbin.jit import object_cache
from pixbin.jit.dispatch import Bytes, Int32s, Int64s
from pixbin.resample import luminance
from pixbin.resample.area import CellBorders, CellSums


def levels_to_quanta(
    levels: ChannelLevels, tables: LuminanceTables, channel: int | None = None
) -> Quanta:
    """Return what `light.in_tables` does, for RGB of 8 bits in a fifth of the time."""
    if channel is not None or not _is_8bit_rgb(levels):
        return luminance.levels_to_quanta(levels, tables, channel)
    quanta = np.empty(levels.shape[:2], np.int32)
    colors = (tables.red, tables.green, tables.blue)
    object_cache.call(_levels_to_quanta, levels, *colors, quanta, *_shape_and_strides(levels))
    return quanta


def can_sum(levels: ChannelLevels) -> bool:
    """Tell whether `sums` reads such levels: RGB of 8 bits, without opacity."""
    return _is_8bit_rgb(levels) and levels.shape[2] == 3


def cell_sums(
    levels: ChannelLevels, tables: LuminanceTables, rows: CellBorders, columns: CellBorders
) -> CellSums:
    """Sum the light of cells, each pixel as often as it has parts inside.

    No cell may be smaller than a pixel. It is what looking light up and then summing rows and
    columns comes to, in half of the time, for nothing is put down between.

    Parameters
    ----------
    channels : uint8 array, shape (H, W, 3)
    table : Tables
    rows, columns : borders of h and of w cells, and how many parts a pixel has

    Returns
    -------
    int64 array, shape (h, w), in quanta times parts
    """
    (borders, down), (places, across) = rows, columns
    first = -(-places // across)
    totals = np.zeros((len(borders) + 1, len(places) - 1), np.int64)
    colors = (tables.red, tables.green, tables.blue)
    cuts = (borders, down, first, first * across - places, across)
    way = _shape_and_strides(levels)
    object_cache.call(_cell_sums, levels, *colors, *cuts, totals, totals.shape[1], *way[1:])
    return totals[1:-1]


def _is_8bit_rgb(levels: ChannelLevels) -> bool:
    is_rgb = levels.shape[2] >= 3 and levels.dtype == np.uint8
    return is_rgb and levels.strides[2] == 1


def _shape_and_strides(levels: ChannelLevels) -> tuple[int, ...]:
    """Return width and height, and how far rows and pixels are apart in memory."""
    height, width, _ = levels.shape
    return (width, height, *levels.strides[:2])


def _levels_to_quanta(
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


def _cell_sums(
    levels: Bytes,
    red: Int32s,
    green: Int32s,
    blue: Int32s,
    borders: Int64s,
    units_per_row: int,
    first_pixels: Int64s,  # whole pixel of each cell
    cuts: Int64s,  # parts of the pixel before it that are the cell's, too
    units_per_column: int,
    totals: Int64s,  # begins and ends with a row of cells that are not wanted
    width: int,
    height: int,
    row_stride: int,
    stride: int,
) -> None:
    cell = 0  # row of totals that the upper edge of a row of pixels is in
    for y in range(height):
        if borders[cell] <= y * units_per_row:
            cell += 1
        above = min(borders[cell] - y * units_per_row, units_per_row)
        start = y * row_stride
        place = start + (first_pixels[0] - 1) * stride
        rest = 0
        if cuts[0] > 0:
            rest = red[levels[place]] + green[levels[place + 1]] + blue[levels[place + 2]]
            rest *= cuts[0]
        place += stride
        for x in range(width):
            cut = cuts[x + 1]
            stop = start + first_pixels[x + 1] * stride
            if cut > 0:
                stop -= stride
            total = 0
            while place != stop:
                total += red[levels[place]] + green[levels[place + 1]] + blue[levels[place + 2]]
                place += stride
            total = total * units_per_column + rest
            rest = 0
            if cut > 0:
                whole = red[levels[place]] + green[levels[place + 1]] + blue[levels[place + 2]]
                total += whole * (units_per_column - cut)
                rest = whole * cut
                place += stride
            totals[cell * width + x] += total * above
            totals[(cell + 1) * width + x] += total * (units_per_row - above)

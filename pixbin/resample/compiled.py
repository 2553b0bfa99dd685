"""Compiled kernels from RGB levels to light and to sums of cells."""

from __future__ import annotations

import numpy as np

from pixbin.color.quanta import LuminanceTables, Quanta
from pixbin.color.spaces import ChannelLevels
from pixbin.jit import machine_code
from pixbin.jit.dispatch import Bytes, Int32s, Int64s
from pixbin.resample import luminance
from pixbin.resample.cell_types import CellBorders, CellSums


def levels_to_quanta(
    levels: ChannelLevels, tables: LuminanceTables, channel: int | None = None
) -> Quanta:
    """Return the light of levels, shape (H, W), as `luminance.levels_to_quanta` does.

    For 8-bit RGB it takes a fifth of the time.
    """
    if channel is not None or not _is_8bit_rgb(levels):
        return luminance.levels_to_quanta(levels, tables, channel)
    quanta = np.empty(levels.shape[:2], np.int32)
    colors = (tables.red, tables.green, tables.blue)
    machine_code.call(_levels_to_quanta, levels, *colors, quanta, *_shape_and_strides(levels))
    return quanta


def can_sum(levels: ChannelLevels) -> bool:
    """Return whether `cell_sums` accepts these levels: uint8, shape (H, W, 3)."""
    return _is_8bit_rgb(levels) and levels.shape[2] == 3


def cell_sums(
    levels: ChannelLevels, tables: LuminanceTables, rows: CellBorders, columns: CellBorders
) -> CellSums:
    """Return the sum of light of each cell: each pixel times the units of its area in the cell.

    This takes half of the time of looking up light first and then adding up rows and columns,
    because no array is stored in between.

    Parameters
    ----------
    levels : uint8 array, shape (H, W, 3)
        The last axis is contiguous.
    tables : LuminanceTables
        For levels 0 to 255.
    rows, columns : CellBorders
        Borders of h and of w cells. No cell may be smaller than a pixel.

    Returns
    -------
    int64 array, shape (h, w), in quanta times units of area
    """
    (borders, units_per_row), (column_borders, units_per_column) = rows, columns
    first = -(-column_borders // units_per_column)
    cuts = first * units_per_column - column_borders
    totals = np.zeros((len(borders) + 1, len(column_borders) - 1), np.int64)
    colors = (tables.red, tables.green, tables.blue)
    geometry = (borders, units_per_row, first, cuts, units_per_column)
    _, height, *strides = _shape_and_strides(levels)
    machine_code.call(
        _cell_sums, levels, *colors, *geometry, totals, totals.shape[1], height, *strides
    )
    return totals[1:-1]


def _is_8bit_rgb(levels: ChannelLevels) -> bool:
    is_rgb = levels.shape[2] >= 3 and levels.dtype == np.uint8
    return is_rgb and levels.strides[2] == 1


def _shape_and_strides(levels: ChannelLevels) -> tuple[int, ...]:
    """Return width, height, and the strides of rows and pixels in bytes."""
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
            i = y * row_stride + x * stride
            total = red[levels[i]] + green[levels[i + 1]] + blue[levels[i + 2]]
            quanta[y * width + x] = total


def _cell_sums(
    levels: Bytes,
    red: Int32s,
    green: Int32s,
    blue: Int32s,
    borders: Int64s,
    units_per_row: int,
    first_pixels: Int64s,  # first whole pixel of each cell
    cuts: Int64s,  # units of the pixel before it that belong to the cell, too
    units_per_column: int,
    totals: Int64s,  # with one spare row of cells above and one below
    width: int,
    height: int,
    row_stride: int,
    stride: int,
) -> None:
    cell = 0  # row of totals that holds the upper edge of the row of pixels
    for y in range(height):
        if borders[cell] <= y * units_per_row:
            cell += 1
        above = min(borders[cell] - y * units_per_row, units_per_row)
        start = y * row_stride
        i = start + (first_pixels[0] - 1) * stride
        rest = 0
        if cuts[0] > 0:
            rest = red[levels[i]] + green[levels[i + 1]] + blue[levels[i + 2]]
            rest *= cuts[0]
        i += stride
        for x in range(width):
            cut = cuts[x + 1]
            stop = start + first_pixels[x + 1] * stride
            if cut > 0:
                stop -= stride
            total = 0
            while i != stop:
                total += red[levels[i]] + green[levels[i + 1]] + blue[levels[i + 2]]
                i += stride
            total = total * units_per_column + rest
            rest = 0
            if cut > 0:
                whole = red[levels[i]] + green[levels[i + 1]] + blue[levels[i + 2]]
                total += whole * (units_per_column - cut)
                rest = whole * cut
                i += stride
            totals[cell * width + x] += total * above
            totals[(cell + 1) * width + x] += total * (units_per_row - above)

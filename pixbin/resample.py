"""From pixels to cells and back: exact area averages, and nearest-neighbour blocks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import gcd
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pixbin.geometry import Layout
from pixbin.kernels import machine
from pixbin.light import FULL, Light, LookUp, Quanta, Shares, in_tables

Value = TypeVar("Value", bound=np.generic)

ROWS_AT_ONCE = 128  #: source rows worked on together; few enough for the processor's cache

#: From so many pixels on, machine code saves more time than it takes to load: where others
#: load its tools anyway, and where nobody does.
COMPILED_PIXELS, UNLOADED_PIXELS = 1 << 21, 1 << 26

_MOST_ROWS = (2**31 - 1) // FULL  #: of light that add up in 32 bits


def area_downsample(light: Light, rows: list[int], columns: list[int]) -> Quanta:
    """Average light over the area of each cell, pixels cut by a border by their share.

    Parameters
    ----------
    light : Light
        H rows of W pixels. Linear light, unless parity with other tools is wanted: averaging
        gamma-encoded values darkens fine detail.
    rows, columns : ascending whole numbers
        Where cells begin and end, in any unit, from 0 to a last that means H (or W). Cells
        may be smaller than pixels.

    Returns
    -------
    int32 array, shape (len(rows) - 1, len(columns) - 1), in quanta
    """
    width, height = light.size
    look_up = _look_up(width * height)
    if rows == list(range(height + 1)) and columns == list(range(width + 1)):
        return _every_pixel(light, look_up)
    borders, unit = _borders(rows, height)
    sums = np.empty((len(rows) - 1, width))
    for cells in _groups(borders // unit):
        edges = borders[cells.start : cells.stop + 1]
        top, bottom = edges[0] // unit, -(-edges[-1] // unit)
        band = light.rows(int(top), int(bottom), look_up)
        sums[cells] = _sums_of_rows(band, edges - top * unit, unit)
    heights = np.diff(borders)
    borders, unit = _borders(columns, width)
    sums = _sums_of_columns(sums, borders, unit)
    areas = np.multiply.outer(heights.astype(np.float64), np.diff(borders))
    means: Quanta = np.rint(sums / areas).astype(np.int32, order="C")
    return means


def finer(positions: list[int], times: int) -> list[int]:
    """Part every cell between these positions into so many equal ones, in a finer unit."""
    parts = range(times)
    inner = [
        start * times + part * (stop - start)
        for start, stop in pairwise(positions)
        for part in parts
    ]
    return [*inner, positions[-1] * times]


def block_upscale(cells: NDArray[Value], layout: Layout) -> NDArray[Value]:
    """Draw every cell as a block of pixels; shape (output.height, output.width)."""
    if layout.grid == layout.output:
        return cells
    wide = np.repeat(cells, np.diff(layout.columns), axis=1)
    return np.repeat(wide, np.diff(layout.rows), axis=0)


def _every_pixel(light: Light, look_up: LookUp) -> Quanta:
    width, height = light.size
    cells = np.empty((height, width), np.int32)
    for top in range(0, height, ROWS_AT_ONCE):
        bottom = min(top + ROWS_AT_ONCE, height)
        cells[top:bottom] = light.rows(top, bottom, look_up)
    return cells


def _look_up(pixels: int) -> LookUp:
    """Return the fastest way to the light of so many pixels."""
    if pixels < (COMPILED_PIXELS if machine.is_loaded() else UNLOADED_PIXELS):
        return in_tables
    from pixbin.kernels import luminance

    return luminance.in_tables


def _borders(positions: list[int], length: int) -> tuple[NDArray[np.int64], int]:
    """Return positions, scaled to a length, as whole numbers of parts; and the parts of one."""
    whole = [position * length for position in positions]
    common = gcd(positions[-1], *whole)
    return np.array(whole, np.int64) // common, positions[-1] // common


def _groups(first_rows: NDArray[np.int64]) -> Iterator[slice]:
    """Part cells into runs that begin within the same few source rows."""
    bands = first_rows[:-1] // ROWS_AT_ONCE
    starts = [0, *(np.flatnonzero(np.diff(bands)) + 1).tolist(), len(bands)]
    return (slice(start, stop) for start, stop in pairwise(starts))


def _sums_of_rows(rows: Quanta, borders: NDArray[np.int64], unit: int) -> Shares:
    """Sum rows between borders, each as often as it overlaps; a row is `unit` tall."""
    first, overlap = np.divmod(borders, unit)
    sums = np.empty((len(borders) - 1, rows.shape[1]))
    for cell, (top, bottom) in enumerate(pairwise(first.tolist())):
        exact = np.int32 if bottom - top <= _MOST_ROWS else np.int64
        sums[cell] = np.add.reduce(rows[top:bottom], axis=0, dtype=exact)
    if unit > 1:
        # Whole rows are counted up to the one that holds the border; that one in part.
        sums *= unit
        sums += np.diff(rows[np.minimum(first, len(rows) - 1)] * overlap[:, None], axis=0)
    return sums


def _sums_of_columns(columns: Shares, borders: NDArray[np.int64], unit: int) -> Shares:
    """Sum columns between borders in the same way."""
    first, overlap = np.divmod(borders, unit)
    sums = np.add.reduceat(columns, first[:-1], axis=1)
    sums[:, first[1:] == first[:-1]] = 0
    if unit > 1:
        sums *= unit
        edges = columns.take(np.minimum(first, columns.shape[1] - 1), axis=1)
        sums += np.diff(edges * overlap, axis=1)
    return sums

"""From pixels to cells and back: exact area averages, and nearest-neighbour blocks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pixbin.geometry import Layout
from pixbin.light import Light, Quanta

Value = TypeVar("Value", bound=np.generic)

ROWS_AT_ONCE = 64  #: source rows worked on together; few enough for the processor's cache


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
    if rows == list(range(height + 1)) and columns == list(range(width + 1)):
        return _every_pixel(light)
    sums = np.empty((len(rows) - 1, width))
    borders = np.array(rows, np.int64) * height
    for cells in _groups(borders // rows[-1]):
        edges = borders[cells.start : cells.stop + 1]
        top, bottom = edges[0] // rows[-1], -(-edges[-1] // rows[-1])
        band = light.rows(int(top), int(bottom))
        sums[cells] = _overlap_sums(band, edges - top * rows[-1], rows[-1])
    borders = np.array(columns, np.int64) * width
    sums = _overlap_sums(np.ascontiguousarray(sums.T), borders, columns[-1]).T
    areas = np.multiply.outer(np.diff(rows) * float(height), np.diff(columns) * float(width))
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


def _every_pixel(light: Light) -> Quanta:
    width, height = light.size
    cells = np.empty((height, width), np.int32)
    for top in range(0, height, ROWS_AT_ONCE):
        bottom = min(top + ROWS_AT_ONCE, height)
        cells[top:bottom] = light.rows(top, bottom)
    return cells


def _groups(first_rows: NDArray[np.int64]) -> Iterator[slice]:
    """Part cells into runs that begin within the same few source rows."""
    bands = first_rows[:-1] // ROWS_AT_ONCE
    starts = [0, *(np.flatnonzero(np.diff(bands)) + 1).tolist(), len(bands)]
    return (slice(start, stop) for start, stop in pairwise(starts))


def _overlap_sums(
    values: NDArray[np.generic], borders: NDArray[np.int64], unit: int
) -> NDArray[np.float64]:
    """Sum rows between borders, each as often as it overlaps; a row is `unit` tall."""
    first, overlap = np.divmod(borders, unit)
    sums = np.empty((len(borders) - 1, *values.shape[1:]))
    for cell, (top, bottom) in enumerate(pairwise(first)):
        np.add.reduce(values[top:bottom], axis=0, dtype=np.float64, out=sums[cell])
    # Whole rows are counted up to the one that holds the border; that one in part.
    partial = values[np.minimum(first, len(values) - 1)] * overlap[:, None].astype(np.float64)
    sums *= unit
    sums += np.diff(partial, axis=0)
    return sums

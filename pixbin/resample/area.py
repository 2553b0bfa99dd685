"""Exact area averages from pixels to cells, and nearest-neighbour blocks back to pixels."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.geometry import Box, Layout
from pixbin.jit import dispatch
from pixbin.resample.cell_types import CellBorders, CellSums
from pixbin.resample.luminance import (
    TRANSPARENT,
    AlphaWeights,
    LevelLookup,
    LightView,
    levels_to_quanta,
)

Scalar = TypeVar("Scalar", bound=np.generic)
PIXELS_PER_BAND = 1 << 19  #: pixels or cells of one band; few enough for the processor's cache

#: From this many pixels on, machine code is faster: the first limit is for a loaded compiler, the
#: second includes the time to load it and counts the pixels of all earlier calls, too.
MIN_COMPILED_PIXELS, MIN_PIXELS_TO_LOAD = 1 << 21, 1 << 25
_pixels_requested = 0  #: pixels of all calls so far

_MAX_INT32_ROWS = (2**31 - 1) // FULL_SCALE  #: rows of white whose sum fits in 32 bits


def area_downsample(
    light: LightView, rows: list[int], columns: list[int], box: Box | None = None
) -> Quanta:
    """Average light over the area of each cell; a pixel on a border counts by its share.

    Parameters
    ----------
    light : LightView
        H rows of W pixels. Linear light; use the perceptual tone only to match other tools, since
        averages of gamma-encoded values darken fine detail.
    rows, columns : ascending integers
        Borders of the cells, in any unit: the first is 0, and the last is the border at H (or W)
        pixels. Cells may be smaller than pixels.
    box : Box, optional
        The cells to compute; by default all. Only the pixels that they need are read.

    Returns
    -------
    int32 array, shape (len(rows) - 1, len(columns) - 1) or that of the box, in quanta
        If pixels are weighted by opacity, a cell without any opacity is `TRANSPARENT`.
    """
    width, height = light.size
    look_up = _choose_lookup(width * height)
    box = box or Box(0, 0, len(columns) - 1, len(rows) - 1)
    down = _axis_borders(rows, height, slice(box.top, box.top + box.height))
    across = _axis_borders(columns, width, slice(box.left, box.left + box.width))
    part = light.crop(
        Box(across.first_pixel, down.first_pixel, across.pixel_count, down.pixel_count)
    )
    if down.is_one_to_one and across.is_one_to_one:
        return _read_pixels(part, look_up)
    return _average_bands(part, down, across, look_up)


def oversample(positions: list[int], oversampling: int) -> list[int]:
    """Divide every cell into `oversampling` equal cells, in units that are finer by that factor.

    Examples
    --------
    >>> oversample([0, 3, 4], 2)
    [0, 3, 6, 7, 8]
    """
    inner = [
        start * oversampling + part * (stop - start)
        for start, stop in pairwise(positions)
        for part in range(oversampling)
    ]
    return [*inner, positions[-1] * oversampling]


def block_upscale(cells: NDArray[Scalar], layout: Layout) -> NDArray[Scalar]:
    """Draw every cell as a block of pixels.

    Parameters
    ----------
    cells : array of any type, shape (grid.height, grid.width)
    layout : Layout

    Returns
    -------
    array of the same type, shape (output.height, output.width)
        The input itself if every cell is one pixel.
    """
    if layout.grid == layout.output:
        return cells
    wide = np.repeat(cells, np.diff(layout.columns), axis=1)
    return np.repeat(wide, np.diff(layout.rows), axis=0)


def _average_bands(
    light: LightView, down: _AxisBorders, across: _AxisBorders, look_up: LevelLookup
) -> Quanta:
    """Average cells band by band."""
    is_weighted = light.has_alpha_weight
    columns = across.borders, across.unit
    widths = np.diff(across.borders).astype(np.float64)
    means = np.empty((len(down.borders) - 1, len(across.borders) - 1), np.int32)
    for cells in _bands(
        down.borders // down.unit, _rows_per_band(max(across.pixel_count, len(widths)))
    ):
        borders = down.borders[cells.start : cells.stop + 1]
        top, bottom = borders[0] // down.unit, -(-borders[-1] // down.unit)
        band = light.crop(Box(0, int(top), across.pixel_count, int(bottom - top)))
        rows = borders - top * down.unit, down.unit
        if is_weighted:
            means[cells] = _alpha_weighted_means(band, rows, columns, look_up)
        else:
            sums = _cell_sums(band, rows, columns, look_up)
            means[cells] = np.rint(sums / np.multiply.outer(np.diff(borders), widths))
    return means


def _read_pixels(light: LightView, look_up: LevelLookup) -> Quanta:
    """Return the light of cells that are one pixel each."""
    width, height = light.size
    cells = np.empty((height, width), np.int32)
    is_weighted = light.has_alpha_weight
    step = _rows_per_band(width)
    for top in range(0, height, step):
        bottom = min(top + step, height)
        cells[top:bottom] = light.read_rows(top, bottom, look_up)
        if is_weighted:
            weights, _ = light.alpha_weighted_rows(top, bottom, look_up)
            cells[top:bottom][weights == 0] = TRANSPARENT
    return cells


def _choose_lookup(pixel_count: int) -> LevelLookup:
    """Return the fastest function from levels to light for this many pixels."""
    global _pixels_requested
    _pixels_requested += pixel_count
    is_cheap = pixel_count >= MIN_COMPILED_PIXELS and dispatch.is_compiler_loaded()
    if not is_cheap and _pixels_requested < MIN_PIXELS_TO_LOAD:
        return levels_to_quanta
    from pixbin.resample import compiled

    return compiled.levels_to_quanta


class _AxisBorders(NamedTuple):
    """Borders of the requested cells along one side, and the pixels that they cover."""

    borders: NDArray[np.int64]  #: in units, from the start of the first pixel
    unit: int  #: units per pixel
    first_pixel: int  #: index of the first pixel that the cells cover
    pixel_count: int  #: pixels that the cells cover

    @property
    def is_one_to_one(self) -> bool:
        """Whether each cell is exactly one pixel."""
        return self.unit == 1 and len(self.borders) == self.pixel_count + 1


def _axis_borders(positions: list[int], length: int, cells: slice) -> _AxisBorders:
    """Return the borders of some cells along a side of `length` pixels."""
    scaled = np.array(positions, np.int64) * length
    common = int(np.gcd.reduce(scaled, initial=positions[-1]))
    unit = positions[-1] // common
    borders = scaled[cells.start : cells.stop + 1] // common
    first, last = int(borders[0]) // unit, -(-int(borders[-1]) // unit)
    return _AxisBorders(borders - first * unit, unit, first, last - first)


def _rows_per_band(width: int) -> int:
    return max(PIXELS_PER_BAND // width, 1)


def _bands(first_rows: NDArray[np.int64], max_rows: int) -> Iterator[slice]:
    """Yield runs of cell rows that begin within the same few source rows."""
    bands = first_rows[:-1] // max_rows + np.arange(len(first_rows) - 1) // max_rows
    starts = [0, *(np.flatnonzero(np.diff(bands)) + 1).tolist(), len(bands)]
    return (slice(start, stop) for start, stop in pairwise(starts))


def _alpha_weighted_means(
    light: LightView, rows: CellBorders, columns: CellBorders, look_up: LevelLookup
) -> Quanta:
    """Return the means of light weighted by opacity; `TRANSPARENT` where a cell has none."""
    weights, products = light.alpha_weighted_rows(0, light.size.height, look_up)
    total, sums = (_sum_columns(_sum_rows(array, *rows), *columns) for array in (weights, products))
    means = np.rint(sums / np.maximum(total, 1)).astype(np.int32)
    return np.where(total, means, np.int32(TRANSPARENT))


def _cell_sums(
    light: LightView, rows: CellBorders, columns: CellBorders, look_up: LevelLookup
) -> CellSums:
    """Return the sum of light of each cell: each pixel times the units of its area in the cell."""
    levels = light.read_levels(0, light.size.height)
    is_coarse = all(np.diff(borders).min() >= unit for borders, unit in (rows, columns))
    if is_coarse and look_up is not levels_to_quanta and light.channel is None:
        from pixbin.resample import compiled

        if compiled.can_sum(levels):
            return compiled.cell_sums(levels, light.tables, rows, columns)
    band = light.levels_to_quanta(levels, look_up)
    return _sum_columns(_sum_rows(band, *rows), *columns)


def _sum_rows(rows: Quanta | AlphaWeights, borders: NDArray[np.int64], unit: int) -> CellSums:
    """Return sums of rows between borders, each weighted by its overlap; a row is `unit` tall."""
    first, overlaps = (numbers.tolist() for numbers in np.divmod(borders, unit))
    sums = np.empty((len(first) - 1, rows.shape[1]), np.int64)
    for cell, (top, bottom) in enumerate(pairwise(first)):
        is_small = rows.dtype == np.int32 and bottom - top <= _MAX_INT32_ROWS
        exact = np.int32 if is_small else np.int64
        sums[cell] = np.add.reduce(rows[top:bottom], axis=0, dtype=exact)
    sums *= unit
    # A row with a border inside was counted for the cell below: move its upper part above.
    for border, (row, overlap) in enumerate(zip(first, overlaps, strict=True)):
        if overlap:
            cut = np.multiply(rows[row], overlap, dtype=np.int64)
            sums[border - 1 : border] += cut
            sums[border : border + 1] -= cut
    return sums


def _sum_columns(columns: CellSums, borders: NDArray[np.int64], unit: int) -> CellSums:
    """Return sums of columns between borders, in the same way."""
    first, overlaps = np.divmod(borders, unit)
    height, width = columns.shape
    before = np.zeros((height, width + 1), np.int64)  # an overflow here cancels out in np.diff
    np.cumsum(columns, axis=1, out=before[:, 1:])
    before = before.take(first, axis=1)
    before *= unit
    before += columns.take(np.minimum(first, width - 1), axis=1) * overlaps
    return np.diff(before, axis=1)

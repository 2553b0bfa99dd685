"""From pixels to cells and back: exact area averages, and nearest-neighbour blocks."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pixbin.geometry import Layout
from pixbin.light import FULL, Cells, Quanta

Value = TypeVar("Value", bound=np.generic)


def area_downsample(light: Quanta, rows: list[int], columns: list[int]) -> Cells:
    """Average light over the area of each cell, pixels cut by a border by their share.

    Parameters
    ----------
    light : int32 array, shape (H, W), in quanta
        Linear light; averaging gamma-encoded values would darken fine detail.
    rows, columns : ascending whole numbers
        Where cells begin and end, in any unit, from 0 to a last that means H (or W). Cells
        may be smaller than pixels.

    Returns
    -------
    float64 array, shape (len(rows) - 1, len(columns) - 1), in [0, 1]
    """
    height, width = light.shape
    if rows == list(range(height + 1)) and columns == list(range(width + 1)):
        return light / FULL
    sums = _area_sums(_area_sums(light, rows).T, columns).T
    areas = np.multiply.outer(np.diff(rows) * height, np.diff(columns) * float(width))
    return sums / (areas * FULL)


def block_upscale(cells: NDArray[Value], layout: Layout) -> NDArray[Value]:
    """Draw every cell as a block of pixels; shape (output.height, output.width)."""
    if layout.grid == layout.output:
        return cells
    tall = np.repeat(cells, np.diff(layout.rows), axis=0)
    return np.repeat(tall, np.diff(layout.columns), axis=1)


def _area_sums(values: NDArray[np.generic], positions: list[int]) -> NDArray[np.float64]:
    """Sum rows between positions, each row counted by its overlap; units as in `positions`.

    One row is `positions[-1]` units tall and one unit of `positions` is len(values) tall,
    which makes every border and every overlap a whole number.
    """
    row = positions[-1]
    first, overlap = np.divmod(np.array(positions, np.int64) * len(values), row)
    sums = np.empty((len(positions) - 1, *values.shape[1:]))
    for cell, (top, bottom) in enumerate(zip(first, first[1:], strict=False)):
        np.add.reduce(values[top:bottom], axis=0, dtype=np.float64, out=sums[cell])
    border = values[np.minimum(first, len(values) - 1)] * overlap[:, None].astype(np.float64)
    sums *= row
    sums += np.diff(border, axis=0)
    return sums

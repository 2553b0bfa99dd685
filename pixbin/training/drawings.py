"""Undo the blocks of an artist's two-valued picture: find its cells, whatever their size.

Blocks are squares of whole pixels, the first and the last of which may be cut by the border, or
as wide as `--grid` makes them, where widths differ by a pixel. Of all sizes that explain the
picture the largest is taken; a finer one would only say the same with more cells.
"""

from __future__ import annotations

from itertools import pairwise
from math import gcd
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.errors import InputError
from pixbin.geometry import Box, Layout, Size
from pixbin.readers.raster import Raster

BoolArray = NDArray[np.bool_]  #: shape (H, W), True is the lighter of two colours
BT601_WEIGHTS = np.array(
    [299, 587, 114]
)  #: of red, green and blue, by which the darker colour is ink


class PixelDrawing(NamedTuple):
    """An artist's picture, a pixel a cell."""

    paper: BoolArray  #: shape (len(rows) - 1, len(columns) - 1)
    row_borders: list[int]  #: where cells begin, in pixels of the file, and where the last ends
    column_borders: list[int]

    @property
    def size(self) -> Size:
        """Width and height of the file, in pixels."""
        return Size(self.column_borders[-1], self.row_borders[-1])

    @property
    def grid(self) -> Size:
        """Width and height in cells."""
        return Size(len(self.column_borders) - 1, len(self.row_borders) - 1)


def recover_cells(raster: Raster, label: str) -> PixelDrawing:
    """Find the cells of a picture.

    Raises
    ------
    InputError
        It has not just two colours; the message says what it has.
    """
    pixels = lighter_pixels(raster, label)
    rows, columns = cell_borders(changed_rows(pixels), changed_rows(pixels.T), Size(*raster.size))
    return PixelDrawing(pixels[np.ix_(rows[:-1], columns[:-1])], rows, columns)


def lighter_pixels(raster: Raster, label: str) -> BoolArray:
    """Return where the lighter of a picture's two colours is.

    Raises
    ------
    InputError
        It has one colour, or more than two.
    """
    levels = raster.read_box(Box(0, 0, *raster.size))
    if levels.shape[2] in (2, 4):
        if levels[..., -1].min() < raster.max_level:
            raise InputError(f"{label}: transparent in places; lay it on paper first")
        levels = levels[..., :-1]
    flat = levels.reshape(-1, levels.shape[2]).astype(np.int64)
    codes = flat @ (65536 ** np.arange(flat.shape[1]))
    found, first, numbers = np.unique(codes, return_index=True, return_inverse=True)
    if len(found) != 2:
        raise InputError(
            f"{label}: {_colour_count_error(flat[first])}; a drawing has two, nothing between"
        )
    light = [_bt601_luma(flat[place]) for place in first]
    if light[0] == light[1]:
        raise InputError(f"{label}: its two colours are equally light; which one is ink?")
    lighter: BoolArray = (numbers == int(np.argmax(light))).reshape(levels.shape[:2])
    return lighter


def _bt601_luma(color: NDArray[np.int64]) -> int:
    return (
        int(color @ BT601_WEIGHTS) if len(color) == 3 else int(color[0]) * int(BT601_WEIGHTS.sum())
    )


def _colour_count_error(colors: NDArray[np.int64]) -> str:
    if len(colors) == 1:
        return "has one colour"
    kind = "grey levels" if (colors == colors[:, :1]).all() else "colours"
    cause = " (from blur, smooth edges or JPEG, if it looks like two)" if len(colors) > 3 else ""
    return f"has {len(colors)} {kind}{cause}"


def changed_rows(pixels: BoolArray) -> list[int]:
    """Return the rows that differ from the one above."""
    differs = (pixels[1:] != pixels[:-1]).any(axis=1)
    places: list[int] = (np.flatnonzero(differs) + 1).tolist()
    return places


def cell_borders(
    row_changes: list[int], column_changes: list[int], size: Size
) -> tuple[list[int], list[int]]:
    """Return the edges of the largest cells whose borders all changes fall on.

    Parameters
    ----------
    rows, columns : ascending whole numbers
        Where rows and columns of pixels change.
    size : Size
        Of the picture in pixels.
    """
    side = common_block_side(row_changes, column_changes, size)
    squares = (
        _square_block_borders(row_changes, size.height, side),
        _square_block_borders(column_changes, size.width, side),
    )
    evenly = _even_borders(row_changes, size.height), _even_borders(column_changes, size.width)
    return min(squares, evenly, key=lambda edges: len(edges[0]) * len(edges[1]))


def common_block_side(row_changes: list[int], column_changes: list[int], size: Size) -> int:
    """Return the largest side of square blocks that explains all changes."""
    apart = [place - places[0] for places in (row_changes, column_changes) for place in places[1:]]
    side = gcd(*apart)
    if len(apart) < 2:  # too few to tell from chance: let the border be one, too
        side = gcd(side, *row_changes, *column_changes)
    return side or min(size)


def _square_block_borders(changes: list[int], length: int, side: int) -> list[int]:
    phase = changes[0] % side if changes else 0
    return sorted({0, *range(phase, length, side), length})


def _even_borders(changes: list[int], length: int) -> list[int]:
    """Return the edges of the fewest cells, spread evenly, that explain the changes.

    What does not come out whole is rounded as `--grid` does it, or up, or down, as others do.
    """
    least = min((after - before for before, after in pairwise(changes)), default=length)
    for cells in range(max(1, length // (least + 1)), length):
        nearest = Layout(Size(length, 1), Size(cells, 1), None).columns
        down = [cell * length // cells for cell in range(cells + 1)]
        up = [-(-cell * length // cells) for cell in range(cells + 1)]
        for edges in (nearest, down, up):
            if set(changes) <= set(edges):
                return edges
    return list(range(length + 1))

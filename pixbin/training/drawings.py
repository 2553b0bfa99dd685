"""Cells of an artist's two-coloured picture, recovered from its blocks of unknown size.

Two layouts of blocks are tried: squares of whole pixels, of which the first and the last may be
cut by the border; and blocks spread evenly as by `--grid`, whose widths differ by a pixel. Of all
layouts that explain the picture, the one with the fewest cells is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import gcd

import numpy as np
from numpy.typing import NDArray

from pixbin.errors import InputError
from pixbin.geometry import Box, Layout, Size
from pixbin.readers.raster import Raster

BoolArray = NDArray[np.bool_]  #: shape (H, W), True is the lighter of two colours
#: Luma weights of red, green and blue of ITU-R BT.601, as in Pillow's `convert("L")`. They only
#: order an artist's two colours: the darker one is ink. Conversions use BT.709, which orders some
#: pairs of colours differently. With it here, ink and paper of some drawings would be swapped.
LUMA_BT601 = np.array([299, 587, 114])


@dataclass(frozen=True, slots=True, eq=False)
class PixelDrawing:
    """An artist's picture, reduced to one pixel per cell."""

    paper: BoolArray  #: shape (len(row_borders) - 1, len(column_borders) - 1)
    row_borders: list[int]  #: first row of pixels of each cell, and the height of the file
    column_borders: list[int]  #: first column of pixels of each cell, and the width of the file

    @property
    def size(self) -> Size:
        """Width and height of the file, in pixels."""
        return Size(self.column_borders[-1], self.row_borders[-1])

    @property
    def grid(self) -> Size:
        """Width and height in cells."""
        return Size(len(self.column_borders) - 1, len(self.row_borders) - 1)


def recover_cells(raster: Raster, label: str) -> PixelDrawing:
    """Return the cells of a picture of two colours.

    Parameters
    ----------
    raster : Raster
    label : str
        Name of the picture in messages.

    Raises
    ------
    InputError
        The picture does not have exactly two colours; the message says how many it has.
    """
    pixels = lighter_pixels(raster, label)
    rows, columns = cell_borders(changed_rows(pixels), changed_rows(pixels.T), Size(*raster.size))
    return PixelDrawing(pixels[np.ix_(rows[:-1], columns[:-1])], rows, columns)


def lighter_pixels(raster: Raster, label: str) -> BoolArray:
    """Return the pixels that have the lighter of a picture's two colours; bool (H, W).

    Raises
    ------
    InputError
        The picture has transparency, one colour, more than two, or two of equal luma.
    """
    levels = raster.read_box(Box(0, 0, *raster.size))
    if levels.shape[2] in (2, 4):
        if levels[..., -1].min() < raster.max_level:
            raise InputError(f"{label}: has transparent pixels; flatten it onto white first")
        levels = levels[..., :-1]
    flat = levels.reshape(-1, levels.shape[2]).astype(np.int64)
    codes = flat @ (65536 ** np.arange(flat.shape[1]))  # one number for each colour
    unique, first, colour_index = np.unique(codes, return_index=True, return_inverse=True)
    if len(unique) != 2:
        raise InputError(
            f"{label}: {_colour_count_error(flat[first])}; a drawing has two, nothing between"
        )
    lumas = [_luma_bt601(flat[index]) for index in first]
    if lumas[0] == lumas[1]:
        raise InputError(f"{label}: its two colours are equally light; which one is ink?")
    lighter: BoolArray = (colour_index == int(np.argmax(lumas))).reshape(levels.shape[:2])
    return lighter


def _luma_bt601(color: NDArray[np.int64]) -> int:
    """Return 1000 times the luma of a colour of three channels, or of one."""
    return int(color @ LUMA_BT601) if len(color) == 3 else int(color[0]) * int(LUMA_BT601.sum())


def _colour_count_error(colors: NDArray[np.int64]) -> str:
    if len(colors) == 1:
        return "has one colour"
    kind = "grey levels" if (colors == colors[:, :1]).all() else "colours"
    cause = " (from blur, smooth edges or JPEG, if it looks like two)" if len(colors) > 3 else ""
    return f"has {len(colors)} {kind}{cause}"


def changed_rows(pixels: BoolArray) -> list[int]:
    """Return the numbers of the rows that differ from the row above.

    Examples
    --------
    >>> changed_rows(np.array([[True], [True], [False]]))
    [2]
    """
    differs = (pixels[1:] != pixels[:-1]).any(axis=1)
    rows: list[int] = (np.flatnonzero(differs) + 1).tolist()
    return rows


def cell_borders(
    row_changes: list[int], column_changes: list[int], size: Size
) -> tuple[list[int], list[int]]:
    """Return the row and column borders of the largest cells that explain all changes.

    Parameters
    ----------
    row_changes, column_changes : ascending list of int
        Rows and columns that differ from the one before.
    size : Size
        Of the picture, in pixels.

    Examples
    --------
    >>> cell_borders([4], [2, 8], Size(10, 6))
    ([0, 2, 4, 6], [0, 2, 4, 6, 8, 10])
    """
    side = common_block_side(row_changes, column_changes, size)
    squares = (
        _square_block_borders(row_changes, size.height, side),
        _square_block_borders(column_changes, size.width, side),
    )
    evenly = _even_borders(row_changes, size.height), _even_borders(column_changes, size.width)
    return min(squares, evenly, key=lambda borders: len(borders[0]) * len(borders[1]))


def common_block_side(row_changes: list[int], column_changes: list[int], size: Size) -> int:
    """Return the largest side of square blocks that explains all changes, in pixels."""
    distances = [
        change - changes[0] for changes in (row_changes, column_changes) for change in changes[1:]
    ]
    side = gcd(*distances)
    if len(distances) < 2:  # too few to rule out chance: assume a block begins at the border
        side = gcd(side, *row_changes, *column_changes)
    return side or min(size)


def _square_block_borders(changes: list[int], length: int, side: int) -> list[int]:
    phase = changes[0] % side if changes else 0
    return sorted({0, *range(phase, length, side), length})


def _even_borders(changes: list[int], length: int) -> list[int]:
    """Return the borders of the fewest evenly spread cells that explain the changes.

    Borders between pixels are rounded as `--grid` does it, or down, or up, as other programs do.
    """
    shortest = min((after - before for before, after in pairwise(changes)), default=length)
    for cells in range(max(1, length // (shortest + 1)), length):
        nearest = Layout(Size(length, 1), Size(cells, 1), None).columns
        down = [cell * length // cells for cell in range(cells + 1)]
        up = [-(-cell * length // cells) for cell in range(cells + 1)]
        for borders in (nearest, down, up):
            if set(changes) <= set(borders):
                return borders
    return list(range(length + 1))

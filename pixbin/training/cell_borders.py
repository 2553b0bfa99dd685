"""Borders of the cells of a two-coloured picture, from the rows and columns where it changes.

Two layouts are tried. In the first, blocks are squares of one size, and those at the edges of the
picture may be cut. In the second, blocks are spread evenly as by `--grid`, so their sides differ by
a pixel. A layout explains a picture if it has a border wherever the picture changes. Of those that
do, the one with the fewest cells is taken.

Borders between two cells of one value cannot be seen. So a drawing of one pixel for each cell may
look like one of larger blocks. Therefore evenly spread blocks have sides of at least two pixels,
and half of their borders must be visible.
"""

from __future__ import annotations

from itertools import pairwise
from math import gcd

import numpy as np
from numpy.typing import NDArray

from pixbin.geometry import Layout, Size

BoolArray = NDArray[np.bool_]  #: shape (H, W), True is the lighter of two colours
Borders = tuple[list[int], list[int]]  #: of rows and of columns, in pixels, from 0 to the end
SHORTEST_UNEVEN = 2  #: least side of evenly spread blocks, in pixels
VISIBLE_SHARE = 0.5  #: least share of their borders that must be visible


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


def cell_borders(row_changes: list[int], column_changes: list[int], size: Size) -> Borders:
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
    layouts = [
        (
            square_block_borders(row_changes, size.height, side),
            square_block_borders(column_changes, size.width, side),
        )
    ]
    evenly = _even_borders(row_changes, size.height), _even_borders(column_changes, size.width)
    if evenly[0] and evenly[1]:
        layouts.append((evenly[0], evenly[1]))
    return min(layouts, key=lambda borders: len(borders[0]) * len(borders[1]))


def borders_of_blocks(changes: Borders, size: Size, side: int) -> Borders | None:
    """Return the borders of square blocks of a known side; None if they do not fit.

    Parameters
    ----------
    changes : two ascending lists of int
        Rows and columns that differ from the one before.
    size : Size
        Of the picture, in pixels.
    side : int
        Of a block, in pixels. The first and the last block may be cut.
    """
    borders = (
        square_block_borders(changes[0], size.height, side),
        square_block_borders(changes[1], size.width, side),
    )
    return borders if _explains(borders, changes) else None


def borders_of_cells(changes: Borders, size: Size, cells: int) -> Borders | None:
    """Return the borders of a known number of cells along the longer side, spread evenly.

    Parameters
    ----------
    changes : two ascending lists of int
        Rows and columns that differ from the one before.
    size : Size
        Of the picture, in pixels.
    cells : int
        Along the longer side.

    Returns
    -------
    Borders or None
        None if no such borders explain the changes.
    """
    shorter = cells * min(size) / max(size)
    counts = sorted({int(shorter), int(shorter) + 1}, key=lambda count: abs(count - shorter))
    for count in counts:
        grid = Size(cells, count) if size.width >= size.height else Size(count, cells)
        if not 0 < count <= min(size) or cells > max(size):
            continue
        roundings = _roundings(size.height, grid.height), _roundings(size.width, grid.width)
        for borders in zip(*roundings, strict=True):
            if _explains(borders, changes):
                return borders
    return None


def _explains(borders: Borders, changes: Borders) -> bool:
    return set(changes[0]) <= set(borders[0]) and set(changes[1]) <= set(borders[1])


def common_block_side(row_changes: list[int], column_changes: list[int], size: Size) -> int:
    """Return the largest side of square blocks that explains all changes, in pixels."""
    distances = [
        change - changes[0] for changes in (row_changes, column_changes) for change in changes[1:]
    ]
    side = gcd(*distances)
    if len(distances) < 2:  # too few to rule out chance: assume a block begins at the border
        side = gcd(side, *row_changes, *column_changes)
    return side or min(size)


def square_block_borders(changes: list[int], length: int, side: int) -> list[int]:
    """Return the borders, in pixels, of blocks of one side; one border is at the first change."""
    phase = changes[0] % side if changes else 0
    return sorted({0, *range(phase, length, side), length})


def _even_borders(changes: list[int], length: int) -> list[int] | None:
    """Return the borders of the fewest evenly spread cells that explain the changes.

    None if no such cells explain them, or so many that most of their borders are not visible.
    """
    shortest = min((after - before for before, after in pairwise(changes)), default=length)
    most = min(length // SHORTEST_UNEVEN, int((len(changes) + 1) / VISIBLE_SHARE))
    for cells in range(max(1, length // (shortest + 1)), most + 1):
        for borders in _roundings(length, cells):
            if set(changes) <= set(borders):
                return borders
    return None


def _roundings(length: int, cells: int) -> list[list[int]]:
    """Return borders of evenly spread cells, three times: rounded as by `--grid`, down, and up."""
    return [
        Layout(Size(length, 1), Size(cells, 1), None).columns,
        [cell * length // cells for cell in range(cells + 1)],
        [-(-cell * length // cells) for cell in range(cells + 1)],
    ]

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

Pixels = NDArray[np.bool_]  #: shape (H, W), True is the lighter of two colours
LUMA = np.array([299, 587, 114])  #: of red, green and blue, by which the darker colour is ink


class Drawing(NamedTuple):
    """An artist's picture, a pixel a cell."""

    paper: Pixels  #: shape (len(rows) - 1, len(columns) - 1)
    rows: list[int]  #: where cells begin, in pixels of the file, and where the last ends
    columns: list[int]

    @property
    def size(self) -> Size:
        """Width and height of the file, in pixels."""
        return Size(self.columns[-1], self.rows[-1])

    @property
    def grid(self) -> Size:
        """Width and height in cells."""
        return Size(len(self.columns) - 1, len(self.rows) - 1)


def undone(raster: Raster, shown: str) -> Drawing:
    """Find the cells of a picture.

    Raises
    ------
    InputError
        It has not just two colours; the message says what it has.
    """
    pixels = two_valued(raster, shown)
    rows, columns = borders(changes(pixels), changes(pixels.T), Size(*raster.size))
    return Drawing(pixels[np.ix_(rows[:-1], columns[:-1])], rows, columns)


def two_valued(raster: Raster, shown: str) -> Pixels:
    """Return where the lighter of a picture's two colours is.

    Raises
    ------
    InputError
        It has one colour, or more than two.
    """
    levels = raster.channels(Box(0, 0, *raster.size))
    if levels.shape[2] in (2, 4):
        if levels[..., -1].min() < raster.full:
            raise InputError(f"{shown}: transparent in places; lay it on paper first")
        levels = levels[..., :-1]
    flat = levels.reshape(-1, levels.shape[2]).astype(np.int64)
    codes = flat @ (65536 ** np.arange(flat.shape[1]))
    found, first, numbers = np.unique(codes, return_index=True, return_inverse=True)
    if len(found) != 2:
        raise InputError(f"{shown}: {_fault(flat[first])}; a drawing has two, nothing between")
    light = [_luma(flat[place]) for place in first]
    if light[0] == light[1]:
        raise InputError(f"{shown}: its two colours are equally light; which one is ink?")
    lighter: Pixels = (numbers == int(np.argmax(light))).reshape(levels.shape[:2])
    return lighter


def _luma(color: NDArray[np.int64]) -> int:
    return int(color @ LUMA) if len(color) == 3 else int(color[0]) * int(LUMA.sum())


def _fault(colors: NDArray[np.int64]) -> str:
    if len(colors) == 1:
        return "has one colour"
    kind = "grey levels" if (colors == colors[:, :1]).all() else "colours"
    cause = " (from blur, smooth edges or JPEG, if it looks like two)" if len(colors) > 3 else ""
    return f"has {len(colors)} {kind}{cause}"


def changes(pixels: Pixels) -> list[int]:
    """Return the rows that differ from the one above."""
    differs = (pixels[1:] != pixels[:-1]).any(axis=1)
    places: list[int] = (np.flatnonzero(differs) + 1).tolist()
    return places


def borders(rows: list[int], columns: list[int], size: Size) -> tuple[list[int], list[int]]:
    """Return the edges of the largest cells whose borders all changes fall on.

    Parameters
    ----------
    rows, columns : ascending whole numbers
        Where rows and columns of pixels change.
    size : Size
        Of the picture in pixels.
    """
    side = whole_side(rows, columns, size)
    squares = _squares(rows, size.height, side), _squares(columns, size.width, side)
    evenly = _evenly(rows, size.height), _evenly(columns, size.width)
    return min(squares, evenly, key=lambda edges: len(edges[0]) * len(edges[1]))


def whole_side(rows: list[int], columns: list[int], size: Size) -> int:
    """Return the largest side of square blocks that explains all changes."""
    apart = [place - places[0] for places in (rows, columns) for place in places[1:]]
    side = gcd(*apart)
    if len(apart) < 2:  # too few to tell from chance: let the border be one, too
        side = gcd(side, *rows, *columns)
    return side or min(size)


def _squares(places: list[int], length: int, side: int) -> list[int]:
    phase = places[0] % side if places else 0
    return sorted({0, *range(phase, length, side), length})


def _evenly(places: list[int], length: int) -> list[int]:
    """Return the edges of the fewest cells, spread evenly, that explain the changes.

    What does not come out whole is rounded as `--grid` does it, or up, or down, as others do.
    """
    least = min((after - before for before, after in pairwise(places)), default=length)
    for cells in range(max(1, length // (least + 1)), length):
        nearest = Layout(Size(length, 1), Size(cells, 1), None).columns
        down = [cell * length // cells for cell in range(cells + 1)]
        up = [-(-cell * length // cells) for cell in range(cells + 1)]
        for edges in (nearest, down, up):
            if set(places) <= set(edges):
                return edges
    return list(range(length + 1))

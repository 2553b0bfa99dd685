"""Cells of an artist's two-coloured picture, recovered from its blocks.

The size of the blocks is found by `cell_borders`, unless the artist states it. The drawings of one
style are read together: each gets that block size, of those that explain it, which gives it a
number of cells like the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import NDArray

from pixbin.errors import InputError
from pixbin.geometry import Box, Size
from pixbin.readers.raster import Raster
from pixbin.training import cell_borders
from pixbin.training.cell_borders import BoolArray, Borders

#: Luma weights of red, green and blue of ITU-R BT.601, as in Pillow's `convert("L")`. They only
#: order an artist's two colours: the darker one is ink. Conversions use BT.709, which orders some
#: pairs of colours differently. With it here, ink and paper of some drawings would be swapped.
LUMA_BT601 = np.array([299, 587, 114])
MIN_DRAWINGS = 3  #: of a style, to compare their numbers of cells


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


@dataclass(frozen=True, slots=True)
class CellSize:
    """The size of the cells of drawings, as far as an artist states it; at most one of both."""

    block: int | None = None  #: pixels along each side of a block
    cells: int | None = None  #: cells along the longer side of a drawing

    def __str__(self) -> str:
        if self.block:
            return f"blocks of {self.block} pixels"
        return f"{self.cells} cells along the longer side"


def recover_cells(raster: Raster, label: str, stated: CellSize | None = None) -> PixelDrawing:
    """Return the cells of a picture of two colours.

    Parameters
    ----------
    raster : Raster
    label : str
        Name of the picture in messages.
    stated : CellSize, optional
        The size of the cells, if it is known.

    Raises
    ------
    InputError
        The picture does not have exactly two colours; the message says how many it has. Or its
        blocks are not of the stated size.
    """
    pixels, size = lighter_pixels(raster, label), Size(*raster.size)
    changes = cell_borders.changed_rows(pixels), cell_borders.changed_rows(pixels.T)
    borders: Borders | None = None
    if stated and stated.block:
        borders = cell_borders.borders_of_blocks(changes, size, stated.block)
    elif stated and stated.cells:
        borders = cell_borders.borders_of_cells(changes, size, stated.cells)
    else:
        borders = cell_borders.cell_borders(*changes, size)
    if borders is None:
        raise InputError(f"{label}: does not consist of {stated}; leave out --block and --cells")
    return PixelDrawing(pixels[np.ix_(borders[0][:-1], borders[1][:-1])], *borders)


def agree(drawings: Sequence[PixelDrawing]) -> list[PixelDrawing]:
    """Return the drawings of one style, with numbers of cells that are like each other.

    A drawing is divided into smaller blocks if its longer side then has nearer to as many cells
    as the median of all drawings.
    """
    if len(drawings) < MIN_DRAWINGS:
        return list(drawings)
    usual = float(np.median([max(drawing.grid) for drawing in drawings]))
    return [
        min(_readings(drawing), key=lambda reading: abs(log(max(reading.grid) / usual)))
        for drawing in drawings
    ]


def _readings(drawing: PixelDrawing) -> Iterator[PixelDrawing]:
    """Yield the drawing, and it again with its blocks divided into smaller ones, largest first."""
    yield drawing
    axes = drawing.row_borders, drawing.column_borders
    lengths = {after - before for borders in axes for before, after in pairwise(borders)}
    inner = {after - before for borders in axes for before, after in [*pairwise(borders)][1:-1]}
    side = max(lengths)
    if inner - {side}:  # an uneven layout
        return
    for smaller in range(side // 2, 0, -1):
        if side % smaller == 0:
            yield _divide(drawing, smaller)


def _divide(drawing: PixelDrawing, side: int) -> PixelDrawing:
    axes = drawing.row_borders, drawing.column_borders
    finer = [
        cell_borders.square_block_borders(borders[1:-1], borders[-1], side) for borders in axes
    ]
    cells = [
        np.searchsorted(coarse, fine[:-1], side="right") - 1
        for coarse, fine in zip(axes, finer, strict=True)
    ]
    return PixelDrawing(drawing.paper[np.ix_(*cells)], *finer)


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

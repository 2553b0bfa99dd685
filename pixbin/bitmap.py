"""Bitmap: cells of ink and paper, with everything that an encoder needs to draw them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.laser import LaserSettings
from pixbin.catalog.packing import PackingOverrides
from pixbin.color.rgb import BLACK, WHITE, Color
from pixbin.geometry import Layout, Size
from pixbin.resample.area import block_upscale


class Appearance(NamedTuple):
    """The visible content of an output: rectangles of one colour, in the smallest grid of them.

    Two outputs have the same one if, and only if, all their pixels have the same colours.
    """

    columns: tuple[int, ...]  #: left edges of the rectangles, and the right edge of the last
    rows: tuple[int, ...]  #: top edges of the rectangles, and the bottom edge of the last
    colors: bytes  #: red, green, blue and opacity of each rectangle, row by row


@dataclass(frozen=True, eq=False, repr=False)
class Bitmap:
    """Cells with two values, or with two values in each channel, and the sizes to draw them in.

    Arrays that are given cannot be written to through the bitmap.
    """

    #: the cells, shape (grid.height, grid.width), True is paper; (..., 3) for red, green and blue
    grid: NDArray[np.bool_]
    layout: Layout  #: sizes of grid, output and blocks
    ink: Color = BLACK  #: colour of the dark cells
    paper: Color = WHITE  #: colour of the light cells
    #: True for opaque cells, shape (grid.height, grid.width); None if all are. Transparent cells
    #: are ink
    opacity: NDArray[np.bool_] | None = None
    has_mask: bool = False  #: opacity goes to a separate mask file, not into the picture's file
    is_mask: bool = False  #: this bitmap is a mask: in device bytes, opaque pixels are set bits
    depth: int = 1  #: bits per pixel in formats that offer a choice: 1 (as few as possible) or 8
    cell: float | None = None  #: side of a cell in millimetres, for formats on paper
    packing_overrides: PackingOverrides = PackingOverrides()  #: packing for device formats
    laser: LaserSettings = LaserSettings()  #: for G-code
    #: notes to the user: how the source was read, its crop, and what the method `auto` chose
    notes: tuple[str, ...] = ()
    recipe: str | None = None  #: JSON of the options, for formats that hold a text

    def __post_init__(self) -> None:
        object.__setattr__(self, "grid", _read_only(self.grid))
        if self.opacity is not None:
            object.__setattr__(self, "opacity", _read_only(self.opacity))

    @property
    def size(self) -> Size:
        """Width and height of the output, in pixels."""
        return self.layout.output

    @property
    def pixels(self) -> NDArray[np.bool_]:
        """The output, shape (size.height, size.width), or (..., 3); True is paper."""
        return block_upscale(self.grid, self.layout)

    @property
    def white_pixels(self) -> NDArray[np.bool_]:
        """White pixels of a black and white output, shape (size.height, size.width)."""
        return self.pixels if self.colors == (BLACK, WHITE) else ~self.pixels

    @property
    def transparent(self) -> NDArray[np.bool_] | None:
        """Cells that are transparent in files, shape (grid.height, grid.width); None if none is."""
        if self.opacity is None or self.has_mask or self.opacity.all():
            return None
        return ~self.opacity

    @property
    def transparent_pixels(self) -> NDArray[np.bool_] | None:
        """Pixels of the output that are transparent in files; None if none is."""
        cells = self.transparent
        return None if cells is None else block_upscale(cells, self.layout)

    @property
    def colors(self) -> tuple[Color, Color]:
        """The colours of ink and of paper."""
        return self.ink, self.paper

    @property
    def is_rgb(self) -> bool:
        """Whether red, green and blue are each on or off."""
        return self.grid.ndim == 3

    @property
    def is_black_and_white(self) -> bool:
        """Whether files need no colours but black and white, and no transparency."""
        return not self.is_rgb and {*self.colors} == {BLACK, WHITE} and self.transparent is None

    @property
    def appearance(self) -> Appearance:
        """The visible content; cells that a separate mask makes transparent are transparent."""
        codes = self._color_codes()
        across = np.flatnonzero((codes[:, 1:] != codes[:, :-1]).any(axis=0)) + 1
        down = np.flatnonzero((codes[1:] != codes[:-1]).any(axis=1)) + 1
        columns, rows = [0, *across.tolist()], [0, *down.tolist()]
        left_edges, top_edges = self.layout.columns, self.layout.rows
        return Appearance(
            tuple(left_edges[number] for number in (*columns, -1)),
            tuple(top_edges[number] for number in (*rows, -1)),
            codes[np.ix_(rows, columns)].tobytes(),
        )

    def _color_codes(self) -> NDArray[np.uint32]:
        """Return red, green, blue and opacity of each cell as one number, shape as the grid's."""
        levels = np.full((*self.grid.shape[:2], 4), 255, np.uint8)
        if self.is_rgb:
            levels[..., :3] *= self.grid
        else:
            levels[..., :3] = np.array(self.colors, np.uint8)[self.grid.view(np.uint8)]
        if self.opacity is not None:
            levels[~self.opacity] = 0
        return levels.view(np.uint32)[..., 0]


def _read_only(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the array itself, or a view that cannot be written to."""
    if not cells.flags.writeable:
        return cells
    view = cells.view()
    view.setflags(write=False)
    return view

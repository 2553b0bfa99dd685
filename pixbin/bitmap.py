"""A grid of ink and paper, and how it is drawn: all that an encoder needs to know."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.packing import PackingOverrides
from pixbin.color.rgb import BLACK, WHITE, Color
from pixbin.geometry import Layout, Size
from pixbin.resample.area import block_upscale


@dataclass(frozen=True, eq=False, repr=False)
class Bitmap:
    """A strictly two-valued picture, or one in each channel, and the sizes it is drawn in."""

    #: the cells, shape (grid.height, grid.width), True is paper; (..., 3) for red, green and blue
    grid: NDArray[np.bool_]
    layout: Layout  #: sizes of grid and output, and of the blocks
    ink: Color = BLACK  #: colour of the dark cells
    paper: Color = WHITE  #: colour of the light cells
    #: which cells are opaque, shape (grid.height, grid.width); None is all, and others are ink
    opacity: NDArray[np.bool_] | None = None
    has_mask: bool = False  #: files leave opacity out, since a mask of its own tells it
    is_mask: bool = False  #: it is such a mask: in the bytes of devices, bits are set where opaque
    depth: int = 1  #: bits a pixel in files, if they have a choice: as few as can be, or 8
    cell: float | None = None  #: width and height of a cell in millimetres, where paper has one
    packing_overrides: PackingOverrides = (
        PackingOverrides()
    )  #: what formats for devices are asked for

    @property
    def size(self) -> Size:
        """Width and height of the output, in pixels."""
        return self.layout.output

    @property
    def pixels(self) -> NDArray[np.bool_]:
        """The output, shape (size.height, size.width), or (..., 3); True is paper."""
        return block_upscale(self.grid, self.layout)

    @property
    def transparent(self) -> NDArray[np.bool_] | None:
        """Which cells are transparent in files, shape (grid.height, grid.width), if any are."""
        if self.opacity is None or self.has_mask or self.opacity.all():
            return None
        return ~self.opacity

    @property
    def transparent_pixels(self) -> NDArray[np.bool_] | None:
        """Which pixels of the output are transparent in files, if any are."""
        hidden = self.transparent
        return None if hidden is None else block_upscale(hidden, self.layout)

    @property
    def colors(self) -> tuple[Color, Color]:
        """The colours of ink and of paper."""
        return self.ink, self.paper

    @property
    def is_rgb(self) -> bool:
        """Whether red, green and blue are each on or off."""
        return self.grid.ndim == 3

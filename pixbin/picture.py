"""The finished picture: a grid of ink and paper, and how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pixbin.formats import Format
from pixbin.geometry import Layout, Size
from pixbin.resample import block_upscale
from pixbin.words import BLACK, WHITE, Color

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True, eq=False, repr=False)
class Picture:
    """A strictly two-valued picture, or one in each channel, as `pixbin.convert` returns it."""

    #: the cells, shape (grid.height, grid.width), True is paper; (..., 3) for red, green and blue
    grid: NDArray[np.bool_]
    layout: Layout  #: sizes of grid and output, and of the blocks
    ink: Color = BLACK  #: colour of the dark cells
    paper: Color = WHITE  #: colour of the light cells

    def __repr__(self) -> str:
        return f"<Picture of {self.size} pixels, {self.layout.grid} cells>"

    @property
    def size(self) -> Size:
        """Width and height of the output, in pixels."""
        return self.layout.output

    @property
    def pixels(self) -> NDArray[np.bool_]:
        """The output, shape (size.height, size.width), or (..., 3); True is paper."""
        return block_upscale(self.grid, self.layout)

    @property
    def image(self) -> Image:
        """The output as a Pillow image: mode `1`, or `P` if coloured."""
        from pixbin import encoders, palettes

        if self.grid.ndim == 3:
            return palettes.to_image(self.pixels)
        return encoders.to_image(self.pixels, (self.ink, self.paper))

    def encode(self, format: str = "png") -> bytes:  # noqa: A002
        """Return the bytes of a file; `pixbin.formats.Format` lists the formats.

        Raises
        ------
        UsageError
            The format is unknown, lossy, or cannot hold the picture's colours.
        OutputError
            The format cannot hold a picture this large.
        """
        from pixbin import encoders, palettes

        chosen = Format.named(format)
        if self.grid.ndim == 3:
            return palettes.encode(self.pixels, chosen)
        return encoders.encode(self.pixels, (self.ink, self.paper), chosen)

    def save(self, target: str | PathLike[str], format: str | None = None) -> None:  # noqa: A002
        """Write a file, whole or not at all; the format follows from the name if not given.

        Raises
        ------
        UsageError
            The format is unknown, lossy, or cannot hold the picture's colours.
        OutputError
            The file cannot be written.
        """
        from pixbin import files

        chosen = Format.named(format) if format else Format.of_name(target)
        files.write(Path(target), self.encode(chosen))

"""The finished picture, as `pixbin.convert` returns it."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format

if TYPE_CHECKING:
    from PIL.Image import Image


class Picture(Bitmap):
    """A strictly two-valued picture, or one in each channel, as `pixbin.convert` returns it."""

    def __repr__(self) -> str:
        return f"<Picture of {self.size} pixels, {self.layout.grid} cells>"

    @property
    def image(self) -> Image:
        """The output as a Pillow image: mode `1`, or `P` if coloured or transparent."""
        from pixbin.codecs import encoder

        return encoder.bitmap_to_image(self)

    @property
    def mask(self) -> Picture:
        """Where it is opaque, as a picture of its own: white, which is 1, on black."""
        seen = np.ones(self.grid.shape[:2], np.bool_) if self.opacity is None else self.opacity
        wishes = self.packing_overrides
        if wishes.symbol:
            wishes = wishes._replace(symbol=f"{wishes.symbol}_mask")
        return Picture(
            seen,
            self.layout,
            depth=self.depth,
            cell=self.cell,
            packing_overrides=wishes,
            is_mask=True,
        )

    def encode(self, format: str = "png", name: str = "") -> bytes:  # noqa: A002
        """Return the bytes of a file; `pixbin.catalog.formats.Format` lists the formats.

        `name` is what the picture is called in C and other text, unless there is a `symbol`.

        Raises
        ------
        UsageError
            The format is unknown, lossy, or cannot hold the picture's colours.
        OutputError
            The format cannot hold a picture this large.
        """
        from pixbin.codecs import encoder

        return encoder.encode_bitmap(self, Format.named(format), name)

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

        chosen = Format.named(format) if format else Format.from_path(target)
        files.write_file(Path(target), self.encode(chosen, Path(target).stem))

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

    from pixbin.codecs.hints import DecodedPicture


class Picture(Bitmap):
    """A strictly two-valued picture, or one in each channel, as `pixbin.convert` returns it."""

    def __repr__(self) -> str:
        return f"<Picture of {self.size} pixels, {self.layout.grid} cells>"

    @classmethod
    def from_decoded(cls, decoded: DecodedPicture) -> Picture:
        """Return the picture that a decoder has read from a file."""
        return cls(decoded.cells, decoded.layout, *decoded.colors, opacity=decoded.opacity)

    @property
    def image(self) -> Image:
        """The output as a Pillow image: mode `1`, or `P` if coloured or transparent."""
        from pixbin.codecs import pillow

        return pillow.bitmap_to_image(self)

    @property
    def mask(self) -> Picture:
        """The opacity as a separate picture: white (1) where opaque, black elsewhere."""
        opaque = np.ones(self.grid.shape[:2], np.bool_) if self.opacity is None else self.opacity
        overrides = self.packing_overrides
        if overrides.symbol:
            overrides = overrides._replace(symbol=f"{overrides.symbol}_mask")
        return Picture(
            opaque,
            self.layout,
            depth=self.depth,
            cell=self.cell,
            packing_overrides=overrides,
            is_mask=True,
        )

    def encode(self, format: str = "png", name: str = "") -> bytes:  # noqa: A002
        """Return the bytes of a file.

        Parameters
        ----------
        format : str
            Name of a format; `pixbin.catalog.formats.Format` lists them.
        name : str
            Name of the picture in C and other text, unless `symbol` was given.

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
        """Write a file, whole or not at all; without `format`, its name gives the format.

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

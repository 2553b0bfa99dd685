"""The finished picture, as `pixbin.convert` returns it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.catalog.packing import PackingOverrides
from pixbin.geometry import Layout, Size
from pixbin.resample.area import block_upscale

if TYPE_CHECKING:
    from PIL.Image import Image

    from pixbin.codecs.file_targets import FileTarget
    from pixbin.codecs.hints import DecodedPicture

MAX_SCREEN_SIDE = 640  #: the longer side of a picture in the page of a notebook, in pixels


class Picture(Bitmap):
    """A strictly two-valued picture, or one in each channel, as `pixbin.convert` returns it.

    A picture is a value: its arrays cannot be written to. Two pictures are equal if they have the
    same size, and every pixel has the same colour or is transparent in both. Settings of files
    do not count: depth, byte layout, and whether a mask is separate. Equal pictures have the same
    hash, so pictures can be members of sets and keys of dictionaries.

    NumPy takes a picture as an array of its `pixels`. Notebooks display it.

    Examples
    --------
    >>> import pixbin
    >>> ramp = np.tile(np.linspace(0, 1, 8), (4, 1))
    >>> picture = pixbin.convert(ramp, method="bayer2", enhance="none")
    >>> picture
    <Picture of 8x4 pixels, 8x4 cells>
    >>> np.asarray(picture).shape, float(np.mean(picture))
    ((4, 8), 0.3125)
    >>> pixbin.decode(picture.to_bytes("png")) == picture
    True
    """

    def __repr__(self) -> str:
        return f"<Picture of {self.size} pixels, {self.layout.grid} cells>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Picture):
            return NotImplemented
        return self.size == other.size and self.appearance == other.appearance

    def __hash__(self) -> int:
        return hash(self.appearance)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        """Return `pixels`, shape (height, width) or (height, width, 3), for NumPy 1 and 2.

        Raises
        ------
        ValueError
            A copy is needed, and `copy` is False.
        """
        pixels = self.pixels
        converted = pixels if dtype is None else pixels.astype(dtype, copy=False)
        if converted is self.grid:
            return converted.copy() if copy else converted
        if copy is False:
            raise ValueError("the pixels of this picture cannot be shared; leave out copy=False")
        return converted

    def _repr_png_(self) -> bytes:
        """Return a PNG file for notebooks, at most 640 pixels wide and high if cells allow it."""
        return self.for_screen().to_bytes("png")

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
            laser=self.laser,
            is_mask=True,
        )

    def for_screen(self, longest: int = MAX_SCREEN_SIDE) -> Picture:
        """Return the picture at a good size to look at: each cell has whole pixels.

        A small output is enlarged by a whole number. A large one gets smaller blocks. A cell
        has at least one pixel, so a fine grid may stay larger.

        Parameters
        ----------
        longest : int
            The most pixels of the longer side.
        """
        from pixbin.geometry import screen

        grid, opacity, size = self.grid, self.opacity, self.size
        if factor := screen.pixel_factor(size, longest):
            grid = self.pixels
            opacity = None if opacity is None else block_upscale(opacity, self.layout)
            enlarged = Size(size.width * factor, size.height * factor)
            layout = Layout(enlarged, size, factor)
        else:
            layout = screen.shrunk_layout(self.layout, longest)
        return dataclasses.replace(
            self,
            grid=grid,
            layout=layout,
            opacity=opacity,
            depth=1,
            packing_overrides=PackingOverrides(),
            recipe=None,
        )

    def to_bytes(self, format: str = "png", name: str = "") -> bytes:  # noqa: A002
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

    def encode(self, format: str = "png", name: str = "") -> bytes:  # noqa: A002
        """Return the bytes of a file; an older name of `to_bytes`."""
        return self.to_bytes(format, name)

    def save(self, target: FileTarget, format: str | None = None) -> None:  # noqa: A002
        """Write a file, whole or not at all; or all bytes to an open file, which stays open.

        Parameters
        ----------
        target : path, or open binary file
        format : str, optional
            Name of a format; by default the name of the file gives it.

        Raises
        ------
        UsageError
            The format is missing, unknown, lossy, or cannot hold the picture's colours.
        OutputError
            The file cannot be written.

        Examples
        --------
        >>> import io, pixbin
        >>> file = io.BytesIO()
        >>> pixbin.convert(np.eye(8)).save(file, "pbm")
        >>> file.getvalue()[:2]
        b'P4'
        """
        from pathlib import Path

        from pixbin.codecs import file_targets

        chosen = file_targets.choose_format(target, format)
        stem = Path(file_targets.path_of(target)).stem
        file_targets.write(target, self.to_bytes(chosen, stem))

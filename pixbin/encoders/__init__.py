"""Turn a drawing into a Pillow image, or into the bytes of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pixbin.drawing import Drawing
from pixbin.encoders import bilevel, palettes
from pixbin.formats import Format

if TYPE_CHECKING:
    from PIL.Image import Image


def encode(drawing: Drawing, format: Format) -> bytes:  # noqa: A002
    """Return the bytes of a file.

    Raises
    ------
    UsageError
        The format has no colours, and the picture does.
    OutputError
        The format cannot hold a picture this large.
    """
    if drawing.is_channels:
        return palettes.encode(drawing.pixels, format)
    format.check_colors(*drawing.colors)
    return bilevel.encode(drawing.pixels, drawing.colors, format)


def to_image(drawing: Drawing) -> Image:
    """Return a Pillow image: mode `1` if black and white, else `P` with the colours it has."""
    if drawing.is_channels:
        return palettes.to_image(drawing.pixels)
    return bilevel.to_image(drawing.pixels, drawing.colors)

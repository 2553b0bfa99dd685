"""Pillow images, and files that Pillow writes."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pixbin.bitmap import Bitmap
from pixbin.codecs import indexed
from pixbin.codecs.indexed import IndexedImage
from pixbin.errors import OutputError

if TYPE_CHECKING:
    from PIL.Image import Image


def bitmap_to_image(bitmap: Bitmap) -> Image:
    """Return a Pillow image: mode `1` if black and white, else `P` with the colours it has."""
    if bitmap.is_black_and_white:
        return bits_to_image(bitmap.white_pixels)
    return indexed_to_image(indexed.index_bitmap(bitmap))


def bits_to_image(bits: NDArray[np.bool_]) -> Image:
    """Return a Pillow image of mode `1`, in which True, shape (H, W), is white."""
    from PIL import Image

    height, width = bits.shape
    return Image.frombytes("1", (width, height), np.packbits(bits, axis=1).tobytes())


def indexed_to_image(image: IndexedImage) -> Image:
    """Return a Pillow image of mode `P`."""
    from PIL import Image

    converted = Image.fromarray(image.indices)
    converted.putpalette([level for color in image.palette for level in color])
    if image.has_transparent_entry:
        converted.info["transparency"] = 0
    return converted


def pillow_bytes(image: Image, format: str, **settings: object) -> bytes:  # noqa: A002
    """Return the bytes of a file that Pillow writes.

    Raises
    ------
    OutputError
        The format cannot hold an image this large.
    """
    buffer = io.BytesIO()
    try:
        image.save(buffer, format, **settings)
    except (OSError, ValueError, OverflowError, struct.error) as error:
        size = "{}x{}".format(*image.size)
        raise OutputError(f"{format} cannot hold {size} pixels ({error}); use png") from error
    return buffer.getvalue()

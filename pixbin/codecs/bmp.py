"""BMP: rows of palette indices from the bottom up. Source: Microsoft, Bitmap Storage."""

from __future__ import annotations

import struct

import numpy as np

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.codecs import indexed, pillow
from pixbin.codecs.indexed import IndexedImage, PaletteIndices
from pixbin.color.rgb import Color
from pixbin.errors import OutputError

_HEADERS_LENGTH = 54  #: bytes before the palette


def encode(bitmap: Bitmap, file_format: Format, name: str) -> bytes:
    """Return a file of 1 bit per pixel, or of 4 for more colours, or of 8 if requested.

    Raises
    ------
    OutputError
        The format cannot hold a picture this large.
    """
    if bitmap.is_rgb:
        return encode_indexed(indexed.index_bitmap(bitmap), bitmap.depth)
    if bitmap.depth == 1:
        return _encode_two_colors(bitmap)
    if bitmap.is_black_and_white:
        from PIL import Image

        grey = bitmap.white_pixels * np.uint8(255)
        return pillow.pillow_bytes(Image.fromarray(grey), "BMP")
    return encode_indexed(indexed.index_bitmap(bitmap), bitmap.depth)


def encode_indexed(image: IndexedImage, depth: int = 1) -> bytes:
    """Return a file of at least `depth` bits per pixel.

    Raises
    ------
    OutputError
        The format cannot hold a picture this large.
    """
    height, width = image.indices.shape
    bits = image.bits_per_pixel(depth, allow_two=False)
    data, entries = bottom_up_rows(image.indices, bits), palette_entries(image.palette)
    start = _HEADERS_LENGTH + len(entries)
    try:
        headers = struct.pack(
            "<2sIIIIiiHHIIiiII",
            *(b"BM", start + len(data), 0, start),
            *(40, width, height, 1, bits, 0, len(data), 0, 0, len(image.palette), 0),
        )
    except struct.error as error:
        raise OutputError(f"BMP cannot hold {width}x{height} pixels; use png") from error
    return headers + entries + data


def bottom_up_rows(indices: PaletteIndices, bits: int) -> bytes:
    """Return rows of indices, shape (H, W), packed, bottom row first, padded to four bytes."""
    rows = indexed.pack_rows(indices, bits)[::-1]
    return np.pad(rows, ((0, 0), (0, -rows.shape[1] % 4))).tobytes()


def palette_entries(colors: list[Color]) -> bytes:
    """Return four bytes for each colour: blue, green, red, 0."""
    return b"".join(bytes((blue, green, red, 0)) for red, green, blue in colors)


def _encode_two_colors(bitmap: Bitmap) -> bytes:
    """Return Pillow's file for black and white, with the colours of ink and paper."""
    data = bytearray(pillow.pillow_bytes(pillow.bits_to_image(bitmap.pixels), "BMP"))
    data[_HEADERS_LENGTH : _HEADERS_LENGTH + 8] = palette_entries([*bitmap.colors])
    return bytes(data)

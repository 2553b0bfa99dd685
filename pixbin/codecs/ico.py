"""ICO: an icon of one size, with 1 bit per pixel, or 4 for eight colours.

It holds a bitmap, not a PNG, because every icon reader knows bitmaps: a header with twice the
height, colours, rows from the bottom up, and a mask of transparent pixels.
Source: Microsoft, Icons, 1995.
"""

from __future__ import annotations

import struct

import numpy as np

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.codecs import bmp, indexed
from pixbin.codecs.indexed import IndexedImage
from pixbin.color.rgb import BLACK

_MAX_SIDE = 256  #: pixels
_HEADERS_LENGTH = 6 + 16  #: bytes: the number of icons, and an entry for each


def encode(bitmap: Bitmap, file_format: Format, name: str) -> bytes:
    """Return an icon.

    Raises
    ------
    OutputError
        A side has more than 256 pixels.
    """
    width, height = bitmap.size
    file_format.check_size(bitmap.size)
    image, transparent = indexed.index_bitmap(bitmap), np.zeros((height, width), np.bool_)
    if image.has_transparent_entry:
        transparent = image.indices == 0
        image = _transparent_to_black(image)
    bits = image.bits_per_pixel(1, allow_two=False)
    unused_entries = [BLACK] * ((1 << bits) - len(image.palette))
    data = b"".join(
        (
            struct.pack("<IiiHHIIiiII", 40, width, 2 * height, 1, bits, *(0,) * 6),
            bmp.palette_entries(image.palette + unused_entries),
            bmp.bottom_up_rows(image.indices, bits),
            bmp.bottom_up_rows(transparent.view(np.uint8), 1),
        )
    )
    sides = width % _MAX_SIDE, height % _MAX_SIDE
    entry = struct.pack("<BBBBHHII", *sides, 1 << bits, 0, 1, bits, len(data), _HEADERS_LENGTH)
    return struct.pack("<HHH", 0, 1, 1) + entry + data


def _transparent_to_black(image: IndexedImage) -> IndexedImage:
    """Make transparent pixels black: with any other colour, they invert the screen."""
    colors = image.palette[1:]
    has_black = BLACK in colors
    black = colors.index(BLACK) if has_black else len(colors)
    new_indices = np.array([black, *range(len(colors))], np.uint8)
    return IndexedImage(new_indices[image.indices], colors if has_black else [*colors, BLACK])

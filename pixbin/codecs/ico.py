"""ICO: an icon of one size, at one bit a pixel, or at four bits with eight colours.

The picture is a bitmap, not a PNG: all that read icons know it. After Microsoft, "Icons", 1995: a
bitmap's header with twice the height, colours, rows from the bottom up, and a mask of what is
transparent.
"""

from __future__ import annotations

import struct

import numpy as np

from pixbin.bitmap import Bitmap
from pixbin.codecs import indexed as palettes
from pixbin.codecs.indexed import IndexedImage
from pixbin.color.rgb import BLACK
from pixbin.errors import OutputError

_MAX_SIDE = 256  #: pixels a side
_HEADERS_LENGTH = 6 + 16  #: bytes: one that says how many icons there are, and one for each


def encode(bitmap: Bitmap) -> bytes:
    """Return an icon of the output's size.

    Raises
    ------
    OutputError
        It has more than 256 pixels a side.
    """
    width, height = bitmap.size
    if max(width, height) > _MAX_SIDE:
        raise OutputError(
            f"ico holds up to {_MAX_SIDE}x{_MAX_SIDE} pixels, not {bitmap.size}; ask for fewer (--size)"
        )
    indexed, hidden = palettes.index_bitmap(bitmap), np.zeros((height, width), np.bool_)
    if indexed.has_transparent_entry:
        hidden = indexed.indices == 0
        indexed = _transparent_to_black(indexed)
    codes, bits = indexed.indices, indexed.bits_per_pixel(1, allow_two=False)
    colors = indexed.palette + [BLACK] * ((1 << bits) - len(indexed.palette))
    data = b"".join(
        (
            struct.pack("<IiiHHIIiiII", 40, width, 2 * height, 1, bits, *(0,) * 6),
            *(bytes((blue, green, red, 0)) for red, green, blue in colors),
            palettes.bottom_up_rows(codes, bits),
            palettes.bottom_up_rows(hidden.view(np.uint8), 1),
        )
    )
    sides = width % _MAX_SIDE, height % _MAX_SIDE
    entry = struct.pack("<BBBBHHII", *sides, 1 << bits, 0, 1, bits, len(data), _HEADERS_LENGTH)
    return struct.pack("<HHH", 0, 1, 1) + entry + data


def _transparent_to_black(indexed: IndexedImage) -> IndexedImage:
    """Lay what is transparent on black: any other colour beneath the mask inverts the screen."""
    colors = indexed.palette[1:]
    black = colors.index(BLACK) if BLACK in colors else len(colors)
    places = np.array([black, *range(len(colors))], np.uint8)
    return IndexedImage(places[indexed.indices], [*colors, *([BLACK] * (black == len(colors)))])

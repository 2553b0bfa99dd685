"""ICO: an icon of one size, at one bit a pixel, or at four bits with eight colours.

The picture is a bitmap, not a PNG: all that read icons know it. After Microsoft, "Icons", 1995: a
bitmap's header with twice the height, colours, rows from the bottom up, and a mask of what is
transparent.
"""

from __future__ import annotations

import struct

import numpy as np

from pixbin.bitmap import Drawing
from pixbin.codecs import indexed as palettes
from pixbin.codecs.indexed import Indexed
from pixbin.errors import OutputError
from pixbin.options.parsing import BLACK

_MOST = 256  #: pixels a side
_HEADERS = 6 + 16  #: bytes: one that says how many icons there are, and one for each


def encode(drawing: Drawing) -> bytes:
    """Return an icon of the output's size.

    Raises
    ------
    OutputError
        It has more than 256 pixels a side.
    """
    width, height = drawing.size
    if max(width, height) > _MOST:
        raise OutputError(
            f"ico holds up to {_MOST}x{_MOST} pixels, not {drawing.size}; ask for fewer (--size)"
        )
    indexed, hidden = palettes.of(drawing), np.zeros((height, width), np.bool_)
    if indexed.is_clear:
        hidden = indexed.codes == 0
        indexed = _on_black(indexed)
    codes, bits = indexed.codes, indexed.bits(1, has_two=False)
    colors = indexed.palette + [BLACK] * ((1 << bits) - len(indexed.palette))
    data = b"".join(
        (
            struct.pack("<IiiHHIIiiII", 40, width, 2 * height, 1, bits, *(0,) * 6),
            *(bytes((blue, green, red, 0)) for red, green, blue in colors),
            palettes.rows_upward(codes, bits),
            palettes.rows_upward(hidden.view(np.uint8), 1),
        )
    )
    sides = width % _MOST, height % _MOST
    entry = struct.pack("<BBBBHHII", *sides, 1 << bits, 0, 1, bits, len(data), _HEADERS)
    return struct.pack("<HHH", 0, 1, 1) + entry + data


def _on_black(indexed: Indexed) -> Indexed:
    """Lay what is transparent on black: any other colour beneath the mask inverts the screen."""
    colors = indexed.palette[1:]
    black = colors.index(BLACK) if BLACK in colors else len(colors)
    places = np.array([black, *range(len(colors))], np.uint8)
    return Indexed(places[indexed.codes], [*colors, *([BLACK] * (black == len(colors)))])

"""GIF, whose codes have no more bits than the colours need."""

from __future__ import annotations

import struct
from enum import IntEnum

from pixbin.codecs import gif_lzw
from pixbin.codecs.indexed import Indexed
from pixbin.errors import OutputError
from pixbin.geometry import Size

_MOST = 65535  #: pixels each way
_BLOCK = 255  #: bytes that a file counts at once
_LEAST_BITS = 2  #: of a place in a palette, where it is packed

END = b";"


class Disposal(IntEnum):
    """What becomes of a frame before the next one is drawn."""

    ANY = 0
    KEPT = 1
    CLEARED = 2


def gif(indexed: Indexed) -> bytes:
    """Return a file of one frame.

    Raises
    ------
    OutputError
        The format cannot hold a picture this large.
    """
    control = frame_control(Disposal.ANY, 0, is_clear=True) if indexed.is_clear else b""
    return head(indexed) + control + image(indexed) + END


def head(indexed: Indexed) -> bytes:
    """Return what a file begins with: the size of all frames, and a palette for them."""
    height, width = indexed.codes.shape
    if max(height, width) > _MOST:
        raise OutputError(f"GIF cannot hold {Size(width, height)} pixels; use png")
    flags = 0x80 | (_bits(indexed) - 1)
    return struct.pack("<6sHHBBB", b"GIF89a", width, height, flags, 0, 0) + palette(indexed)


def palette(indexed: Indexed) -> bytes:
    """Return the colours, and black up to a power of two."""
    levels = bytes(level for color in indexed.palette for level in color)
    return levels.ljust(3 << _bits(indexed), b"\0")


def frame_control(disposal: Disposal, hundredths: int, *, is_clear: bool) -> bytes:
    """Return how long the frame that follows is shown, and what becomes of it."""
    flags = disposal << 2 | is_clear  # the first colour is the clear one
    return struct.pack("<3sBHBB", b"!\xf9\x04", flags, hundredths, 0, 0)


def image(indexed: Indexed, *, has_palette: bool = False) -> bytes:
    """Return a frame, with a palette of its own or without."""
    height, width = indexed.codes.shape
    flags = 0x80 | (_bits(indexed) - 1) if has_palette else 0
    start = struct.pack("<sHHHHB", b",", 0, 0, width, height, flags)
    bits = max(_bits(indexed), _LEAST_BITS)
    codes = gif_lzw.packed(indexed.codes, bits)
    blocks = (codes[at : at + _BLOCK] for at in range(0, len(codes), _BLOCK))
    counted = b"".join(bytes([len(block)]) + block for block in blocks)
    return start + (palette(indexed) if has_palette else b"") + bytes([bits]) + counted + b"\0"


def _bits(indexed: Indexed) -> int:
    """Return how many bits a place in the palette has."""
    return max((len(indexed.palette) - 1).bit_length(), 1)

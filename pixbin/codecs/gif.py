"""GIF, whose codes have no more bits than the colours need."""

from __future__ import annotations

import struct
from enum import IntEnum

from pixbin.codecs import gif_lzw
from pixbin.codecs.indexed import IndexedImage
from pixbin.errors import OutputError
from pixbin.geometry import Size

_MAX_SIDE = 65535  #: pixels each way
_MAX_SUB_BLOCK = 255  #: bytes that a file counts at once
_MIN_CODE_SIZE = 2  #: of a place in a palette, where it is packed

TRAILER = b";"


class GifDisposal(IntEnum):
    """What becomes of a frame before the next one is drawn."""

    UNSPECIFIED = 0
    KEEP = 1
    RESTORE_BACKGROUND = 2


def encode(indexed: IndexedImage) -> bytes:
    """Return a file of one frame.

    Raises
    ------
    OutputError
        The format cannot hold a picture this large.
    """
    control = (
        graphic_control(GifDisposal.UNSPECIFIED, 0, has_transparency=True)
        if indexed.has_transparent_entry
        else b""
    )
    return header(indexed) + control + image_block(indexed) + TRAILER


def header(indexed: IndexedImage) -> bytes:
    """Return what a file begins with: the size of all frames, and a palette for them."""
    height, width = indexed.indices.shape
    if max(height, width) > _MAX_SIDE:
        raise OutputError(f"GIF cannot hold {Size(width, height)} pixels; use png")
    flags = 0x80 | (_table_bits(indexed) - 1)
    return struct.pack("<6sHHBBB", b"GIF89a", width, height, flags, 0, 0) + color_table(indexed)


def color_table(indexed: IndexedImage) -> bytes:
    """Return the colours, and black up to a power of two."""
    levels = bytes(level for color in indexed.palette for level in color)
    return levels.ljust(3 << _table_bits(indexed), b"\0")


def graphic_control(disposal: GifDisposal, hundredths: int, *, has_transparency: bool) -> bytes:
    """Return how long the frame that follows is shown, and what becomes of it."""
    flags = disposal << 2 | has_transparency  # the first colour is the clear one
    return struct.pack("<3sBHBB", b"!\xf9\x04", flags, hundredths, 0, 0)


def image_block(indexed: IndexedImage, *, has_local_table: bool = False) -> bytes:
    """Return a frame, with a palette of its own or without."""
    height, width = indexed.indices.shape
    flags = 0x80 | (_table_bits(indexed) - 1) if has_local_table else 0
    start = struct.pack("<sHHHHB", b",", 0, 0, width, height, flags)
    bits = max(_table_bits(indexed), _MIN_CODE_SIZE)
    codes = gif_lzw.lzw_compress(indexed.indices, bits)
    blocks = (codes[at : at + _MAX_SUB_BLOCK] for at in range(0, len(codes), _MAX_SUB_BLOCK))
    counted = b"".join(bytes([len(block)]) + block for block in blocks)
    return (
        start + (color_table(indexed) if has_local_table else b"") + bytes([bits]) + counted + b"\0"
    )


def _table_bits(indexed: IndexedImage) -> int:
    """Return how many bits a place in the palette has."""
    return max((len(indexed.palette) - 1).bit_length(), 1)

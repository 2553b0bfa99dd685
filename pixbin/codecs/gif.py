"""GIF, still and animated; codes take no more bits than the colours need.

Source: CompuServe, Graphics Interchange Format, version 89a, 1990.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from enum import IntEnum

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.codecs import frames, gif_lzw, indexed
from pixbin.codecs.hints import DecodeHints, Evidence
from pixbin.codecs.indexed import IndexedImage
from pixbin.geometry import Size

_TICK_MS = 10  #: hundredths of a second
_MAX_SUB_BLOCK = 255  #: bytes
_MIN_CODE_SIZE = 2  #: bits
_TABLE_FLAG = 0x80
_TRAILER = b";"


class GifDisposal(IntEnum):
    """Treatment of a frame before the next one is drawn."""

    UNSPECIFIED = 0
    KEEP = 1
    RESTORE_BACKGROUND = 2


def encode(bitmap: Bitmap, file_format: Format, name: str) -> bytes:
    """Return a file of one picture.

    Raises
    ------
    OutputError
        The format cannot hold a picture this large.
    """
    return encode_indexed(indexed.index_bitmap(bitmap))


def encode_indexed(image: IndexedImage) -> bytes:
    """Return a file of one palette image.

    Raises
    ------
    OutputError
        The format cannot hold a picture this large.
    """
    control = b""
    if image.has_transparent_entry:
        control = _graphic_control(GifDisposal.UNSPECIFIED, 0, has_transparency=True)
    return _header(image) + control + _image_block(image) + _TRAILER


def encode_frames(
    bitmaps: Sequence[Bitmap],
    durations: Sequence[float],
    plays: int,
    file_format: Format,
    name: str,
) -> bytes:
    """Return an animation; durations are in milliseconds; with 0 plays it never ends.

    Raises
    ------
    OutputError
        The format cannot hold frames this large.
    """
    parts: list[bytes] = []
    shared_table, has_transparency = b"", frames.any_transparent(bitmaps)
    disposal = GifDisposal.RESTORE_BACKGROUND if has_transparency else GifDisposal.KEEP
    for bitmap, ticks in zip(bitmaps, tick_durations(durations), strict=True):
        if has_transparency:
            image = indexed.index_frame(bitmap, has_transparent_entry=True)
        else:
            image = indexed.index_bitmap(bitmap)
        if not parts:
            parts, shared_table = [_header(image), _netscape_loop(plays)], _color_table(image)
        parts.append(_graphic_control(disposal, ticks, has_transparency=has_transparency))
        parts.append(_image_block(image, has_local_table=_color_table(image) != shared_table))
    return b"".join((*parts, _TRAILER))


def sniff(data: bytes, hints: DecodeHints) -> Evidence:
    """Return the evidence for GIF."""
    return Evidence.SIGNATURE if data.startswith((b"GIF87a", b"GIF89a")) else Evidence.NONE


def tick_durations(durations: Sequence[float]) -> list[int]:
    """Return milliseconds in hundredths of a second; rounding does not add up over frames."""
    return [min(ticks, frames.MAX_UINT16) for ticks in frames.count_ticks(durations, _TICK_MS)]


def timing_notes(durations: Sequence[float]) -> tuple[str, ...]:
    """Return a note for the user if the format cannot keep these durations."""
    if tick_durations(durations) == [duration / _TICK_MS for duration in durations]:
        return ()
    return ("GIF counts in hundredths of a second; the start times of frames are rounded",)


def _header(image: IndexedImage) -> bytes:
    """Return the signature, the size of all frames, and the palette that they share."""
    height, width = image.indices.shape
    Format.GIF.check_size(Size(width, height))
    flags = _TABLE_FLAG | (_table_bits(image) - 1)
    return struct.pack("<6sHHBBB", b"GIF89a", width, height, flags, 0, 0) + _color_table(image)


def _netscape_loop(plays: int) -> bytes:
    """Return the extension for repeats, which are one fewer than plays."""
    if plays == 1:
        return b""
    repeats = min(max(plays - 1, 0), frames.MAX_UINT16)
    return b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", repeats, 0)


def _graphic_control(disposal: GifDisposal, ticks: int, *, has_transparency: bool) -> bytes:
    """Return duration and disposal of the frame that follows; the first colour is transparent."""
    flags = disposal << 2 | has_transparency
    return struct.pack("<3sBHBB", b"!\xf9\x04", flags, ticks, 0, 0)


def _image_block(image: IndexedImage, *, has_local_table: bool = False) -> bytes:
    height, width = image.indices.shape
    flags = _TABLE_FLAG | (_table_bits(image) - 1) if has_local_table else 0
    start = struct.pack("<sHHHHB", b",", 0, 0, width, height, flags)
    table = _color_table(image) if has_local_table else b""
    bits = max(_table_bits(image), _MIN_CODE_SIZE)
    codes = gif_lzw.lzw_compress(image.indices, bits)
    blocks = (codes[at : at + _MAX_SUB_BLOCK] for at in range(0, len(codes), _MAX_SUB_BLOCK))
    data = b"".join(bytes([len(block)]) + block for block in blocks)
    return start + table + bytes([bits]) + data + b"\0"


def _color_table(image: IndexedImage) -> bytes:
    """Return the colours, padded with black to a power of two."""
    levels = bytes(level for color in image.palette for level in color)
    return levels.ljust(3 << _table_bits(image), b"\0")


def _table_bits(image: IndexedImage) -> int:
    """Return the bits of an index into the palette."""
    return max((len(image.palette) - 1).bit_length(), 1)

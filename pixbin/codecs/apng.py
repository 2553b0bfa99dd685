"""APNG: animations of full-size frames that share a palette; a single picture is a plain PNG.

Source: Portable Network Graphics (PNG) Specification, third edition, W3C, 2025.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.codecs import frames, indexed, png
from pixbin.readers import png_chunks
from pixbin.readers.png_chunks import Chunk

encode = png.encode


def encode_frames(
    bitmaps: Sequence[Bitmap],
    durations: Sequence[float],
    plays: int,
    file_format: Format,
    name: str,
) -> bytes:
    """Return an animation; durations are in milliseconds; with 0 plays it never ends."""
    chunks: list[Chunk] = []
    has_transparency = frames.any_transparent(bitmaps)
    sequence_number = 0
    for bitmap, duration in zip(bitmaps, durations, strict=True):
        header, *others = png_chunks.read_chunks(_encode_frame(bitmap, has_transparency))
        content = b"".join(content for kind, content in others if kind == b"IDAT")
        is_first = not chunks
        if is_first:
            palette = [chunk for chunk in others if chunk[0] in (b"PLTE", b"tRNS")]
            chunks = [header, (b"acTL", struct.pack(">II", len(bitmaps), plays)), *palette]
        chunks.append((b"fcTL", _frame_control(sequence_number, bitmap, duration)))
        if is_first:
            chunks.append((b"IDAT", content))
        else:
            sequence_number += 1
            chunks.append((b"fdAT", struct.pack(">I", sequence_number) + content))
        sequence_number += 1
    return png_chunks.join_chunks([*chunks, (b"IEND", b"")])


def _encode_frame(bitmap: Bitmap, has_transparency: bool) -> bytes:
    """Return a frame as PNG, with a palette that all frames share."""
    if bitmap.is_rgb or has_transparency:
        frame = indexed.index_frame(bitmap, has_transparent_entry=has_transparency)
        return png.encode_indexed(frame, bitmap.depth)
    return png.encode(bitmap, Format.PNG, "")


def _frame_control(sequence_number: int, bitmap: Bitmap, duration: float) -> bytes:
    """Return the content of an fcTL chunk: full size, replaced by the next frame."""
    area = struct.pack(">IIIII", sequence_number, *bitmap.size, 0, 0)
    return area + struct.pack(">HHBB", *_delay_fraction(duration), 0, 0)


def _delay_fraction(duration: float) -> tuple[int, int]:
    """Return milliseconds as a fraction of a second : two numbers of at most two bytes each."""
    limit = frames.MAX_UINT16 if duration <= 1000 else int(frames.MAX_UINT16 * 1000 / duration)
    seconds = Fraction(min(duration / 1000, frames.MAX_UINT16))
    return seconds.limit_denominator(max(limit, 1)).as_integer_ratio()

"""WebP, lossless, still and animated. Source: Google, WebP Container Specification, 2024."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.codecs import frames, pillow
from pixbin.codecs.hints import DecodeHints, Evidence

_MAX_DURATION = (1 << 24) - 1  #: milliseconds of a frame
_ANIMATION_FLAG, _ALPHA_FLAG = 0x02, 0x10  #: of the VP8X chunk
_DO_NOT_BLEND = b"\x02"  #: flag of a frame: it replaces all frames before it
_RIFF_HEADER_LENGTH = 12


def encode(bitmap: Bitmap, file_format: Format, name: str) -> bytes:
    """Return a file of one picture.

    Raises
    ------
    OutputError
        The format cannot hold a picture this large.
    """
    mode = "RGB" if bitmap.transparent is None else "RGBA"
    image = pillow.bitmap_to_image(bitmap).convert(mode)
    return pillow.pillow_bytes(image, "WEBP", lossless=True, quality=100)


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
    size = bitmaps[0].size
    extent = (size.width - 1).to_bytes(3, "little") + (size.height - 1).to_bytes(3, "little")
    flags = _ANIMATION_FLAG | (_ALPHA_FLAG if frames.any_transparent(bitmaps) else 0)
    animation = struct.pack("<IH", 0xFFFFFFFF, min(plays, frames.MAX_UINT16))
    parts = [
        _riff_chunk(b"VP8X", bytes((flags, 0, 0, 0)) + extent),
        _riff_chunk(b"ANIM", animation),
    ]
    for bitmap, milliseconds in zip(bitmaps, frames.count_ticks(durations, 1), strict=True):
        image = b"".join(_image_chunks(encode(bitmap, Format.WEBP, "")))
        duration = min(milliseconds, _MAX_DURATION).to_bytes(3, "little")
        parts.append(_riff_chunk(b"ANMF", bytes(6) + extent + duration + _DO_NOT_BLEND + image))
    return _riff_chunk(b"RIFF", b"WEBP" + b"".join(parts))


def sniff(data: bytes, hints: DecodeHints) -> Evidence:
    """Return the evidence for WebP."""
    return Evidence.SIGNATURE if data.startswith(b"RIFF") else Evidence.NONE


def _image_chunks(data: bytes) -> Iterator[bytes]:
    """Yield the chunks of a file of one picture, without loss, that hold its pixels."""
    start = _RIFF_HEADER_LENGTH
    while start < len(data):
        length = int.from_bytes(data[start + 4 : start + 8], "little")
        stop = start + 8 + length + length % 2
        if data[start : start + 4] == b"VP8L":
            yield data[start:stop]
        start = stop


def _riff_chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk; its content has an even length, as all contents in here have."""
    return kind + struct.pack("<I", len(data)) + data

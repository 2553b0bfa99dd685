"""TIFF: fax compression (Group 4) for black and white, else LZW; pages one after another.

Source: Adobe, TIFF Revision 6.0, 1992.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.codecs import indexed, pillow
from pixbin.codecs.hints import DecodeHints, Evidence
from pixbin.codecs.indexed import IndexedImage
from pixbin.color.rgb import Color
from pixbin.errors import OutputError

_BITS_PER_SAMPLE, _PHOTOMETRIC, _COLOR_MAP = 258, 262, 320  #: tags
_PALETTE_COLOR = 3  #: photometric interpretation


def encode(bitmap: Bitmap, file_format: Format, name: str) -> bytes:
    """Return a file of 1 bit per pixel, or of 8 for more colours or if requested.

    Raises
    ------
    OutputError
        The format cannot hold a picture this large.
    """
    if bitmap.is_rgb:
        return _encode_palette(indexed.index_bitmap(bitmap))
    if bitmap.is_black_and_white:
        if bitmap.depth == 1:
            image = pillow.bits_to_image(bitmap.white_pixels)
            return pillow.pillow_bytes(image, "TIFF", compression="group4")
        from PIL import Image

        grey = Image.fromarray(bitmap.white_pixels * np.uint8(255))
        return pillow.pillow_bytes(grey, "TIFF", compression="tiff_lzw")
    return (
        _encode_two_colors(bitmap)
        if bitmap.depth == 1
        else _encode_palette(indexed.index_bitmap(bitmap))
    )


def encode_frames(
    pages: Sequence[Bitmap],
    durations: Sequence[float],
    plays: int,
    file_format: Format,
    name: str,
) -> bytes:
    """Return a file of several pages, which may differ in size.

    Raises
    ------
    OutputError
        The file would be larger than the format allows.
    """
    from PIL.TiffImagePlugin import AppendingTiffWriter

    buffer = io.BytesIO()
    with AppendingTiffWriter(buffer) as writer:
        for page in pages:
            writer.write(encode(page, Format.TIFF, ""))
            writer.newFrame()
    if buffer.tell() >= 1 << 32:
        raise OutputError("TIFF cannot hold more than 4 GiB; use apng")
    return buffer.getvalue()


def sniff(data: bytes, hints: DecodeHints) -> Evidence:
    """Return the evidence for TIFF."""
    return Evidence.SIGNATURE if data.startswith((b"II*\0", b"MM\0*")) else Evidence.NONE


def _encode_two_colors(bitmap: Bitmap) -> bytes:
    """Encode one bit per pixel with a palette, by LZW; Group 4 has no palette."""
    tags = {_PHOTOMETRIC: _PALETTE_COLOR, _COLOR_MAP: _color_map([*bitmap.colors])}
    image = pillow.bits_to_image(bitmap.pixels)
    return pillow.pillow_bytes(image, "TIFF", compression="tiff_lzw", tiffinfo=tags)


def _encode_palette(image: IndexedImage) -> bytes:
    """Encode a byte per pixel, with a palette whose white is full white in 16 bits, too."""
    from PIL import Image

    unused_entries: list[Color] = [(0, 0, 0)] * (256 - len(image.palette))
    tags = {
        _BITS_PER_SAMPLE: 8,
        _PHOTOMETRIC: _PALETTE_COLOR,
        _COLOR_MAP: _color_map(image.palette + unused_entries),
    }
    grey = Image.fromarray(image.indices)
    return pillow.pillow_bytes(grey, "TIFF", compression="tiff_lzw", tiffinfo=tags)


def _color_map(colors: list[Color]) -> tuple[int, ...]:
    """Return all reds, then greens, then blues, in 16 bits each."""
    return tuple(level * 257 for channel in zip(*colors, strict=True) for level in channel)

"""Pictures whose red, green and blue are each on or off: eight colours, as a small palette.

Pixels are bool arrays of shape (H, W, 3), True is light. The palette holds the colours that are
there, and no others; a file takes no more bits a pixel than it needs and the format has.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pixbin.encoders.images import saved
from pixbin.encoders.png import png
from pixbin.errors import OutputError
from pixbin.formats import Format

if TYPE_CHECKING:
    from PIL.Image import Image

Pixels = NDArray[np.bool_]  #: shape (H, W, 3)
Codes = NDArray[np.uint8]  #: shape (H, W), places in a palette
Palette = list[tuple[int, int, int]]

_BMP_HEADERS = 54  #: bytes before a BMP's palette


def encode(pixels: Pixels, format: Format) -> bytes:  # noqa: A002
    """Return the bytes of a file.

    Raises
    ------
    UsageError
        The format has no colours.
    OutputError
        The format cannot hold a picture this large.
    """
    format.check_channels(pixels.shape[2])
    match format:
        case Format.PNG:
            return _png(pixels)
        case Format.BMP:
            return _bmp(pixels)
        case Format.TIFF:
            return saved(to_image(pixels), "TIFF", compression="tiff_lzw")
        case Format.GIF:
            return saved(to_image(pixels), "GIF", optimize=False)
        case _:
            image = to_image(pixels).convert("RGB")
            return saved(image, "WEBP", lossless=True, quality=100)


def to_image(pixels: Pixels) -> Image:
    """Return a Pillow image of mode `P`."""
    from PIL import Image

    codes, palette = _palette(pixels)
    image = Image.fromarray(codes)
    image.putpalette([level for color in palette for level in color])
    return image


def _palette(pixels: Pixels) -> tuple[Codes, Palette]:
    """Return the picture as places in a palette of its colours, from black to white."""
    bits = pixels.astype(np.uint8)
    codes = bits[..., 0] << 2 | bits[..., 1] << 1 | bits[..., 2]
    used = np.flatnonzero(np.bincount(codes.ravel(), minlength=8))
    places = np.zeros(8, np.uint8)
    places[used] = np.arange(len(used))
    colors = [(code >> 2 & 1, code >> 1 & 1, code & 1) for code in used.tolist()]
    return places[codes], [(255 * red, 255 * green, 255 * blue) for red, green, blue in colors]


def _packed(codes: Codes, bits: int) -> Codes:
    """Put the pixels of each row into bytes, the first in the highest bits."""
    per_byte = 8 // bits
    padded = np.pad(codes, ((0, 0), (0, -codes.shape[1] % per_byte)))
    packed = np.zeros((len(codes), padded.shape[1] // per_byte), np.uint8)
    for place in range(per_byte):
        packed |= padded[:, place::per_byte] << (8 - bits * (place + 1))
    return packed


def _png(pixels: Pixels) -> bytes:
    codes, palette = _palette(pixels)
    bits = 1 if len(palette) <= 2 else 2 if len(palette) <= 4 else 4
    entries = bytes(level for color in palette for level in color)
    return png(_packed(codes, bits), codes.shape[1], bits, entries)


def _bmp(pixels: Pixels) -> bytes:
    codes, palette = _palette(pixels)
    height, width = codes.shape
    bits = 1 if len(palette) <= 2 else 4
    rows = _packed(codes, bits)[::-1]
    data = np.pad(rows, ((0, 0), (0, -rows.shape[1] % 4))).tobytes()
    entries = b"".join(bytes((blue, green, red, 0)) for red, green, blue in palette)
    start = _BMP_HEADERS + len(entries)
    try:
        headers = struct.pack(
            "<2sIIIIiiHHIIiiII",
            *(b"BM", start + len(data), 0, start),
            *(40, width, height, 1, bits, 0, len(data), 0, 0, len(palette), 0),
        )
    except struct.error as error:
        raise OutputError(f"BMP cannot hold {width}x{height} pixels; use png") from error
    return headers + entries + data

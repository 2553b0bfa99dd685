"""Pictures of a few colours, as places in a palette.

Such are those whose red, green and blue are each on or off, and those of two colours at a byte a
pixel. A file takes no more bits a pixel than it needs and the format has, unless asked to.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.bitmap import Drawing
from pixbin.catalog.formats import Format
from pixbin.codecs.pillow import TIFF_BITS, TIFF_COLOR_MAP, TIFF_PALETTE, TIFF_PHOTOMETRIC, saved
from pixbin.codecs.png import png
from pixbin.errors import OutputError
from pixbin.options.parsing import Color

if TYPE_CHECKING:
    from PIL.Image import Image

Pixels = NDArray[np.bool_]  #: shape (H, W, 3), True is light
Codes = NDArray[np.uint8]  #: shape (H, W), places in a palette

_BMP_HEADERS = 54  #: bytes before a BMP's palette


class Indexed(NamedTuple):
    """A picture as places in a palette."""

    codes: Codes
    palette: list[Color]
    is_clear: bool = False  #: the first entry is transparent

    def bits(self, least: int, has_two: bool = True) -> int:
        """Return how many bits a pixel needs, at least so many."""
        count = len(self.palette)
        return max(least, 1 if count <= 2 else 2 if count <= 4 and has_two else 4)


def encode(indexed: Indexed, format: Format, depth: int = 1) -> bytes:  # noqa: A002
    """Return the bytes of a file, at no less than `depth` bits a pixel.

    Raises
    ------
    UsageError
        The format has no colours.
    OutputError
        The format cannot hold a picture this large.
    """
    format.check_channels(3)
    match format:
        case Format.PNG | Format.APNG:  # one that stands still
            return _png(indexed, depth)
        case Format.BMP:
            return _bmp(indexed, depth)
        case Format.TIFF:
            return _tiff(indexed)
        case _:
            image = to_image(indexed).convert("RGBA" if indexed.is_clear else "RGB")
            return saved(image, "WEBP", lossless=True, quality=100)


def _tiff(indexed: Indexed) -> bytes:
    """Encode as TIFF; Pillow's own palettes have 254 for white where all 16 bits are read."""
    from PIL import Image

    unused = [0] * (256 - len(indexed.palette))
    levels: list[int] = []
    for channel in zip(*indexed.palette, strict=True):
        levels += [*(level * 257 for level in channel), *unused]
    tags = {TIFF_BITS: 8, TIFF_PHOTOMETRIC: TIFF_PALETTE, TIFF_COLOR_MAP: tuple(levels)}
    image = Image.fromarray(indexed.codes)
    return saved(image, "TIFF", compression="tiff_lzw", tiffinfo=tags)


def to_image(indexed: Indexed) -> Image:
    """Return a Pillow image of mode `P`."""
    from PIL import Image

    image = Image.fromarray(indexed.codes)
    image.putpalette([level for color in indexed.palette for level in color])
    if indexed.is_clear:
        image.info["transparency"] = 0
    return image


def of(drawing: Drawing) -> Indexed:
    """Return a drawing's output as places in a palette: transparent if so, then its colours."""
    indexed = Indexed(drawing.pixels.view(np.uint8), list(drawing.colors))
    if drawing.is_channels:
        indexed = of_channels(drawing.pixels)
    hidden = drawing.hidden_pixels
    return indexed if hidden is None else _seen(indexed, hidden)


def of_channels(pixels: Pixels) -> Indexed:
    """Return a picture as places in a palette of its colours, from black to white."""
    codes, colors = of_eight(pixels)[:2]
    used = np.flatnonzero(np.bincount(codes.ravel(), minlength=8))
    places = np.zeros(8, np.uint8)
    places[used] = np.arange(len(used))
    return Indexed(places[codes], [colors[code] for code in used])


def of_eight(pixels: Pixels) -> Indexed:
    """Return a picture as places in a palette of all eight colours, which frames share."""
    codes: Codes = (pixels << np.array([2, 1, 0], np.uint8)).sum(axis=-1, dtype=np.uint8)
    levels = [(code >> 2 & 1, code >> 1 & 1, code & 1) for code in range(8)]
    return Indexed(codes, [(255 * red, 255 * green, 255 * blue) for red, green, blue in levels])


def of_frame(drawing: Drawing) -> Indexed:
    """Return a frame as places in a palette of nothing and all its colours, which frames share."""
    two = Indexed(drawing.pixels.view(np.uint8), list(drawing.colors))
    codes, colors = (of_eight(drawing.pixels) if drawing.is_channels else two)[:2]
    hidden = drawing.hidden_pixels
    seen = codes + np.uint8(1)
    codes = seen if hidden is None else np.where(hidden, np.uint8(0), seen)
    return Indexed(codes, [colors[-1], *colors], is_clear=True)


def rows_upward(codes: Codes, bits: int) -> bytes:
    """Return the rows of a bitmap, the lowest first, each ended at a multiple of four bytes."""
    rows = _packed(codes, bits)[::-1]
    return np.pad(rows, ((0, 0), (0, -rows.shape[1] % 4))).tobytes()


def _seen(indexed: Indexed, hidden: NDArray[np.bool_]) -> Indexed:
    """Return a picture with a transparent entry before the colours that are seen."""
    counts = np.bincount(indexed.codes[~hidden], minlength=len(indexed.palette))
    used = np.flatnonzero(counts)
    places = np.zeros(len(indexed.palette), np.uint8)
    places[used] = np.arange(1, len(used) + 1)
    codes = np.where(hidden, np.uint8(0), places[indexed.codes])
    return Indexed(codes, [indexed.palette[-1], *(indexed.palette[each] for each in used)], True)


def _packed(codes: Codes, bits: int) -> Codes:
    """Put the pixels of each row into bytes, the first in the highest bits."""
    per_byte = 8 // bits
    padded = np.pad(codes, ((0, 0), (0, -codes.shape[1] % per_byte)))
    packed = np.zeros((len(codes), padded.shape[1] // per_byte), np.uint8)
    for place in range(per_byte):
        packed |= padded[:, place::per_byte] << (8 - bits * (place + 1))
    return packed


def _png(indexed: Indexed, depth: int) -> bytes:
    codes, bits = indexed.codes, indexed.bits(depth)
    entries = bytes(level for color in indexed.palette for level in color)
    transparency = bytes(1) if indexed.is_clear else b""
    return png(_packed(codes, bits), codes.shape[1], bits, entries, transparency)


def _bmp(indexed: Indexed, depth: int) -> bytes:
    codes, palette = indexed.codes, indexed.palette
    bits = indexed.bits(depth, has_two=False)
    height, width = codes.shape
    data = rows_upward(codes, bits)
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

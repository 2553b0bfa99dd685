"""Pictures of a few colours, as places in a palette.

Such are those whose red, green and blue are each on or off, and those of two colours at a byte a
pixel. A file takes no more bits a pixel than it needs and the format has, unless asked to.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.codecs import png
from pixbin.codecs.pillow import (
    TIFF_BITS_PER_SAMPLE,
    TIFF_COLOR_MAP,
    TIFF_PHOTOMETRIC,
    TIFF_PHOTOMETRIC_PALETTE,
    pillow_bytes,
)
from pixbin.color.rgb import Color
from pixbin.errors import OutputError

if TYPE_CHECKING:
    from PIL.Image import Image

RgbBits = NDArray[np.bool_]  #: shape (H, W, 3), True is light
PaletteIndices = NDArray[np.uint8]  #: shape (H, W), places in a palette

_BMP_HEADERS_LENGTH = 54  #: bytes before a BMP's palette


class IndexedImage(NamedTuple):
    """A picture as places in a palette."""

    indices: PaletteIndices
    palette: list[Color]
    has_transparent_entry: bool = False  #: the first entry is transparent

    def bits_per_pixel(self, minimum: int, allow_two: bool = True) -> int:
        """Return how many bits a pixel needs, at least so many."""
        count = len(self.palette)
        return max(minimum, 1 if count <= 2 else 2 if count <= 4 and allow_two else 4)


def encode(indexed: IndexedImage, format: Format, depth: int = 1) -> bytes:  # noqa: A002
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
            return _encode_png(indexed, depth)
        case Format.BMP:
            return _encode_bmp(indexed, depth)
        case Format.TIFF:
            return _encode_tiff(indexed)
        case _:
            image = to_image(indexed).convert("RGBA" if indexed.has_transparent_entry else "RGB")
            return pillow_bytes(image, "WEBP", lossless=True, quality=100)


def _encode_tiff(indexed: IndexedImage) -> bytes:
    """Encode as TIFF; Pillow's own palettes have 254 for white where all 16 bits are read."""
    from PIL import Image

    unused = [0] * (256 - len(indexed.palette))
    levels: list[int] = []
    for channel in zip(*indexed.palette, strict=True):
        levels += [*(level * 257 for level in channel), *unused]
    tags = {
        TIFF_BITS_PER_SAMPLE: 8,
        TIFF_PHOTOMETRIC: TIFF_PHOTOMETRIC_PALETTE,
        TIFF_COLOR_MAP: tuple(levels),
    }
    image = Image.fromarray(indexed.indices)
    return pillow_bytes(image, "TIFF", compression="tiff_lzw", tiffinfo=tags)


def to_image(indexed: IndexedImage) -> Image:
    """Return a Pillow image of mode `P`."""
    from PIL import Image

    image = Image.fromarray(indexed.indices)
    image.putpalette([level for color in indexed.palette for level in color])
    if indexed.has_transparent_entry:
        image.info["transparency"] = 0
    return image


def index_bitmap(bitmap: Bitmap) -> IndexedImage:
    """Return a drawing's output as places in a palette: transparent if so, then its colours."""
    indexed = IndexedImage(bitmap.pixels.view(np.uint8), list(bitmap.colors))
    if bitmap.is_rgb:
        indexed = index_used_colors(bitmap.pixels)
    hidden = bitmap.transparent_pixels
    return indexed if hidden is None else _add_transparent_entry(indexed, hidden)


def index_used_colors(pixels: RgbBits) -> IndexedImage:
    """Return a picture as places in a palette of its colours, from black to white."""
    codes, colors = index_eight_colors(pixels)[:2]
    used = np.flatnonzero(np.bincount(codes.ravel(), minlength=8))
    places = np.zeros(8, np.uint8)
    places[used] = np.arange(len(used))
    return IndexedImage(places[codes], [colors[code] for code in used])


def index_eight_colors(pixels: RgbBits) -> IndexedImage:
    """Return a picture as places in a palette of all eight colours, which frames share."""
    codes: PaletteIndices = (pixels << np.array([2, 1, 0], np.uint8)).sum(axis=-1, dtype=np.uint8)
    levels = [(code >> 2 & 1, code >> 1 & 1, code & 1) for code in range(8)]
    return IndexedImage(
        codes, [(255 * red, 255 * green, 255 * blue) for red, green, blue in levels]
    )


def index_frame(bitmap: Bitmap) -> IndexedImage:
    """Return a frame as places in a palette of nothing and all its colours, which frames share."""
    two = IndexedImage(bitmap.pixels.view(np.uint8), list(bitmap.colors))
    codes, colors = (index_eight_colors(bitmap.pixels) if bitmap.is_rgb else two)[:2]
    hidden = bitmap.transparent_pixels
    seen = codes + np.uint8(1)
    codes = seen if hidden is None else np.where(hidden, np.uint8(0), seen)
    return IndexedImage(codes, [colors[-1], *colors], has_transparent_entry=True)


def bottom_up_rows(indices: PaletteIndices, bits: int) -> bytes:
    """Return the rows of a bitmap, the lowest first, each ended at a multiple of four bytes."""
    rows = _pack_rows(indices, bits)[::-1]
    return np.pad(rows, ((0, 0), (0, -rows.shape[1] % 4))).tobytes()


def _add_transparent_entry(indexed: IndexedImage, transparent: NDArray[np.bool_]) -> IndexedImage:
    """Return a picture with a transparent entry before the colours that are seen."""
    counts = np.bincount(indexed.indices[~transparent], minlength=len(indexed.palette))
    used = np.flatnonzero(counts)
    places = np.zeros(len(indexed.palette), np.uint8)
    places[used] = np.arange(1, len(used) + 1)
    codes = np.where(transparent, np.uint8(0), places[indexed.indices])
    return IndexedImage(
        codes, [indexed.palette[-1], *(indexed.palette[each] for each in used)], True
    )


def _pack_rows(indices: PaletteIndices, bits: int) -> PaletteIndices:
    """Put the pixels of each row into bytes, the first in the highest bits."""
    per_byte = 8 // bits
    padded = np.pad(indices, ((0, 0), (0, -indices.shape[1] % per_byte)))
    packed = np.zeros((len(indices), padded.shape[1] // per_byte), np.uint8)
    for place in range(per_byte):
        packed |= padded[:, place::per_byte] << (8 - bits * (place + 1))
    return packed


def _encode_png(indexed: IndexedImage, depth: int) -> bytes:
    codes, bits = indexed.indices, indexed.bits_per_pixel(depth)
    entries = bytes(level for color in indexed.palette for level in color)
    transparency = bytes(1) if indexed.has_transparent_entry else b""
    return png.encode(_pack_rows(codes, bits), codes.shape[1], bits, entries, transparency)


def _encode_bmp(indexed: IndexedImage, depth: int) -> bytes:
    codes, palette = indexed.indices, indexed.palette
    bits = indexed.bits_per_pixel(depth, allow_two=False)
    height, width = codes.shape
    data = bottom_up_rows(codes, bits)
    entries = b"".join(bytes((blue, green, red, 0)) for red, green, blue in palette)
    start = _BMP_HEADERS_LENGTH + len(entries)
    try:
        headers = struct.pack(
            "<2sIIIIiiHHIIiiII",
            *(b"BM", start + len(data), 0, start),
            *(40, width, height, 1, bits, 0, len(data), 0, 0, len(palette), 0),
        )
    except struct.error as error:
        raise OutputError(f"BMP cannot hold {width}x{height} pixels; use png") from error
    return headers + entries + data

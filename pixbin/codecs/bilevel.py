"""Pictures of two colours, in files of one bit a pixel.

Pixels are bool arrays of shape (H, W), True is paper; colours are those of ink and paper.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.formats import Format
from pixbin.codecs import png
from pixbin.codecs.pillow import (
    TIFF_COLOR_MAP,
    TIFF_PHOTOMETRIC,
    TIFF_PHOTOMETRIC_PALETTE,
    pillow_bytes,
)
from pixbin.color.rgb import BLACK, WHITE, Color

if TYPE_CHECKING:
    from PIL.Image import Image

_PLAIN_PBM_WIDTH = 70  #: the longest line that plain PBM allows
_BMP_PALETTE_OFFSET = 54  #: where the two colours of a one-bit BMP stand

BilevelPixels = NDArray[np.bool_]  #: shape (H, W), True is paper
InkAndPaper = tuple[Color, Color]  #: of ink and of paper


def encode(pixels: BilevelPixels, colors: InkAndPaper, format: Format) -> bytes:  # noqa: A002
    """Return the bytes of a file.

    Raises
    ------
    OutputError
        The format cannot hold a picture this large.
    """
    match format:
        case Format.PNG | Format.APNG:  # one that stands still
            return _encode_png(pixels, colors)
        case Format.WEBP:
            image = to_image(pixels, colors).convert("RGB")
            return pillow_bytes(image, "WEBP", lossless=True, quality=100)
        case Format.BMP:
            return _encode_bmp(pixels, colors)
        case Format.TIFF:
            return _encode_tiff(pixels, colors)
        case _:
            return _encode_pbm(pixels, colors, plain=format is Format.PBM_PLAIN)


def to_image(pixels: BilevelPixels, colors: InkAndPaper) -> Image:
    """Return a Pillow image: mode `1` if black and white, else `P` with two entries."""
    if is_black_and_white(colors):
        return _to_mode_1(white_bits(pixels, colors))
    from PIL import Image

    image = Image.fromarray(pixels.view(np.uint8))
    image.putpalette([level for color in colors for level in color])
    return image


def is_black_and_white(colors: InkAndPaper) -> bool:
    """Tell whether the colours are black and white, in any order."""
    return set(colors) == {BLACK, WHITE}


def white_bits(pixels: BilevelPixels, colors: InkAndPaper) -> BilevelPixels:
    """Tell where a black and white picture is white."""
    return pixels if colors == (BLACK, WHITE) else ~pixels


def _to_mode_1(white: BilevelPixels) -> Image:
    from PIL import Image

    height, width = white.shape
    return Image.frombytes("1", (width, height), np.packbits(white, axis=1).tobytes())


def _encode_png(pixels: BilevelPixels, colors: InkAndPaper) -> bytes:
    """Encode as PNG, grey, or with a palette if coloured."""
    if is_black_and_white(colors):
        return png.encode(np.packbits(white_bits(pixels, colors), axis=1), pixels.shape[1], 1)
    palette = bytes(level for color in colors for level in color)
    return png.encode(np.packbits(pixels, axis=1), pixels.shape[1], 1, palette)


def _encode_bmp(pixels: BilevelPixels, colors: InkAndPaper) -> bytes:
    data = bytearray(pillow_bytes(_to_mode_1(pixels), "BMP"))
    entries = (bytes((blue, green, red, 0)) for red, green, blue in colors)
    data[_BMP_PALETTE_OFFSET : _BMP_PALETTE_OFFSET + 8] = b"".join(entries)
    return bytes(data)


def _encode_tiff(pixels: BilevelPixels, colors: InkAndPaper) -> bytes:
    if is_black_and_white(colors):
        return pillow_bytes(to_image(pixels, colors), "TIFF", compression="group4")
    # Group 4 knows no palette; LZW does, and everybody reads it.
    levels = tuple(level * 257 for pair in zip(*colors, strict=True) for level in pair)
    tags = {TIFF_PHOTOMETRIC: TIFF_PHOTOMETRIC_PALETTE, TIFF_COLOR_MAP: levels}
    return pillow_bytes(_to_mode_1(pixels), "TIFF", compression="tiff_lzw", tiffinfo=tags)


def _encode_pbm(pixels: BilevelPixels, colors: InkAndPaper, *, plain: bool) -> bytes:
    """Encode as PBM, in which 1 is black."""
    black = ~white_bits(pixels, colors)
    height, width = black.shape
    if not plain:
        return f"P4\n{width} {height}\n".encode() + np.packbits(black, axis=1).tobytes()
    rows = ("".join(map(str, row)) for row in black.astype(int).tolist())
    lines = (
        row[at : at + _PLAIN_PBM_WIDTH] for row in rows for at in range(0, width, _PLAIN_PBM_WIDTH)
    )
    return "\n".join((f"P1\n{width} {height}", *lines, "")).encode()

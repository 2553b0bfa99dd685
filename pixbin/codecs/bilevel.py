"""Pictures of two colours, in files of one bit a pixel.

Pixels are bool arrays of shape (H, W), True is paper; colours are those of ink and paper.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.formats import Format
from pixbin.codecs.pillow import TIFF_COLOR_MAP, TIFF_PALETTE, TIFF_PHOTOMETRIC, saved
from pixbin.codecs.png import png
from pixbin.options.parsing import BLACK, WHITE, Color

if TYPE_CHECKING:
    from PIL.Image import Image

_PLAIN_WIDTH = 70  #: the longest line that plain PBM allows
_BMP_PALETTE = 54  #: where the two colours of a one-bit BMP stand

Pixels = NDArray[np.bool_]  #: shape (H, W), True is paper
Colors = tuple[Color, Color]  #: of ink and of paper


def encode(pixels: Pixels, colors: Colors, format: Format) -> bytes:  # noqa: A002
    """Return the bytes of a file.

    Raises
    ------
    OutputError
        The format cannot hold a picture this large.
    """
    match format:
        case Format.PNG | Format.APNG:  # one that stands still
            return _png(pixels, colors)
        case Format.WEBP:
            image = to_image(pixels, colors).convert("RGB")
            return saved(image, "WEBP", lossless=True, quality=100)
        case Format.BMP:
            return _bmp(pixels, colors)
        case Format.TIFF:
            return _tiff(pixels, colors)
        case _:
            return _pbm(pixels, colors, plain=format is Format.PBM_PLAIN)


def to_image(pixels: Pixels, colors: Colors) -> Image:
    """Return a Pillow image: mode `1` if black and white, else `P` with two entries."""
    if is_black_and_white(colors):
        return _bilevel(white(pixels, colors))
    from PIL import Image

    image = Image.fromarray(pixels.view(np.uint8))
    image.putpalette([level for color in colors for level in color])
    return image


def is_black_and_white(colors: Colors) -> bool:
    """Tell whether the colours are black and white, in any order."""
    return set(colors) == {BLACK, WHITE}


def white(pixels: Pixels, colors: Colors) -> Pixels:
    """Tell where a black and white picture is white."""
    return pixels if colors == (BLACK, WHITE) else ~pixels


def _bilevel(bits: Pixels) -> Image:
    from PIL import Image

    height, width = bits.shape
    return Image.frombytes("1", (width, height), np.packbits(bits, axis=1).tobytes())


def _png(pixels: Pixels, colors: Colors) -> bytes:
    """Encode as PNG, grey, or with a palette if coloured."""
    if is_black_and_white(colors):
        return png(np.packbits(white(pixels, colors), axis=1), pixels.shape[1], 1)
    palette = bytes(level for color in colors for level in color)
    return png(np.packbits(pixels, axis=1), pixels.shape[1], 1, palette)


def _bmp(pixels: Pixels, colors: Colors) -> bytes:
    data = bytearray(saved(_bilevel(pixels), "BMP"))
    entries = (bytes((blue, green, red, 0)) for red, green, blue in colors)
    data[_BMP_PALETTE : _BMP_PALETTE + 8] = b"".join(entries)
    return bytes(data)


def _tiff(pixels: Pixels, colors: Colors) -> bytes:
    if is_black_and_white(colors):
        return saved(to_image(pixels, colors), "TIFF", compression="group4")
    # Group 4 knows no palette; LZW does, and everybody reads it.
    levels = tuple(level * 257 for pair in zip(*colors, strict=True) for level in pair)
    tags = {TIFF_PHOTOMETRIC: TIFF_PALETTE, TIFF_COLOR_MAP: levels}
    return saved(_bilevel(pixels), "TIFF", compression="tiff_lzw", tiffinfo=tags)


def _pbm(pixels: Pixels, colors: Colors, *, plain: bool) -> bytes:
    """Encode as PBM, in which 1 is black."""
    black = ~white(pixels, colors)
    height, width = black.shape
    if not plain:
        return f"P4\n{width} {height}\n".encode() + np.packbits(black, axis=1).tobytes()
    rows = ("".join(map(str, row)) for row in black.astype(int).tolist())
    lines = (row[at : at + _PLAIN_WIDTH] for row in rows for at in range(0, width, _PLAIN_WIDTH))
    return "\n".join((f"P1\n{width} {height}", *lines, "")).encode()

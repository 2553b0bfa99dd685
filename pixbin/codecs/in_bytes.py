"""Pictures of two colours at a byte a pixel, for programs that cannot read one bit."""

from __future__ import annotations

import numpy as np

from pixbin.catalog.formats import Format
from pixbin.codecs import bilevel
from pixbin.codecs import indexed as palettes
from pixbin.codecs.bilevel import BilevelPixels, InkAndPaper
from pixbin.codecs.pillow import pillow_bytes
from pixbin.codecs.png import encode

BYTE_DEPTH = 8


def encode_8bit(pixels: BilevelPixels, colors: InkAndPaper, format: Format) -> bytes:  # noqa: A002
    """Return the bytes of a file: grey, 0 and 255, or with a palette if coloured.

    Raises
    ------
    OutputError
        The format cannot hold a picture this large.
    """
    if not bilevel.is_black_and_white(colors):
        indexed = palettes.IndexedImage(pixels.view(np.uint8), list(colors))
        return palettes.encode(indexed, format, BYTE_DEPTH)
    grey = bilevel.white_bits(pixels, colors) * np.uint8(255)
    match format:
        case Format.PNG | Format.APNG:
            return encode(grey, grey.shape[1], BYTE_DEPTH)
        case Format.BMP | Format.TIFF:
            from PIL import Image

            packing = {"compression": "tiff_lzw"} if format is Format.TIFF else {}
            return pillow_bytes(Image.fromarray(grey), format.upper(), **packing)
        case _:  # those that never have fewer bits
            return bilevel.encode(pixels, colors, format)

"""What Pillow gets wrong, or leaves to its caller, when it reads files."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

#: what Pillow's readers raise on damaged or hostile files
DAMAGE = (
    *(OSError, EOFError, SyntaxError, ValueError, TypeError, AttributeError, OverflowError),
    *(LookupError, ArithmeticError, MemoryError, AssertionError, struct.error, zlib.error),
    RuntimeError,  # of AVIF, and NotImplementedError of DDS
)

_PNG_DEPTH = 24  #: where a PNG says how many bits a channel has


def mend(image: Image, data: bytes) -> Image:
    """Put right what Pillow misread in a file of these bytes."""
    if image.format == "XBM":  # in which 1 is black, and Pillow says white
        return image.convert("L").point(lambda level: 255 - level)
    key = image.info.get("transparency")
    if image.format == "PNG" and isinstance(key, int | tuple):
        image.info["transparency"] = _scaled_key(key, image.mode, data[_PNG_DEPTH])
    return image


def check(image: Image) -> None:
    """Refuse a TIFF, just opened, whose strips do not reach its end; Pillow would leave it black.

    Raises
    ------
    ValueError
        They do not.
    """
    tiles = getattr(image, "tile", ()) if image.format == "TIFF" else ()
    width, height = getattr(image, "_tile_size", image.size)
    if tiles and (max(t[1][2] for t in tiles) < width or max(t[1][3] for t in tiles) < height):
        raise ValueError("it ends before its last row")


def _scaled_key(key: int | tuple[int, ...], mode: str, depth: int) -> int | tuple[int, ...]:
    """Bring a transparent colour to the depth that Pillow brought the pixels to."""
    if isinstance(key, tuple):
        return tuple(level >> 8 for level in key) if depth == 16 else key
    return key * 255 // ((1 << depth) - 1) if mode == "L" and depth < 8 else key

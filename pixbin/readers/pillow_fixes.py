"""What Pillow gets wrong, or leaves to its caller, when it reads files."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

#: what Pillow's readers raise on damaged or hostile files
DECODE_ERRORS = (
    *(OSError, EOFError, SyntaxError, ValueError, TypeError, AttributeError, OverflowError),
    *(LookupError, ArithmeticError, MemoryError, AssertionError, struct.error, zlib.error),
    RuntimeError,  # of AVIF, and NotImplementedError of DDS
)

_FITS_CARD_BYTES = 80  #: bytes of a line of FITS
_PNG_DEPTH_OFFSET = 24  #: where a PNG says how many bits a channel has


def fix_image(image: Image, data: bytes) -> Image:
    """Put right what Pillow misread in a file of these bytes."""
    if image.format == "XBM":  # in which 1 is black, and Pillow says white
        return image.convert("L").point(lambda level: 255 - level)
    if image.format == "FITS":
        return _scale_fits(image, data)
    key = image.info.get("transparency")
    if image.format == "PNG" and isinstance(key, int | tuple):
        image.info["transparency"] = _scale_transparent_color(
            key, image.mode, data[_PNG_DEPTH_OFFSET]
        )
    return image


def loss_notes(data: bytes) -> tuple[str, ...]:
    """Return what Pillow leaves out of a file without a word."""
    is_deep = data[:2] == b"\x01\xda" and data[3:4] == b"\2"
    return ("only 8 of its 16 bits are read; a PNG or TIFF keeps all",) if is_deep else ()


def _scale_fits(image: Image, data: bytes) -> Image:
    """Return numbers as they are meant: with a sign, scaled and moved (FITS 4.0, 2018, 4.4.2.5)."""
    import numpy as np
    from PIL.Image import fromarray

    cards = {"BSCALE": 1.0, "BZERO": 0.0}
    for start in range(0, len(data), _FITS_CARD_BYTES):
        name, _, value = data[start : start + _FITS_CARD_BYTES].partition(b"=")
        word = name.strip().decode("latin-1")
        if word == "END":
            break
        if word in cards:
            cards[word] = float(value.partition(b"/")[0].replace(b"D", b"E"))
    numbers = np.asarray(image)
    if image.mode.startswith("I;16"):
        numbers = numbers.astype(np.uint16).view(np.int16)
    elif cards == {"BSCALE": 1.0, "BZERO": 0.0}:
        return image
    meant = numbers * cards["BSCALE"] + cards["BZERO"]
    is_whole = numbers.dtype.kind != "f" and np.array_equal(meant, np.rint(meant))
    fits = is_whole and np.all(np.abs(meant) < 1 << 31)
    return fromarray(meant.astype(np.int32 if fits else np.float32))


def check_tiff_complete(image: Image) -> None:
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


def _scale_transparent_color(
    transparent_color: int | tuple[int, ...], mode: str, depth: int
) -> int | tuple[int, ...]:
    """Bring a transparent colour to the depth that Pillow brought the pixels to."""
    if isinstance(transparent_color, tuple):
        return (
            tuple(level >> 8 for level in transparent_color) if depth == 16 else transparent_color
        )
    return (
        transparent_color * 255 // ((1 << depth) - 1)
        if mode == "L" and depth < 8
        else transparent_color
    )

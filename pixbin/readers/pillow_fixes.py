"""Corrections of Pillow's errors, and checks that Pillow leaves to its caller."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

#: errors that Pillow's readers raise on damaged or hostile files
DECODE_ERRORS = (
    *(OSError, EOFError, SyntaxError, ValueError, TypeError, AttributeError, OverflowError),
    *(LookupError, ArithmeticError, MemoryError, AssertionError, struct.error, zlib.error),
    RuntimeError,  # from AVIF; DDS raises its child NotImplementedError
)

_MAX_PIXEL_BYTES = 8  #: of a pixel in a file: four channels of 16 bits
_FITS_CARD_BYTES = 80  #: bytes of a header line of FITS
_PNG_DEPTH_OFFSET = 24  #: position of the bits per channel in a PNG


def fix_image(image: Image, data: bytes) -> Image:
    """Return the image with the errors of Pillow's reader corrected; `data` is the whole file."""
    if not isinstance(image.info.get("icc_profile", b""), bytes):  # in a TIFF, of any type
        del image.info["icc_profile"]
    if image.format == "XBM":  # 1 is black there; Pillow reads it as white
        return image.convert("L").point(lambda level: 255 - level)
    if image.format == "FITS":
        return _scale_fits(image, data)
    key = image.info.get("transparency")
    if image.format == "PNG" and isinstance(key, int | tuple):
        bits = data[_PNG_DEPTH_OFFSET]
        image.info["transparency"] = _scale_transparent_color(key, image.mode, bits)
    return image


def prepare(image: Image) -> Image:
    """Return a picture that was just opened; let Pillow read at least one row at once.

    Pillow joins blocks of 64 KB until they hold a row. For very wide pictures that takes time by
    the square of the width.

    Raises
    ------
    ValueError
        Its size is no number of pixels.
    """
    if not all(isinstance(side, int) and side > 0 for side in image.size):
        raise ValueError("it has no size")
    row_bytes = _MAX_PIXEL_BYTES * image.width
    if row_bytes > getattr(image, "decodermaxblock", row_bytes):
        image.decodermaxblock = row_bytes  # type: ignore[attr-defined]
    return image


def loss_notes(data: bytes) -> tuple[str, ...]:
    """Return notes about data that Pillow silently loses; `data` is the whole file."""
    is_sgi_16bit = data[:2] == b"\x01\xda" and data[3:4] == b"\2"
    return ("only 8 of its 16 bits are read; a PNG or TIFF keeps all",) if is_sgi_16bit else ()


def _scale_fits(image: Image, data: bytes) -> Image:
    """Return the physical values: signed, times BSCALE, plus BZERO (FITS 4.0, 2018, 4.4.2.5)."""
    import numpy as np
    from PIL.Image import fromarray

    cards = {"BSCALE": 1.0, "BZERO": 0.0}
    for start in range(0, len(data), _FITS_CARD_BYTES):
        name, _, value = data[start : start + _FITS_CARD_BYTES].partition(b"=")
        keyword = name.strip().decode("latin-1")
        if keyword == "END":
            break
        if keyword in cards:
            cards[keyword] = float(value.partition(b"/")[0].replace(b"D", b"E"))
    numbers = np.asarray(image)
    if image.mode.startswith("I;16"):
        numbers = numbers.astype(np.uint16).view(np.int16)
    elif cards == {"BSCALE": 1.0, "BZERO": 0.0}:
        return image
    values = numbers * cards["BSCALE"] + cards["BZERO"]
    is_whole = numbers.dtype.kind != "f" and np.array_equal(values, np.rint(values))
    fits = is_whole and np.all(np.abs(values) < 1 << 31)
    return fromarray(values.astype(np.int32 if fits else np.float32))


def check_tiff_complete(image: Image) -> None:
    """Check that the strips of a TIFF cover it; Pillow would leave the rest black.

    Parameters
    ----------
    image : Pillow image
        Just opened, of any format; only TIFF is checked.

    Raises
    ------
    ValueError
        The strips end before the last row or column.
    """
    tiles = getattr(image, "tile", ()) if image.format == "TIFF" else ()
    width, height = getattr(image, "_tile_size", image.size)
    boxes = [tile[1] for tile in tiles]
    if boxes and (max(box[2] for box in boxes) < width or max(box[3] for box in boxes) < height):
        raise ValueError("it ends before its last row")


def _scale_transparent_color(
    transparent_color: int | tuple[int, ...], mode: str, depth: int
) -> int | tuple[int, ...]:
    """Scale the transparent colour of a PNG to 8 bits, as Pillow scales the pixels."""
    if isinstance(transparent_color, tuple):
        shift = 8 if depth == 16 else 0
        return tuple(level >> shift for level in transparent_color)
    if mode == "L" and depth < 8:
        return transparent_color * 255 // ((1 << depth) - 1)
    return transparent_color

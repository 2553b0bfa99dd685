"""Read what ESC/POS printers are sent: the raster images in it, one below the other."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.packing import Packing
from pixbin.codecs import bit_packing
from pixbin.codecs.bit_packing import BilevelPixels
from pixbin.errors import InputError
from pixbin.geometry import MAX_PIXELS, Size

InkDots = NDArray[np.bool_]  #: shape (H, W), True is ink

_PRINTED_PACKING = Packing()

_RASTER_HEADER = re.compile(rb"\x1dv0([\x00-\x03\x30-\x33])(.{4})", re.DOTALL)

#: Commands that print nothing: initialize, feed, line spacing, alignment, margins, area, cut.
_NON_PRINTING = re.compile(
    rb"[\n\r\f\x00]|\x1b[@2im]|\x1b[3Jadt].|\x1d[LW]..|\x1dV[\x00\x01\x30\x31]|\x1dV[AB].",
    re.DOTALL,
)


def sniff(data: bytes) -> bool:
    """Tell whether a file begins as ESC/POS commands with a raster image in them do."""
    return data.startswith((b"\x1b@", b"\x1dv0")) and b"\x1dv0" in data


def decode(
    data: bytes, size: Size | None = None, packing: Packing = _PRINTED_PACKING
) -> BilevelPixels:
    """Return the picture, shape (H, W), True is paper, turned back from how it is printed.

    A row has whole bytes, so its dots are a multiple of 8, unless the size of the picture as it is
    seen tells them. Images of other widths begin at the left, with paper beside them.

    Raises
    ------
    InputError
        It has no raster image, prints other things, ends too early, or is of another size.
    """
    dots = _stack_images(list(_raster_images(data)))
    height, width = dots.shape
    stored = bit_packing.stored_size(size, packing) if size else Size(width, height)
    if stored.height != height or not width - 8 < stored.width <= width:
        raise InputError(f"{width}x{height} dots, not {stored} in whole bytes")
    rows = np.packbits(dots[:, : stored.width], axis=1)
    packing = _PRINTED_PACKING._replace(rotate=packing.rotate, flip=packing.flip)
    return bit_packing.unpack(rows.tobytes(), bit_packing.stored_size(stored, packing), packing)


def _stack_images(images: list[InkDots]) -> InkDots:
    """Put images below one another."""
    if not images:
        raise InputError("no raster image (GS v 0) in these ESC/POS commands")
    width, height = max(each.shape[1] for each in images), sum(map(len, images))
    if width * height > MAX_PIXELS:
        raise InputError(f"{width}x{height} dots; at most {MAX_PIXELS} are read")
    return np.concatenate([np.pad(each, ((0, 0), (0, width - each.shape[1]))) for each in images])


def _raster_images(data: bytes) -> Iterator[InkDots]:
    """Yield the raster images, True is ink."""
    at = 0
    while at < len(data):
        if found := _RASTER_HEADER.match(data, at):
            length, height = struct.unpack("<HH", found[2])
            at = found.end() + length * height
            if at > len(data):
                raise InputError(f"ends {at - len(data)} bytes before its raster image does")
            if length * height:
                yield _unpack_image(data[found.end() : at], height, found[1][0] & 3)
        elif found := _NON_PRINTING.match(data, at):
            at = found.end()
        else:
            raise InputError(f"byte {at}, {data[at]:02x}: no command that a picture needs")


def _unpack_image(data: bytes, height: int, scale: int) -> InkDots:
    """Unpack an image, drawn twice as wide (bit 0 of the scale) or twice as tall (bit 1)."""
    rows = np.frombuffer(data, np.uint8).reshape(height, -1)
    dots = np.unpackbits(rows, axis=1).astype(bool)
    return dots.repeat(1 + (scale >> 1), axis=0).repeat(1 + (scale & 1), axis=1)

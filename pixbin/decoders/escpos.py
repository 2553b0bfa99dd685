"""Read what ESC/POS printers are sent: the raster images in it, one below the other."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pixbin.errors import InputError
from pixbin.geometry import Size

_HEADER = re.compile(rb"\x1dv0([\x00-\x03\x30-\x33])(.{4})", re.DOTALL)

#: Commands that print nothing: initialize, feed, line spacing, alignment, margins, area, cut.
_SILENT = re.compile(
    rb"[\n\r\f\x00]|\x1b[@2im]|\x1b[3Jadt].|\x1d[LW]..|\x1dV[\x00\x01\x30\x31]|\x1dV[AB].",
    re.DOTALL,
)


def read(data: bytes, size: Size | None = None) -> NDArray[np.bool_]:
    """Return the dots, shape (H, W), True is paper.

    A row has whole bytes: W is a multiple of 8, unless a size says how many dots are the
    picture's. Images of other widths begin at the left, with paper beside them.

    Raises
    ------
    InputError
        It has no raster image, prints other things, ends too early, or is of another size.
    """
    images = list(_images(data))
    if not images:
        raise InputError("no raster image (GS v 0) in these ESC/POS commands")
    width = max(image.shape[1] for image in images)
    dots = np.concatenate([np.pad(each, ((0, 0), (0, width - each.shape[1]))) for each in images])
    if size is None:
        return ~dots
    if len(dots) != size.height or not width - 8 < size.width <= width:
        raise InputError(f"{width}x{len(dots)} dots, not {size} in whole bytes")
    return ~dots[:, : size.width]


def _images(data: bytes) -> Iterator[NDArray[np.bool_]]:
    """Yield the raster images, True is ink."""
    at = 0
    while at < len(data):
        if found := _HEADER.match(data, at):
            length, height = struct.unpack("<HH", found[2])
            at = found.end() + length * height
            if at > len(data):
                raise InputError(f"ends {at - len(data)} bytes before its raster image does")
            if length * height:
                yield _image(data[found.end() : at], height, found[1][0] & 3)
        elif found := _SILENT.match(data, at):
            at = found.end()
        else:
            raise InputError(f"byte {at}, {data[at]:02x}: no command that a picture needs")


def _image(data: bytes, height: int, scale: int) -> NDArray[np.bool_]:
    """Unpack an image, drawn twice as wide (bit 0 of the scale) or twice as tall (bit 1)."""
    rows = np.frombuffer(data, np.uint8).reshape(height, -1)
    dots = np.unpackbits(rows, axis=1).astype(bool)
    return dots.repeat(1 + (scale >> 1), axis=0).repeat(1 + (scale & 1), axis=1)

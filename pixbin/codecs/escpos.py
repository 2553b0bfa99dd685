r"""ESC/POS, the language of thermal printers: raster bit images (`GS v 0`), and back.

The command is `1D 76 30 m xL xH yL yH`, then y rows of x bytes. The left dot is the highest bit,
and a set bit is ink. Tall pictures take several commands, which print without a gap.
Source: Epson, ESC/POS Command Reference, `GS v 0`.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.codecs import bit_packing
from pixbin.codecs import hints as decode_hints
from pixbin.codecs.bit_packing import BilevelPixels
from pixbin.codecs.hints import DecodedPicture, DecodeHints, Evidence
from pixbin.errors import InputError, OutputError
from pixbin.geometry import MAX_PIXELS, Extent, Size

#: Initializes the printer: it forgets margins, alignment and modes that another job has left.
_INITIALIZE = b"\x1b@"
_RASTER = b"\x1dv0"

#: Rows of a command. Some printers keep a whole command in memory and print garbage if it is too
#: tall (a TM-T88V from about 1650 rows). Some ignore yH; fewer than 256 rows suit those, too.
_ROWS_PER_COMMAND = 240
_MAX_ROW_BYTES = 65535

_RASTER_HEADER = re.compile(rb"\x1dv0([\x00-\x03\x30-\x33])(.{4})", re.DOTALL)

#: Commands that print nothing: initialize, feed, line spacing, alignment, margins, area, cut.
_NON_PRINTING = re.compile(
    rb"[\n\r\f\x00]|\x1b[@2im]|\x1b[3Jadt].|\x1d[LW]..|\x1dV[\x00\x01\x30\x31]|\x1dV[AB].",
    re.DOTALL,
)

InkDots = NDArray[np.bool_]  #: shape (H, W), True is ink


def encode(bitmap: Bitmap, file_format: Format, name: str) -> bytes:
    """Return the commands that print a picture; nothing feeds or cuts the paper afterwards.

    Raises
    ------
    OutputError
        A row has more than 65535 bytes.
    """
    packing = file_format.resolve_packing(bitmap.packing_overrides)
    white = bitmap.white_pixels
    width, height = bit_packing.stored_size(Size(white.shape[1], white.shape[0]), packing)
    length = bit_packing.line_stride(Size(width, height), packing)
    if length > _MAX_ROW_BYTES:
        raise OutputError(f"{width} dots a row; escpos has at most {8 * _MAX_ROW_BYTES}")
    rows = np.frombuffer(bit_packing.pack(white, packing), np.uint8).reshape(height, length)
    blocks = (rows[top : top + _ROWS_PER_COMMAND] for top in range(0, height, _ROWS_PER_COMMAND))
    return _INITIALIZE + b"".join(
        _RASTER + struct.pack("<BHH", 0, length, len(block)) + block.tobytes() for block in blocks
    )


def decode(data: bytes, hints: DecodeHints) -> DecodedPicture:
    """Return the picture on display, cut or padded to the size if one is given.

    Raises
    ------
    InputError
        There is no raster image, or other things are printed, or the file ends too early.
    UsageError
        An option is given that the format does not take.
    """
    packing, extent = hints.resolve_packing(Format.ESCPOS), hints.size_or_device_size
    if extent is not None and packing.rotate % 180:
        extent = Extent(extent.height, extent.width)
    printed = decode_hints.crop_or_pad(read_dots(data), extent)
    return DecodedPicture(bit_packing.undo_orientation(printed, packing))


def sniff(data: bytes, hints: DecodeHints) -> Evidence:
    """Return the evidence for ESC/POS commands."""
    if data.startswith(_INITIALIZE + _RASTER):
        return Evidence.SIGNATURE
    return Evidence.SHORT_SIGNATURE if data.startswith(_RASTER) else Evidence.NONE


def read_dots(data: bytes) -> BilevelPixels:
    """Return the dots as printed, shape (H, W), True is paper; W is a multiple of 8.

    Images of other widths begin at the left; the rest is paper.

    Raises
    ------
    InputError
        There is no raster image, or other things are printed, or the file ends too early.
    """
    images = list(_raster_images(data))
    if not images:
        raise InputError("no raster image (GS v 0) in these ESC/POS commands")
    width, height = max(image.shape[1] for image in images), sum(map(len, images))
    if width * height > MAX_PIXELS:
        raise InputError(f"{width}x{height} dots; at most {MAX_PIXELS} are read")
    padded = [np.pad(image, ((0, 0), (0, width - image.shape[1]))) for image in images]
    return ~np.concatenate(padded)


def _raster_images(data: bytes) -> Iterator[InkDots]:
    at = 0
    while at < len(data):
        if match := _RASTER_HEADER.match(data, at):
            length, height = struct.unpack("<HH", match[2])
            at = match.end() + length * height
            if at > len(data):
                raise InputError(f"ends {at - len(data)} bytes before its raster image does")
            if length * height:
                yield _unpack_image(data[match.end() : at], height, match[1][0] & 3)
        elif match := _NON_PRINTING.match(data, at):
            at = match.end()
        else:
            raise InputError(f"byte {at}, {data[at]:02x}: no command that a picture needs")


def _unpack_image(data: bytes, height: int, scale: int) -> InkDots:
    """Unpack an image, drawn twice as wide (bit 0 of the scale) or twice as tall (bit 1)."""
    rows = np.frombuffer(data, np.uint8).reshape(height, -1)
    dots = np.unpackbits(rows, axis=1).astype(bool)
    return dots.repeat(1 + (scale >> 1), axis=0).repeat(1 + (scale & 1), axis=1)

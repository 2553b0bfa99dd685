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

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.codecs import printer_images
from pixbin.codecs.bit_packing import BilevelPixels
from pixbin.codecs.hints import DecodedPicture, DecodeHints, Evidence
from pixbin.codecs.printer_images import InkDots, PackedRows
from pixbin.errors import InputError, OutputError
from pixbin.geometry import Size

#: Initializes the printer: it forgets margins, alignment and modes that another job has left.
_INITIALIZE = b"\x1b@"
_RASTER = b"\x1dv0"

#: Rows of a command. Some printers keep a whole command in memory and print garbage if it is too
#: tall (a TM-T88V from about 1650 rows). Some ignore yH; fewer than 256 rows suit those, too.
_ROWS_PER_COMMAND = 240
_MAX_ROW_BYTES = 65535

_RASTER_HEADER = re.compile(rb"\x1dv0([\x00-\x03\x30-\x33])(.{4})", re.DOTALL)

#: Commands that print nothing: initialize, feed, line spacing, alignment, margins, area, cut; in
#: the last line those of Phomemo's printers (vivier/phomemo-tools, README.md).
_NON_PRINTING = re.compile(
    rb"[\n\r\f\x00]|\x1b[@2im]|\x1b[3Jadt].|\x1d[LW]..|\x1dV[\x00\x01\x30\x31]|\x1dV[AB]."
    rb"|\x1bN..|\x1f\x11(?:[\x02\x35\x37].|[^\x02\x35\x37])|\x1f\xf0..",
    re.DOTALL,
)


def encode(bitmap: Bitmap, file_format: Format, name: str) -> bytes:
    """Return the commands that print a picture; nothing feeds or cuts the paper afterwards.

    Raises
    ------
    OutputError
        A row has more than 65535 bytes.
    """
    size, rows, _ = printer_images.pack_rows(bitmap, file_format)
    check_fits(size, 1, file_format)
    return _INITIALIZE + raster_commands(rows, _ROWS_PER_COMMAND)


def check_fits(size: Size, frames: int, file_format: Format) -> None:
    """Raise OutputError if a row of a picture, as printed, has more than 65535 bytes."""
    if -(-size.width // 8) > _MAX_ROW_BYTES:
        raise OutputError(
            f"{size.width} dots a row; {file_format} has at most {8 * _MAX_ROW_BYTES}"
        )


def raster_commands(rows: PackedRows, rows_per_command: int) -> bytes:
    """Return commands that print rows, shape (H, bytes a row), so many in a command at most."""
    height, length = rows.shape
    blocks = (rows[top : top + rows_per_command] for top in range(0, height, rows_per_command))
    return b"".join(
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
    packing = hints.resolve_packing(Format.ESCPOS)
    return printer_images.to_picture(read_dots(data), hints, packing)


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
    printer_images.check_pixel_count(width, height)
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
    dots = printer_images.unpack_rows(data, len(data) // height)
    return dots.repeat(1 + (scale >> 1), axis=0).repeat(1 + (scale & 1), axis=1)

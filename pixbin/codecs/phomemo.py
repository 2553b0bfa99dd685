r"""Phomemo's pocket printers: ESC/POS raster images between commands of their own, and back.

`phomemo` is for M02 and T02: `1F 11 02 04` sets the darkness that the maker's application
calls heavy, and two `ESC d 2` feed the paper to where it tears. `phomemo-m110` is for M110, M120
and M220, which print labels: speed, darkness, labels with gaps, and one image for the whole label.
Source: vivier/phomemo-tools, README.md, sections 3 and 4; cups/filter/rastertopm02_t02.py and
rastertopm110.py. All of it was found by listening to the maker's application. An old tool of the
same project replaces bytes 0A of images by 0B; its drivers do not, and neither do we.
"""

from __future__ import annotations

from typing import NamedTuple

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.codecs import escpos, printer_images
from pixbin.codecs.hints import DecodedPicture, DecodeHints, Evidence
from pixbin.geometry import Size


class _Dialect(NamedTuple):
    """The commands around the images."""

    before: bytes
    after: bytes
    rows_per_command: int
    head_dots: int  #: of the smallest printer that takes these commands
    models: str


_M02 = _Dialect(
    before=b"\x1b@\x1ba\x01\x1f\x11\x02\x04",  # initialize, centre, darkness
    after=b"\x1bd\x02\x1bd\x02",
    rows_per_command=255,
    head_dots=384,
    models="M02 and T02",
)
_M110 = _Dialect(
    before=b"\x1bN\x0d\x05\x1bN\x04\x0a\x1f\x11\x0a",  # speed 5, darkness 10, labels with gaps
    after=b"\x1f\xf0\x05\x00\x1f\xf0\x03\x00",
    rows_per_command=65535,  # a second image would go to the next label
    head_dots=384,
    models="M110 and M120",
)


def check_fits(size: Size, frames: int, file_format: Format) -> None:
    """Raise OutputError if a row of a picture, as printed, has more than 65535 bytes."""
    escpos.check_fits(size, frames, file_format)


def encode(bitmap: Bitmap, file_format: Format, name: str) -> bytes:
    """Return the commands that print a picture and feed the paper.

    Raises
    ------
    OutputError
        A row has more than 65535 bytes.
    """
    dialect = _dialect(file_format)
    size, rows, _ = printer_images.pack_rows(bitmap, file_format)
    check_fits(size, 1, file_format)
    return dialect.before + escpos.raster_commands(rows, dialect.rows_per_command) + dialect.after


def notes(bitmap: Bitmap, file_format: Format, name: str) -> tuple[str, ...]:
    """Return a note if a row has more dots than the smallest of these printers."""
    dialect = _dialect(file_format)
    width = printer_images.stored_size(bitmap, file_format).width
    if width <= dialect.head_dots:
        return ()
    return (
        f"{width} dots a row; {dialect.models} print {dialect.head_dots}, so use a wider model, or "
        f"give --size {dialect.head_dots}x",
    )


def _dialect(file_format: Format) -> _Dialect:
    return _M110 if file_format is Format.PHOMEMO_M110 else _M02


def decode(data: bytes, hints: DecodeHints) -> DecodedPicture:
    """Return the picture on display, cut or padded to the size if one is given.

    Raises
    ------
    InputError
        There is no raster image, or other things are printed, or the file ends too early.
    UsageError
        An option is given that the format does not take.
    """
    packing = hints.resolve_packing(hints.format or Format.PHOMEMO)
    return printer_images.to_picture(escpos.read_dots(data), hints, packing)


def sniff(data: bytes, hints: DecodeHints) -> Evidence:
    """Return the evidence for commands of a Phomemo printer."""
    is_known = data.startswith((_M02.before, _M110.before[:3]))
    return Evidence.SIGNATURE if is_known else Evidence.NONE

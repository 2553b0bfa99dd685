r"""Raster commands for Brother's label printers of the QL series, and back.

A row is `67 00`, the number of bytes and the bytes: one bit for each pin of the print head, 720 or
1296. A set bit is ink. Rows run from right to left, and the label begins some pins from their
start. `brother-ql-packbits` packs each row; QL-500 to 570, 700 and 800 do not take that.
Source: Brother, Raster Command Reference QL-600/710W/720NW (2 Print Data, 4 Printing Command
Details); the same of QL-810W, `M`; pklaus/brother_ql, labels.py and models.py, for the dots and
margins of labels. Not confirmed: that QL-500 to 570 and 700 ignore `ESC i a`, which brother_ql
does not send to them and LPrint (lprint-brother.c) sends to all.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.codecs import packbits, printer_images
from pixbin.codecs.bit_packing import BilevelPixels
from pixbin.codecs.hints import DecodedPicture, DecodeHints, Evidence
from pixbin.codecs.printer_images import InkDots
from pixbin.errors import InputError, OutputError
from pixbin.geometry import Size


class _QlLabel(NamedTuple):
    """A roll of tape or of labels."""

    width_mm: int
    length_mm: int  #: 0 is endless
    dots: int  #: across, that the printer can print
    rows: int  #: along; 0 is any number
    margin: int  #: pins before the first dot, at the right edge

    @property
    def feed(self) -> int:
        """Dots of paper before and after the picture: for tapes, and for the smallest label."""
        return 35 if self.length_mm in (0, 12) else 0


_PINS, _WIDE_PINS = 720, 1296
_WIDE_MM = 102  #: labels from this width on need a printer with the wide head

# fmt: off
_ENDLESS = (
    _QlLabel(12, 0, 106, 0, 29), _QlLabel(29, 0, 306, 0, 6), _QlLabel(38, 0, 413, 0, 12),
    _QlLabel(50, 0, 554, 0, 12), _QlLabel(54, 0, 590, 0, 0), _QlLabel(62, 0, 696, 0, 12),
    _QlLabel(102, 0, 1164, 0, 56),
)
_DIE_CUT = (
    _QlLabel(17, 54, 165, 566, 0), _QlLabel(17, 87, 165, 956, 0), _QlLabel(23, 23, 202, 202, 42),
    _QlLabel(29, 42, 306, 425, 6), _QlLabel(29, 90, 306, 991, 6), _QlLabel(38, 90, 413, 991, 12),
    _QlLabel(39, 48, 425, 495, 6), _QlLabel(52, 29, 578, 271, 0), _QlLabel(62, 29, 696, 271, 12),
    _QlLabel(62, 100, 696, 1109, 12), _QlLabel(102, 51, 1164, 526, 56),
    _QlLabel(102, 153, 1164, 1660, 56),
    _QlLabel(12, 12, 94, 94, 113), _QlLabel(24, 24, 236, 236, 42), _QlLabel(58, 58, 618, 618, 51),
)
# fmt: on
_MIN_ROWS = 150  #: of an endless tape (models.py, min_max_length_dots); 295 on some old models
_COMMON_ROLLS = (_ENDLESS[5], _ENDLESS[6])  #: that take pictures of other widths

_ENDLESS_KIND, _DIE_CUT_KIND = 0x0A, 0x0B
_INVALIDATE = bytes(400)  #: 200 suffice for older models; a waiting printer ignores the rest
_INITIALIZE, _RASTER_MODE = b"\x1b@", b"\x1bia\x01"
_CUT = b"\x1biM\x40\x1biA\x01\x1biK\x08"  #: cut after each label, and at the end
_PACK, _PRINT = b"M\x02", b"\x1a"

_INFORMATION = re.compile(rb"\x1biz(.)(.)(.)(.)(.{4})..", re.DOTALL)
_COMPRESSION = re.compile(rb"M([\x00-\x02])")
_ROW_START = re.compile(rb"g\x00(.)", re.DOTALL)
_WIDTH_FLAG, _LENGTH_FLAG = 0x04, 0x08
#: initialize, status, mode, notifications, cutting, feeding, invalidate, darkness
_OTHER_COMMANDS = re.compile(rb"\x00+|\x1b@|\x1biS|\x1bi[aMAK!DU].|\x1bid..", re.DOTALL)


class _PrintedPage(NamedTuple):
    """The rows of a label, as they are in the file."""

    label: _QlLabel | None
    rows: list[InkDots]


def encode(bitmap: Bitmap, file_format: Format, name: str) -> bytes:
    """Return the commands that print and cut a label.

    A picture as large as the printable part of a die-cut label is for that label, and one as wide
    as the printable part of a tape for that tape. Others begin at the left of a tape of 62 mm, or
    of 102 mm if they are wider.

    Raises
    ------
    OutputError
        The picture is wider than 1164 dots.
    """
    size, rows, _ = printer_images.pack_rows(bitmap, file_format)
    label = _choose_label(size)
    pins = _WIDE_PINS if label.width_mm >= _WIDE_MM else _PINS
    ink = np.zeros((size.height, pins), bool)
    left = label.margin + label.dots - size.width
    dots = np.unpackbits(rows, axis=1, count=size.width).astype(bool)
    ink[:, left : left + size.width] = dots[:, ::-1]
    packs = file_format is Format.BROTHER_QL_PACKBITS
    lines = (line.tobytes() for line in np.packbits(ink, axis=1))
    return b"".join(
        (
            *(_INVALIDATE, _INITIALIZE, _RASTER_MODE, _information(label, size.height), _CUT),
            b"\x1bid" + struct.pack("<H", label.feed),
            _PACK if packs else b"",
            *(_row_command(line, packs) for line in lines),
            _PRINT,
        )
    )


def notes(bitmap: Bitmap, file_format: Format, name: str) -> tuple[str, ...]:
    """Return the roll that a picture of another size is for, and whether it is too short."""
    size = printer_images.stored_size(bitmap, file_format)
    label = _choose_label(size)
    notes: list[str] = []
    if label.dots != size.width:
        head = ", which needs a printer with the wide head" if label.width_mm >= _WIDE_MM else ""
        notes.append(
            f"for the roll of {label.width_mm} mm{head}: {size.width} of its {label.dots} dots, "
            "from the left"
        )
    if not label.length_mm and size.height < _MIN_ROWS:
        notes.append(
            f"{size.height} dots long; a tape is cut at {_MIN_ROWS} dots or more, so make the "
            "picture longer"
        )
    return tuple(notes)


def decode(data: bytes, hints: DecodeHints) -> DecodedPicture:
    """Return the printable part of a label, cut or padded to the size if one is given.

    Raises
    ------
    InputError
        There are no rows, or unknown commands, or the file ends too early.
    UsageError
        An option is given that the format does not take.
    """
    packing = hints.resolve_packing(hints.format or Format.BROTHER_QL)
    pages = [page for page in _read_pages(data) if page.rows]
    if not pages:
        raise InputError("no rows in these commands for a Brother QL")
    index, notes = printer_images.pick_page(len(pages), hints, "label")
    return printer_images.to_picture(_printed(pages[index]), hints, packing, notes)


def sniff(data: bytes, hints: DecodeHints) -> Evidence:
    """Return the evidence for commands of a Brother QL."""
    commands = data[:1000].lstrip(b"\0")
    if not commands.startswith((_INITIALIZE, _RASTER_MODE)):
        return Evidence.NONE
    return Evidence.SIGNATURE if b"\x1biz" in commands else Evidence.NONE


def check_fits(size: Size, frames: int, file_format: Format) -> None:
    """Raise OutputError if no label is wide enough for a picture, as printed."""
    _choose_label(size)


def _choose_label(size: Size) -> _QlLabel:
    for label in _DIE_CUT:
        if (label.dots, label.rows) == size:
            return label
    for label in (*(each for each in _ENDLESS if each.dots == size.width), *_COMMON_ROLLS):
        if label.dots >= size.width:
            return label
    raise OutputError(f"{size.width} dots a row; brother-ql has at most {_ENDLESS[-1].dots}")


def _information(label: _QlLabel, row_count: int) -> bytes:
    """Return the print information: priority to quality, the label, and the number of rows."""
    kind = _DIE_CUT_KIND if label.length_mm else _ENDLESS_KIND
    sides = bytes((0xCE, kind, label.width_mm, label.length_mm))
    return b"\x1biz" + sides + struct.pack("<I", row_count) + b"\0\0"


def _row_command(line: bytes, packs: bool) -> bytes:
    """Return the command of a row; one that packing makes longer is packed as it is."""
    if packs:
        packed = packbits.pack(line)
        line = packed if len(packed) <= len(line) else _as_literals(line)
    return b"g\0" + bytes((len(line),)) + line


def _as_literals(line: bytes) -> bytes:
    parts = (line[at : at + 128] for at in range(0, len(line), 128))
    return b"".join(bytes((len(part) - 1,)) + part for part in parts)


def _read_pages(data: bytes) -> Iterator[_PrintedPage]:
    at, page, is_packed = 0, _PrintedPage(None, []), False
    while at < len(data):
        if match := _ROW_START.match(data, at):
            at = match.end() + match[1][0]
            if at > len(data):
                raise InputError(f"ends {at - len(data)} bytes before its last row does")
            page.rows.append(_read_row(data[match.end() : at], is_packed))
        elif data[at : at + 1] == b"Z":  # an empty row
            page.rows.append(np.zeros(0, np.bool_))
            at += 1
        elif data[at : at + 1] in (b"\f", _PRINT):
            yield page
            page = _PrintedPage(page.label, [])
            at += 1
        elif match := _INFORMATION.match(data, at):
            page, at = page._replace(label=_find_label(match)), match.end()
        elif match := _COMPRESSION.match(data, at):
            is_packed, at = match[1] == b"\x02", match.end()
        elif match := _OTHER_COMMANDS.match(data, at):
            at = match.end()
        else:
            raise InputError(f"byte {at}, {data[at]:02x}: no command that a picture needs")
    yield page


def _read_row(content: bytes, is_packed: bool) -> InkDots:
    limit = _WIDE_PINS // 8
    line = packbits.unpack(content, limit) if is_packed else content
    if len(line) > limit:
        raise InputError(f"a row of more than {limit} bytes")
    return np.unpackbits(np.frombuffer(line, np.uint8)).astype(bool)


def _find_label(information: re.Match[bytes]) -> _QlLabel | None:
    """Return the label that the print information names; None if it is unknown."""
    flags, width, length = (information[group][0] for group in (1, 3, 4))
    for label in (*_ENDLESS, *_DIE_CUT):
        has_length = not flags & _LENGTH_FLAG or label.length_mm == length
        if flags & _WIDTH_FLAG and label.width_mm == width and has_length:
            return label
    return None


def _printed(page: _PrintedPage) -> BilevelPixels:
    """Return the printable part of a label, or all pins if ink lies outside of it."""
    pins = max(len(row) for row in page.rows)
    printer_images.check_pixel_count(max(pins, 1), len(page.rows))
    ink = np.zeros((len(page.rows), max(pins, 1)), bool)
    for number, row in enumerate(page.rows):
        ink[number, : len(row)] = row
    if page.label is not None:
        first, last = page.label.margin, page.label.margin + page.label.dots
        if last <= pins and not ink[:, :first].any() and not ink[:, last:].any():
            ink = ink[:, first:last]
    return ~ink[:, ::-1]

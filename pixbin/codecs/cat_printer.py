r"""Packets for cat printers (GB01 to GB03, GT01, MX05, MX06, YT01), and back.

A packet is `51 78`, a command, 00, the length of its data in two bytes (the lower one first), the
data, the CRC-8 of the data and FF. A row of dots is a packet: A2 holds eight dots a byte, the left
one in the lowest bit; BF holds runs, a byte each: the highest bit is ink, the others are a length.
A set bit is ink. Rows are written as A2, which all models know. The head has 384 dots.
Source: rbaron/catprinter, catprinter/cmds.py: cmds_print_img, cmd_print_row; NaitLee/Cat-Printer,
printer_lib/commander.py and models.py. Both were found by studying the maker's application.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.codecs import printer_images
from pixbin.codecs.bit_packing import BilevelPixels
from pixbin.codecs.hints import DecodedPicture, DecodeHints, Evidence
from pixbin.codecs.printer_images import InkDots
from pixbin.errors import InputError, OutputError
from pixbin.geometry import Size

_ROW_BYTES = 48  #: of the print head

_STATE, _QUALITY, _ENERGY, _DRAW_MODE, _LATTICE = 0xA3, 0xA4, 0xAF, 0xBE, 0xA6
_ROW, _ROW_OF_RUNS, _SPEED, _FEED = 0xA2, 0xBF, 0xBD, 0xA1
#: The printer prints rows between these two.
_LATTICE_START = bytes.fromhex("aa551738445f5f5f44382c")
_LATTICE_END = bytes.fromhex("aa55170000000000000017")

_PACKET_START = re.compile(rb"\x12?\x51\x78(.)[\x00\x01](..)", re.DOTALL)


def _packet(command: int, data: bytes) -> bytes:
    length = len(data).to_bytes(2, "little")
    return b"\x51\x78" + bytes((command, 0)) + length + data + bytes((_crc8(data), 0xFF))


def check_fits(size: Size, frames: int, file_format: Format) -> None:
    """Raise OutputError if a row of a picture, as printed, has more than 384 dots."""
    if -(-size.width // 8) > _ROW_BYTES:
        raise OutputError(
            f"{size.width} dots a row; {file_format} has {8 * _ROW_BYTES}; give --size 384x"
        )


def encode(bitmap: Bitmap, file_format: Format, name: str) -> bytes:
    """Return the packets that print a picture and feed the paper to where it tears.

    Raises
    ------
    OutputError
        A row has more than 384 dots.
    """
    size, rows, _ = printer_images.pack_rows(bitmap, file_format)
    check_fits(size, 1, file_format)
    padded = np.pad(rows, ((0, 0), (0, max(_ROW_BYTES - rows.shape[1], 0))))
    start = (
        _packet(_STATE, b"\0"),
        _packet(_QUALITY, b"\x32"),  # 200 dots an inch
        # A medium darkness. The sources disagree on the order of the two bytes: these are equal.
        _packet(_ENERGY, b"\x30\x30"),
        _packet(_DRAW_MODE, b"\x01"),  # uses that darkness
        _packet(_LATTICE, _LATTICE_START),
    )
    end = (
        _packet(_SPEED, b"\x19"),
        *[_packet(_FEED, b"\x30\0")] * 3,  # 48 dots each
        _packet(_LATTICE, _LATTICE_END),
        _packet(_STATE, b"\0"),
    )
    return b"".join((*start, *(_packet(_ROW, row.tobytes()) for row in padded), *end))


def decode(data: bytes, hints: DecodeHints) -> DecodedPicture:
    """Return the picture on display, cut or padded to the size if one is given.

    Raises
    ------
    InputError
        There are no rows, or a packet is damaged, or the file ends too early.
    UsageError
        An option is given that the format does not take.
    """
    packing = hints.resolve_packing(Format.CAT_PRINTER)
    return printer_images.to_picture(_read_rows(data), hints, packing)


def sniff(data: bytes, hints: DecodeHints) -> Evidence:
    """Return the evidence for packets of a cat printer."""
    return Evidence.SIGNATURE if _PACKET_START.match(data) else Evidence.NONE


def _read_rows(data: bytes) -> BilevelPixels:
    """Return all rows of dots, shape (H, W), True is paper."""
    rows: list[InkDots] = []
    total = 0
    for command, content in _packets(data):
        if command == _ROW:
            bits = np.frombuffer(content, np.uint8)
            rows.append(np.unpackbits(bits, bitorder="little").astype(bool))
        elif command == _ROW_OF_RUNS:
            runs = np.frombuffer(content, np.uint8)
            rows.append(np.repeat(runs > 127, runs & 127))
        total += len(rows[-1]) if rows else 0
        printer_images.check_pixel_count(total, 1)
    width = max((len(row) for row in rows), default=0)
    if not width:
        raise InputError("no rows of dots in these packets of a cat printer")
    printer_images.check_pixel_count(width, len(rows))
    ink = np.zeros((len(rows), width), bool)
    for number, row in enumerate(rows):
        ink[number, : len(row)] = row
    return ~ink


def _packets(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the command and the data of each packet."""
    at = 0
    while at < len(data):
        match = _PACKET_START.match(data, at)
        if not match:
            raise InputError(f"byte {at}, {data[at]:02x}: no packet of a cat printer begins here")
        end = match.end() + int.from_bytes(match[2], "little")
        content, at = data[match.end() : end], end + 2
        if at > len(data):
            raise InputError(f"ends {at - len(data)} bytes before its last packet does")
        if _crc8(content) != data[end]:
            raise InputError(f"the packet before byte {at} is damaged: its CRC is {data[end]:02x}")
        yield match[1][0], content


def _crc8_table() -> bytes:
    """Return the CRC-8 (polynomial 07 hexadecimal) of each byte."""
    table = bytearray()
    for value in range(256):
        for _ in range(8):
            value = (value << 1) ^ (0x107 if value & 0x80 else 0)
        table.append(value)
    return bytes(table)


_CRC8 = _crc8_table()


def _crc8(data: bytes) -> int:
    """Return the CRC-8 of data; the initial value is 0.

    >>> _crc8(b"123456789")
    244
    """
    crc = 0
    for byte in data:
        crc = _CRC8[crc ^ byte]
    return crc

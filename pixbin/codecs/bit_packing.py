"""Pixels to bytes, and back, in the layouts of displays and printers."""

from __future__ import annotations

import struct
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.enums import BitOrder, ByteLayout, Flip, Header, Polarity
from pixbin.catalog.packing import Packing
from pixbin.errors import InputError, UsageError
from pixbin.geometry import Size

BilevelPixels = NDArray[np.bool_]  #: shape (H, W), True is paper

_HEADER_STRUCTS = {Header.SIZE8: "BB", Header.SIZE16LE: "<HH", Header.SIZE16BE: ">HH"}
_LINE_NAMES = {ByteLayout.ROWS: "row", ByteLayout.PAGES: "page", ByteLayout.COLUMNS: "column"}


def pack(pixels: BilevelPixels, packing: Packing) -> bytes:
    """Return the bytes of a picture, shape (H, W), True is paper.

    Raises
    ------
    UsageError
        The stride is too short, or the header cannot hold the size.

    Examples
    --------
    >>> pack(np.array([[False, True, False]]), Packing()).hex()
    'a0'
    """
    stored = _orient(pixels, packing)
    bits = stored if packing.polarity is Polarity.PAPER1 else ~stored
    axis = 1 if packing.layout is ByteLayout.ROWS else 0
    lines = np.packbits(bits, axis=axis, bitorder=_numpy_bit_order(packing))
    if packing.layout is ByteLayout.COLUMNS:
        lines = lines.T
    size = Size(stored.shape[1], stored.shape[0])
    spare = line_stride(size, packing) - lines.shape[1]
    return _encode_header(size, packing) + np.pad(lines, ((0, 0), (0, spare))).tobytes()


def unpack(data: bytes, size: Size, packing: Packing) -> BilevelPixels:
    """Return the picture that bytes contain, shape (size.height, size.width), True is paper.

    Parameters
    ----------
    size : Size
        Of the picture on display; a rotated packing stores it turned.

    Raises
    ------
    InputError
        There are more or fewer bytes, or the header has another size.
    UsageError
        The stride is too short, or the header cannot hold the size.
    """
    stored = stored_size(size, packing)
    header = _encode_header(stored, packing)
    count, width = line_count(stored, packing), line_stride(stored, packing)
    if len(data) != byte_length(size, packing):
        raise InputError(f"{len(data)} bytes, not {_expected_length_text(size, packing)}")
    if not data.startswith(header):
        other = Size(*struct.unpack(_HEADER_STRUCTS[packing.header], data[: len(header)]))
        raise InputError(f"the header says {other}, not {stored}; give that size, or no --header")
    lines = np.frombuffer(data, np.uint8, offset=len(header)).reshape(count, width)
    lines = lines[:, : _min_stride(stored, packing)]
    if packing.layout is ByteLayout.COLUMNS:
        lines = lines.T
    is_rows = packing.layout is ByteLayout.ROWS
    axis, sides = (1, stored.width) if is_rows else (0, stored.height)
    unpacked = np.unpackbits(lines, axis=axis, count=sides, bitorder=_numpy_bit_order(packing))
    bits = unpacked.astype(bool)
    return undo_orientation(bits if packing.polarity is Polarity.PAPER1 else ~bits, packing)


def stored_size(size: Size, packing: Packing) -> Size:
    """Return the size in memory of a picture, given its size on display, or the reverse."""
    return Size(*size[::-1]) if packing.rotate % 180 else size


def line_stride(stored: Size, packing: Packing) -> int:
    """Return the number of bytes of each row, page or column.

    Raises
    ------
    UsageError
        The given stride is too short.
    """
    shortest = _min_stride(stored, packing)
    if packing.stride is not None and packing.stride < shortest:
        line = _LINE_NAMES[packing.layout]
        raise UsageError(
            f"stride {packing.stride}: a {line} of {stored} pixels takes {shortest} bytes; "
            "give more, or leave it out"
        )
    return shortest if packing.stride is None else packing.stride


def has_usual_stride(stored: Size, packing: Packing) -> bool:
    """Return whether a line is as short as possible, as display libraries expect it."""
    return packing.stride in (None, _min_stride(stored, packing))


def byte_length(size: Size, packing: Packing) -> int:
    """Return the number of bytes of a picture of this size on display."""
    stored = stored_size(size, packing)
    return header_length(packing) + line_count(stored, packing) * line_stride(stored, packing)


def header_length(packing: Packing) -> int:
    """Return the number of bytes before the pixels."""
    return 0 if packing.header is Header.NONE else struct.calcsize(_HEADER_STRUCTS[packing.header])


def read_header_size(data: bytes, packing: Packing) -> Size | None:
    """Return the size on display in the header; None if there is no header."""
    count = header_length(packing)
    if not count or len(data) < count:
        return None
    return stored_size(Size(*struct.unpack(_HEADER_STRUCTS[packing.header], data[:count])), packing)


def line_count(stored: Size, packing: Packing) -> int:
    """Return the number of rows, pages or columns."""
    match packing.layout:
        case ByteLayout.ROWS:
            return stored.height
        case ByteLayout.PAGES:
            return -(-stored.height // 8)
        case ByteLayout.COLUMNS:
            return stored.width


def _min_stride(stored: Size, packing: Packing) -> int:
    match packing.layout:
        case ByteLayout.ROWS:
            return -(-stored.width // 8)
        case ByteLayout.PAGES:
            return stored.width
        case ByteLayout.COLUMNS:
            return -(-stored.height // 8)


def _expected_length_text(size: Size, packing: Packing) -> str:
    stored = stored_size(size, packing)
    count, width = line_count(stored, packing), line_stride(stored, packing)
    header = header_length(packing)
    before = f"{header} of the header, and " if header else ""
    lines = f"{count} {_LINE_NAMES[packing.layout]}s of {width}"
    return f"the {byte_length(size, packing)} of {size} pixels ({before}{lines})"


def _encode_header(stored: Size, packing: Packing) -> bytes:
    if packing.header is Header.NONE:
        return b""
    try:
        return struct.pack(_HEADER_STRUCTS[packing.header], *stored)
    except struct.error as error:
        limit = 255 if packing.header is Header.SIZE8 else 65535
        raise UsageError(
            f"header {packing.header}: holds sides up to {limit}, not {stored}; choose another"
        ) from error


def _numpy_bit_order(packing: Packing) -> Literal["big", "little"]:
    return "big" if packing.bit_order is BitOrder.MSB else "little"


def _orient(pixels: BilevelPixels, packing: Packing) -> BilevelPixels:
    return _mirror(np.rot90(pixels, -packing.rotate // 90), packing.flip)


def undo_orientation(pixels: BilevelPixels, packing: Packing) -> BilevelPixels:
    """Return the picture as displayed, shape (H, W), given the picture as stored in memory."""
    return np.rot90(_mirror(pixels, packing.flip), packing.rotate // 90)


def _mirror(pixels: BilevelPixels, flip: Flip) -> BilevelPixels:
    if flip in (Flip.HORIZONTAL, Flip.BOTH):
        pixels = pixels[:, ::-1]
    return pixels[::-1] if flip in (Flip.VERTICAL, Flip.BOTH) else pixels

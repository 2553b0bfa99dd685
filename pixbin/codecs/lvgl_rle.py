"""The run-length encoding that LVGL 9 unpacks by itself, if `LV_USE_RLE` is 1.

A byte below 128 is a count: the next byte is repeated so often. A higher one is 128 plus the count
of bytes that follow as they are. Three numbers of four bytes stand in front: the method, 1, and the
lengths before and after unpacking.
Source: LVGL 9, `lv_rle.c` (`lv_rle_decompress`) and `lv_bin_decoder.c` (`decompress_image`). LVGL 8
has no such pictures.
"""

from __future__ import annotations

import struct

import numpy as np

from pixbin.errors import InputError

_HEADER = struct.Struct("<III")  #: method, packed length, unpacked length
_RLE_METHOD = 1
_MAX_COUNT = 127
_LITERAL_FLAG = 128


def pack(data: bytes) -> bytes:
    """Return packed bytes with the header in front.

    Examples
    --------
    >>> pack(bytes(300) + b"abc")[12:].hex(" ")
    '7f 00 7f 00 2e 00 83 61 62 63'
    """
    values = np.frombuffer(data, np.uint8)
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    counts = np.diff(np.r_[starts, len(values)])
    packed, literals = bytearray(), bytearray()
    for value, count in zip(values[starts].tolist(), counts.tolist(), strict=True):
        if count > 2 or (count == 2 and not literals):
            _flush(literals, packed)
            for at in range(0, count, _MAX_COUNT):
                packed += bytes((min(count - at, _MAX_COUNT), value))
        else:
            literals += bytes((value,)) * count
    _flush(literals, packed)
    return _HEADER.pack(_RLE_METHOD, len(packed), len(data)) + packed


def unpack(data: bytes, limit: int) -> bytes:
    """Return the bytes that are packed.

    Raises
    ------
    InputError
        The method is another, a length is wrong, or the bytes are more than a limit.

    Examples
    --------
    >>> unpack(pack(b"aaaabc"), limit=99)
    b'aaaabc'
    """
    if len(data) < _HEADER.size:
        raise InputError("compressed for LVGL: the header is missing")
    method, packed_length, length = _HEADER.unpack_from(data)
    if method != _RLE_METHOD:
        raise InputError(f"compressed for LVGL by method {method}; only RLE, which is 1, is read")
    packed, out, at = data[_HEADER.size :], bytearray(), 0
    while at < len(packed) and len(out) <= min(length, limit):
        count = packed[at] % _LITERAL_FLAG
        is_literal = packed[at] >= _LITERAL_FLAG
        end = at + 1 + (count if is_literal else 1)
        out += packed[at + 1 : end] * (1 if is_literal else count)
        at = end
    if packed_length != len(packed) or length != len(out):
        raise InputError("compressed for LVGL: its lengths are not those in its header")
    return bytes(out)


def _flush(literals: bytearray, packed: bytearray) -> None:
    for at in range(0, len(literals), _MAX_COUNT):
        part = literals[at : at + _MAX_COUNT]
        packed += bytes((_LITERAL_FLAG + len(part),)) + part
    literals.clear()

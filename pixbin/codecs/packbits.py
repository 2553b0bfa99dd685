"""PackBits: runs of equal bytes, and back.

A byte from 0 to 127 stands before one byte more than its value, which follow as they are. A byte
from 129 to 255 repeats the next byte 257 minus its value times. 128 does nothing. Runs go on over
the ends of rows.
Source: TIFF 6.0 (Adobe, 1992), section 9. TIFF files end runs at each row, which costs more.
"""

from __future__ import annotations

import numpy as np

from pixbin.errors import InputError

_MAX_RUN = 128
_NO_OPERATION = 128


def pack(data: bytes) -> bytes:
    """Return packed bytes.

    Two equal bytes are a run of their own only if no other bytes stand right before them, since
    the byte before a run would make the data longer.

    Examples
    --------
    >>> pack(bytes(200) + b"abc").hex(" ")
    '81 00 b9 00 02 61 62 63'
    """
    packed, literals = bytearray(), bytearray()
    for value, count in _byte_runs(data):
        if count > 2 or (count == 2 and not literals):
            _flush_literals(literals, packed)
            _add_run(value, count, packed)
        else:
            literals += bytes((value,)) * count
    _flush_literals(literals, packed)
    return bytes(packed)


def unpack(data: bytes, limit: int) -> bytes:
    """Return the bytes that are packed; stop as soon as they are more than a limit.

    Raises
    ------
    InputError
        The data ends within a run.

    Examples
    --------
    >>> unpack(bytes.fromhex("fe aa 02 80 00 2a"), limit=99).hex()
    'aaaaaa80002a'
    """
    out, at = bytearray(), 0
    while at < len(data) and len(out) <= limit:
        code, at = data[at], at + 1
        if code == _NO_OPERATION:
            continue
        step = code + 1 if code < _NO_OPERATION else 1
        if at + step > len(data):
            raise InputError("packbits: the data ends within a run")
        out += data[at : at + step] * (1 if code < _NO_OPERATION else 257 - code)
        at += step
    return bytes(out)


def _byte_runs(data: bytes) -> list[tuple[int, int]]:
    """Return the value and length of each run of equal bytes."""
    if not data:
        return []
    values = np.frombuffer(data, np.uint8)
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    counts = np.diff(np.r_[starts, len(values)])
    return [*zip(values[starts].tolist(), counts.tolist(), strict=True)]


def _add_run(value: int, count: int, packed: bytearray) -> None:
    while count:
        step = min(count, _MAX_RUN)
        packed += bytes((257 - step, value)) if step > 1 else bytes((0, value))
        count -= step


def _flush_literals(literals: bytearray, packed: bytearray) -> None:
    for at in range(0, len(literals), _MAX_RUN):
        part = literals[at : at + _MAX_RUN]
        packed += bytes((len(part) - 1,)) + part
    literals.clear()

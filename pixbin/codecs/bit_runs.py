"""RLE: the lengths of runs of equal bits, in few bits, and back.

The first bit is the value of the first run. The second says which bit of an unpacked byte comes
first: 0 the highest, 1 the lowest. Then each run follows, of the other value than the one before,
as the Elias gamma code of its length: as many zeros as the binary number has digits after its
first, then the number. A run of 1 takes one bit, of 2 or 3 three, of 1000 nineteen. The packed bits
stand in bytes from the highest bit on. Zeros fill the last byte.
Source of the code: P. Elias, Universal codeword sets and representations of the integers, IEEE
Transactions on Information Theory 21, 1975. The format around it is pixbin's own.
"""

from __future__ import annotations

import numpy as np

from pixbin.catalog.enums import BitOrder
from pixbin.errors import InputError


def pack(data: bytes, bit_order: BitOrder) -> bytes:
    r"""Return packed bytes; the bit order says which bit of a byte is the first pixel.

    Examples
    --------
    >>> pack(b"\x80\x00", BitOrder.MSB).hex()
    'a3c0'
    """
    if not data:
        return b""
    is_lsb = bit_order is BitOrder.LSB
    bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little" if is_lsb else "big")
    starts = np.flatnonzero(np.r_[True, bits[1:] != bits[:-1]])
    lengths = np.diff(np.r_[starts, len(bits)])
    counts, numbers = np.unique(lengths, return_inverse=True)
    codes = [_gamma_code(count) for count in counts.tolist()]
    text = f"{bits[0]}{int(is_lsb)}" + "".join(codes[number] for number in numbers.tolist())
    packed = np.frombuffer(text.encode(), np.uint8) - ord("0")
    return np.packbits(packed).tobytes()


def unpack(data: bytes, limit: int) -> bytes:
    """Return the bytes that are packed; stop as soon as they are more than a limit.

    Raises
    ------
    InputError
        The runs do not end with a whole byte.

    Examples
    --------
    >>> unpack(bytes.fromhex("a3c0"), limit=99).hex()
    '8000'
    """
    if not data:
        return b""
    text = "".join(f"{byte:08b}" for byte in data)
    lengths, total, at = [], 0, 2
    while total <= 8 * limit and (one := text.find("1", at)) >= 0:
        end = 2 * one - at + 1  # as many digits follow the first as zeros stand before it
        if end > len(text):
            raise InputError("rle: the data ends within a run")
        lengths.append(min(int(text[one:end], 2), 8 * limit + 8 - total))
        total, at = total + lengths[-1], end
    if total % 8 and total <= 8 * limit:  # the run that goes over the limit may end anywhere
        raise InputError(f"rle: {total} bits are no whole number of bytes")
    values = (np.arange(len(lengths)) + int(text[0])) % 2
    bits = np.repeat(values.astype(np.uint8), lengths)
    return np.packbits(bits, bitorder="little" if text[1] == "1" else "big").tobytes()


def _gamma_code(length: int) -> str:
    digits = f"{length:b}"
    return "0" * (len(digits) - 1) + digits

"""Heatshrink: literal bytes, and references to bytes a short way back, and back.

A bit 1 stands before a byte as it is. A bit 0 stands before a reference: the distance back minus
one, in as many bits as the window has, then the count minus one, in as many bits as the lookahead
has. All numbers begin with the highest bit, and zeros fill the last byte. A reference may reach
into the bytes that it makes itself, and into zeros before the beginning.
Source: heatshrink 0.4.1, `heatshrink_decoder.c`, whose settings are `window_sz2`, `lookahead_sz2`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_LITERAL_BITS = 9


class WindowBits(NamedTuple):
    """The settings of a packed stream, which the stream itself does not contain."""

    window: int  #: bits of a distance; a decoder keeps two to the power of this many bytes
    lookahead: int  #: bits of a count


def pack(data: bytes, bits: WindowBits) -> bytes:
    """Return packed bytes, as few as the format needs.

    Examples
    --------
    >>> pack(b"aaaaaaaa", WindowBits(5, 4)).hex()
    'b080c0'
    """
    values = np.frombuffer(data, np.uint8)
    lengths, distances = _longest_matches(values, bits)
    reference_bits = 1 + bits.window + bits.lookahead
    choices = _shortest_choices(lengths, reference_bits)
    words, at = [], 0
    while at < len(data):
        count = choices[at]
        if count:
            word = (distances[at] - 1) << bits.lookahead | (count - 1)
            words.append(f"{word:0{reference_bits}b}")
        else:
            words.append(f"1{data[at]:08b}")
        at += count or 1
    text = "".join(words)
    return np.packbits(np.frombuffer(text.encode(), np.uint8) - ord("0")).tobytes()


def unpack(data: bytes, bits: WindowBits, limit: int) -> bytes:
    """Return the bytes that are packed; stop as soon as they are more than a limit.

    Bits at the end that are too few for a reference are padding.

    Examples
    --------
    >>> unpack(bytes.fromhex("b080c0"), WindowBits(5, 4), limit=99)
    b'aaaaaaaa'
    """
    text = "".join(f"{byte:08b}" for byte in data)
    window_size = 1 << bits.window
    out, at = bytearray(window_size), 0
    reference_bits = 1 + bits.window + bits.lookahead
    while len(out) - window_size <= limit:
        is_literal = text[at : at + 1] == "1"
        end = at + (_LITERAL_BITS if is_literal else reference_bits)
        if end > len(text):
            break
        if is_literal:
            out.append(int(text[at + 1 : end], 2))
        else:
            middle = at + 1 + bits.window
            distance, count = int(text[at + 1 : middle], 2) + 1, int(text[middle:end], 2) + 1
            for _ in range(count):
                out.append(out[-distance])
        at = end
    return bytes(out[window_size:])


def _longest_matches(
    values: NDArray[np.uint8], bits: WindowBits
) -> tuple[list[int], NDArray[np.intp]]:
    """Return the longest count that a reference at each byte can have, and its distance."""
    size, window_size = len(values), 1 << bits.window
    padded = np.r_[np.zeros(window_size, np.uint8), values]
    positions = np.arange(size)
    best, distances = np.zeros(size, np.intp), np.zeros(size, np.intp)
    for distance in range(1, window_size + 1):
        start = window_size - distance
        stops = np.where(values != padded[start : start + size], positions, size)
        counts = np.minimum.accumulate(stops[::-1])[::-1] - positions
        counts = np.minimum(counts, 1 << bits.lookahead)
        is_longer = counts > best
        best[is_longer], distances[is_longer] = counts[is_longer], distance
    return best.tolist(), distances


def _shortest_choices(lengths: list[int], reference_bits: int) -> list[int]:
    """Return the count of the reference to write at each byte, 0 for a literal byte.

    All references take the same bits, so that from any byte on the longest one is the best, or
    none is. This makes the output the shortest possible one.
    """
    costs, choices = [0] * (len(lengths) + 1), [0] * len(lengths)
    for at in range(len(lengths) - 1, -1, -1):
        costs[at] = costs[at + 1] + _LITERAL_BITS
        count = lengths[at]
        if count and costs[at + count] + reference_bits < costs[at]:
            costs[at], choices[at] = costs[at + count] + reference_bits, count
    return choices

"""Compressed device bytes: `--compress`, and back.

A header of sizes, if any, stays as it is in front of the packed bytes. Frames of an animation are
packed one by one. Each after the first is packed as its difference (XOR) from the frame before it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from pixbin.catalog.enums import BitOrder, Compression
from pixbin.catalog.packing import Packing
from pixbin.codecs import bit_packing, bit_runs, heatshrink, packbits
from pixbin.codecs.heatshrink import WindowBits
from pixbin.errors import InputError
from pixbin.geometry import MAX_PIXELS

#: settings of heatshrink: the first one leaves a decoder below 64 bytes of memory
WINDOWS = {Compression.HEATSHRINK: WindowBits(5, 4), Compression.HEATSHRINK8: WindowBits(8, 4)}
_MAX_BYTES = MAX_PIXELS // 8


def compress(data: bytes, compression: Compression | None, bit_order: BitOrder) -> bytes:
    """Return packed bytes; None packs nothing.

    Examples
    --------
    >>> len(compress(bytes(1024), Compression.RLE, BitOrder.MSB))
    4
    """
    match compression:
        case None:
            return data
        case Compression.PACKBITS:
            return packbits.pack(data)
        case Compression.RLE:
            return bit_runs.pack(data, bit_order)
        case Compression.HEATSHRINK | Compression.HEATSHRINK8:
            return heatshrink.pack(data, WINDOWS[compression])


def decompress(data: bytes, compression: Compression | None) -> bytes:
    """Return the bytes that are packed; None unpacks nothing.

    Raises
    ------
    InputError
        The data is damaged, or more than the largest picture.
    """
    match compression:
        case None:
            return data
        case Compression.PACKBITS:
            unpacked = packbits.unpack(data, _MAX_BYTES)
        case Compression.RLE:
            unpacked = bit_runs.unpack(data, _MAX_BYTES)
        case Compression.HEATSHRINK | Compression.HEATSHRINK8:
            unpacked = heatshrink.unpack(data, WINDOWS[compression], _MAX_BYTES)
    if len(unpacked) > _MAX_BYTES:
        raise InputError(f"{compression}: unpacks to more than {_MAX_BYTES} bytes")
    return unpacked


def compress_frames(
    frames: Sequence[bytes], compression: Compression | None, packing: Packing
) -> list[bytes]:
    """Return frames packed one by one; the first may have a header, as the packing says."""
    if compression is None:
        return [*frames]
    header, changes = _changes(frames, packing)
    first, *others = (compress(each, compression, packing.bit_order) for each in changes)
    return [header + first, *others]


def compress_stream(
    frames: Sequence[bytes], compression: Compression | None, packing: Packing
) -> bytes:
    """Return the header, if any, and all frames packed as one, which needs no table."""
    if compression is None:
        return b"".join(frames)
    header, changes = _changes(frames, packing)
    return header + compress(b"".join(changes), compression, packing.bit_order)


def decompress_frames(
    frames: Sequence[bytes], compression: Compression | None, packing: Packing
) -> list[bytes]:
    """Return the bytes of frames that were packed one by one, each with a header if any.

    Raises
    ------
    InputError
        The data is damaged, or the frames differ in length.
    """
    start = bit_packing.header_length(packing)
    if compression is None:
        return [*frames]
    changes = [decompress(frame[start:], compression) for frame in frames]
    if len({*map(len, changes)}) > 1:
        raise InputError(f"{compression}: its frames differ in length")
    return [frames[0][:start] + each for each in undo_changes(changes)]


def undo_changes(changes: Sequence[bytes]) -> list[bytes]:
    """Return the bytes of frames, of which each after the first is given as its changes."""
    return [*itertools.accumulate(changes, _xor)]


def _changes(frames: Sequence[bytes], packing: Packing) -> tuple[bytes, list[bytes]]:
    """Return the header, the first frame without it, and the changes from frame to frame."""
    start = bit_packing.header_length(packing)
    bare = [frames[0][start:], *frames[1:]]
    return frames[0][:start], [bare[0], *(_xor(*pair) for pair in itertools.pairwise(bare))]


def _xor(one: bytes, other: bytes) -> bytes:
    pair = (np.frombuffer(data, np.uint8) for data in (one, other))
    return np.bitwise_xor(*pair).tobytes()

"""Compressed device bytes: `--compress`, and back.

The bytes of a picture are packed as they are, with a header of sizes if there is one.
"""

from __future__ import annotations

from pixbin.catalog.enums import BitOrder, Compression
from pixbin.codecs import bit_runs, heatshrink, packbits
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

"""PNG of a few bits a pixel."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_EFFORT = 6  #: of zlib, 0 to 9


def png(packed: NDArray[np.uint8], width: int, bits: int, palette: bytes = b"") -> bytes:
    """Return the PNG of packed rows: grey, or with a palette of red, green, blue in turn."""
    rows = np.zeros((len(packed), 1 + packed.shape[1]), np.uint8)
    rows[:, 1:] = packed  # behind a byte for the filter of each row: none
    header = struct.pack(">IIBBBBB", width, len(rows), bits, 3 if palette else 0, 0, 0, 0)
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", header),
            _chunk(b"PLTE", palette) if palette else b"",
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), _EFFORT)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

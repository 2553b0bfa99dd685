"""An encoder for PNGs of every kind, as simple as the specification."""

from __future__ import annotations

import struct
import zlib

import numpy as np

GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGB_ALPHA: 4}
#: For each of the seven passes: first column and row, and the distances between its pixels.
ADAM7_PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2)]
ADAM7_PASSES.append((0, 1, 1, 2))


def png_chunk(chunk_type: bytes, data: bytes) -> bytes:
    """Return a chunk with its length and checksum."""
    checksum = struct.pack(">I", zlib.crc32(chunk_type + data))
    return struct.pack(">I", len(data)) + chunk_type + data + checksum


def encode_png(
    levels: np.ndarray, depth: int, color_type: int, *chunks: bytes, interlaced: bool = False
) -> bytes:
    """Encode levels, shape (H, W) or (H, W, C), at a bit depth; put `chunks` before the pixels."""
    height, width = levels.shape[:2]
    parts = [levels]
    if interlaced:
        parts = [levels[top::down, left::right] for left, top, right, down in ADAM7_PASSES]
    rows = b"".join(_rows(part, depth) for part in parts if part.size)
    header = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, interlaced)
    body = [png_chunk(b"IHDR", header), *chunks, png_chunk(b"IDAT", zlib.compress(rows))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(body) + png_chunk(b"IEND", b"")


def _rows(levels: np.ndarray, depth: int) -> bytes:
    flat = levels.reshape(levels.shape[0], -1)
    if depth >= 8:
        return b"".join(b"\0" + row.astype(f">u{depth // 8}").tobytes() for row in flat)
    bits = (flat[..., None] >> np.arange(depth - 1, -1, -1)) & 1
    return b"".join(b"\0" + np.packbits(row.reshape(-1).astype(np.uint8)).tobytes() for row in bits)

"""An encoder for TIFFs of every kind, as simple as the specification."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from typing import Literal

import numpy as np

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, SEPARATED, YCBCR, CIELAB, ICCLAB = (
    0,
    1,
    2,
    3,
    5,
    6,
    8,
    9,
)
NO_COMPRESSION, DEFLATE = 1, 8
ByteOrder = Literal["<", ">"]
_SAMPLE_FORMATS = {"u": 1, "i": 2, "f": 3}


def encode_tiff(
    *pages: tuple[np.ndarray, int, int],
    byte_order: ByteOrder = "<",
    planar: bool = False,
    tile_size: int = 0,
    compression: int = NO_COMPRESSION,
    predictor: int = 1,
    extra: Mapping[int, tuple[int, ...]] | None = None,
) -> bytes:
    """Encode pages: numbers of shape (H, W, C), bits per sample, and photometric interpretation."""
    data = struct.pack(f"{byte_order}2sHI", b"II" if byte_order == "<" else b"MM", 42, 0)
    pointer_offset = 4  # where the offset of the next directory goes
    for numbers, bits, photometric in pages:
        height, width, channels = numbers.shape
        planes = [numbers[..., [channel]] for channel in range(channels)] if planar else [numbers]
        blocks = [block for plane in planes for block in _blocks(plane, tile_size)]
        entries = {256: (width,), 257: (height,), 258: (bits,) * channels, 259: (compression,)}
        entries |= {262: (photometric,), 277: (channels,), 284: (1 + planar,), 317: (predictor,)}
        entries |= {339: (_SAMPLE_FORMATS[numbers.dtype.kind],) * channels, **(extra or {})}
        entries |= {322: (tile_size,), 323: (tile_size,)} if tile_size else {278: (5,)}
        spans = []
        for block in blocks:
            if predictor == 2:
                block = np.diff(block, axis=1, prepend=block.dtype.type(0))
            content = b"".join(_encode_row(row, bits, byte_order) for row in block)
            content = zlib.compress(content) if compression == DEFLATE else content
            spans.append((len(data), len(content)))
            data += content + bytes(len(content) % 2)
        entries[324 if tile_size else 273] = tuple(start for start, _ in spans)
        entries[325 if tile_size else 279] = tuple(length for _, length in spans)
        data, pointer_offset = _with_directory(data, pointer_offset, entries, byte_order)
    return data


def _blocks(plane: np.ndarray, tile_size: int) -> list[np.ndarray]:
    if not tile_size:
        return [plane[top : top + 5] for top in range(0, len(plane), 5)]
    height, width = plane.shape[:2]
    padded = np.pad(plane, ((0, -height % tile_size), (0, -width % tile_size), (0, 0)))
    tops, lefts = (range(0, side, tile_size) for side in padded.shape[:2])
    return [padded[y : y + tile_size, x : x + tile_size] for y in tops for x in lefts]


def _encode_row(row: np.ndarray, bits: int, byte_order: ByteOrder) -> bytes:
    if bits >= 8 and bits in (8, 16, 32, 64):
        return row.astype(row.dtype.newbyteorder(byte_order)).tobytes()
    letters = "".join(f"{number:0{bits}b}" for number in row.ravel().tolist())
    letters += "0" * (-len(letters) % 8)
    return bytes(int(letters[start : start + 8], 2) for start in range(0, len(letters), 8))


def _with_directory(
    data: bytes, pointer_offset: int, entries: dict[int, tuple[int, ...]], byte_order: str
) -> tuple[bytes, int]:
    directory = b""
    for tag, values in sorted(entries.items()):
        content = struct.pack(f"{byte_order}{len(values)}I", *values)
        if len(content) > 4:
            start, data = len(data), data + content
            content = struct.pack(f"{byte_order}I", start)
        directory += struct.pack(f"{byte_order}HHI", tag, 4, len(values)) + content
    here = struct.pack(f"{byte_order}I", len(data))
    data = data[:pointer_offset] + here + data[pointer_offset + 4 :]
    end = len(data) + 2 + len(directory)
    return data + struct.pack(f"{byte_order}H", len(entries)) + directory + bytes(4), end

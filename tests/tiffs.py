"""TIFFs of every kind, written as plainly as the specification reads."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from typing import Literal

import numpy as np

INK_IS_HIGH, GREY, RGB, PALETTE, INKS, YCC, LAB, ICC_LAB = 0, 1, 2, 3, 5, 6, 8, 9
NONE, DEFLATE = 1, 8
Order = Literal["<", ">"]
_KINDS = {"u": 1, "i": 2, "f": 3}


def tiff(
    *pages: tuple[np.ndarray, int, int],
    order: Order = "<",
    planar: bool = False,
    tile: int = 0,
    packed: int = NONE,
    predictor: int = 1,
    extra: Mapping[int, tuple[int, ...]] | None = None,
) -> bytes:
    """Return a TIFF of pages: numbers, shape (H, W, C), their bits, and what they stand for."""
    data = struct.pack(f"{order}2sHI", b"II" if order == "<" else b"MM", 42, 0)
    place = 4  # where the number of the next directory goes
    for numbers, bits, photometric in pages:
        height, width, channels = numbers.shape
        planes = [numbers[..., [each]] for each in range(channels)] if planar else [numbers]
        blocks = [block for plane in planes for block in _blocks(plane, tile)]
        entries = {256: (width,), 257: (height,), 258: (bits,) * channels, 259: (packed,)}
        entries |= {262: (photometric,), 277: (channels,), 284: (1 + planar,), 317: (predictor,)}
        entries |= {339: (_KINDS[numbers.dtype.kind],) * channels, **(extra or {})}
        entries |= {322: (tile,), 323: (tile,)} if tile else {278: (5,)}
        places = []
        for block in blocks:
            if predictor == 2:
                block = np.diff(block, axis=1, prepend=block.dtype.type(0))
            content = b"".join(_row(row, bits, order) for row in block)
            content = zlib.compress(content) if packed == DEFLATE else content
            places.append((len(data), len(content)))
            data += content + bytes(len(content) % 2)
        entries[324 if tile else 273] = tuple(start for start, _ in places)
        entries[325 if tile else 279] = tuple(length for _, length in places)
        data, place = _with_directory(data, place, entries, order)
    return data


def _blocks(plane: np.ndarray, tile: int) -> list[np.ndarray]:
    if not tile:
        return [plane[top : top + 5] for top in range(0, len(plane), 5)]
    height, width = plane.shape[:2]
    padded = np.pad(plane, ((0, -height % tile), (0, -width % tile), (0, 0)))
    tops, lefts = (range(0, side, tile) for side in padded.shape[:2])
    return [padded[y : y + tile, x : x + tile] for y in tops for x in lefts]


def _row(row: np.ndarray, bits: int, order: Order) -> bytes:
    if bits >= 8 and bits in (8, 16, 32, 64):
        return row.astype(row.dtype.newbyteorder(order)).tobytes()
    letters = "".join(f"{number:0{bits}b}" for number in row.ravel().tolist())
    letters += "0" * (-len(letters) % 8)
    return bytes(int(letters[start : start + 8], 2) for start in range(0, len(letters), 8))


def _with_directory(
    data: bytes, place: int, entries: dict[int, tuple[int, ...]], order: str
) -> tuple[bytes, int]:
    found = b""
    for tag, values in sorted(entries.items()):
        content = struct.pack(f"{order}{len(values)}I", *values)
        if len(content) > 4:
            start, data = len(data), data + content
            content = struct.pack(f"{order}I", start)
        found += struct.pack(f"{order}HHI", tag, 4, len(values)) + content
    here = struct.pack(f"{order}I", len(data))
    data = data[:place] + here + data[place + 4 :]
    end = len(data) + 2 + len(found)
    return data + struct.pack(f"{order}H", len(entries)) + found + bytes(4), end

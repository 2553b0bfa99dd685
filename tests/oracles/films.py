"""Films made chunk by chunk, and what they must look like: slow, obvious, by the specifications."""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

import numpy as np

KEEP, CLEAR, RESTORE = range(3)


class FrameRegion(NamedTuple):
    """One frame as a file has it: pixels of shape (H, W, 4), laid at a place."""

    pixels: np.ndarray
    left: int = 0
    top: int = 0
    disposal: int = KEEP
    blends: bool = True
    duration_cs: int = 10


def composite(regions: list[FrameRegion], width: int, height: int) -> list[np.ndarray]:
    """Return the frames as they are seen, float[height, width, 4] with opacity from 0 to 1."""
    canvas, frames = np.zeros((height, width, 4)), []
    for piece in regions:
        rows, columns = piece.pixels.shape[:2]
        before = canvas.copy()
        for y in range(rows):
            for x in range(columns):
                below, above = canvas[piece.top + y, piece.left + x], piece.pixels[y, x] / 255
                if piece.blends:
                    above = alpha_over(above, below)
                canvas[piece.top + y, piece.left + x] = above
        frames.append(canvas.copy())
        if piece.disposal == CLEAR:
            canvas[piece.top : piece.top + rows, piece.left : piece.left + columns] = 0
        elif piece.disposal == RESTORE:
            canvas = before
    return frames


def alpha_over(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Lay one colour over another."""
    opacity = above[3] + below[3] * (1 - above[3])
    if opacity == 0:
        return np.zeros(4)
    color = above[:3] * above[3] + below[:3] * below[3] * (1 - above[3])
    return np.append(color / opacity, opacity)


def flatten_on_white(frame: np.ndarray) -> np.ndarray:
    """Lay a frame on white, values from 0 to 255."""
    levels: np.ndarray = 255 * (frame[..., :3] * frame[..., 3:] + 1 - frame[..., 3:])
    return levels.round(6)


def encode_gif(
    regions: list[FrameRegion], width: int, height: int, repeats: int | None = None
) -> bytes:
    """Write a GIF, whose pieces have up to 250 colours each, every other one a palette of its own.

    Pixels of opacity 0 are transparent, all others opaque.
    """
    everything = np.concatenate([piece.pixels.reshape(-1, 4)[:, :3] for piece in regions])
    shared = unique_colors(everything)
    data = struct.pack("<6sHHBBB", b"GIF89a", width, height, 0xF7, 1, 0) + color_table(shared)
    if repeats is not None:
        data += b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", repeats, 0)
    for number, piece in enumerate(regions):
        own = unique_colors(piece.pixels.reshape(-1, 4)[:, :3][::-1]) if number % 2 else shared
        rows, columns = piece.pixels.shape[:2]
        codes = [
            255 if pixel[3] == 0 else own.index(tuple(pixel[:3]))
            for pixel in piece.pixels.reshape(-1, 4).tolist()
        ]
        flags = (piece.disposal + 1) << 2 | (255 in codes)
        data += struct.pack("<3sBHBB", b"!\xf9\x04", flags, piece.duration_cs, 255, 0)
        place = (0x2C, piece.left, piece.top, columns, rows, 0x87 * (number % 2))
        data += struct.pack("<BHHHHB", *place)
        data += color_table(own) * (number % 2) + encode_lzw(codes)
    return data + b";"


def unique_colors(colors: np.ndarray) -> list[tuple[int, ...]]:
    """Return the different colours in order."""
    return list(dict.fromkeys(map(tuple, colors.tolist())))


def color_table(colors: list[tuple[int, ...]]) -> bytes:
    """Return a palette of 256 entries."""
    assert len(colors) <= 255
    return bytes(level for color in colors for level in color).ljust(768, b"\0")


def encode_lzw(codes: list[int]) -> bytes:
    """Write codes of nine bits, beginning anew before they would have to get longer."""
    numbers: list[int] = []
    for place, code in enumerate(codes):
        numbers += [256] * (place % 200 == 0) + [code]
    bits = "".join(format(number, "09b")[::-1] for number in [*numbers, 257])
    packed = bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))
    blocks = [packed[at : at + 255] for at in range(0, len(packed), 255)]
    return b"\x08" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def encode_apng(
    regions: list[FrameRegion],
    width: int,
    height: int,
    plays: int = 0,
    default_image: np.ndarray | None = None,
) -> bytes:
    """Write an APNG of 8-bit RGBA; `hidden` is for those who know no APNG."""
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head)
    data += png_chunk(b"acTL", struct.pack(">II", len(regions), plays))
    data += b"" if default_image is None else png_chunk(b"IDAT", encode_idat(default_image))
    count = 0
    for number, piece in enumerate(regions):
        rows, columns = piece.pixels.shape[:2]
        place = struct.pack(">IIIII", count, columns, rows, piece.left, piece.top)
        how = struct.pack(">HHBB", piece.duration_cs, 100, piece.disposal, piece.blends)
        data += png_chunk(b"fcTL", place + how)
        if number == 0 and default_image is None:
            data += png_chunk(b"IDAT", encode_idat(piece.pixels))
            count += 1
        else:
            data += png_chunk(b"fdAT", struct.pack(">I", count + 1) + encode_idat(piece.pixels))
            count += 2
    return data + png_chunk(b"IEND", b"")


def encode_idat(pixels: np.ndarray) -> bytes:
    """Return the pixels of a PNG, unfiltered."""
    return zlib.compress(b"".join(b"\0" + row.tobytes() for row in pixels))


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

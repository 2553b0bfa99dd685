"""Animations written byte by byte, and their frames composited by the specifications."""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

import numpy as np

from tests.oracles.pngs import png_chunk

KEEP, CLEAR, RESTORE = range(3)


class FrameRegion(NamedTuple):
    """One frame as stored in a file: RGBA pixels, uint8[H, W, 4], and where they belong."""

    pixels: np.ndarray
    left: int = 0
    top: int = 0
    disposal: int = KEEP
    blends: bool = True
    duration_cs: int = 10


def composite(regions: list[FrameRegion], width: int, height: int) -> list[np.ndarray]:
    """Return the visible frames, float[height, width, 4], with colour and opacity from 0 to 1."""
    canvas, frames = np.zeros((height, width, 4)), []
    for region in regions:
        rows, columns = region.pixels.shape[:2]
        before = canvas.copy()
        for y in range(rows):
            for x in range(columns):
                below, above = canvas[region.top + y, region.left + x], region.pixels[y, x] / 255
                if region.blends:
                    above = alpha_over(above, below)
                canvas[region.top + y, region.left + x] = above
        frames.append(canvas.copy())
        if region.disposal == CLEAR:
            canvas[region.top : region.top + rows, region.left : region.left + columns] = 0
        elif region.disposal == RESTORE:
            canvas = before
    return frames


def alpha_over(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Composite one RGBA colour over another."""
    opacity = above[3] + below[3] * (1 - above[3])
    if opacity == 0:
        return np.zeros(4)
    color = above[:3] * above[3] + below[:3] * below[3] * (1 - above[3])
    return np.append(color / opacity, opacity)


def flatten_on_white(frame: np.ndarray) -> np.ndarray:
    """Composite a frame over white; values from 0 to 255."""
    levels: np.ndarray = 255 * (frame[..., :3] * frame[..., 3:] + 1 - frame[..., 3:])
    return levels.round(6)


def encode_gif(
    regions: list[FrameRegion], width: int, height: int, repeats: int | None = None
) -> bytes:
    """Encode a GIF whose frames have at most 250 colours; every second one has a local palette.

    Pixels of opacity 0 are transparent, all others opaque.
    """
    everything = np.concatenate([region.pixels.reshape(-1, 4)[:, :3] for region in regions])
    shared = unique_colors(everything)
    data = struct.pack("<6sHHBBB", b"GIF89a", width, height, 0xF7, 1, 0) + color_table(shared)
    if repeats is not None:
        data += b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", repeats, 0)
    for number, region in enumerate(regions):
        own = unique_colors(region.pixels.reshape(-1, 4)[:, :3][::-1]) if number % 2 else shared
        rows, columns = region.pixels.shape[:2]
        codes = [
            255 if pixel[3] == 0 else own.index(tuple(pixel[:3]))
            for pixel in region.pixels.reshape(-1, 4).tolist()
        ]
        flags = (region.disposal + 1) << 2 | (255 in codes)
        data += struct.pack("<3sBHBB", b"!\xf9\x04", flags, region.duration_cs, 255, 0)
        descriptor = (0x2C, region.left, region.top, columns, rows, 0x87 * (number % 2))
        data += struct.pack("<BHHHHB", *descriptor)
        data += color_table(own) * (number % 2) + encode_lzw(codes)
    return data + b";"


def unique_colors(colors: np.ndarray) -> list[tuple[int, ...]]:
    """Return each colour once, in order of first use."""
    return list(dict.fromkeys(map(tuple, colors.tolist())))


def color_table(colors: list[tuple[int, ...]]) -> bytes:
    """Return a palette of 256 entries."""
    assert len(colors) <= 255
    return bytes(level for color in colors for level in color).ljust(768, b"\0")


def encode_lzw(codes: list[int]) -> bytes:
    """Encode codes of nine bits each; clear the table before longer ones would be needed."""
    numbers: list[int] = []
    for index, code in enumerate(codes):
        numbers += [256] * (index % 200 == 0) + [code]
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
    """Encode an APNG of 8-bit RGBA; readers without APNG see `default_image`."""
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head)
    data += png_chunk(b"acTL", struct.pack(">II", len(regions), plays))
    data += b"" if default_image is None else png_chunk(b"IDAT", encode_idat(default_image))
    count = 0
    for number, region in enumerate(regions):
        rows, columns = region.pixels.shape[:2]
        bounds = struct.pack(">IIIII", count, columns, rows, region.left, region.top)
        timing = struct.pack(">HHBB", region.duration_cs, 100, region.disposal, region.blends)
        data += png_chunk(b"fcTL", bounds + timing)
        if number == 0 and default_image is None:
            data += png_chunk(b"IDAT", encode_idat(region.pixels))
            count += 1
        else:
            data += png_chunk(b"fdAT", struct.pack(">I", count + 1) + encode_idat(region.pixels))
            count += 2
    return data + png_chunk(b"IEND", b"")


def encode_idat(pixels: np.ndarray) -> bytes:
    """Return the compressed pixels of a PNG, without filters."""
    return zlib.compress(b"".join(b"\0" + row.tobytes() for row in pixels))

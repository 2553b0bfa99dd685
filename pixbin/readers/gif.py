"""Sub-frames of a GIF (Graphics Interchange Format, Version 89a, CompuServe, 1990).

Pillow decodes their pixels. Composition is done elsewhere, because Pillow differs from browsers:
where a sub-frame is cleared, Pillow fills in the background colour; browsers clear to transparent.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.geometry import Size
from pixbin.readers.compositor import (
    Animation,
    FrameDisposal,
    RgbaPixels,
    SubFrame,
    checked_size,
    decode_single,
)

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_GRAPHIC_CONTROL, _APPLICATION = 0xF9, 0xFF
_LOOP_EXTENSIONS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_DISPOSALS = {2: FrameDisposal.CLEAR, 3: FrameDisposal.RESTORE}
_CENTISECOND_MS = 10  #: milliseconds in the unit of delays

RgbaPalette = NDArray[np.uint8]  #: shape (256, 4)


class _GraphicControl(NamedTuple):
    """Disposal, duration in milliseconds and transparency of the next image."""

    disposal: FrameDisposal = FrameDisposal.KEEP
    duration: int = 0
    transparent_index: int | None = None


class _ByteReader:
    """A position in bytes that are read in order."""

    def __init__(self, data: bytes) -> None:
        self.data, self.position = data, 0

    def read(self, count: int) -> bytes:
        """Return the next `count` bytes."""
        content = self.data[self.position : self.position + count]
        if len(content) < count:
            raise EOFError("cut short")
        self.position += count
        return content

    def unpack(self, struct_format: str) -> tuple[int, ...]:
        """Return the next numbers, by a format of `struct`."""
        return struct.unpack(struct_format, self.read(struct.calcsize(struct_format)))

    def read_blocks(self) -> list[bytes]:
        """Return the data blocks up to the empty one that ends them."""
        blocks = []
        while count := self.read(1)[0]:
            blocks.append(self.read(count))
        return blocks


def read_animation(data: bytes) -> Animation:
    """Return the sub-frames of a GIF; their pixels are decoded later.

    Raises
    ------
    EOFError, ValueError
        The file is damaged.
    """
    file = _ByteReader(data)
    file.read(6)
    width, height, flags, _, _ = file.unpack("<HHBBB")
    global_palette = _read_palette(file, flags)
    sub_frames: list[SubFrame] = []
    size, plays, control = Size(width, height), 1, _GraphicControl()
    # Many files lack the trailer; anything after it, or after garbage, is ignored.
    while file.position < len(data) and (kind := file.read(1)[0]) in (_EXTENSION, _IMAGE):
        if kind == _IMAGE:
            sub_frame, extent = _read_sub_frame(file, global_palette, control)
            if not sub_frames:  # the first one may be larger than the stated canvas
                size = Size(max(size.width, extent.width), max(size.height, extent.height))
            sub_frames.append(sub_frame)
            control = _GraphicControl()
            continue
        label, blocks = file.read(1)[0], file.read_blocks()
        if label == _GRAPHIC_CONTROL and blocks and len(blocks[0]) >= 4:
            control = _parse_control(blocks[0])
        elif label == _APPLICATION and blocks and blocks[0] in _LOOP_EXTENSIONS:
            plays = _play_count(blocks[1:], plays)
    return Animation(checked_size(size), plays, sub_frames, {})


def _read_palette(file: _ByteReader, flags: int) -> RgbaPalette | None:
    if not flags & 0x80:
        return None
    count = 2 << (flags & 7)
    palette = np.zeros((256, 4), np.uint8)
    palette[:, 3] = 255
    palette[:count, :3] = np.frombuffer(file.read(3 * count), np.uint8).reshape(count, 3)
    return palette


def _parse_control(block: bytes) -> _GraphicControl:
    flags, delay, transparent = struct.unpack("<BHB", block[:4])
    disposal = _DISPOSALS.get(flags >> 2 & 7, FrameDisposal.KEEP)
    return _GraphicControl(disposal, delay * _CENTISECOND_MS, transparent if flags & 1 else None)


def _play_count(blocks: list[bytes], plays: int) -> int:
    """Return how many times the animation plays: one more than its repeats, as in browsers."""
    for block in blocks:
        if len(block) >= 3 and block[0] & 7 == 1:
            repeats = int.from_bytes(block[1:3], "little")
            return repeats + 1 if repeats else 0
    return plays


def _read_sub_frame(
    file: _ByteReader, global_palette: RgbaPalette | None, control: _GraphicControl
) -> tuple[SubFrame, Size]:
    """Return a sub-frame, and the size of the smallest canvas that holds it."""
    left, top, width, height, flags = file.unpack("<HHHHB")
    local_palette = _read_palette(file, flags)
    start = file.position
    file.read(1)  # bits per LZW code
    file.read_blocks()
    palette = global_palette if local_palette is None else local_palette
    decode_indices = _index_decoder(file, start, Size(width, height), flags & 0x40)
    decode = _rgba_decoder(decode_indices, palette, control.transparent_index)
    sub_frame = SubFrame(decode, left, top, control.duration, control.disposal)
    return sub_frame, checked_size(Size(left + width, top + height))


def _index_decoder(
    file: _ByteReader, start: int, size: Size, interlaced: int
) -> Callable[[], NDArray[np.uint8]]:
    """Return a function that decodes palette indices, through a GIF of grey for Pillow."""
    stop = file.position

    def decode() -> NDArray[np.uint8]:
        head = struct.pack("<6sHHBBB", b"GIF87a", *size, 0, 0, 0)
        grey_palette = bytes(level for level in range(256) for _ in range(3))
        image = struct.pack("<BHHHHB", _IMAGE, 0, 0, *size, 0x87 | interlaced)
        codes = file.data[start:stop]
        return np.asarray(decode_single(head + image + grey_palette + codes + b";").convert("L"))

    return decode


def _rgba_decoder(
    decode_indices: Callable[[], NDArray[np.uint8]],
    palette: RgbaPalette | None,
    transparent_index: int | None,
) -> Callable[[], RgbaPixels]:
    """Return a function that decodes pixels; without a palette, indices are grey levels."""

    def decode() -> RgbaPixels:
        colors = np.zeros((256, 4), np.uint8) if palette is None else palette.copy()
        if palette is None:
            colors[:, :3], colors[:, 3] = np.arange(256)[:, None], 255
        if transparent_index is not None:
            colors[transparent_index] = 0
        return colors[decode_indices()]

    return decode

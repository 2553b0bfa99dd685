"""The frames of a GIF, part by part: GIF89a specification, CompuServe, 1990.

Pillow decodes the parts. It does not put them together as browsers do: where a part is cleared
away it shows the background's colour, which has long come to mean transparent.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.geometry import Size
from pixbin.readers.compositor import Disposal, Part, Pixels, Reel, checked, decoded

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_CONTROL, _APPLICATION = 0xF9, 0xFF
_LOOPING = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_DISPOSALS = {2: Disposal.CLEAR, 3: Disposal.RESTORE}
_CENTISECOND = 10  #: in milliseconds

Palette = NDArray[np.uint8]  #: shape (256, 4)


class _Control(NamedTuple):
    """What is said of the next image."""

    disposal: Disposal = Disposal.KEEP
    duration: int = 0
    transparent: int | None = None


class _Bytes:
    """Bytes that are read in turn."""

    def __init__(self, data: bytes) -> None:
        self.data, self.place = data, 0

    def take(self, count: int) -> bytes:
        """Return the next bytes."""
        taken = self.data[self.place : self.place + count]
        if len(taken) < count:
            raise EOFError("cut short")
        self.place += count
        return taken

    def unpack(self, form: str) -> tuple[int, ...]:
        """Return the next numbers."""
        return struct.unpack(form, self.take(struct.calcsize(form)))

    def blocks(self) -> list[bytes]:
        """Return the blocks up to the empty one."""
        found = []
        while count := self.take(1)[0]:
            found.append(self.take(count))
        return found


def reel(data: bytes) -> Reel:
    """Return the parts of a GIF; what they are made of is looked at when they are decoded."""
    file = _Bytes(data)
    file.take(6)
    width, height, flags, _, _ = file.unpack("<HHBBB")
    shared = _palette(file, flags)
    parts: list[Part] = []
    size, plays, control = Size(width, height), 1, _Control()
    # Many files lack the end; what stands behind it, and behind garbage, is not looked at.
    while file.place < len(data) and (kind := file.take(1)[0]) in (_EXTENSION, _IMAGE):
        if kind == _IMAGE:
            part, extent = _part(file, shared, control)
            if not parts:  # the first one may be larger than what was announced
                size = Size(max(size.width, extent.width), max(size.height, extent.height))
            parts.append(part)
            control = _Control()
            continue
        label, blocks = file.take(1)[0], file.blocks()
        if label == _CONTROL and blocks and len(blocks[0]) >= 4:
            control = _control(blocks[0])
        elif label == _APPLICATION and blocks and blocks[0] in _LOOPING:
            plays = _plays(blocks[1:], plays)
    return Reel(checked(size), plays, parts, {})


def _palette(file: _Bytes, flags: int) -> Palette | None:
    if not flags & 0x80:
        return None
    count = 2 << (flags & 7)
    palette = np.zeros((256, 4), np.uint8)
    palette[:, 3] = 255
    palette[:count, :3] = np.frombuffer(file.take(3 * count), np.uint8).reshape(count, 3)
    return palette


def _control(block: bytes) -> _Control:
    flags, delay, transparent = struct.unpack("<BHB", block[:4])
    disposal = _DISPOSALS.get(flags >> 2 & 7, Disposal.KEEP)
    return _Control(disposal, delay * _CENTISECOND, transparent if flags & 1 else None)


def _plays(blocks: list[bytes], plays: int) -> int:
    """Return how often all is shown: once more than it is repeated, as browsers have it."""
    for block in blocks:
        if len(block) >= 3 and block[0] & 7 == 1:
            repeats = int.from_bytes(block[1:3], "little")
            return repeats + 1 if repeats else 0
    return plays


def _part(file: _Bytes, shared: Palette | None, control: _Control) -> tuple[Part, Size]:
    """Return a part, and what a canvas must measure to hold it."""
    left, top, width, height, flags = file.unpack("<HHHHB")
    own = _palette(file, flags)
    start = file.place
    file.take(1)  # bits of the first codes
    file.blocks()
    palette = shared if own is None else own
    pixels = _decoder(file, start, Size(width, height), flags & 0x40)
    colored = _colored(pixels, palette, control.transparent)
    part = Part(colored, left, top, control.duration, control.disposal)
    return part, checked(Size(left + width, top + height))


def _decoder(
    file: _Bytes, start: int, size: Size, interlaced: int
) -> Callable[[], NDArray[np.uint8]]:
    """Return what decodes the places in the palette, by way of a GIF that has nothing else."""
    stop = file.place

    def decode() -> NDArray[np.uint8]:
        head = struct.pack("<6sHHBBB", b"GIF87a", *size, 0, 0, 0)
        greys = bytes(level for level in range(256) for _ in range(3))
        image = struct.pack("<BHHHHB", _IMAGE, 0, 0, *size, 0x87 | interlaced)
        codes = file.data[start:stop]
        return np.asarray(decoded(head + image + greys + codes + b";").convert("L"))

    return decode


def _colored(
    places: Callable[[], NDArray[np.uint8]], palette: Palette | None, transparent: int | None
) -> Callable[[], Pixels]:
    def pixels() -> Pixels:
        colors = np.zeros((256, 4), np.uint8) if palette is None else palette.copy()
        if palette is None:
            colors[:, :3], colors[:, 3] = np.arange(256)[:, None], 255
        if transparent is not None:
            colors[transparent] = 0
        return colors[places()]

    return pixels

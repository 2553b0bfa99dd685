"""The frames of an APNG, part by part: PNG specification, third edition, W3C, 2025.

Pillow decodes the parts. Put together by it, a picture for those who know no APNG shows through
the frames, and what is half transparent is not blended.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator

import numpy as np

from pixbin.geometry import Size
from pixbin.readers import pillow_fixes
from pixbin.readers.compositor import Disposal, Part, Pixels, Reel, checked, decoded

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_DISPOSALS = {1: Disposal.CLEAR, 2: Disposal.RESTORE}
_HUNDREDTHS = 100  #: parts of a second, where a file names none

Chunk = tuple[bytes, bytes]  #: kind and content


def reel(data: bytes) -> Reel:
    """Return the parts of an APNG; of a plain PNG there are none."""
    head, length, plays = b"", 0, 0
    shared: list[Chunk] = []
    controls: list[bytes] = []
    contents: list[list[bytes]] = []
    for kind, content in _chunks(data):
        if kind == b"IHDR":
            head = content
        elif kind == b"acTL":
            length, plays = struct.unpack(">II", content)
        elif kind == b"fcTL":
            controls.append(content)
            contents.append([])
        elif kind == b"IDAT":
            if contents:  # else it is a picture for those who know no APNG
                contents[-1].append(content)
        elif kind == b"fdAT":
            contents[-1].append(content[4:])
        elif not controls and kind != b"IEND":
            shared.append((kind, content))
    if len(contents) < length or not all(contents):
        raise EOFError("cut short")
    size = checked(Size(*struct.unpack(">II", head[:8])))
    parts = [
        _part(control, _file(head, shared, content), is_first=number == 0)
        for number, (control, content) in enumerate(zip(controls, contents, strict=True))
    ]
    return Reel(size, plays, parts, {**decoded(data).info} if parts else {})


def _chunks(data: bytes) -> Iterator[Chunk]:
    place, kind = len(_SIGNATURE), b""
    while kind != b"IEND" and place < len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        content = data[place + 8 : place + 8 + length]
        if len(content) < length:
            raise EOFError("cut short")
        yield kind, content
        place += 12 + length


def _file(head: bytes, shared: list[Chunk], content: list[bytes]) -> Callable[[Size], bytes]:
    """Return what makes a PNG of one part."""

    def file(size: Size) -> bytes:
        chunks = [
            (b"IHDR", struct.pack(">II", *size) + head[8:]),
            *shared,
            *((b"IDAT", each) for each in content),
            (b"IEND", b""),
        ]
        return _SIGNATURE + b"".join(
            struct.pack(">I", len(content)) + kind + content + _checksum(kind + content)
            for kind, content in chunks
        )

    return file


def _checksum(data: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(data))


def _part(control: bytes, file: Callable[[Size], bytes], *, is_first: bool) -> Part:
    _, width, height, left, top, above, below, disposal, blend = struct.unpack(
        ">IIIIIHHBB", control
    )
    size = checked(Size(width, height))
    if is_first and disposal == 2:  # there is nothing before it
        disposal = 1
    return Part(
        lambda: _pixels(file(size)),
        left,
        top,
        1000 * above / (below or _HUNDREDTHS),
        _DISPOSALS.get(disposal, Disposal.KEEP),
        is_blended=blend == 1,
    )


def _pixels(data: bytes) -> Pixels:
    image = pillow_fixes.mend(decoded(data), data)
    if image.mode.startswith("I;16"):
        greys = (np.asarray(image).astype(np.uint32) + 128) // 257
        return np.dstack([greys.astype(np.uint8)] * 3 + [np.full(greys.shape, 255, np.uint8)])
    return np.asarray(image.convert("RGBA"))

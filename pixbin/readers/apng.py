"""The frames of an APNG, part by part: PNG specification, third edition, W3C, 2025.

Pillow decodes the parts. Put together by it, a picture for those who know no APNG shows through
the frames, and what is half transparent is not blended.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np

from pixbin.geometry import Size
from pixbin.readers import pillow_fixes, png_chunks
from pixbin.readers.compositor import (
    Animation,
    FrameDisposal,
    RgbaPixels,
    SubFrame,
    checked_size,
    decode_single,
)
from pixbin.readers.png_chunks import Chunk

_DISPOSALS = {1: FrameDisposal.CLEAR, 2: FrameDisposal.RESTORE}
_DEFAULT_DELAY_DENOMINATOR = 100  #: parts of a second, where a file names none


def read_animation(data: bytes) -> Animation:
    """Return the parts of an APNG; of a plain PNG there are none."""
    head, length, plays = b"", 0, 0
    shared: list[Chunk] = []
    controls: list[bytes] = []
    contents: list[list[bytes]] = []
    for kind, content in png_chunks.read_chunks(data):
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
    size = checked_size(Size(*struct.unpack(">II", head[:8])))
    parts = [
        _sub_frame(control, _png_builder(head, shared, content), is_first=number == 0)
        for number, (control, content) in enumerate(zip(controls, contents, strict=True))
    ]
    return Animation(size, plays, parts, {**decode_single(data).info} if parts else {})


def _png_builder(
    head: bytes, shared_chunks: list[Chunk], content: list[bytes]
) -> Callable[[Size], bytes]:
    """Return what makes a PNG of one part."""

    def file(size: Size) -> bytes:
        chunks = [
            (b"IHDR", struct.pack(">II", *size) + head[8:]),
            *shared_chunks,
            *((b"IDAT", each) for each in content),
            (b"IEND", b""),
        ]
        return png_chunks.join_chunks(chunks)

    return file


def _sub_frame(control: bytes, build_png: Callable[[Size], bytes], *, is_first: bool) -> SubFrame:
    _, width, height, left, top, above, below, disposal, blend = struct.unpack(
        ">IIIIIHHBB", control
    )
    size = checked_size(Size(width, height))
    if is_first and disposal == 2:  # there is nothing before it
        disposal = 1
    return SubFrame(
        lambda: _rgba_pixels(build_png(size)),
        left,
        top,
        1000 * above / (below or _DEFAULT_DELAY_DENOMINATOR),
        _DISPOSALS.get(disposal, FrameDisposal.KEEP),
        is_blended=blend == 1,
    )


def _rgba_pixels(data: bytes) -> RgbaPixels:
    image = pillow_fixes.fix_image(decode_single(data), data)
    if image.mode.startswith("I;16"):
        greys = (np.asarray(image).astype(np.uint32) + 128) // 257
        return np.dstack([greys.astype(np.uint8)] * 3 + [np.full(greys.shape, 255, np.uint8)])
    return np.asarray(image.convert("RGBA"))

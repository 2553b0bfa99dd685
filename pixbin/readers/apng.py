"""Sub-frames of an APNG (Portable Network Graphics Specification, third edition, W3C, 2025).

Pillow decodes their pixels. Composition is done elsewhere, because Pillow differs from browsers:
it shows the still picture that is meant for other readers, and does not blend partial opacity.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

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

_CLEAR, _RESTORE = 1, 2
_DISPOSALS = {_CLEAR: FrameDisposal.CLEAR, _RESTORE: FrameDisposal.RESTORE}
_DEFAULT_DELAY_DENOMINATOR = 100  #: used where a file states 0


class _Contents(NamedTuple):
    """The chunks of an APNG, sorted by use."""

    header: bytes  #: content of IHDR
    frame_count: int  #: as stated
    plays: int
    shared: list[Chunk]  #: chunks that hold for all frames, such as the palette
    controls: list[bytes]  #: contents of fcTL, one for each frame
    pixel_data: list[list[bytes]]  #: contents of IDAT or fdAT of each frame


def read_animation(data: bytes) -> Animation:
    """Return the sub-frames of an APNG; a plain PNG has none.

    Raises
    ------
    EOFError, ValueError
        The file is damaged.
    """
    contents = _sort_chunks(data)
    if len(contents.pixel_data) < contents.frame_count or not all(contents.pixel_data):
        raise EOFError("cut short")
    size = checked_size(Size(*struct.unpack(">II", contents.header[:8])))
    frames = zip(contents.controls, contents.pixel_data, strict=True)
    sub_frames = [
        _sub_frame(control, _png_builder(contents, pixel_data), is_first=number == 0)
        for number, (control, pixel_data) in enumerate(frames)
    ]
    info = {**decode_single(data).info} if sub_frames else {}
    return Animation(size, contents.plays, sub_frames, info)


def _sort_chunks(data: bytes) -> _Contents:
    header, frame_count, plays = b"", 0, 0
    shared: list[Chunk] = []
    controls: list[bytes] = []
    pixel_data: list[list[bytes]] = []
    for kind, content in png_chunks.read_chunks(data):
        if kind == b"IHDR":
            header = content
        elif kind == b"acTL":
            frame_count, plays = struct.unpack(">II", content)
        elif kind == b"fcTL":
            controls.append(content)
            pixel_data.append([])
        elif kind == b"IDAT":
            if pixel_data:  # otherwise it is the still picture for readers without APNG
                pixel_data[-1].append(content)
        elif kind == b"fdAT":
            pixel_data[-1].append(content[4:])
        elif not controls and kind != b"IEND":
            shared.append((kind, content))
    return _Contents(header, frame_count, plays, shared, controls, pixel_data)


def _png_builder(contents: _Contents, pixel_data: list[bytes]) -> Callable[[Size], bytes]:
    """Return a function that makes a PNG file of one sub-frame, given its size."""

    def build_png(size: Size) -> bytes:
        chunks = [
            (b"IHDR", struct.pack(">II", *size) + contents.header[8:]),
            *contents.shared,
            *((b"IDAT", content) for content in pixel_data),
            (b"IEND", b""),
        ]
        return png_chunks.join_chunks(chunks)

    return build_png


def _sub_frame(control: bytes, build_png: Callable[[Size], bytes], *, is_first: bool) -> SubFrame:
    """Return the sub-frame that an fcTL chunk describes."""
    (_, width, height, left, top, numerator, denominator, disposal, blend) = struct.unpack(
        ">IIIIIHHBB", control
    )
    size = checked_size(Size(width, height))
    if is_first and disposal == _RESTORE:  # nothing comes before it
        disposal = _CLEAR
    return SubFrame(
        lambda: _rgba_pixels(build_png(size)),
        left,
        top,
        1000 * numerator / (denominator or _DEFAULT_DELAY_DENOMINATOR),
        _DISPOSALS.get(disposal, FrameDisposal.KEEP),
        is_blended=blend == 1,
    )


def _rgba_pixels(data: bytes) -> RgbaPixels:
    image = pillow_fixes.fix_image(decode_single(data), data)
    if image.mode.startswith("I;16"):
        grey = ((np.asarray(image).astype(np.uint32) + 128) // 257).astype(np.uint8)
        return np.dstack([grey] * 3 + [np.full(grey.shape, 255, np.uint8)])
    return np.asarray(image.convert("RGBA"))

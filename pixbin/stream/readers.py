"""Frames as they come: PNM, PAM and PFM one after another, YUV4MPEG2, or bare pixels."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from fractions import Fraction
from typing import BinaryIO, NamedTuple

import numpy as np

from pixbin.errors import InputError, UsageError
from pixbin.geometry import Size
from pixbin.readers import netpbm, raster
from pixbin.readers.netpbm import NetpbmStream
from pixbin.readers.raster import Raster

_FAULT_MESSAGE = "{name}: frame {frame}: {reason}; check what sends it"
_CHROMA_SUBSAMPLING = {
    "420": (2, 2),
    "422": (2, 1),
    "444": (1, 1),
    "411": (4, 1),
}  #: pixels each way


class StreamInputFormat(StrEnum):
    """What a stream consists of."""

    AUTO = "auto"  #: told by how it begins
    NETPBM = "netpbm"  #: PBM, PGM, PPM, PAM or PFM, one after another
    Y4M = "y4m"
    RGB24 = "rgb24"
    GRAY = "gray"


class FrameStream(NamedTuple):
    """A stream of frames."""

    frames: Iterator[Raster]
    rate: Fraction | None = None  #: frames a second, if the stream tells


def open_stream(file: BinaryIO, input_format: StreamInputFormat, size: Size | None) -> FrameStream:
    """Return the film in a stream; `size` is that of bare pixels.

    Raises
    ------
    UsageError
        Bare pixels come without their size.
    InputError
        The stream is empty, or not of the kind.
    """
    stream = NetpbmStream(file, "stdin", _FAULT_MESSAGE)
    is_bare = input_format in (StreamInputFormat.RGB24, StreamInputFormat.GRAY)
    if is_bare and size is None:
        raise UsageError(f"{input_format}: bare pixels tell no size; give --input-size WxH")
    if not stream.peek(1):
        raise InputError("stdin: empty; pipe a film in")
    if is_bare and size:
        return FrameStream(
            _raw_frames(stream, size, 3 if input_format is StreamInputFormat.RGB24 else 1)
        )
    begins = stream.peek(2)
    if begins == b"YU" and input_format is not StreamInputFormat.NETPBM:
        return _open_y4m(stream)
    if begins in netpbm.MAGIC and input_format is not StreamInputFormat.Y4M:
        return FrameStream(netpbm.read_images(stream))
    raise InputError("stdin: neither PPM, PGM, PBM, PAM nor y4m; give --input rgb24 or gray")


def _raw_frames(stream: NetpbmStream, size: Size, planes: int) -> Iterator[Raster]:
    while stream.peek(1):
        stream.frame += 1
        data = stream.read_exactly(netpbm.checked_pixel_count(stream, size) * planes)
        levels = np.frombuffer(data, np.uint8).reshape(size.height, size.width, planes)
        yield raster.from_array(levels)


def _open_y4m(stream: NetpbmStream) -> FrameStream:
    words = stream.read_line().decode("ascii", "replace").split(" ")
    found = {word[0]: word[1:] for word in words[1:] if word and word[0] in "WHFC"}
    is_full = "XCOLORRANGE=FULL" in words
    try:
        size = Size(int(found["W"]), int(found["H"]))
        above, _, below = found.get("F", "25:1").partition(":")
        rate = Fraction(int(above), int(below or 1)) if int(above) else None  # 0:0 is unknown
    except (KeyError, ValueError, ZeroDivisionError) as error:
        raise stream.damage_error("its header makes no sense") from error
    netpbm.checked_pixel_count(stream, size)
    unpack = _y4m_unpacker(stream, found.get("C", "420jpeg"), size, is_full)
    return FrameStream(_y4m_frames(stream, unpack), rate)


def _y4m_frames(stream: NetpbmStream, unpack: Callable[[], Raster]) -> Iterator[Raster]:
    while stream.peek(1):
        stream.frame += 1
        if not stream.read_line().startswith(b"FRAME"):
            raise stream.damage_error("does not begin with FRAME")
        yield unpack()


def _y4m_unpacker(
    stream: NetpbmStream, colour_space: str, size: Size, is_full: bool
) -> Callable[[], Raster]:
    """Return what reads the planes of one frame.

    Luma and colour differences are those of ITU-R BT.601, from 16 to 235 and to 240 unless the
    stream says that it uses the full range.
    """
    if colour_space != "mono" and (
        colour_space[:3] not in _CHROMA_SUBSAMPLING or re.search(r"p\d|alpha", colour_space)
    ):
        raise stream.damage_error(
            f"C{colour_space}: of 8 bits, mono, 420, 422, 444 or 411 can be read"
        )
    across, down = _CHROMA_SUBSAMPLING.get(colour_space[:3], (1, 1))
    part = Size(-(-size.width // across), -(-size.height // down))
    luma_table = [_to_full_range(level, 0, 16, 219, is_full) for level in range(256)]
    chroma_table = [_to_full_range(level, 128, 128, 224, is_full) for level in range(256)]

    def unpack() -> Raster:
        from PIL import Image

        luma = Image.frombytes("L", size, stream.read_exactly(size.width * size.height)).point(
            luma_table
        )
        if colour_space == "mono":
            return raster.from_image(luma)
        chroma = [
            Image.frombytes("L", part, stream.read_exactly(part.width * part.height))
            .point(chroma_table)
            .resize(size, Image.Resampling.BILINEAR)
            for _ in range(2)
        ]
        return raster.from_image(Image.merge("YCbCr", (luma, *chroma)).convert("RGB"))

    return unpack


def _to_full_range(level: int, centre: int, offset: int, span: int, is_full: bool) -> int:
    if is_full:
        return level
    return min(max(round((level - offset) * 255 / span) + centre, 0), 255)

"""Readers of streams: Netpbm images one after another, YUV4MPEG2 (Y4M), or raw pixels."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import BinaryIO

import numpy as np

from pixbin.errors import InputError, UsageError
from pixbin.geometry import Size
from pixbin.readers import netpbm, raster, sniffing
from pixbin.readers.netpbm import NetpbmStream
from pixbin.readers.raster import Raster

_FAULT_MESSAGE = "{name}: frame {frame}: {reason}; check the program that sends it"
#: Pixels across and down that share a chroma sample.
_CHROMA_SUBSAMPLING = {"420": (2, 2), "422": (2, 1), "444": (1, 1), "411": (4, 1)}


class StreamInputFormat(StrEnum):
    """The formats of streams that can be read."""

    AUTO = "auto"  #: Netpbm or Y4M, by the first bytes
    NETPBM = "netpbm"  #: PBM, PGM, PPM, PAM or PFM, one after another
    Y4M = "y4m"  #: YUV4MPEG2
    RGB24 = "rgb24"  #: raw pixels, three bytes each
    GRAY = "gray"  #: raw pixels, one byte each


@dataclass(frozen=True, slots=True)
class FrameStream:
    """Frames, read when they are needed."""

    frames: Iterator[Raster]
    rate: Fraction | None = None  #: frames a second, if the stream contains it


def open_stream(file: BinaryIO, input_format: StreamInputFormat, size: Size | None) -> FrameStream:
    """Read the header of a stream, and return its frames.

    Parameters
    ----------
    file
        The stream; it need not be seekable.
    input_format
        Its format.
    size
        Width and height of raw pixels; other formats contain it.

    Raises
    ------
    UsageError
        The size of raw pixels is missing.
    InputError
        The stream is empty, or has another format.
    """
    stream = NetpbmStream(file, "stdin", _FAULT_MESSAGE)
    is_raw = input_format in (StreamInputFormat.RGB24, StreamInputFormat.GRAY)
    if is_raw and size is None:
        raise UsageError(f"{input_format}: raw pixels have no size; give --input-size WxH")
    if not stream.peek(1):
        raise InputError("stdin: empty; pipe a film in")
    if is_raw and size:
        channels = 3 if input_format is StreamInputFormat.RGB24 else 1
        return FrameStream(_raw_frames(stream, size, channels))
    magic = stream.peek(2)
    if magic == b"YU" and input_format is not StreamInputFormat.NETPBM:
        return _open_y4m(stream)
    if sniffing.is_netpbm(magic) and input_format is not StreamInputFormat.Y4M:
        return FrameStream(netpbm.read_images(stream))
    raise InputError("stdin: neither PPM, PGM, PBM, PAM nor y4m; give --input rgb24 or gray")


def _raw_frames(stream: NetpbmStream, size: Size, channels: int) -> Iterator[Raster]:
    while stream.peek(1):
        stream.frame += 1
        data = stream.read_exactly(netpbm.checked_pixel_count(stream, size) * channels)
        levels = np.frombuffer(data, np.uint8).reshape(size.height, size.width, channels)
        yield raster.from_array(levels)


def _open_y4m(stream: NetpbmStream) -> FrameStream:
    words = stream.read_line().decode("ascii", "replace").split(" ")
    tags = {word[0]: word[1:] for word in words[1:] if word and word[0] in "WHFC"}
    is_full_range = "XCOLORRANGE=FULL" in words
    try:
        size = Size(int(tags["W"]), int(tags["H"]))
        numerator, _, denominator = tags.get("F", "25:1").partition(":")
        # The rate 0:0 means that the rate is unknown.
        rate = Fraction(int(numerator), int(denominator or 1)) if int(numerator) else None
    except (KeyError, ValueError, ZeroDivisionError) as error:
        raise stream.damage_error("its header makes no sense") from error
    netpbm.checked_pixel_count(stream, size)
    unpack = _y4m_unpacker(stream, tags.get("C", "420jpeg"), size, is_full_range)
    return FrameStream(_y4m_frames(stream, unpack), rate)


def _y4m_frames(stream: NetpbmStream, unpack: Callable[[], Raster]) -> Iterator[Raster]:
    while stream.peek(1):
        stream.frame += 1
        if not stream.read_line().startswith(b"FRAME"):
            raise stream.damage_error("does not begin with FRAME")
        yield unpack()


def _y4m_unpacker(
    stream: NetpbmStream, colour_space: str, size: Size, is_full_range: bool
) -> Callable[[], Raster]:
    """Return a function that reads the planes of the next frame.

    Luma and chroma are those of ITU-R BT.601. Their ranges are 16 to 235 and 16 to 240, or 0 to
    255 in a stream with the full range.
    """
    if colour_space != "mono" and (
        colour_space[:3] not in _CHROMA_SUBSAMPLING or re.search(r"p\d|alpha", colour_space)
    ):
        raise stream.damage_error(
            f"C{colour_space}: only 8 bits, mono, 420, 422, 444 or 411 can be read"
        )
    across, down = _CHROMA_SUBSAMPLING.get(colour_space[:3], (1, 1))
    chroma_size = Size(-(-size.width // across), -(-size.height // down))
    luma_table = [_to_full_range(level, 0, 16, 219, is_full_range) for level in range(256)]
    chroma_table = [_to_full_range(level, 128, 128, 224, is_full_range) for level in range(256)]

    def unpack() -> Raster:
        from PIL import Image

        luma = Image.frombytes("L", size, stream.read_exactly(math.prod(size))).point(luma_table)
        if colour_space == "mono":
            return raster.from_image(luma)
        chroma = [
            Image.frombytes("L", chroma_size, stream.read_exactly(math.prod(chroma_size)))
            .point(chroma_table)
            .resize(size, Image.Resampling.BILINEAR)
            for _ in range(2)
        ]
        return raster.from_image(Image.merge("YCbCr", (luma, *chroma)).convert("RGB"))

    return unpack


def _to_full_range(level: int, centre: int, offset: int, span: int, is_full_range: bool) -> int:
    """Return a level, 0 to 255, stretched from the range given by `offset` and `span` if needed."""
    if is_full_range:
        return level
    return min(max(round((level - offset) * 255 / span) + centre, 0), 255)

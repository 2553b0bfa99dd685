"""Frames as they come: PNM and PAM one after another, YUV4MPEG2, or bare pixels."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from fractions import Fraction
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin import raster
from pixbin.errors import InputError, UsageError
from pixbin.geometry import MOST_PIXELS, Size
from pixbin.raster import Raster

_LONGEST_LINE = 4096  #: bytes of a header's line
_SPACE = b" \t\n\r\v\f"
_PLANES = {b"P4": 1, b"P5": 1, b"P6": 3}
_CHROMA = {"420": (2, 2), "422": (2, 1), "444": (1, 1), "411": (4, 1)}  #: pixels each way


class Source(StrEnum):
    """What a stream consists of."""

    AUTO = "auto"  #: told by how it begins
    NETPBM = "netpbm"  #: PBM, PGM, PPM or PAM, one after another
    Y4M = "y4m"
    RGB24 = "rgb24"
    GRAY = "gray"


class Film(NamedTuple):
    """A stream of frames."""

    frames: Iterator[Raster]
    rate: Fraction | None = None  #: frames a second, if the stream tells


class _Stream:
    """Bytes that come, with a look at the first ones."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._ahead = b""
        self.frame = 0  #: number of the frame that is read, from 1

    def peek(self, count: int) -> bytes:
        """Return the next bytes, which will be read again."""
        self._ahead += self._file.read(max(count - len(self._ahead), 0))
        return self._ahead[:count]

    def read(self, count: int) -> bytes:
        """Return so many bytes, fewer at the end only."""
        data, self._ahead = self._ahead[:count], self._ahead[count:]
        return data + self._file.read(count - len(data)) if len(data) < count else data

    def whole(self, count: int) -> bytes:
        """Return so many bytes of a frame."""
        data = self.read(count)
        if len(data) < count:
            raise self.fault("cut short")
        return data

    def line(self) -> bytes:
        """Return the bytes before the end of the line."""
        found = bytearray()
        while (letter := self.whole(1)) != b"\n":
            found += letter
            if len(found) > _LONGEST_LINE:
                raise self.fault("its header does not end")
        return bytes(found)

    def fault(self, reason: str) -> InputError:
        """Return the error that a frame makes no sense."""
        return InputError(f"stdin: frame {self.frame}: {reason}; check what sends it")


def film(file: BinaryIO, source: Source, size: Size | None) -> Film:
    """Return the film in a stream; `size` is that of bare pixels.

    Raises
    ------
    UsageError
        Bare pixels come without their size.
    InputError
        The stream is empty, or not of the kind.
    """
    stream = _Stream(file)
    is_bare = source in (Source.RGB24, Source.GRAY)
    if is_bare and size is None:
        raise UsageError(f"{source}: bare pixels tell no size; give --input-size WxH")
    if not stream.peek(1):
        raise InputError("stdin: empty; pipe a film in")
    if is_bare and size:
        return Film(_bare(stream, size, 3 if source is Source.RGB24 else 1))
    begins = stream.peek(2)
    if begins == b"YU" and source is not Source.NETPBM:
        return _y4m(stream)
    if begins in (*_PLANES, b"P7") and source is not Source.Y4M:
        return Film(_netpbm(stream))
    raise InputError("stdin: neither PPM, PGM, PBM, PAM nor y4m; give --input rgb24 or gray")


def _bare(stream: _Stream, size: Size, planes: int) -> Iterator[Raster]:
    while stream.peek(1):
        stream.frame += 1
        data = stream.whole(_checked(stream, size) * planes)
        levels = np.frombuffer(data, np.uint8).reshape(size.height, size.width, planes)
        yield raster.of_array(levels)


def _checked(stream: _Stream, size: Size) -> int:
    """Return the pixels of a frame."""
    if not 0 < size.width * size.height <= MOST_PIXELS:
        raise stream.fault(f"{size} pixels cannot be")
    return size.width * size.height


def _netpbm(stream: _Stream) -> Iterator[Raster]:
    while stream.peek(1):
        stream.frame += 1
        magic = stream.whole(2)
        if magic == b"P7":
            yield raster.of_array(_pam(stream))
        elif magic in _PLANES:
            yield raster.of_array(_pnm(stream, magic))
        else:
            raise stream.fault("does not begin as PBM, PGM, PPM or PAM")
        while stream.peek(1) in (b"\n", b"\r"):  # some end a picture with a line
            stream.read(1)


def _pnm(stream: _Stream, magic: bytes) -> NDArray[np.generic]:
    size = Size(_number(stream), _number(stream))
    count = _checked(stream, size)
    if magic == b"P4":
        stride = -(-size.width // 8)
        packed = np.frombuffer(stream.whole(stride * size.height), np.uint8)
        bits = np.unpackbits(packed.reshape(size.height, stride), axis=1, count=size.width)
        return np.equal(bits, 0)
    return _levels(stream, size, _PLANES[magic], _number(stream), count)


def _number(stream: _Stream) -> int:
    """Read a number of a PNM's header, behind space and comments, and the byte that ends it."""
    letter = stream.whole(1)
    while letter in _SPACE or letter == b"#":
        if letter == b"#":
            stream.line()
        letter = stream.whole(1)
    digits = b""
    while letter.isdigit() and len(digits) < 9:
        digits += letter
        letter = stream.whole(1)
    if not digits or letter not in _SPACE:
        raise stream.fault("its header makes no sense")
    return int(digits)


def _pam(stream: _Stream) -> NDArray[np.generic]:
    entries: dict[bytes, bytes] = {}
    while (line := stream.line().strip()) != b"ENDHDR":
        name, _, value = line.partition(b" ")
        entries[name] = value.strip()
    try:
        width, height, depth, most = (
            int(entries[name]) for name in (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL")
        )
    except (KeyError, ValueError) as error:
        raise stream.fault("its header makes no sense") from error
    if not 1 <= depth <= 4:
        raise stream.fault(f"of {depth} channels")
    size = Size(width, height)
    return _levels(stream, size, depth, most, _checked(stream, size))


def _levels(stream: _Stream, size: Size, planes: int, most: int, count: int) -> NDArray[np.generic]:
    if not 0 < most < 65536:
        raise stream.fault("its header makes no sense")
    kind = np.dtype(">u2" if most > 255 else np.uint8)
    data = stream.whole(count * planes * kind.itemsize)
    levels: NDArray[np.generic] = np.frombuffer(data, kind).reshape(size.height, size.width, planes)
    if most in (255, 65535):
        return levels
    scaled: NDArray[np.uint32] = (
        np.minimum(levels, most, dtype=np.uint32) * 65535 + most // 2
    ) // most
    return scaled.astype(np.uint16)


def _y4m(stream: _Stream) -> Film:
    words = stream.line().decode("ascii", "replace").split(" ")
    found = {word[0]: word[1:] for word in words[1:] if word and word[0] in "WHFC"}
    is_full = "XCOLORRANGE=FULL" in words
    try:
        size = Size(int(found["W"]), int(found["H"]))
        above, _, below = found.get("F", "25:1").partition(":")
        rate = Fraction(int(above), int(below or 1)) if int(above) else None  # 0:0 is unknown
    except (KeyError, ValueError, ZeroDivisionError) as error:
        raise stream.fault("its header makes no sense") from error
    _checked(stream, size)
    unpack = _unpacker(stream, found.get("C", "420jpeg"), size, is_full)
    return Film(_frames(stream, unpack), rate)


def _frames(stream: _Stream, unpack: Callable[[], Raster]) -> Iterator[Raster]:
    while stream.peek(1):
        stream.frame += 1
        if not stream.line().startswith(b"FRAME"):
            raise stream.fault("does not begin with FRAME")
        yield unpack()


def _unpacker(stream: _Stream, colours: str, size: Size, is_full: bool) -> Callable[[], Raster]:
    """Return what reads the planes of one frame.

    Luma and colour differences are those of ITU-R BT.601, from 16 to 235 and to 240 unless the
    stream says that it uses the full range.
    """
    if colours != "mono" and (colours[:3] not in _CHROMA or re.search(r"p\d|alpha", colours)):
        raise stream.fault(f"C{colours}: of 8 bits, mono, 420, 422, 444 or 411 can be read")
    across, down = _CHROMA.get(colours[:3], (1, 1))
    part = Size(-(-size.width // across), -(-size.height // down))
    luma_table = [_spread(level, 0, 16, 219, is_full) for level in range(256)]
    chroma_table = [_spread(level, 128, 128, 224, is_full) for level in range(256)]

    def unpack() -> Raster:
        from PIL import Image

        luma = Image.frombytes("L", size, stream.whole(size.width * size.height)).point(luma_table)
        if colours == "mono":
            return raster.of_image(luma)
        chroma = [
            Image.frombytes("L", part, stream.whole(part.width * part.height))
            .point(chroma_table)
            .resize(size, Image.Resampling.BILINEAR)
            for _ in range(2)
        ]
        return raster.of_image(Image.merge("YCbCr", (luma, *chroma)).convert("RGB"))

    return unpack


def _spread(level: int, centre: int, offset: int, span: int, is_full: bool) -> int:
    if is_full:
        return level
    return min(max(round((level - offset) * 255 / span) + centre, 0), 255)

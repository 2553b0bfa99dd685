"""PBM, PGM, PPM, PAM and PFM pictures, one after another, of any depth up to 16 bits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.errors import InputError
from pixbin.geometry import MAX_PIXELS, Size
from pixbin.readers import raster
from pixbin.readers.raster import Raster

_MAX_LINE_BYTES = 4096  #: bytes of a header's line
_MAX_NUMBER_BYTES = 30  #: letters
_WHITESPACE = b" \t\n\r\v\f"
_RAW_CHANNELS = {b"P4": 1, b"P5": 1, b"P6": 3}  #: by what they begin with, the numbers of a pixel
_PLAIN_CHANNELS = {b"P1": 1, b"P2": 1, b"P3": 3}
_FLOAT_CHANNELS = {b"Pf": 1, b"PF": 3}
_PAM_MAGIC = b"P7"
MAGIC = (*_RAW_CHANNELS, *_PLAIN_CHANNELS, *_FLOAT_CHANNELS, _PAM_MAGIC)


class NetpbmStream:
    """Bytes that come, with a look at the first ones."""

    def __init__(self, file: BinaryIO, name: str, message: str | None = None) -> None:
        """Read a file; `words` say that something is wrong with it, by name, frame and reason."""
        self._file = file
        self._buffered = b""
        self._name, self._message = name, message
        self.frame = 0  #: number of the frame that is read, from 1

    def peek(self, count: int) -> bytes:
        """Return the next bytes, which will be read again."""
        self._buffered += self._file.read(max(count - len(self._buffered), 0))
        return self._buffered[:count]

    def read(self, count: int) -> bytes:
        """Return so many bytes, fewer at the end only."""
        data, self._buffered = self._buffered[:count], self._buffered[count:]
        return data + self._file.read(count - len(data)) if len(data) < count else data

    def read_all(self) -> bytes:
        """Return all bytes up to the end."""
        data, self._buffered = self._buffered, b""
        return data + self._file.read()

    def read_exactly(self, count: int) -> bytes:
        """Return so many bytes of a frame."""
        data = self.read(count)
        if len(data) < count:
            raise self.damage_error("cut short")
        return data

    def read_line(self) -> bytes:
        """Return the bytes before the end of the line."""
        found = bytearray()
        while (letter := self.read_exactly(1)) != b"\n":
            found += letter
            if len(found) > _MAX_LINE_BYTES:
                raise self.damage_error("its header does not end")
        return bytes(found)

    def damage_error(self, reason: str) -> InputError:
        """Return the error that a frame makes no sense."""
        if self._message is None:
            return InputError.damaged(self._name, reason)
        return InputError(self._message.format(name=self._name, frame=self.frame, reason=reason))


class NetpbmHeader(NamedTuple):
    """What stands before the pixels."""

    magic: bytes
    size: Size
    channels: int  #: numbers of a pixel
    maxval: int = 1  #: the level that is white
    byte_order: str = "<"  #: of the bytes of floating-point numbers

    @property
    def bits_per_pixel(self) -> int:
        """Bits of a pixel as stored; of letters, as stored without them."""
        if self.magic in (b"P1", b"P4"):
            return 1
        return self.channels * (
            32 if self.magic in _FLOAT_CHANNELS else 8 if self.maxval < 256 else 16
        )


def read_images(stream: NetpbmStream) -> Iterator[Raster]:
    """Read one picture after another, up to the end of the stream."""
    while stream.peek(1):
        yield read_pixels(stream, read_header(stream))
        skip_line_ends(stream)


def has_more(stream: NetpbmStream) -> bool:
    """Tell whether another picture comes, rather than the end, or bytes that are none."""
    skip_line_ends(stream)
    return stream.peek(2) in MAGIC


def skip_line_ends(stream: NetpbmStream) -> None:
    """Read the ends of lines; some end a picture with one."""
    while stream.peek(1) in (b"\n", b"\r"):
        stream.read(1)


def read_header(stream: NetpbmStream) -> NetpbmHeader:
    """Read what stands before the pixels of the next picture."""
    stream.frame += 1
    magic = stream.read_exactly(2)
    if magic not in MAGIC:
        raise stream.damage_error("does not begin as PBM, PGM, PPM, PAM or PFM")
    if magic == _PAM_MAGIC:
        found = _read_pam_header(stream)
    elif magic in _FLOAT_CHANNELS:
        found = _read_pfm_header(stream, magic)
    else:
        size = Size(_read_number(stream), _read_number(stream))
        most = 1 if magic in (b"P1", b"P4") else _read_number(stream)
        found = NetpbmHeader(magic, size, (_RAW_CHANNELS | _PLAIN_CHANNELS)[magic], most)
    checked_pixel_count(stream, found.size)
    if not 0 < found.maxval < 65536:
        raise stream.damage_error("its header makes no sense")
    return found


def checked_pixel_count(stream: NetpbmStream, size: Size) -> int:
    """Return the pixels of a frame."""
    if not 0 < size.width * size.height <= MAX_PIXELS:
        raise stream.damage_error(f"{size} pixels cannot be")
    return size.width * size.height


def read_pixels(stream: NetpbmStream, header: NetpbmHeader) -> Raster:
    """Read the pixels of a picture."""
    shape = (header.size.height, header.size.width, header.channels)
    count = shape[0] * shape[1] * shape[2]
    if header.magic in _FLOAT_CHANNELS:
        numbers = np.frombuffer(stream.read_exactly(count * 4), f"{header.byte_order}f4")
        return raster.from_unscaled(numbers.reshape(shape)[::-1])  # the last row comes first
    if header.magic == b"P4":
        stride = -(-shape[1] // 8)
        packed = np.frombuffer(stream.read_exactly(stride * shape[0]), np.uint8)
        bits = np.unpackbits(packed.reshape(shape[0], stride), axis=1, count=shape[1])
        return raster.from_array(np.equal(bits, 0))
    if header.magic in _PLAIN_CHANNELS:
        return raster.from_array(_read_plain(stream, header, count).reshape(shape))
    kind = np.dtype(">u2" if header.maxval > 255 else np.uint8)
    levels = np.frombuffer(stream.read_exactly(count * kind.itemsize), kind)
    return raster.from_array(_scale_to_16bit(levels.reshape(shape), header.maxval))


def _read_plain(stream: NetpbmStream, header: NetpbmHeader, count: int) -> NDArray[np.generic]:
    """Read numbers in letters, or zeros and ones with or without space; nothing comes behind."""
    words = re.sub(rb"#[^\r\n]*", b"", stream.read_all())
    if header.magic == b"P1":
        letters = np.frombuffer(bytes(words.translate(None, _WHITESPACE))[:count], np.uint8)
        if not np.isin(letters, (48, 49)).all():
            raise stream.damage_error("its pixels make no sense")
        numbers = letters.astype(np.int64) - 48
    else:
        parts = words.split(None, count)[:count]
        if not all(part.isdigit() and len(part) < 10 for part in parts):
            raise stream.damage_error("its pixels make no sense")
        numbers = np.array(parts, "S9").astype(np.int64)
    if numbers.size < count:
        raise stream.damage_error("cut short")
    return (
        np.equal(numbers, 0) if header.magic == b"P1" else _scale_to_16bit(numbers, header.maxval)
    )


def _scale_to_16bit(levels: NDArray[np.generic], maxval: int) -> NDArray[np.generic]:
    if (maxval == 255 and levels.dtype == np.uint8) or (maxval == 65535 and levels.dtype == ">u2"):
        return levels
    capped = np.minimum(levels, maxval).astype(np.uint32)
    scaled: NDArray[np.uint32] = (capped * np.uint32(65535) + np.uint32(maxval // 2)) // np.uint32(
        maxval
    )
    return scaled.astype(np.uint16)


def _read_number(stream: NetpbmStream) -> int:
    return int(_read_token(stream, b"0123456789"))


def _read_token(stream: NetpbmStream, allowed: bytes) -> bytes:
    """Read a number of a header, behind space and comments, and the byte that ends it."""
    letter = stream.read_exactly(1)
    while letter in _WHITESPACE or letter == b"#":
        if letter == b"#":
            stream.read_line()
        letter = stream.read_exactly(1)
    word = b""
    while letter in allowed and len(word) < _MAX_NUMBER_BYTES:
        word += letter
        letter = stream.read_exactly(1)
    if not word or letter not in _WHITESPACE:
        raise stream.damage_error("its header makes no sense")
    return word


def _read_pfm_header(stream: NetpbmStream, magic: bytes) -> NetpbmHeader:
    """Read the header of floats, whose last number tells by its sign in which order bytes are."""
    size = Size(_read_number(stream), _read_number(stream))
    try:
        scale = float(_read_token(stream, b"0123456789.+-eE"))
    except ValueError as error:
        raise stream.damage_error("its header makes no sense") from error
    return NetpbmHeader(magic, size, _FLOAT_CHANNELS[magic], byte_order="<" if scale < 0 else ">")


def _read_pam_header(stream: NetpbmStream) -> NetpbmHeader:
    entries: dict[bytes, bytes] = {}
    while (line := stream.read_line().strip()) != b"ENDHDR":
        name, _, value = line.partition(b" ")
        entries[name] = value.strip()
    try:
        width, height, depth, most = (
            int(entries[name]) for name in (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL")
        )
    except (KeyError, ValueError) as error:
        raise stream.damage_error("its header makes no sense") from error
    if width < 1 or height < 1:
        raise stream.damage_error("its header makes no sense")
    if not 1 <= depth <= 4:
        raise stream.damage_error(f"of {depth} channels")
    return NetpbmHeader(_PAM_MAGIC, Size(width, height), depth, most)

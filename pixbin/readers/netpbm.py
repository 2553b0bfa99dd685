"""Reader of PBM, PGM, PPM, PAM and PFM pictures, one after another in a file or a pipe."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.errors import InputError
from pixbin.geometry import MAX_PIXELS, Size
from pixbin.readers import raster
from pixbin.readers.raster import Raster
from pixbin.readers.sniffing import NETPBM_MAGIC

_MAX_LINE_BYTES = 4096  #: bytes of a header line
_MAX_NUMBER_BYTES = 30  #: digits of a number in a header
_WHITESPACE = b" \t\n\r\v\f"
_RAW_CHANNELS = {b"P4": 1, b"P5": 1, b"P6": 3}  #: channels by magic
_PLAIN_CHANNELS = {b"P1": 1, b"P2": 1, b"P3": 3}
_FLOAT_CHANNELS = {b"Pf": 1, b"PF": 3}
_PAM_MAGIC = b"P7"


class NetpbmStream:
    """A file or pipe of pictures, whose next bytes can be peeked at."""

    def __init__(self, file: BinaryIO, name: str, message: str | None = None) -> None:
        """Wrap a file.

        Parameters
        ----------
        file : binary file
        name : str
            Name of the file in messages.
        message : str, optional
            Text for damage, with the fields `{name}`, `{frame}` and `{reason}`.
        """
        self._file = file
        self._content: bytes | None = None  #: the whole file, if it is in memory
        self._buffered = b""
        self._name, self._message = name, message
        self.frame = 0  #: number of the current picture, from 1

    @classmethod
    def of_content(cls, content: bytes, name: str) -> NetpbmStream:
        """Return a stream of the content of a file, whose pixels are not copied."""
        stream = cls(io.BytesIO(content), name)
        stream._content = content
        return stream

    def peek(self, count: int) -> bytes:
        """Return the next bytes without consuming them."""
        self._buffered += self._file.read(max(count - len(self._buffered), 0))
        return self._buffered[:count]

    def read(self, count: int) -> bytes:
        """Return `count` bytes, or fewer at the end of the file."""
        data, self._buffered = self._buffered[:count], self._buffered[count:]
        return data + self._file.read(count - len(data)) if len(data) < count else data

    def read_all(self) -> bytes:
        """Return all remaining bytes."""
        data, self._buffered = self._buffered, b""
        return data + self._file.read()

    def read_exactly(self, count: int) -> bytes:
        """Return `count` bytes; raise InputError if there are fewer."""
        data = self.read(count)
        if len(data) < count:
            raise self.damage_error("cut short")
        return data

    def read_view(self, count: int) -> bytes | memoryview:
        """Return `count` bytes, without a copy if possible; raise InputError if there are fewer."""
        if self._content is None:
            return self.read_exactly(count)
        start = self._file.tell() - len(self._buffered)
        view = memoryview(self._content)[start : start + count]
        if len(view) < count:
            raise self.damage_error("cut short")
        self._buffered = b""
        self._file.seek(start + count)
        return view

    def read_line(self) -> bytes:
        """Return the bytes before the end of the line, and consume the end, too."""
        line = bytearray()
        while (byte := self.read_exactly(1)) != b"\n":
            line += byte
            if len(line) > _MAX_LINE_BYTES:
                raise self.damage_error("its header does not end")
        return bytes(line)

    def damage_error(self, reason: str) -> InputError:
        """Return the error for damage in the current picture."""
        if self._message is None:
            return InputError.damaged(self._name, reason)
        return InputError(self._message.format(name=self._name, frame=self.frame, reason=reason))


class NetpbmHeader(NamedTuple):
    """Header of a picture."""

    magic: bytes
    size: Size
    channels: int  #: samples per pixel
    maxval: int = 1  #: the level that is white
    byte_order: str = "<"  #: byte order of floating-point samples

    @property
    def bits_per_pixel(self) -> int:
        """Bits of a pixel; for plain (ASCII) files, bits of the binary equivalent."""
        if self.magic in (b"P1", b"P4"):
            return 1
        if self.magic in _FLOAT_CHANNELS:
            return self.channels * 32
        return self.channels * (8 if self.maxval < 256 else 16)


def read_images(stream: NetpbmStream) -> Iterator[Raster]:
    """Yield all pictures up to the end of the stream."""
    while stream.peek(1):
        yield read_pixels(stream, read_header(stream))
        skip_line_ends(stream)


def has_more(stream: NetpbmStream) -> bool:
    """Return whether another picture follows; False for the end or other bytes."""
    skip_line_ends(stream)
    return stream.peek(2) in NETPBM_MAGIC


def skip_line_ends(stream: NetpbmStream) -> None:
    """Consume line ends, which some programs write after a picture."""
    while stream.peek(1) in (b"\n", b"\r"):
        stream.read(1)


def read_header(stream: NetpbmStream) -> NetpbmHeader:
    """Read the header of the next picture; raise InputError if it is damaged."""
    stream.frame += 1
    magic = stream.read_exactly(2)
    if magic not in NETPBM_MAGIC:
        raise stream.damage_error("does not begin like PBM, PGM, PPM, PAM or PFM")
    if magic == _PAM_MAGIC:
        header = _read_pam_header(stream)
    elif magic in _FLOAT_CHANNELS:
        header = _read_pfm_header(stream, magic)
    else:
        size = Size(_read_number(stream), _read_number(stream))
        maxval = 1 if magic in (b"P1", b"P4") else _read_number(stream)
        header = NetpbmHeader(magic, size, (_RAW_CHANNELS | _PLAIN_CHANNELS)[magic], maxval)
    checked_pixel_count(stream, header.size)
    if not 0 < header.maxval < 65536:
        raise stream.damage_error("its header makes no sense")
    return header


def checked_pixel_count(stream: NetpbmStream, size: Size) -> int:
    """Return the number of pixels; raise InputError if it is zero or too large."""
    if not 0 < size.width * size.height <= MAX_PIXELS:
        raise stream.damage_error(f"{size} pixels are not possible")
    return size.width * size.height


def read_pixels(stream: NetpbmStream, header: NetpbmHeader) -> Raster:
    """Read the pixels that follow a header; raise InputError if they are damaged."""
    shape = (header.size.height, header.size.width, header.channels)
    count = shape[0] * shape[1] * shape[2]
    if header.magic in _FLOAT_CHANNELS:
        numbers = np.frombuffer(stream.read_view(count * 4), f"{header.byte_order}f4")
        return raster.from_unscaled(numbers.reshape(shape)[::-1])  # the last row comes first
    if header.magic == b"P4":
        stride = -(-shape[1] // 8)
        packed = np.frombuffer(stream.read_view(stride * shape[0]), np.uint8)
        bits = np.unpackbits(packed.reshape(shape[0], stride), axis=1, count=shape[1])
        return raster.from_array(np.equal(bits, 0))
    if header.magic in _PLAIN_CHANNELS:
        return raster.from_array(_read_plain(stream, header, count).reshape(shape))
    dtype = np.dtype(">u2" if header.maxval > 255 else np.uint8)
    levels = np.frombuffer(stream.read_view(count * dtype.itemsize), dtype)
    return raster.from_array(_scale_to_16bit(levels.reshape(shape), header.maxval))


def _read_plain(stream: NetpbmStream, header: NetpbmHeader, count: int) -> NDArray[np.generic]:
    """Return `count` samples of a plain (ASCII) file, which holds one picture only.

    Samples of PBM are single digits, with or without white space between them.
    """
    text = re.sub(rb"#[^\r\n]*", b"", stream.read_all())
    if header.magic == b"P1":
        digits = np.frombuffer(bytes(text.translate(None, _WHITESPACE))[:count], np.uint8)
        if not np.isin(digits, (48, 49)).all():
            raise stream.damage_error("its pixels make no sense")
        numbers = digits.astype(np.int64) - 48
    else:
        tokens = text.split(None, count)[:count]
        if not all(token.isdigit() and len(token) < 10 for token in tokens):
            raise stream.damage_error("its pixels make no sense")
        numbers = np.array(tokens, "S9").astype(np.int64)
    if numbers.size < count:
        raise stream.damage_error("cut short")
    if header.magic == b"P1":
        return np.equal(numbers, 0)
    return _scale_to_16bit(numbers, header.maxval)


def _scale_to_16bit(levels: NDArray[np.generic], maxval: int) -> NDArray[np.generic]:
    if (maxval == 255 and levels.dtype == np.uint8) or (maxval == 65535 and levels.dtype == ">u2"):
        return levels
    white = np.uint32(maxval)
    capped = np.minimum(levels, maxval).astype(np.uint32)
    scaled: NDArray[np.uint32] = (capped * np.uint32(65535) + white // 2) // white
    return scaled.astype(np.uint16)


def _read_number(stream: NetpbmStream) -> int:
    return int(_read_token(stream, b"0123456789"))


def _read_token(stream: NetpbmStream, allowed: bytes) -> bytes:
    """Return the next number of a header; skip white space and comments before it."""
    byte = stream.read_exactly(1)
    while byte in _WHITESPACE or byte == b"#":
        if byte == b"#":
            stream.read_line()
        byte = stream.read_exactly(1)
    token = b""
    while byte in allowed and len(token) < _MAX_NUMBER_BYTES:
        token += byte
        byte = stream.read_exactly(1)
    if not token or byte not in _WHITESPACE:
        raise stream.damage_error("its header makes no sense")
    return token


def _read_pfm_header(stream: NetpbmStream, magic: bytes) -> NetpbmHeader:
    """Read the header of PFM; a negative scale means little endian."""
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
        width, height, depth, maxval = (
            int(entries[name]) for name in (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL")
        )
    except (KeyError, ValueError) as error:
        raise stream.damage_error("its header makes no sense") from error
    if width < 1 or height < 1:
        raise stream.damage_error("its header makes no sense")
    if not 1 <= depth <= 4:
        raise stream.damage_error(f"has {depth} channels")
    return NetpbmHeader(_PAM_MAGIC, Size(width, height), depth, maxval)

"""PBM, PGM, PPM, PAM and PFM pictures, one after another, of any depth up to 16 bits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.errors import InputError
from pixbin.geometry import MOST_PIXELS, Size
from pixbin.readers import raster
from pixbin.readers.raster import Raster

_LONGEST_LINE = 4096  #: bytes of a header's line
_LONGEST_NUMBER = 30  #: letters
_SPACE = b" \t\n\r\v\f"
_RAW = {b"P4": 1, b"P5": 1, b"P6": 3}  #: by what they begin with, the numbers of a pixel
_PLAIN = {b"P1": 1, b"P2": 1, b"P3": 3}
_FLOATS = {b"Pf": 1, b"PF": 3}
_ANY = b"P7"
MAGIC = (*_RAW, *_PLAIN, *_FLOATS, _ANY)
_FILE = "{name}: damaged ({reason}); mend or replace it"


class Stream:
    """Bytes that come, with a look at the first ones."""

    def __init__(self, file: BinaryIO, name: str, words: str = _FILE) -> None:
        """Read a file; `words` say that something is wrong with it, by name, frame and reason."""
        self._file = file
        self._ahead = b""
        self._name, self._words = name, words
        self.frame = 0  #: number of the frame that is read, from 1

    def peek(self, count: int) -> bytes:
        """Return the next bytes, which will be read again."""
        self._ahead += self._file.read(max(count - len(self._ahead), 0))
        return self._ahead[:count]

    def read(self, count: int) -> bytes:
        """Return so many bytes, fewer at the end only."""
        data, self._ahead = self._ahead[:count], self._ahead[count:]
        return data + self._file.read(count - len(data)) if len(data) < count else data

    def rest(self) -> bytes:
        """Return all bytes up to the end."""
        data, self._ahead = self._ahead, b""
        return data + self._file.read()

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
        return InputError(self._words.format(name=self._name, frame=self.frame, reason=reason))


class Head(NamedTuple):
    """What stands before the pixels."""

    magic: bytes
    size: Size
    planes: int  #: numbers of a pixel
    most: int = 1  #: the level that is white
    order: str = "<"  #: of the bytes of floating-point numbers

    @property
    def bits(self) -> int:
        """Bits of a pixel as stored; of letters, as stored without them."""
        if self.magic in (b"P1", b"P4"):
            return 1
        return self.planes * (32 if self.magic in _FLOATS else 8 if self.most < 256 else 16)


def pictures(stream: Stream) -> Iterator[Raster]:
    """Read one picture after another, up to the end of the stream."""
    while stream.peek(1):
        yield body(stream, head(stream))
        skip_lines(stream)


def more(stream: Stream) -> bool:
    """Tell whether another picture comes, rather than the end, or bytes that are none."""
    skip_lines(stream)
    return stream.peek(2) in MAGIC


def skip_lines(stream: Stream) -> None:
    """Read the ends of lines; some end a picture with one."""
    while stream.peek(1) in (b"\n", b"\r"):
        stream.read(1)


def head(stream: Stream) -> Head:
    """Read what stands before the pixels of the next picture."""
    stream.frame += 1
    magic = stream.whole(2)
    if magic not in MAGIC:
        raise stream.fault("does not begin as PBM, PGM, PPM, PAM or PFM")
    if magic == _ANY:
        found = _pam(stream)
    elif magic in _FLOATS:
        found = _pfm(stream, magic)
    else:
        size = Size(_number(stream), _number(stream))
        most = 1 if magic in (b"P1", b"P4") else _number(stream)
        found = Head(magic, size, (_RAW | _PLAIN)[magic], most)
    checked(stream, found.size)
    if not 0 < found.most < 65536:
        raise stream.fault("its header makes no sense")
    return found


def checked(stream: Stream, size: Size) -> int:
    """Return the pixels of a frame."""
    if not 0 < size.width * size.height <= MOST_PIXELS:
        raise stream.fault(f"{size} pixels cannot be")
    return size.width * size.height


def body(stream: Stream, found: Head) -> Raster:
    """Read the pixels of a picture."""
    shape = (found.size.height, found.size.width, found.planes)
    count = shape[0] * shape[1] * shape[2]
    if found.magic in _FLOATS:
        numbers = np.frombuffer(stream.whole(count * 4), f"{found.order}f4")
        return raster.of_numbers(numbers.reshape(shape)[::-1])  # the last row comes first
    if found.magic == b"P4":
        stride = -(-shape[1] // 8)
        packed = np.frombuffer(stream.whole(stride * shape[0]), np.uint8)
        bits = np.unpackbits(packed.reshape(shape[0], stride), axis=1, count=shape[1])
        return raster.of_array(np.equal(bits, 0))
    if found.magic in _PLAIN:
        return raster.of_array(_plain(stream, found, count).reshape(shape))
    kind = np.dtype(">u2" if found.most > 255 else np.uint8)
    levels = np.frombuffer(stream.whole(count * kind.itemsize), kind)
    return raster.of_array(_scaled(levels.reshape(shape), found.most))


def _plain(stream: Stream, found: Head, count: int) -> NDArray[np.generic]:
    """Read numbers in letters, or zeros and ones with or without space; nothing comes behind."""
    words = re.sub(rb"#[^\r\n]*", b"", stream.rest())
    if found.magic == b"P1":
        letters = np.frombuffer(bytes(words.translate(None, _SPACE))[:count], np.uint8)
        if not np.isin(letters, (48, 49)).all():
            raise stream.fault("its pixels make no sense")
        numbers = letters.astype(np.int64) - 48
    else:
        parts = words.split(None, count)[:count]
        if not all(part.isdigit() and len(part) < 10 for part in parts):
            raise stream.fault("its pixels make no sense")
        numbers = np.array(parts, "S9").astype(np.int64)
    if numbers.size < count:
        raise stream.fault("cut short")
    return np.equal(numbers, 0) if found.magic == b"P1" else _scaled(numbers, found.most)


def _scaled(levels: NDArray[np.generic], most: int) -> NDArray[np.generic]:
    if (most == 255 and levels.dtype == np.uint8) or (most == 65535 and levels.dtype == ">u2"):
        return levels
    capped = np.minimum(levels, most).astype(np.uint32)
    scaled: NDArray[np.uint32] = (capped * np.uint32(65535) + np.uint32(most // 2)) // np.uint32(
        most
    )
    return scaled.astype(np.uint16)


def _number(stream: Stream) -> int:
    return int(_word(stream, b"0123456789"))


def _word(stream: Stream, letters: bytes) -> bytes:
    """Read a number of a header, behind space and comments, and the byte that ends it."""
    letter = stream.whole(1)
    while letter in _SPACE or letter == b"#":
        if letter == b"#":
            stream.line()
        letter = stream.whole(1)
    word = b""
    while letter in letters and len(word) < _LONGEST_NUMBER:
        word += letter
        letter = stream.whole(1)
    if not word or letter not in _SPACE:
        raise stream.fault("its header makes no sense")
    return word


def _pfm(stream: Stream, magic: bytes) -> Head:
    """Read the header of floats, whose last number tells by its sign in which order bytes are."""
    size = Size(_number(stream), _number(stream))
    try:
        scale = float(_word(stream, b"0123456789.+-eE"))
    except ValueError as error:
        raise stream.fault("its header makes no sense") from error
    return Head(magic, size, _FLOATS[magic], order="<" if scale < 0 else ">")


def _pam(stream: Stream) -> Head:
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
    if width < 1 or height < 1:
        raise stream.fault("its header makes no sense")
    if not 1 <= depth <= 4:
        raise stream.fault(f"of {depth} channels")
    return Head(_ANY, Size(width, height), depth, most)

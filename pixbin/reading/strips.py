"""The samples of a TIFF, of any depth and order (TIFF 6.0, Adobe, 1992; its technical notes, 2002).

Pillow unpacks the bytes of strips and tiles, as greys of eight bits; what they mean is found here.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.geometry import MOST_PIXELS

Tags = Any  #: of a page, by number; Pillow's, or a mapping
Samples = NDArray[Any]  #: shape (H, W, C)

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_FILL_ORDER, _OFFSETS, _CHANNELS, _ROWS, _LENGTHS = 266, 273, 277, 278, 279
PLANAR, _PREDICTOR = 284, 317
_TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_LENGTHS = 322, 323, 324, 325
_FORMAT = 339
#: none, LZW, Deflate by both numbers, PackBits, LZMA, Zstandard: those that pack bytes
_OF_BYTES = (1, 5, 8, 32946, 32773, 34925, 50000)
_UNSIGNED, _SIGNED, _FLOAT = 1, 2, 3
_KINDS = {_UNSIGNED: "u", _SIGNED: "i", _FLOAT: "f"}
_DIFFERENCES, _FLOAT_DIFFERENCES = 2, 3
_AT_ONCE = 1 << 26  #: bytes that are unpacked at a time
_REVERSED = np.array([int(f"{byte:08b}"[::-1], 2) for byte in range(256)], np.uint8)


class Form(NamedTuple):
    """How the samples of a page lie."""

    width: int
    height: int
    bits: int  #: of a sample
    kind: str  #: `u`, `i` or `f`, as NumPy has it
    channels: int
    planes: int  #: 1, or as many as channels where these lie apart
    compression: int
    predictor: int
    order: str  #: of bytes, `<` or `>`
    is_reversed: bool  #: whether the first of eight bits is the lowest
    photometric: int

    @property
    def together(self) -> int:
        """Return how many samples of a pixel lie side by side."""
        return self.channels // self.planes


class _Blocks(NamedTuple):
    """Strips or tiles of one plane, in rows."""

    width: int  #: of one, in pixels
    height: int
    across: int
    offsets: tuple[int, ...]
    lengths: tuple[int, ...]


def form(tags: Tags, order: str) -> Form | None:
    """Return how samples lie, or None if that is not for this reader."""
    bits = many(tags, _BITS, 1)
    kinds = {_KINDS.get(each) for each in many(tags, _FORMAT, _UNSIGNED)}
    (kind,) = kinds if len(kinds) == 1 else (None,)
    channels = one(tags, _CHANNELS, 1)
    is_deep_enough = len(set(bits)) == 1 and (1 <= bits[0] <= 16 or bits[0] in (32, 64))
    if kind is None or not is_deep_enough or not 1 <= channels <= 16:
        return None
    if (kind != "u" and bits[0] not in (8, 16, 32, 64)) or (kind, bits[0]) == ("f", 8):
        return None
    found = Form(
        *(one(tags, _WIDTH, 0), one(tags, _HEIGHT, 0), bits[0], kind, channels),
        planes=channels if one(tags, PLANAR, 1) == 2 else 1,
        compression=one(tags, _COMPRESSION, 1),
        predictor=one(tags, _PREDICTOR, 1),
        order=order,
        is_reversed=one(tags, _FILL_ORDER, 1) == 2,
        photometric=one(tags, _PHOTOMETRIC, 1),
    )
    return found if found.compression in _OF_BYTES else None


def samples(data: bytes, tags: Tags, found: Form) -> Samples:
    """Return all samples of a page, as numbers of their kind.

    Raises
    ------
    ValueError, OSError
        The page is damaged.
    """
    if not 0 < found.width * found.height <= MOST_PIXELS:
        raise ValueError(f"{found.width}x{found.height} pixels cannot be")
    planes = []
    for plane in range(found.planes):
        blocks = _blocks(tags, found, plane)
        row = -(-blocks.width * found.together * found.bits // 8)
        parts = [
            _numbers(each, blocks, found)
            for each in unpacked(data, blocks, row, found.height, found)
        ]
        planes.append(np.concatenate(parts)[: found.height, : found.width])
    return np.concatenate(planes, axis=2)


def _blocks(tags: Tags, found: Form, plane: int) -> _Blocks:
    if _TILE_OFFSETS in tags:
        width, height = one(tags, _TILE_WIDTH, 0), one(tags, _TILE_HEIGHT, 0)
        of = _TILE_OFFSETS, _TILE_LENGTHS
    else:
        width, height = found.width, min(one(tags, _ROWS, found.height), found.height)
        of = _OFFSETS, _LENGTHS
    if not (0 < width <= 1 << 20 and 0 < height <= 1 << 20):
        raise ValueError("its strips have no size")
    across = -(-found.width // width)
    count = across * -(-found.height // height)
    chosen = slice(plane * count, (plane + 1) * count)
    of_plane, as_long = (many(tags, tag)[chosen] if tag in tags else () for tag in of)
    if len(of_plane) < count:
        raise ValueError("it ends before its last row")
    if len(as_long) < count:
        if found.compression != 1:
            raise ValueError("its strips have no length")
        whole = height * -(-width * found.together * found.bits // 8)
        as_long = (whole,) * count
    return _Blocks(width, height, across, of_plane, as_long)


def unpacked(
    data: bytes, blocks: _Blocks, row: int, height: int, found: Form
) -> Iterator[NDArray[np.uint8]]:
    """Yield the bytes of some rows of blocks at a time, shape (rows, blocks across, row)."""
    line = row * blocks.height * blocks.across
    if line > 8 * MOST_PIXELS:
        raise ValueError("its strips are too large")
    at_once = max(_AT_ONCE // line, 1)
    for top in range(0, -(-height // blocks.height), at_once):
        most = height - top * blocks.height
        rows = min(at_once * blocks.height, most)
        chosen = slice(top * blocks.across, (top + at_once) * blocks.across)
        part = blocks._replace(offsets=blocks.offsets[chosen], lengths=blocks.lengths[chosen])
        yield _as_greys(data, part, row, rows, found).reshape(rows, blocks.across, row)


def _as_greys(data: bytes, blocks: _Blocks, row: int, rows: int, found: Form) -> NDArray[np.uint8]:
    """Let Pillow unpack blocks, as the greys of a TIFF that has nothing else."""
    from PIL import Image
    from PIL.TiffImagePlugin import TiffImageFile

    is_tiled = blocks.across > 1 or blocks.width != found.width
    contents = _contents(data, _measured(blocks, row, rows, found, is_tiled))
    entries = {_WIDTH: row * blocks.across, _HEIGHT: rows, _BITS: 8, _PHOTOMETRIC: 1}
    entries |= {_COMPRESSION: found.compression, _CHANNELS: 1}
    entries |= {_TILE_WIDTH: row, _TILE_HEIGHT: blocks.height} if is_tiled else {}
    entries |= {} if is_tiled else {_ROWS: blocks.height}
    lists = (_TILE_OFFSETS, _TILE_LENGTHS) if is_tiled else (_OFFSETS, _LENGTHS)
    image: Any = TiffImageFile(io.BytesIO(_file(contents, entries, lists, found.order)))
    # Else Pillow would take bytes for pixels, and find them too many.
    image.im = Image.new("L", image.size).im
    image.load()
    greys = np.asarray(image)
    return _REVERSED[greys] if found.is_reversed and found.compression == 1 else greys


def _measured(blocks: _Blocks, row: int, rows: int, found: Form, is_tiled: bool) -> _Blocks:
    """Return blocks as long as they have to be where nothing is packed; files say it wrongly."""
    if found.compression != 1:
        return blocks
    whole = row * blocks.height
    last = whole if is_tiled else ((rows - 1) % blocks.height + 1) * row
    return blocks._replace(lengths=(*(whole for _ in blocks.lengths[1:]), last))


def _contents(data: bytes, blocks: _Blocks) -> list[bytes]:
    pairs = list(zip(blocks.offsets, blocks.lengths, strict=True))
    if any(start + length > len(data) for start, length in pairs):
        raise ValueError("cut short")
    return [data[start : start + length] for start, length in pairs]


def _file(
    contents: list[bytes], entries: dict[int, int], lists: tuple[int, int], order: str
) -> bytes:
    """Return a TIFF of these blocks, in which two lists tell where they lie."""
    starts = [8]
    for content in contents:
        starts.append(starts[-1] + len(content) + len(content) % 2)
    count, end = len(contents), starts.pop()
    lengths = [len(content) for content in contents]
    # A list of one number is that number, others lie behind the blocks.
    places = (end, end + 4 * count) if count > 1 else (8, lengths[0])
    every = {tag: (1, value) for tag, value in entries.items()}
    every |= {tag: (count, place) for tag, place in zip(lists, places, strict=True)}
    behind = struct.pack(f"{order}{2 * count}I", *starts, *lengths) if count > 1 else b""
    head = struct.pack(f"{order}2sHI", b"II" if order == "<" else b"MM", 42, end + len(behind))
    directory = [
        struct.pack(f"{order}HHII", tag, 4, *every[tag])  # 4 is a long number
        for tag in sorted(every)
    ]
    number = struct.pack(f"{order}H", len(directory))
    padded = [content + bytes(len(content) % 2) for content in contents]
    return b"".join((head, *padded, behind, number, *directory, bytes(4)))


def _numbers(packed: NDArray[np.uint8], blocks: _Blocks, found: Form) -> Samples:
    """Return samples of some rows of blocks, shape (rows, width, samples side by side)."""
    rows, across, _ = packed.shape
    shape = (rows, across, blocks.width, found.together)
    if found.predictor == _FLOAT_DIFFERENCES and found.kind == "f":
        numbers = _undone(packed, shape, found)
    elif found.bits in (8, 16, 32, 64):
        numbers = packed.view(f"{found.order}{found.kind}{found.bits // 8}").reshape(shape)
    else:
        numbers = _of_bits(packed, blocks.width * found.together, found.bits).reshape(shape)
    if found.predictor == _DIFFERENCES:
        steps = numbers.view(_unsigned(numbers.dtype))
        whole = np.cumsum(steps, axis=2, dtype=f"u{numbers.dtype.itemsize}")
        numbers = whole.view(numbers.dtype.newbyteorder("="))
    return numbers.reshape(rows, across * blocks.width, found.together)


def _unsigned(kind: np.dtype[Any]) -> np.dtype[Any]:
    return np.dtype(f"u{kind.itemsize}").newbyteorder(kind.byteorder)


def _of_bits(packed: NDArray[np.uint8], count: int, bits: int) -> Samples:
    """Return numbers of a few bits each, the highest first."""
    found = np.zeros((*packed.shape[:2], count), np.uint16)
    every = np.unpackbits(packed, axis=2, count=count * bits)
    for place in range(bits):
        found = found << np.uint16(1) | every[..., place::bits]
    return found


def _undone(packed: NDArray[np.uint8], shape: tuple[int, ...], found: Form) -> Samples:
    """Undo differences of bytes, the highest of all numbers first (technical note 3, 2005)."""
    size = found.bits // 8
    rows, across, width, together = shape
    steps = packed.reshape(rows, across, width * size, together)
    whole = np.cumsum(steps, axis=2, dtype=np.uint8)
    planes = whole.reshape(rows, across, size, width * together)
    numbers = np.ascontiguousarray(planes.swapaxes(2, 3)).view(f">f{size}")
    return numbers.reshape(shape)


def many(tags: Tags, tag: int, default: int = 0) -> tuple[int, ...]:
    """Return the numbers of a tag."""
    value = tags.get(tag, default)
    return tuple(value) if isinstance(value, tuple) else (value,)


def one(tags: Tags, tag: int, default: int) -> int:
    """Return the number of a tag."""
    return int(many(tags, tag, default)[0])

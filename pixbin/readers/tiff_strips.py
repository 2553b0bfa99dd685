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

from pixbin.geometry import MAX_PIXELS

TiffTags = Any  #: of a page, by number; Pillow's, or a mapping
SampleArray = NDArray[Any]  #: shape (H, W, C)

_IMAGE_WIDTH, _IMAGE_LENGTH, _BITS_PER_SAMPLE, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_FILL_ORDER, _STRIP_OFFSETS, _SAMPLES_PER_PIXEL, _ROWS_PER_STRIP, _STRIP_BYTE_COUNTS = (
    266,
    273,
    277,
    278,
    279,
)
_PLANAR_CONFIGURATION, _PREDICTOR = 284, 317
_TILE_WIDTH, _TILE_LENGTH, _TILE_OFFSETS, _TILE_BYTE_COUNTS = 322, 323, 324, 325
_SAMPLE_FORMAT = 339
#: none, LZW, Deflate by both numbers, PackBits, LZMA, Zstandard: those that pack bytes
_BYTE_COMPRESSIONS = (1, 5, 8, 32946, 32773, 34925, 50000)
_UNSIGNED, _SIGNED, _FLOAT = 1, 2, 3
_DTYPE_KINDS = {_UNSIGNED: "u", _SIGNED: "i", _FLOAT: "f"}
_HORIZONTAL_PREDICTOR, _FLOAT_PREDICTOR = 2, 3
_MAX_UNPACKED_BYTES = 1 << 26  #: bytes that are unpacked at a time
_REVERSED_BITS = np.array([int(f"{byte:08b}"[::-1], 2) for byte in range(256)], np.uint8)


class SampleLayout(NamedTuple):
    """How the samples of a page lie."""

    width: int
    height: int
    bits_per_sample: int  #: of a sample
    dtype_kind: str  #: `u`, `i` or `f`, as NumPy has it
    channels: int
    planes: int  #: 1, or as many as channels where these lie apart
    compression: int
    predictor: int
    byte_order: str  #: of bytes, `<` or `>`
    is_lsb_first: bool  #: whether the first of eight bits is the lowest
    photometric: int

    @property
    def interleaved_samples(self) -> int:
        """Return how many samples of a pixel lie side by side."""
        return self.channels // self.planes


class _Blocks(NamedTuple):
    """Strips or tiles of one plane, in rows."""

    width: int  #: of one, in pixels
    height: int
    blocks_across: int
    offsets: tuple[int, ...]
    byte_counts: tuple[int, ...]


def read_layout(tags: TiffTags, byte_order: str) -> SampleLayout | None:
    """Return how samples lie, or None if that is not for this reader."""
    bits = tag_values(tags, _BITS_PER_SAMPLE, 1)
    kinds = {_DTYPE_KINDS.get(each) for each in tag_values(tags, _SAMPLE_FORMAT, _UNSIGNED)}
    (kind,) = kinds if len(kinds) == 1 else (None,)
    channels = tag_value(tags, _SAMPLES_PER_PIXEL, 1)
    is_deep_enough = len(set(bits)) == 1 and (1 <= bits[0] <= 16 or bits[0] in (32, 64))
    if kind is None or not is_deep_enough or not 1 <= channels <= 16:
        return None
    if (kind != "u" and bits[0] not in (8, 16, 32, 64)) or (kind, bits[0]) == ("f", 8):
        return None
    found = SampleLayout(
        *(
            tag_value(tags, _IMAGE_WIDTH, 0),
            tag_value(tags, _IMAGE_LENGTH, 0),
            bits[0],
            kind,
            channels,
        ),
        planes=channels if tag_value(tags, _PLANAR_CONFIGURATION, 1) == 2 else 1,
        compression=tag_value(tags, _COMPRESSION, 1),
        predictor=tag_value(tags, _PREDICTOR, 1),
        byte_order=byte_order,
        is_lsb_first=tag_value(tags, _FILL_ORDER, 1) == 2,
        photometric=tag_value(tags, _PHOTOMETRIC, 1),
    )
    return found if found.compression in _BYTE_COMPRESSIONS else None


def read_samples(data: bytes, tags: TiffTags, layout: SampleLayout) -> SampleArray:
    """Return all samples of a page, as numbers of their kind.

    Raises
    ------
    ValueError, OSError
        The page is damaged.
    """
    if not 0 < layout.width * layout.height <= MAX_PIXELS:
        raise ValueError(f"{layout.width}x{layout.height} pixels cannot be")
    planes = []
    for plane in range(layout.planes):
        blocks = _plane_blocks(tags, layout, plane)
        row = -(-blocks.width * layout.interleaved_samples * layout.bits_per_sample // 8)
        parts = [
            _to_samples(each, blocks, layout)
            for each in decompress_rows(data, blocks, row, layout.height, layout)
        ]
        planes.append(np.concatenate(parts)[: layout.height, : layout.width])
    return np.concatenate(planes, axis=2)


def _plane_blocks(tags: TiffTags, layout: SampleLayout, plane: int) -> _Blocks:
    if _TILE_OFFSETS in tags:
        width, height = tag_value(tags, _TILE_WIDTH, 0), tag_value(tags, _TILE_LENGTH, 0)
        of = _TILE_OFFSETS, _TILE_BYTE_COUNTS
    else:
        width, height = (
            layout.width,
            min(tag_value(tags, _ROWS_PER_STRIP, layout.height), layout.height),
        )
        of = _STRIP_OFFSETS, _STRIP_BYTE_COUNTS
    if not (0 < width <= 1 << 20 and 0 < height <= 1 << 20):
        raise ValueError("its strips have no size")
    across = -(-layout.width // width)
    count = across * -(-layout.height // height)
    chosen = slice(plane * count, (plane + 1) * count)
    of_plane, as_long = (tag_values(tags, tag)[chosen] if tag in tags else () for tag in of)
    if len(of_plane) < count:
        raise ValueError("it ends before its last row")
    if len(as_long) < count:
        if layout.compression != 1:
            raise ValueError("its strips have no length")
        whole = height * -(-width * layout.interleaved_samples * layout.bits_per_sample // 8)
        as_long = (whole,) * count
    return _Blocks(width, height, across, of_plane, as_long)


def decompress_rows(
    data: bytes, blocks: _Blocks, row_bytes: int, height: int, layout: SampleLayout
) -> Iterator[NDArray[np.uint8]]:
    """Yield the bytes of some rows of blocks at a time, shape (rows, blocks across, row)."""
    line = row_bytes * blocks.height * blocks.blocks_across
    if line > 8 * MAX_PIXELS:
        raise ValueError("its strips are too large")
    at_once = max(_MAX_UNPACKED_BYTES // line, 1)
    for top in range(0, -(-height // blocks.height), at_once):
        most = height - top * blocks.height
        rows = min(at_once * blocks.height, most)
        chosen = slice(top * blocks.blocks_across, (top + at_once) * blocks.blocks_across)
        part = blocks._replace(
            offsets=blocks.offsets[chosen], byte_counts=blocks.byte_counts[chosen]
        )
        yield _decompress_with_pillow(data, part, row_bytes, rows, layout).reshape(
            rows, blocks.blocks_across, row_bytes
        )


def _decompress_with_pillow(
    data: bytes, blocks: _Blocks, row_bytes: int, rows: int, layout: SampleLayout
) -> NDArray[np.uint8]:
    """Let Pillow unpack blocks, as the greys of a TIFF that has nothing else."""
    from PIL import Image
    from PIL.TiffImagePlugin import TiffImageFile

    is_tiled = blocks.blocks_across > 1 or blocks.width != layout.width
    contents = _block_contents(data, _fix_byte_counts(blocks, row_bytes, rows, layout, is_tiled))
    entries = {
        _IMAGE_WIDTH: row_bytes * blocks.blocks_across,
        _IMAGE_LENGTH: rows,
        _BITS_PER_SAMPLE: 8,
        _PHOTOMETRIC: 1,
    }
    entries |= {_COMPRESSION: layout.compression, _SAMPLES_PER_PIXEL: 1}
    entries |= {_TILE_WIDTH: row_bytes, _TILE_LENGTH: blocks.height} if is_tiled else {}
    entries |= {} if is_tiled else {_ROWS_PER_STRIP: blocks.height}
    lists = (_TILE_OFFSETS, _TILE_BYTE_COUNTS) if is_tiled else (_STRIP_OFFSETS, _STRIP_BYTE_COUNTS)
    image: Any = TiffImageFile(
        io.BytesIO(_wrap_as_tiff(contents, entries, lists, layout.byte_order))
    )
    # Else Pillow would take bytes for pixels, and find them too many.
    image.im = Image.new("L", image.size).im
    image.load()
    greys = np.asarray(image)
    return _REVERSED_BITS[greys] if layout.is_lsb_first and layout.compression == 1 else greys


def _fix_byte_counts(
    blocks: _Blocks, row_bytes: int, rows: int, layout: SampleLayout, is_tiled: bool
) -> _Blocks:
    """Return blocks as long as they have to be where nothing is packed; files say it wrongly."""
    if layout.compression != 1:
        return blocks
    whole = row_bytes * blocks.height
    last = whole if is_tiled else ((rows - 1) % blocks.height + 1) * row_bytes
    return blocks._replace(byte_counts=(*(whole for _ in blocks.byte_counts[1:]), last))


def _block_contents(data: bytes, blocks: _Blocks) -> list[bytes]:
    pairs = list(zip(blocks.offsets, blocks.byte_counts, strict=True))
    if any(start + length > len(data) for start, length in pairs):
        raise ValueError("cut short")
    return [data[start : start + length] for start, length in pairs]


def _wrap_as_tiff(
    contents: list[bytes], entries: dict[int, int], block_tags: tuple[int, int], byte_order: str
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
    every |= {tag: (count, place) for tag, place in zip(block_tags, places, strict=True)}
    behind = struct.pack(f"{byte_order}{2 * count}I", *starts, *lengths) if count > 1 else b""
    head = struct.pack(
        f"{byte_order}2sHI", b"II" if byte_order == "<" else b"MM", 42, end + len(behind)
    )
    directory = [
        struct.pack(f"{byte_order}HHII", tag, 4, *every[tag])  # 4 is a long number
        for tag in sorted(every)
    ]
    number = struct.pack(f"{byte_order}H", len(directory))
    padded = [content + bytes(len(content) % 2) for content in contents]
    return b"".join((head, *padded, behind, number, *directory, bytes(4)))


def _to_samples(
    block_rows: NDArray[np.uint8], blocks: _Blocks, layout: SampleLayout
) -> SampleArray:
    """Return samples of some rows of blocks, shape (rows, width, samples side by side)."""
    rows, across, _ = block_rows.shape
    shape = (rows, across, blocks.width, layout.interleaved_samples)
    if layout.predictor == _FLOAT_PREDICTOR and layout.dtype_kind == "f":
        numbers = _undo_predictor3(block_rows, shape, layout)
    elif layout.bits_per_sample in (8, 16, 32, 64):
        numbers = block_rows.view(
            f"{layout.byte_order}{layout.dtype_kind}{layout.bits_per_sample // 8}"
        ).reshape(shape)
    else:
        numbers = _unpack_bits(
            block_rows, blocks.width * layout.interleaved_samples, layout.bits_per_sample
        ).reshape(shape)
    if layout.predictor == _HORIZONTAL_PREDICTOR:
        steps = numbers.view(_unsigned_dtype(numbers.dtype))
        whole = np.cumsum(steps, axis=2, dtype=f"u{numbers.dtype.itemsize}")
        numbers = whole.view(numbers.dtype.newbyteorder("="))
    return numbers.reshape(rows, across * blocks.width, layout.interleaved_samples)


def _unsigned_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.dtype(f"u{dtype.itemsize}").newbyteorder(dtype.byteorder)


def _unpack_bits(packed: NDArray[np.uint8], count: int, bits: int) -> SampleArray:
    """Return numbers of a few bits each, the highest first."""
    found = np.zeros((*packed.shape[:2], count), np.uint16)
    every = np.unpackbits(packed, axis=2, count=count * bits)
    for place in range(bits):
        found = found << np.uint16(1) | every[..., place::bits]
    return found


def _undo_predictor3(
    packed: NDArray[np.uint8], shape: tuple[int, ...], layout: SampleLayout
) -> SampleArray:
    """Undo differences of bytes, the highest of all numbers first (technical note 3, 2005)."""
    size = layout.bits_per_sample // 8
    rows, across, width, together = shape
    steps = packed.reshape(rows, across, width * size, together)
    whole = np.cumsum(steps, axis=2, dtype=np.uint8)
    planes = whole.reshape(rows, across, size, width * together)
    numbers = np.ascontiguousarray(planes.swapaxes(2, 3)).view(f">f{size}")
    return numbers.reshape(shape)


def tag_values(tags: TiffTags, tag: int, default: int = 0) -> tuple[int, ...]:
    """Return the numbers of a tag."""
    value = tags.get(tag, default)
    return tuple(value) if isinstance(value, tuple) else (value,)


def tag_value(tags: TiffTags, tag: int, default: int) -> int:
    """Return the number of a tag."""
    return int(tag_values(tags, tag, default)[0])

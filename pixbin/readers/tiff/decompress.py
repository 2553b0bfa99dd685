"""Decompression of TIFF strips and tiles by Pillow, for samples of any type.

Several strips or tiles at a time are wrapped as a TIFF of 8-bit grey, so that Pillow undoes the
compression and nothing else. docs/decisions/002-tiff.md says why no library does this.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pixbin.geometry import MAX_PIXELS
from pixbin.readers.tiff import tag_numbers
from pixbin.readers.tiff.layout import NO_COMPRESSION, Blocks, SampleLayout

_MAX_UNPACKED_BYTES = 1 << 26  #: bytes that are decompressed at a time
_REVERSED_BITS = np.array([int(f"{byte:08b}"[::-1], 2) for byte in range(256)], np.uint8)


def decompress_rows(
    data: bytes, blocks: Blocks, row_bytes: int, layout: SampleLayout
) -> Iterator[NDArray[np.uint8]]:
    """Yield the bytes of a few rows of blocks at a time.

    Parameters
    ----------
    data : bytes
        The whole file.
    blocks : Blocks
        The strips or tiles of one plane.
    row_bytes : int
        Bytes of one row of a block.
    layout : SampleLayout

    Yields
    ------
    uint8 array, shape (rows, blocks across, row_bytes)

    Raises
    ------
    ValueError, OSError
        The file is damaged, or a block is too large.
    """
    block_row_bytes = row_bytes * blocks.height * blocks.blocks_across
    if block_row_bytes > 8 * MAX_PIXELS:
        raise ValueError("its strips are too large")
    step = max(_MAX_UNPACKED_BYTES // block_row_bytes, 1)
    for top in range(0, -(-layout.height // blocks.height), step):
        rows = min(step * blocks.height, layout.height - top * blocks.height)
        chosen = slice(top * blocks.blocks_across, (top + step) * blocks.blocks_across)
        part = blocks._replace(
            offsets=blocks.offsets[chosen], byte_counts=blocks.byte_counts[chosen]
        )
        grey = _decompress_with_pillow(data, part, row_bytes, rows, layout)
        yield grey.reshape(rows, blocks.blocks_across, row_bytes)


def _decompress_with_pillow(
    data: bytes, blocks: Blocks, row_bytes: int, rows: int, layout: SampleLayout
) -> NDArray[np.uint8]:
    """Return the decompressed bytes of blocks, by a TIFF of 8-bit grey around them."""
    from PIL import Image
    from PIL.TiffImagePlugin import TiffImageFile

    is_tiled = blocks.blocks_across > 1 or blocks.width != layout.width
    blocks = _fix_byte_counts(blocks, row_bytes, rows, layout, is_tiled)
    entries = {
        tag_numbers.IMAGE_WIDTH: row_bytes * blocks.blocks_across,
        tag_numbers.IMAGE_LENGTH: rows,
        tag_numbers.BITS_PER_SAMPLE: 8,
        tag_numbers.COMPRESSION: layout.compression,
        tag_numbers.PHOTOMETRIC: 1,
        tag_numbers.SAMPLES_PER_PIXEL: 1,
    }
    if is_tiled:
        entries |= {tag_numbers.TILE_WIDTH: row_bytes, tag_numbers.TILE_LENGTH: blocks.height}
        block_tags = tag_numbers.TILE_OFFSETS, tag_numbers.TILE_BYTE_COUNTS
    else:
        entries |= {tag_numbers.ROWS_PER_STRIP: blocks.height}
        block_tags = tag_numbers.STRIP_OFFSETS, tag_numbers.STRIP_BYTE_COUNTS
    file = _wrap_as_tiff(_block_contents(data, blocks), entries, block_tags, layout.byte_order)
    image: Any = TiffImageFile(io.BytesIO(file))
    # Without this, Pillow would count bytes as pixels and refuse them as too many.
    image.im = Image.new("L", image.size).im
    image.load()
    grey = np.asarray(image)
    is_reversed = layout.is_lsb_first and layout.compression == NO_COMPRESSION
    return _REVERSED_BITS[grey] if is_reversed else grey


def _fix_byte_counts(
    blocks: Blocks, row_bytes: int, rows: int, layout: SampleLayout, is_tiled: bool
) -> Blocks:
    """Return uncompressed blocks with lengths from their size; those in files may be wrong."""
    if layout.compression != NO_COMPRESSION:
        return blocks
    whole = row_bytes * blocks.height
    last = whole if is_tiled else ((rows - 1) % blocks.height + 1) * row_bytes
    return blocks._replace(byte_counts=(*(whole for _ in blocks.byte_counts[1:]), last))


def _block_contents(data: bytes, blocks: Blocks) -> list[bytes]:
    ranges = list(zip(blocks.offsets, blocks.byte_counts, strict=True))
    if any(start + length > len(data) for start, length in ranges):
        raise ValueError("cut short")
    return [data[start : start + length] for start, length in ranges]


def _wrap_as_tiff(
    contents: list[bytes], entries: dict[int, int], block_tags: tuple[int, int], byte_order: str
) -> bytes:
    """Return a TIFF of these blocks; `block_tags` are the tags of their offsets and lengths."""
    starts = [8]
    for content in contents:
        starts.append(starts[-1] + len(content) + len(content) % 2)
    count, end = len(contents), starts.pop()
    lengths = [len(content) for content in contents]
    # A list of one number is stored in the entry itself, a longer one after the blocks.
    values = (end, end + 4 * count) if count > 1 else (8, lengths[0])
    fields = {tag: (1, value) for tag, value in entries.items()}
    fields |= {tag: (count, value) for tag, value in zip(block_tags, values, strict=True)}
    lists = struct.pack(f"{byte_order}{2 * count}I", *starts, *lengths) if count > 1 else b""
    magic = b"II" if byte_order == "<" else b"MM"
    head = struct.pack(f"{byte_order}2sHI", magic, 42, end + len(lists))
    directory = [
        struct.pack(f"{byte_order}HHII", tag, 4, *fields[tag])  # 4 is the type LONG
        for tag in sorted(fields)
    ]
    number = struct.pack(f"{byte_order}H", len(directory))
    padded = [content + bytes(len(content) % 2) for content in contents]
    return b"".join((head, *padded, lists, number, *directory, bytes(4)))

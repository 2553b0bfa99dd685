"""PNG: grey, or with a palette; each file is compressed in a few ways, and the smallest is kept.

Source: Portable Network Graphics (PNG) Specification, third edition, W3C, 2025.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.readers import png_chunks
from pixbin.readers.png_chunks import Chunk

if TYPE_CHECKING:
    from pixbin.codecs.hints import DecodeHints, Evidence
    from pixbin.codecs.indexed import IndexedImage

PackedRows = NDArray[np.uint8]  #: shape (H, bytes of a row), the first pixel in the highest bits

_GREY, _PALETTE = 0, 3  #: colour types
_UP_FILTER = 2  #: filter type: differences to the row above; type 0 keeps the row
_MEMORY_LEVEL = 9  #: of zlib, its highest: long blocks, which need fewer Huffman tables
_BLOCK_SHARE = 0.4  #: if so many rows repeat the row above, a picture is drawn in blocks
_MAX_SEARCHED_BYTES = 1 << 19  #: a picture with more is compressed in one way only
_SAMPLES, _SAMPLED_ROWS = 4, 64  #: groups of rows that choose this way, and rows in each
_MAX_LOSS = 1.03  #: how much longer a file may be if it is compressed several times as fast


def encode(bitmap: Bitmap, file_format: Format, name: str) -> bytes:
    """Return a file of 1 bit per pixel, or as few as the colours need, or of 8 if requested."""
    if not bitmap.is_black_and_white:
        from pixbin.codecs import indexed

        return encode_indexed(indexed.index_bitmap(bitmap), bitmap.depth)
    white = bitmap.white_pixels
    rows = np.packbits(white, axis=1) if bitmap.depth == 1 else white * np.uint8(255)
    width = white.shape[1]
    return _join_file([_header_chunk(width, len(rows), bitmap.depth, _GREY)], rows)


def encode_indexed(image: IndexedImage, depth: int = 1) -> bytes:
    """Return a file with a palette, of at least `depth` bits per pixel."""
    from pixbin.codecs import indexed

    height, width = image.indices.shape
    bits = image.bits_per_pixel(depth)
    chunks = [
        _header_chunk(width, height, bits, _PALETTE),
        (b"PLTE", bytes(level for color in image.palette for level in color)),
    ]
    if image.has_transparent_entry:
        chunks.append((b"tRNS", bytes([0])))
    return _join_file(chunks, indexed.pack_rows(image.indices, bits))


def sniff(data: bytes, hints: DecodeHints) -> Evidence:
    """Return the evidence for PNG."""
    from pixbin.codecs.hints import Evidence

    return Evidence.SIGNATURE if data.startswith(png_chunks.SIGNATURE) else Evidence.NONE


def _header_chunk(width: int, height: int, bits: int, color_type: int) -> Chunk:
    return b"IHDR", struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, 0)


def _join_file(chunks: list[Chunk], rows: PackedRows) -> bytes:
    return png_chunks.join_chunks([*chunks, (b"IDAT", _compress_rows(rows)), (b"IEND", b"")])


def _compress_rows(rows: PackedRows) -> bytes:
    """Return the smallest of two or three compressions; of a large picture, a guess at it.

    In pictures drawn in blocks, many rows repeat the row above, and only a search for repeats
    helps. For other pictures there are two ways that search for runs only: one of the rows,
    which suits error diffusion, and one of their differences to the row above, which suits
    drawings. See `docs/decisions` for the measurements.
    """
    is_in_blocks = (rows[1:] == rows[:-1]).all(axis=1).sum() >= _BLOCK_SHARE * len(rows)
    ways: tuple[_Way, ...] = _BLOCK_WAYS if is_in_blocks else _DOT_WAYS
    plain = np.pad(rows, ((0, 0), (1, 0)))
    if plain.size > _MAX_SEARCHED_BYTES:
        ways = (_choose_way(plain, ways),)
    return min((way.compress(plain) for way in ways), key=len)


def _choose_way(plain: PackedRows, ways: tuple[_Way, ...]) -> _Way:
    """Return the best way for some rows of a large picture; a fast one if it is nearly as good."""
    count = min(_SAMPLED_ROWS, len(plain))
    tops = np.linspace(0, len(plain) - count, _SAMPLES).astype(int).tolist()
    lengths = {
        way: sum(len(way.compress(plain[top : top + count])) for top in tops) for way in ways
    }
    fast = {
        way: length / _MAX_LOSS if way.strategy == zlib.Z_RLE else length
        for way, length in lengths.items()
    }
    return min(fast, key=fast.__getitem__)


class _Way(NamedTuple):
    """A way to compress rows."""

    level: int
    strategy: int
    filters_up: bool = False  #: whether it compresses differences to the row above

    def compress(self, plain: PackedRows) -> bytes:
        """Return rows in one zlib stream; each of them begins with a byte for its filter, 0."""
        if self.filters_up:
            rows = plain.copy()
            rows[1:] -= plain[:-1]
            rows[:, 0] = _UP_FILTER
            plain = rows
        compressor = zlib.compressobj(
            self.level, zlib.DEFLATED, zlib.MAX_WBITS, _MEMORY_LEVEL, self.strategy
        )
        return compressor.compress(plain.tobytes()) + compressor.flush()


_BLOCK_WAYS = _Way(6, zlib.Z_FILTERED), _Way(6, zlib.Z_DEFAULT_STRATEGY)
_DOT_WAYS = (
    *(_Way(6, zlib.Z_DEFAULT_STRATEGY), _Way(9, zlib.Z_RLE)),
    _Way(9, zlib.Z_RLE, filters_up=True),
)

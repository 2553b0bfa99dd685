"""PNG: grey, or with a palette; each file is compressed in a few ways, and the smallest is kept.

Source: Portable Network Graphics (PNG) Specification, third edition, W3C, 2025.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.codecs import indexed
from pixbin.codecs.hints import DecodeHints, Evidence
from pixbin.codecs.indexed import IndexedImage
from pixbin.readers import png_chunks
from pixbin.readers.png_chunks import Chunk

PackedRows = NDArray[np.uint8]  #: shape (H, bytes of a row), the first pixel in the highest bits

_GREY, _PALETTE = 0, 3  #: colour types
_UP_FILTER = 2  #: filter type: differences to the row above; type 0 keeps the row
_MEMORY_LEVEL = 9  #: of zlib, its highest: long blocks, which need fewer Huffman tables
_BLOCK_SHARE = 0.4  #: if so many rows repeat the row above, a picture is drawn in blocks


def encode(bitmap: Bitmap, file_format: Format, name: str) -> bytes:
    """Return a file of 1 bit per pixel, or as few as the colours need, or of 8 if requested."""
    if not bitmap.is_black_and_white:
        return encode_indexed(indexed.index_bitmap(bitmap), bitmap.depth)
    white = bitmap.white_pixels
    rows = np.packbits(white, axis=1) if bitmap.depth == 1 else white * np.uint8(255)
    width = white.shape[1]
    return _join_file([_header_chunk(width, len(rows), bitmap.depth, _GREY)], rows)


def encode_indexed(image: IndexedImage, depth: int = 1) -> bytes:
    """Return a file with a palette, of at least `depth` bits per pixel."""
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
    return Evidence.SIGNATURE if data.startswith(png_chunks.SIGNATURE) else Evidence.NONE


def _header_chunk(width: int, height: int, bits: int, color_type: int) -> Chunk:
    return b"IHDR", struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, 0)


def _join_file(chunks: list[Chunk], rows: PackedRows) -> bytes:
    return png_chunks.join_chunks([*chunks, (b"IDAT", _compress_rows(rows)), (b"IEND", b"")])


def _compress_rows(rows: PackedRows) -> bytes:
    """Return the smallest of two or three compressions.

    In pictures drawn in blocks, many rows repeat the row above, and only a search for repeats
    helps. For other pictures there are two candidates that search for runs only: one of the rows,
    which suits error diffusion, and one of their differences to the row above, which suits
    drawings. See `docs/decisions` for the measurements.
    """
    plain = np.pad(rows, ((0, 0), (1, 0)))
    if (rows[1:] == rows[:-1]).all(axis=1).sum() >= _BLOCK_SHARE * len(rows):
        candidates = [_deflate(plain, 6, zlib.Z_FILTERED), _deflate(plain, 6)]
    else:
        differences = plain.copy()
        differences[1:] -= plain[:-1]
        differences[:, 0] = _UP_FILTER
        candidates = [
            _deflate(plain, 6),
            _deflate(plain, 9, zlib.Z_RLE),
            _deflate(differences, 9, zlib.Z_RLE),
        ]
    return min(candidates, key=len)


def _deflate(rows: PackedRows, level: int, strategy: int = zlib.Z_DEFAULT_STRATEGY) -> bytes:
    compressor = zlib.compressobj(level, zlib.DEFLATED, zlib.MAX_WBITS, _MEMORY_LEVEL, strategy)
    return compressor.compress(rows.tobytes()) + compressor.flush()

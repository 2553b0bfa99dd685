"""PNG, as small as a few tries make it.

What packs best differs from picture to picture: runs alone for error diffusion and drawings,
Huffman codes alone for noise, a search for repeats for weaves, text and blocks. A sample of the
rows tells what to try on all. Of filters, only differences to the row above ever pay.
"""

from __future__ import annotations

import struct
import zlib
from enum import IntEnum, auto
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

PackedRows = NDArray[np.uint8]  #: shape (H, bytes of a row), pixels from the highest bits on

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_UP_FILTER_TYPE = (
    2  #: the filter that leaves the difference to the row above; 0 leaves all as it is
)
_MEMORY_LEVEL = 9  #: of zlib, the most: long blocks, fewer tables of codes
_LOW_MEMORY_LEVEL = 8  #: where there is little to keep; a processor has it at hand
_TINY_BYTES, _SMALL_BYTES = (
    1 << 12,
    1 << 14,
)  #: bytes up to which everything is tried, and thoroughly
_SAMPLE_DIVISOR, _MIN_SAMPLE_BYTES = (
    8,
    1 << 10,
)  #: a sample has one in so many rows, and so many bytes


class _RowFilter(IntEnum):
    """What stands for the rows."""

    NONE = auto()  #: they themselves
    UP = auto()  #: their differences to the rows above
    FEWEST_RUNS = auto()  #: each as itself or as its difference, whichever has fewer runs
    ZERO_REPEATED = auto()  #: they themselves, but nothing for those that are as the rows above


class _Strategy(NamedTuple):
    """How rows are packed."""

    filter: _RowFilter
    level: int
    zlib_strategy: int
    memory_level: int = _MEMORY_LEVEL


_RLE = _Strategy(_RowFilter.NONE, 9, zlib.Z_RLE)
_HUFFMAN = _Strategy(_RowFilter.NONE, 9, zlib.Z_HUFFMAN_ONLY)
_FAST_STRATEGIES = (
    _RLE,
    _RLE._replace(filter=_RowFilter.FEWEST_RUNS),
    _RLE._replace(filter=_RowFilter.UP),
    _HUFFMAN,
)
_MATCH_SEARCH = (
    _Strategy(_RowFilter.NONE, 6, zlib.Z_DEFAULT_STRATEGY),
    _Strategy(_RowFilter.NONE, 6, zlib.Z_FILTERED),
)
_ALL_STRATEGIES = (
    *_MATCH_SEARCH,
    *(way._replace(filter=each, level=9) for way in _MATCH_SEARCH for each in _RowFilter),
    *(way._replace(filter=each) for way in (_RLE, _HUFFMAN) for each in _RowFilter),
)


def encode(
    packed: PackedRows, width: int, bits: int, palette: bytes = b"", transparency: bytes = b""
) -> bytes:
    """Return the PNG of packed rows: grey, or with a palette of red, green, blue in turn.

    `transparency` is the opacity of the palette's first entries, a byte each.
    """
    return b"".join(
        (
            SIGNATURE,
            chunk(b"IHDR", ihdr_content(width, len(packed), bits, is_grey=not palette)),
            chunk(b"PLTE", palette) if palette else b"",
            chunk(b"tRNS", transparency) if transparency else b"",
            chunk(b"IDAT", compress_rows(packed)),
            chunk(b"IEND", b""),
        )
    )


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG: its length, its kind, what it holds, and a checksum."""
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def ihdr_content(width: int, height: int, bits: int, *, is_grey: bool) -> bytes:
    """Return what the first chunk holds, for a picture in grey or with a palette."""
    return struct.pack(">IIBBBBB", width, height, bits, 0 if is_grey else 3, 0, 0, 0)


def compress_rows(packed: PackedRows) -> bytes:
    """Return what the chunks of pixels hold, joined, for packed rows.

    It depends on nothing but the rows and the version of zlib.
    """
    tries = _Candidates(packed)
    return min((tries.compress(way) for way in tries.strategies()), key=len)


class _Candidates:
    """Rows to be packed in more than one way."""

    def __init__(self, rows: PackedRows) -> None:
        self.rows = rows
        self.size = len(rows) * (1 + rows.shape[1])
        self.same = np.zeros(len(rows), np.bool_)  #: whether a row is as the one above
        self.same[1:] = (rows[1:] == rows[:-1]).all(axis=1)
        self.filtered = lru_cache(self._filter_rows)

    def compress(self, strategy: _Strategy, part: slice = slice(None)) -> bytes:
        """Pack the rows, or a share of their bytes."""
        packer = zlib.compressobj(
            strategy.level,
            zlib.DEFLATED,
            zlib.MAX_WBITS,
            strategy.memory_level,
            strategy.zlib_strategy,
        )
        data = memoryview(self.filtered(strategy.filter))[part]
        return packer.compress(data) + packer.flush()

    def strategies(self) -> tuple[_Strategy, ...]:
        """Tell what is worth trying, by a sample.

        The numbers are from photographs, drawings and text under many methods. Where each row
        is another they keep to the time that a usual encoder takes.
        """
        if self.size <= _TINY_BYTES:
            return _ALL_STRATEGIES
        if (new := 1 - self.same.mean()) < 0.6:
            return _strategies_for_repeats(float(new))
        share = self._sample_slice()
        size, repeats = min((len(self.compress(way, share)), way) for way in _MATCH_SEARCH)
        quick = sorted((len(self.compress(way, share)), way) for way in _FAST_STRATEGIES)
        gain, content = size / quick[0][0], quick[0][0] / (share.stop - share.start)
        level = 7 if gain < 0.92 else 6 if gain < 1 or content < 0.4 else 5
        repeats = repeats._replace(level=8 if self.size <= _SMALL_BYTES else level)
        likely = tuple(way for _, way in quick[:2]) if gain >= 0.92 else ()
        return likely if gain > 1.05 else (*likely, repeats)

    def _sample_slice(self) -> slice:
        """Choose whole rows in the middle."""
        stride = 1 + self.rows.shape[1]
        count = max(len(self.rows) // _SAMPLE_DIVISOR, -(-_MIN_SAMPLE_BYTES // stride))
        first = max(0, (len(self.rows) - count) // 2)
        return slice(first * stride, min(first + count, len(self.rows)) * stride)

    def _filter_rows(self, filter: _RowFilter) -> bytes:  # noqa: A002
        rows = np.zeros((len(self.rows), 1 + self.rows.shape[1]), np.uint8)
        rows[:, 1:] = self.rows
        match filter:
            case _RowFilter.UP:
                rows = _up_differences(rows)
            case _RowFilter.FEWEST_RUNS:
                above = _up_differences(rows)
                rows = np.where(_run_breaks(above) < _run_breaks(rows), above, rows)
            case _RowFilter.ZERO_REPEATED:
                rows[self.same] = 0
                rows[self.same, 0] = _UP_FILTER_TYPE
        return rows.tobytes()


def _up_differences(rows: PackedRows) -> PackedRows:
    """Return the differences of filtered rows to those above."""
    above = rows.copy()
    above[:, 0] = _UP_FILTER_TYPE
    above[1:, 1:] -= rows[:-1, 1:]
    return above


def _run_breaks(rows: PackedRows) -> NDArray[np.intp]:
    """Count where a byte differs from the one before, in each row, shape (H, 1)."""
    breaks: NDArray[np.intp] = (rows[:, 1:] != rows[:, :-1]).sum(axis=1, keepdims=True)
    return breaks


def _strategies_for_repeats(new_share: float) -> tuple[_Strategy, ...]:
    """Tell what is worth trying where only such a share of the rows are not as those above."""
    kind = _RowFilter.ZERO_REPEATED if new_share > 0.2 else _RowFilter.NONE
    way = _Strategy(kind, 8, zlib.Z_FILTERED, _LOW_MEMORY_LEVEL)
    large = (
        () if new_share > 0.15 else (way._replace(level=6, zlib_strategy=zlib.Z_DEFAULT_STRATEGY),)
    )
    return (*large, way)

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

Rows = NDArray[np.uint8]  #: shape (H, bytes of a row), pixels from the highest bits on

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_UP = 2  #: the filter that leaves the difference to the row above; 0 leaves all as it is
_MEMORY = 9  #: of zlib, the most: long blocks, fewer tables of codes
_LESS_MEMORY = 8  #: where there is little to keep; a processor has it at hand
_TINY, _SMALL = 1 << 12, 1 << 14  #: bytes up to which everything is tried, and thoroughly
_SHARE, _LEAST = 8, 1 << 10  #: a sample has one in so many rows, and so many bytes


class _Filter(IntEnum):
    """What stands for the rows."""

    NONE = auto()  #: they themselves
    UP = auto()  #: their differences to the rows above
    SMOOTH = auto()  #: each as itself or as its difference, whichever has fewer runs
    SAME = auto()  #: they themselves, but nothing for those that are as the rows above


class _Way(NamedTuple):
    """How rows are packed."""

    filter: _Filter
    level: int
    strategy: int
    memory: int = _MEMORY


_RUNS = _Way(_Filter.NONE, 9, zlib.Z_RLE)
_CODES = _Way(_Filter.NONE, 9, zlib.Z_HUFFMAN_ONLY)
_QUICK = (_RUNS, _RUNS._replace(filter=_Filter.SMOOTH), _RUNS._replace(filter=_Filter.UP), _CODES)
_REPEATS = (
    _Way(_Filter.NONE, 6, zlib.Z_DEFAULT_STRATEGY),
    _Way(_Filter.NONE, 6, zlib.Z_FILTERED),
)
_EVERY = (
    *_REPEATS,
    *(way._replace(filter=each, level=9) for way in _REPEATS for each in _Filter),
    *(way._replace(filter=each) for way in (_RUNS, _CODES) for each in _Filter),
)


def png(
    packed: Rows, width: int, bits: int, palette: bytes = b"", transparency: bytes = b""
) -> bytes:
    """Return the PNG of packed rows: grey, or with a palette of red, green, blue in turn.

    `transparency` is the opacity of the palette's first entries, a byte each.
    """
    return b"".join(
        (
            SIGNATURE,
            chunk(b"IHDR", header(width, len(packed), bits, is_grey=not palette)),
            chunk(b"PLTE", palette) if palette else b"",
            chunk(b"tRNS", transparency) if transparency else b"",
            chunk(b"IDAT", compressed(packed)),
            chunk(b"IEND", b""),
        )
    )


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG: its length, its kind, what it holds, and a checksum."""
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def header(width: int, height: int, bits: int, *, is_grey: bool) -> bytes:
    """Return what the first chunk holds, for a picture in grey or with a palette."""
    return struct.pack(">IIBBBBB", width, height, bits, 0 if is_grey else 3, 0, 0, 0)


def compressed(packed: Rows) -> bytes:
    """Return what the chunks of pixels hold, joined, for packed rows.

    It depends on nothing but the rows and the version of zlib.
    """
    tries = _Tries(packed)
    return min((tries.packed(way) for way in tries.ways()), key=len)


class _Tries:
    """Rows to be packed in more than one way."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.size = len(rows) * (1 + rows.shape[1])
        self.same = np.zeros(len(rows), np.bool_)  #: whether a row is as the one above
        self.same[1:] = (rows[1:] == rows[:-1]).all(axis=1)
        self.filtered = lru_cache(self._filtered)

    def packed(self, way: _Way, share: slice = slice(None)) -> bytes:
        """Pack the rows, or a share of their bytes."""
        packer = zlib.compressobj(
            way.level, zlib.DEFLATED, zlib.MAX_WBITS, way.memory, way.strategy
        )
        data = memoryview(self.filtered(way.filter))[share]
        return packer.compress(data) + packer.flush()

    def ways(self) -> tuple[_Way, ...]:
        """Tell what is worth trying, by a sample.

        The numbers are from photographs, drawings and text under many methods. Where each row
        is another they keep to the time that a usual encoder takes.
        """
        if self.size <= _TINY:
            return _EVERY
        if (new := 1 - self.same.mean()) < 0.6:
            return _ways_of_blocks(float(new))
        share = self._sample()
        size, repeats = min((len(self.packed(way, share)), way) for way in _REPEATS)
        quick = sorted((len(self.packed(way, share)), way) for way in _QUICK)
        gain, content = size / quick[0][0], quick[0][0] / (share.stop - share.start)
        level = 7 if gain < 0.92 else 6 if gain < 1 or content < 0.4 else 5
        repeats = repeats._replace(level=8 if self.size <= _SMALL else level)
        likely = tuple(way for _, way in quick[:2]) if gain >= 0.92 else ()
        return likely if gain > 1.05 else (*likely, repeats)

    def _sample(self) -> slice:
        """Choose whole rows in the middle."""
        stride = 1 + self.rows.shape[1]
        count = max(len(self.rows) // _SHARE, -(-_LEAST // stride))
        first = max(0, (len(self.rows) - count) // 2)
        return slice(first * stride, min(first + count, len(self.rows)) * stride)

    def _filtered(self, filter: _Filter) -> bytes:  # noqa: A002
        rows = np.zeros((len(self.rows), 1 + self.rows.shape[1]), np.uint8)
        rows[:, 1:] = self.rows
        match filter:
            case _Filter.UP:
                rows = _from_above(rows)
            case _Filter.SMOOTH:
                above = _from_above(rows)
                rows = np.where(_breaks(above) < _breaks(rows), above, rows)
            case _Filter.SAME:
                rows[self.same] = 0
                rows[self.same, 0] = _UP
        return rows.tobytes()


def _from_above(rows: Rows) -> Rows:
    """Return the differences of filtered rows to those above."""
    above = rows.copy()
    above[:, 0] = _UP
    above[1:, 1:] -= rows[:-1, 1:]
    return above


def _breaks(rows: Rows) -> NDArray[np.intp]:
    """Count where a byte differs from the one before, in each row, shape (H, 1)."""
    breaks: NDArray[np.intp] = (rows[:, 1:] != rows[:, :-1]).sum(axis=1, keepdims=True)
    return breaks


def _ways_of_blocks(new: float) -> tuple[_Way, ...]:
    """Tell what is worth trying where only such a share of the rows are not as those above."""
    kind = _Filter.SAME if new > 0.2 else _Filter.NONE
    way = _Way(kind, 8, zlib.Z_FILTERED, _LESS_MEMORY)
    large = () if new > 0.15 else (way._replace(level=6, strategy=zlib.Z_DEFAULT_STRATEGY),)
    return (*large, way)

"""Split a side of a picture into overlapping tiles, and choose the sides of the tiles."""

from __future__ import annotations

import math
from typing import NamedTuple

MIN_HALOS_PER_TILE = 4  #: a tile is at least so many halos wide


class TileSpan(NamedTuple):
    """A tile along one side: the cells that are read, and those among them that are kept."""

    read_start: int  #: the first cell that is read
    read_stop: int  #: one past the last cell that is read
    kept_start: int  #: the first cell that is kept
    kept_stop: int  #: one past the last cell that is kept
    padding: int = 0  #: cells that the model needs beyond the end of the picture

    @property
    def read_slice(self) -> slice:
        """The cells that are read, as a slice of the side."""
        return slice(self.read_start, self.read_stop)

    @property
    def kept_slice(self) -> slice:
        """The cells that are kept, as a slice of the side."""
        return slice(self.kept_start, self.kept_stop)

    @property
    def inner_slice(self) -> slice:
        """The cells that are kept, as a slice of those that are read."""
        return slice(self.kept_start - self.read_start, self.kept_stop - self.read_start)

    def clip_to(self, length: int) -> TileSpan:
        """Return this tile for a side that ends earlier; the cells beyond become padding."""
        padding = max(0, self.read_stop - length)
        return TileSpan(
            self.read_start,
            self.read_stop - padding,
            self.kept_start,
            min(self.kept_stop, length),
            padding,
        )


def tile_spans(length: int, window: int, halo: int) -> list[TileSpan]:
    """Split a side into windows of equal width, each of which drops `halo` cells at its cuts.

    At the ends of the side nothing is cut, so there a window keeps all its cells.

    Parameters
    ----------
    length : int
        Cells of the side; at least 1.
    window : int
        Cells that are read at once; more than twice the halo.
    halo : int
        Cells next to a cut that are not kept.

    Examples
    --------
    >>> [(span.read_slice, span.kept_slice) for span in tile_spans(10, 6, 1)]
    [(slice(0, 6, None), slice(0, 5, None)), (slice(4, 10, None), slice(5, 10, None))]
    """
    if length <= window:
        return [TileSpan(0, length, 0, length)]
    spans, first = [], 0
    while first < length:
        start = min(max(first - halo, 0), length - window)
        stop = start + window
        last = length if stop == length else stop - halo
        spans.append(TileSpan(start, stop, first, last))
        first = last
    return spans


class TiledSide(NamedTuple):
    """One side of a picture, and what a model wants along it."""

    length: int  #: cells of the picture; at least 1
    unit: int = 1  #: the model takes multiples of so many cells
    halo: int | None = 0  #: cells next to a cut that are not kept; None: no cut is possible
    fixed: int | None = None  #: the only number of cells that the model takes

    @property
    def padded_length(self) -> int:
        """Cells of the side, extended to a length that the model accepts."""
        return _round_up(max(self.length, self.fixed or 0), self.unit)

    def windows(self, smallest: int) -> list[int]:
        """Return the widths in which one window, two windows and so on cover the side.

        The widest is first. None is smaller than `smallest`, nor than a few halos: tiles that
        hardly keep a cell would take too long.

        Examples
        --------
        >>> TiledSide(10, halo=1).windows(4)
        [10, 6, 5, 4]
        """
        if self.fixed is not None or self.halo is None:
            return [self.fixed or self.padded_length]
        smallest, count = max(smallest, MIN_HALOS_PER_TILE * self.halo, 1), 2
        smallest = _round_up(smallest, self.unit)
        widths = [self.padded_length]
        while widths[-1] > smallest:
            read = self.padded_length + 2 * self.halo * (count - 1)
            width = max(_round_up(-(-read // count), self.unit), smallest)
            if width < widths[-1]:
                widths.append(width)
            count += 1
        return widths

    def spans(self, window: int) -> list[TileSpan]:
        """Split the side into tiles of one width."""
        spans = tile_spans(self.padded_length, window, self.halo or 0)
        return [span.clip_to(self.length) for span in spans]


def tiles(rows: TiledSide, columns: TiledSide, cells: int) -> tuple[list[TileSpan], list[TileSpan]]:
    """Split a picture into tiles of at most so many cells that read the fewest cells together.

    Returns
    -------
    two lists of TileSpan
        Of the rows and of the columns.

    Examples
    --------
    >>> rows, columns = tiles(TiledSide(20, halo=1), TiledSide(30, halo=1), 400)
    >>> [span.read_slice for span in columns], len(rows)
    ([slice(0, 16, None), slice(14, 30, None)], 1)
    """
    smallest = math.isqrt(cells) // 2
    choices = [
        [(window, window * len(side.spans(window))) for window in side.windows(smallest)]
        for side in (rows, columns)
    ]
    pairs = [(high, wide) for high in choices[0] for wide in choices[1]]
    small = [(high, wide) for high, wide in pairs if high[0] * wide[0] <= cells]
    high, wide = min(small or pairs[-1:], key=lambda pair: pair[0][1] * pair[1][1])
    return rows.spans(high[0]), columns.spans(wide[0])


def _round_up(number: int, unit: int) -> int:
    return -(-number // unit) * unit

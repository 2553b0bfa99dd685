"""Split a side of a picture into overlapping tiles."""

from __future__ import annotations

from typing import NamedTuple


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

"""Part a side of a picture so that a model may see it piece by piece."""

from __future__ import annotations

from typing import NamedTuple


class TileSpan(NamedTuple):
    """Cells along one side: those that are read, and those among them that are kept."""

    read_start: int  #: first read
    read_stop: int  #: after the last read
    kept_start: int  #: first kept
    kept_stop: int  #: after the last kept
    padding: int = 0  #: cells after the last read that a model needs, where the picture has none

    @property
    def read_slice(self) -> slice:
        """The cells that are read among all."""
        return slice(self.read_start, self.read_stop)

    @property
    def kept_slice(self) -> slice:
        """The kept cells among all."""
        return slice(self.kept_start, self.kept_stop)

    @property
    def inner_slice(self) -> slice:
        """The kept cells among those that are read."""
        return slice(self.kept_start - self.read_start, self.kept_stop - self.read_start)

    def clip_to(self, length: int) -> TileSpan:
        """Return the same of a side that ends earlier, but not before its last start."""
        beyond = max(0, self.read_stop - length)
        return TileSpan(
            self.read_start,
            self.read_stop - beyond,
            self.kept_start,
            min(self.kept_stop, length),
            beyond,
        )


def tile_spans(length: int, window: int, halo: int) -> list[TileSpan]:
    """Part a side into windows of one width that keep `halo` cells away from their cuts.

    Where the picture ends nothing is cut, so there a window keeps all.

    Parameters
    ----------
    length : int
        Cells of the side; at least 1.
    window : int
        Cells that are read at once; more than twice the halo.
    halo : int
        Cells beside a cut that are not kept.
    """
    if length <= window:
        return [TileSpan(0, length, 0, length)]
    found, first = [], 0
    while first < length:
        start = min(max(first - halo, 0), length - window)
        stop = start + window
        last = length if stop == length else stop - halo
        found.append(TileSpan(start, stop, first, last))
        first = last
    return found

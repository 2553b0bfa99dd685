"""Part a side of a picture so that a model may see it piece by piece."""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """Cells along one side: those that are read, and those among them that are kept."""

    start: int  #: first read
    stop: int  #: after the last read
    first: int  #: first kept
    last: int  #: after the last kept
    beyond: int = 0  #: cells after the last read that a model needs, where the picture has none

    @property
    def read(self) -> slice:
        """The cells that are read among all."""
        return slice(self.start, self.stop)

    @property
    def kept(self) -> slice:
        """The kept cells among all."""
        return slice(self.first, self.last)

    @property
    def inner(self) -> slice:
        """The kept cells among those that are read."""
        return slice(self.first - self.start, self.last - self.start)

    def within(self, length: int) -> Span:
        """Return the same of a side that ends earlier, but not before its last start."""
        beyond = max(0, self.stop - length)
        return Span(self.start, self.stop - beyond, self.first, min(self.last, length), beyond)


def spans(length: int, window: int, halo: int) -> list[Span]:
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
        return [Span(0, length, 0, length)]
    found, first = [], 0
    while first < length:
        start = min(max(first - halo, 0), length - window)
        stop = start + window
        last = length if stop == length else stop - halo
        found.append(Span(start, stop, first, last))
        first = last
    return found

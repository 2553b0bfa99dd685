"""The layout of the ramp: marks in the corners, and patches of tones with paper between them.

All lengths are in units. A unit is a whole number of cells, at least `MIN_UNIT`. The layout stays
the same if it is turned by 180 degrees, so that a photograph may lie on its head.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

QUIET = 2  #: paper around a mark
MARK = 7  #: side of a mark: a ring, a gap and a square, in runs of 1, 1, 3, 1 and 1
PATCH, GAP = 6, 3  #: side of a patch; paper between two
COLUMNS, ROWS = 6, 4
WIDTH = 4 * QUIET + 2 * MARK + COLUMNS * PATCH + (COLUMNS - 1) * GAP
HEIGHT = 2 * QUIET + ROWS * PATCH + (ROWS - 1) * GAP
MIN_UNIT = 2  #: cells; patches of fewer than 12 x 12 cells hold too few tones
TONES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)  #: shares of ink


DOT_SIDES = (1, 2, 3, 4)  #: cells; of the dots and gaps between the marks, for the eye
DOT_SPACE = 3  #: cells between two of these dots
DOTS_HEIGHT = sum(DOT_SIDES) + DOT_SPACE * (len(DOT_SIDES) + 1)  #: cells


class Patch(NamedTuple):
    """An area of one tone."""

    left: int
    top: int
    tone: float  #: share of ink


class Spot(NamedTuple):
    """A rectangle of the layout, by its middle."""

    x: float
    y: float
    width: float
    height: float


def patches() -> list[Patch]:
    """Return the patches row by row; the second half has the tones of the first, backwards."""
    tones = (*TONES, *reversed(TONES))
    return [
        Patch(_left(index % COLUMNS), _top(index // COLUMNS), tone)
        for index, tone in enumerate(tones)
    ]


def mark_corners() -> list[tuple[int, int]]:
    """Return the left and top edges of the marks, clockwise from the upper left."""
    right, bottom = WIDTH - QUIET - MARK, HEIGHT - QUIET - MARK
    return [(QUIET, QUIET), (right, QUIET), (right, bottom), (QUIET, bottom)]


def mark_centers() -> list[tuple[float, float]]:
    """Return the middles of the marks, clockwise from the upper left."""
    return [(left + MARK / 2, top + MARK / 2) for left, top in mark_corners()]


def dot_columns(unit: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the left and top edge, in cells, of the dots at the left and the gaps at the right.

    They are as wide as a mark, `DOTS_HEIGHT` cells high, and half-way between two marks.
    """
    top = (HEIGHT * unit - DOTS_HEIGHT) // 2
    return (QUIET * unit, top), ((WIDTH - QUIET - MARK) * unit, top)


def paper_spots() -> Iterator[Spot]:
    """Yield spots of bare paper between the patches, far enough from their edges."""
    middle = (PATCH + GAP) / 2
    width = GAP / 3
    for row in range(ROWS):
        for column in range(COLUMNS):
            x, y = _left(column) + PATCH / 2, _top(row) + PATCH / 2
            if column < COLUMNS - 1:
                yield Spot(x + middle, y, width, PATCH)
            if row < ROWS - 1:
                yield Spot(x, y + middle, PATCH, width)


def _left(column: int) -> int:
    return 2 * QUIET + MARK + column * (PATCH + GAP)


def _top(row: int) -> int:
    return QUIET + row * (PATCH + GAP)

"""The distance of drawn lines, so that enough of them fit a picture."""

from __future__ import annotations

LINES = 30  #: that should fit the shorter side, if their distance can be in these limits
#: Of lines, in cells. Closer lines do not look like strokes; if it is exactly 3, upright and level
#: lines meet diagonal ones in a pattern that can be seen.
MIN_DISTANCE, MAX_DISTANCE = 3.2, 5.0


def frequency_for(shape: tuple[int, ...]) -> float:
    """Return the lines per cell that serve a grid.

    Where lines are few, a single one crosses a cheek and looks like a scar. So lines are closer
    on coarse grids.

    Parameters
    ----------
    shape : tuple of two int
        Rows and columns of the grid.

    Examples
    --------
    >>> [round(1 / frequency_for((height, 240)), 1) for height in (64, 96, 128, 150, 240)]
    [3.2, 3.2, 4.3, 5.0, 5.0]
    """
    return 1 / min(max(min(shape) / LINES, MIN_DISTANCE), MAX_DISTANCE)

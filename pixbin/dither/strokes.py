"""The distance of drawn lines, so that enough of them fit a picture."""

from __future__ import annotations

LINES = 32  #: that should fit the shorter side, if their distance can be in these limits
MIN_DISTANCE, MAX_DISTANCE = 3, 5  #: of lines, in cells; closer lines do not look like strokes


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
    >>> [round(1 / frequency_for((height, 240)), 1) for height in (64, 96, 128, 160, 240)]
    [3.0, 3.0, 4.0, 5.0, 5.0]
    """
    return 1 / min(max(min(shape) / LINES, MIN_DISTANCE), MAX_DISTANCE)

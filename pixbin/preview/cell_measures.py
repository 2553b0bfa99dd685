"""Numbers on a finished picture: the share of ink, and lone cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.bitmap import Bitmap


def ink_share(picture: Bitmap) -> float:
    """Return the share of ink among the opaque cells, 0 to 1; of all channels together."""
    opaque = picture.opacity
    cells = picture.grid if opaque is None else picture.grid[opaque]
    return float(1 - cells.mean()) if cells.size else 0.0


def count_lone_cells(paper: NDArray[np.bool_]) -> int:
    """Count the cells that differ from all of their neighbours, of which there are up to eight.

    Parameters
    ----------
    paper : bool array, shape (H, W) or (H, W, 3)
        True is paper; each channel counts by itself.

    Examples
    --------
    >>> count_lone_cells(np.eye(3, dtype=bool)[:, ::-1] & np.eye(3, dtype=bool))
    1
    """
    if paper.shape[0] == 1 and paper.shape[1] == 1:
        return 0
    return int((~_has_equal_neighbor(paper)).sum())


def _has_equal_neighbor(paper: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which cells have a neighbour of the same value, of the same shape."""
    equal = np.zeros(paper.shape, np.bool_)
    for rows, columns in ((0, 1), (1, 0), (1, 1), (1, -1)):
        first = _shifted(paper, -rows, -columns)
        second = _shifted(paper, rows, columns)
        same = first == second
        equal[_window(rows, columns)] |= same
        equal[_window(-rows, -columns)] |= same
    return equal


def _shifted(paper: NDArray[np.bool_], rows: int, columns: int) -> NDArray[np.bool_]:
    return paper[_window(rows, columns)]


def _window(rows: int, columns: int) -> tuple[slice, slice]:
    """Return the part of an array that remains inside if it moves by so many cells."""
    return _side(rows), _side(columns)


def _side(distance: int) -> slice:
    return slice(max(-distance, 0), -distance if distance > 0 else None)

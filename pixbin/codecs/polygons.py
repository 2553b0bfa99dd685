"""Regions of cells to polygons, and back.

With the even-odd rule, the corners of a region are enough to define it. A corner is a point where
an odd number of the four cells around it belongs to the region. Along each row of points, corners
pair off into the horizontal edges of the region; along each column, into the vertical ones. Edges
that meet form polygons. Where cells touch at a corner only, edges cross, and no point is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CornerPoints = NDArray[np.int64]  #: shape (corners, 2): x and y, in cells


@dataclass(frozen=True, slots=True)
class Polygons:
    """Polygons, one after another."""

    points: CornerPoints  #: the corners of all
    corner_counts: NDArray[np.int64]  #: of each polygon

    @property
    def starts(self) -> NDArray[np.int64]:
        """Index of the first corner of each polygon."""
        return np.cumsum(self.corner_counts) - self.corner_counts


def trace(region: NDArray[np.bool_]) -> Polygons:
    """Return the polygons whose even-odd filling is a region, shape (H, W).

    Their edges are the border of the region, each part of it once. A polygon begins at its topmost
    corner, the leftmost one of several. Its first edge is horizontal; then vertical and horizontal
    edges alternate.

    Examples
    --------
    >>> trace(np.array([[True, True]])).points.tolist()
    [[0, 0], [2, 0], [2, 1], [0, 1]]
    """
    y, x = np.nonzero(_find_corners(region))
    by_column = np.lexsort((y, x))
    vertical_partner = np.empty_like(by_column)
    vertical_partner[by_column] = by_column.reshape(-1, 2)[:, ::-1].ravel()
    order, ends = _order_corners(vertical_partner.tolist())
    points = np.stack((x[order], y[order]), axis=1)
    return Polygons(points, np.diff(ends, prepend=0))


def fill(points: CornerPoints, width: int, height: int) -> NDArray[np.bool_]:
    """Return the region, shape (height, width), of polygons with axis-parallel edges.

    Parameters
    ----------
    points : int64 array, shape (corners, 2), x in [0, width], y in [0, height]

    Examples
    --------
    >>> fill(np.array([[0, 0], [2, 0], [2, 1], [0, 1]]), 3, 1)
    array([[ True,  True, False]])
    """
    positions, counts = np.unique(points[:, 1] * (width + 1) + points[:, 0], return_counts=True)
    inside = np.zeros((height + 1, width + 1), np.bool_)
    inside.ravel()[positions[counts % 2 == 1]] = True
    for axis in (0, 1):
        np.logical_xor.accumulate(inside, axis=axis, out=inside)
    return inside[:-1, :-1]


def _find_corners(region: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which points between cells are corners, shape (H + 1, W + 1)."""
    padded = np.pad(region, 1)
    rows = padded[1:] ^ padded[:-1]
    return rows[:, 1:] ^ rows[:, :-1]


def _order_corners(vertical_partner: list[int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return all corners polygon by polygon, and the end of each polygon.

    Corners are numbered row by row, so that a horizontal edge joins each even one and the next.
    `vertical_partner` is the other end of the vertical edge of each.
    """
    order: list[int] = []
    ends: list[int] = []
    is_visited = bytearray(len(vertical_partner))
    for first in range(0, len(vertical_partner), 2):
        if is_visited[first]:
            continue
        corner = first
        while not is_visited[corner]:
            other = corner ^ 1
            order += (corner, other)
            is_visited[corner] = is_visited[other] = True
            corner = vertical_partner[other]
        ends.append(len(order))
    return np.array(order, np.int64), np.array(ends, np.int64)

"""Regions of cells as polygons, and back.

By the even-odd rule a region is told by its corners alone: the points where an odd number of the
four cells around belong to it. In each row of points its corners pair off into the horizontal
edges of the region, in each column into the vertical ones, and edges that meet make polygons.
Where cells touch at a corner only, edges cross; no point is needed there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

CornerPoints = NDArray[np.int64]  #: shape (corners, 2): x and y, in cells


class Polygons(NamedTuple):
    """Polygons, one after another."""

    points: CornerPoints  #: the corners of all
    corner_counts: NDArray[np.int64]  #: how many corners each has

    @property
    def starts(self) -> NDArray[np.int64]:
        """Where the first corner of each is."""
        return np.cumsum(self.corner_counts) - self.corner_counts


def trace(region: NDArray[np.bool_]) -> Polygons:
    """Return the polygons whose even-odd filling is the region, shape (H, W), in cells.

    Their edges are the region's border, each part of it once; an edge that leaves a corner
    horizontally is followed by a vertical one, from the topmost corner on, left to right.
    """
    y, x = np.nonzero(_find_corners(region))
    across = np.lexsort((y, x))
    below = np.empty_like(across)
    below[across] = across.reshape(-1, 2)[:, ::-1].ravel()
    order, ends = _order_corners(below.tolist())
    points = np.stack((x[order], y[order]), axis=1)
    return Polygons(points, np.diff(ends, prepend=0))


def fill(points: CornerPoints, width: int, height: int) -> NDArray[np.bool_]:
    """Return the region, shape (height, width), of polygons of level and upright edges."""
    places = points[:, 1] * (width + 1) + points[:, 0]
    counts = np.bincount(places, minlength=(height + 1) * (width + 1))
    corners = (counts & 1).astype(bool).reshape(height + 1, width + 1)
    inside = np.logical_xor.accumulate(np.logical_xor.accumulate(corners, axis=0), axis=1)
    return inside[:-1, :-1]


def _find_corners(region: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell of each point between cells whether it is a corner; shape (H + 1, W + 1)."""
    padded = np.pad(region, 1)
    rows = padded[1:] ^ padded[:-1]
    return rows[:, 1:] ^ rows[:, :-1]


def _order_corners(vertical_partner: list[int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return all corners polygon by polygon, and where each polygon ends.

    Corners are numbered row by row, so that an edge joins each even one and the next; `below`
    tells the other end of the vertical edge.
    """
    order: list[int] = []
    ends: list[int] = []
    seen = bytearray(len(vertical_partner))
    for first in range(0, len(vertical_partner), 2):
        if seen[first]:
            continue
        corner = first
        while not seen[corner]:
            other = corner ^ 1
            order += (corner, other)
            seen[corner] = seen[other] = True
            corner = vertical_partner[other]
        ends.append(len(order))
    return np.array(order, np.int64), np.array(ends, np.int64)

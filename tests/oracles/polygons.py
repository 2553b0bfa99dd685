"""An area filled with polygons, cell by cell."""

from __future__ import annotations

import numpy as np

from pixbin.codecs.polygons import CornerPoints


def crossing_counts(polygons: list[CornerPoints], width: int, height: int) -> np.ndarray:
    """Count the edges to the left of the middle of each cell; odd counts are inside."""
    counts = np.zeros((height, width), int)
    for polygon in polygons:
        ring = polygon.tolist()
        for (x, top), (other, bottom) in zip(ring, [*ring[1:], ring[0]], strict=True):
            assert (x == other) != (top == bottom)
            counts[min(top, bottom) : max(top, bottom), x:] += x == other
    return counts

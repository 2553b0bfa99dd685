"""Averages of values over areas, for small copies of pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatPlanes = NDArray[np.float32]  #: shape (C, H, W)


def shrink(planes: FloatPlanes, side: int) -> FloatPlanes:
    """Return a small copy of a picture, of area averages.

    Parameters
    ----------
    planes : float32 array, shape (C, H, W)
    side : int
        Height and width of the copy; the picture is stretched to a square.

    Returns
    -------
    float32 array, shape (C, side, side)

    Examples
    --------
    >>> shrink(np.array([[[0, 1, 1], [0, 1, 1]]], np.float32), 2).tolist()
    [[[0.3333333432674408, 1.0], [0.3333333432674408, 1.0]]]
    """
    rows, columns = (area_weights(length, side) for length in planes.shape[1:])
    small: FloatPlanes = (rows @ planes @ columns.T).astype(np.float32)
    return small


def area_weights(length: int, side: int) -> NDArray[np.float64]:
    """Return weights, float64 (side, length), that average `length` values to `side` values."""
    borders = np.arange(side + 1)[:, None] * (length / side)
    covered = np.clip(borders - np.arange(length), 0, 1)  # of each value, left of each border
    weights: NDArray[np.float64] = np.diff(covered, axis=0) * (side / length)
    return weights

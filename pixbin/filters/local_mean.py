"""Box filter: means over the square around each pixel."""

from __future__ import annotations

import numpy as np

from pixbin.color.spaces import UnitArray
from pixbin.filters import borders


def uniform_filter(values: UnitArray, radius: int) -> UnitArray:
    """Average over the square around each pixel, as `scipy.ndimage.uniform_filter` does.

    Beyond the border the picture is mirrored. The time does not depend on the radius.

    Parameters
    ----------
    values : float64 array, shape (H, W)
    radius : int
        In pixels; the square has a side of ``2 * radius + 1``.

    Returns
    -------
    float64 array, shape (H, W)

    Examples
    --------
    >>> uniform_filter(np.eye(3), 1).round(2)
    array([[0.56, 0.33, 0.11],
           [0.33, 0.33, 0.33],
           [0.11, 0.33, 0.56]])
    """
    side = 2 * radius + 1
    for _ in range(2):  # down the columns, then along the rows
        length, width = values.shape
        sums = np.empty((length + side, width))
        sums[0] = 0
        borders.extend(values, radius, 0, "symmetric", out=sums[1:])
        np.cumsum(sums, axis=0, out=sums)
        means = np.subtract(sums[side:], sums[:-side])
        means /= side
        values = means.T
    return values

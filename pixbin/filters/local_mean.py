"""Box filter: means over the square around each pixel."""

from __future__ import annotations

import numpy as np

from pixbin.color.spaces import UnitArray


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
        padded = np.pad(values, ((radius, radius), (0, 0)), mode="symmetric")
        sums = np.concatenate((np.zeros_like(padded[:1]), padded)).cumsum(axis=0)
        values = ((sums[side:] - sums[:-side]) / side).T
    return values

"""Gaussian blur, and correlation with any weights along rows and columns."""

from __future__ import annotations

import numpy as np

from pixbin.color.spaces import UnitArray
from pixbin.filters import borders
from pixbin.filters.borders import BorderMode

ROWS_PER_BAND = 32  #: rows worked on together; few enough for the processor's cache


def gaussian(values: UnitArray, sigma: float) -> UnitArray:
    """Blur with a Gaussian; beyond the border the outermost value is repeated.

    Parameters
    ----------
    values : float64 array, shape (H, W)
    sigma : float
        Standard deviation, in pixels. The kernel ends at three times that, rounded up.

    Returns
    -------
    float64 array, shape (H, W)

    Examples
    --------
    >>> gaussian(np.eye(3), 0.5).round(2)
    array([[0.81, 0.18, 0.01],
           [0.18, 0.64, 0.18],
           [0.01, 0.18, 0.81]])
    """
    return separable(values, gaussian_kernel(sigma, gaussian_radius(sigma)), "edge")


def gaussian_radius(sigma: float) -> int:
    """Return the radius of the kernel of `gaussian`, in pixels."""
    return int(np.ceil(3 * sigma))


def gaussian_kernel(sigma: float, radius: int) -> UnitArray:
    """Return the weights of a Gaussian, cut off at a radius; their sum is 1.

    Parameters
    ----------
    sigma : float
        Standard deviation, in pixels.
    radius : int
        In pixels.

    Returns
    -------
    float64 array, shape (2 * radius + 1,)

    Examples
    --------
    >>> gaussian_kernel(1.0, 1).round(3)
    array([0.274, 0.452, 0.274])
    """
    offsets = np.arange(-radius, radius + 1)
    weights = np.exp(-0.5 * (offsets / sigma) ** 2)
    normalized: UnitArray = weights / weights.sum()
    return normalized


def separable(values: UnitArray, weights: UnitArray, mode: BorderMode) -> UnitArray:
    """Correlate with the same weights along columns, then along rows.

    Parameters
    ----------
    values : float64 array, shape (H, W)
    weights : float64 array, shape (n,), n odd
    mode : str
        Values beyond the border, see `borders.extend`.

    Returns
    -------
    float64 array, shape (H, W)
    """
    return correlate1d(correlate1d(values, weights, mode, 0), weights, mode, 1)


def correlate1d(values: UnitArray, weights: UnitArray, mode: BorderMode, axis: int) -> UnitArray:
    """Correlate with weights along one axis.

    Products are added in the order of the weights, so results are the same on every machine.

    Parameters
    ----------
    values : float64 array, shape (H, W)
    weights : float64 array, shape (n,), n odd
    mode : str
        Values beyond the border, see `borders.extend`.
    axis : int
        0 for down the columns, 1 for along the rows.

    Returns
    -------
    float64 array, shape (H, W)
    """
    radius, (height, width) = len(weights) // 2, values.shape
    padded = borders.extend(values, radius, axis, mode)
    total = np.zeros((height, width))
    for top in range(0, height, ROWS_PER_BAND):
        band = total[top : top + ROWS_PER_BAND]
        product = np.empty_like(band)
        for shift, weight in enumerate(weights):
            down, right = (shift, 0) if axis == 0 else (0, shift)
            shifted = padded[top + down : top + down + len(band), right : right + width]
            band += np.multiply(shifted, weight, out=product)
    return total

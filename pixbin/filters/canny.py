"""Canny's edge detector, and labels of connected components."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.color.spaces import UnitArray
from pixbin.filters import gaussian
from pixbin.jit.dispatch import Bytes, Int32s, Int64s, run_kernel

EdgeMask = NDArray[np.bool_]  #: shape (H, W)


class Gradient(NamedTuple):
    """The gradient of a blurred picture."""

    magnitude: UnitArray  #: shape (H, W); length of the gradient, by Sobel's sums
    local_maxima: EdgeMask  #: shape (H, W); no neighbour along the gradient has a larger one


def canny(values: UnitArray, sigma: float, low: float, high: float) -> EdgeMask:
    """Find edges one pixel wide, as `skimage.feature.canny` does.

    Parameters
    ----------
    values : float64 array, shape (H, W), from 0 to 1
    sigma : float
        Standard deviation of the Gaussian blur before the gradient is taken, in pixels.
    low, high : float
        Thresholds of the gradient's magnitude: an edge has at least `low` everywhere and `high`
        somewhere. A step from 0 to 1 has a magnitude of 4 without blur, and less with it.

    Returns
    -------
    bool array, shape (H, W)

    Notes
    -----
    Source: J. Canny, A computational approach to edge detection, IEEE Transactions on Pattern
    Analysis and Machine Intelligence 8(6), 1986.

    Examples
    --------
    >>> values = np.zeros((5, 8))
    >>> values[:, 4], values[:, 5:] = 0.4, 1
    >>> canny(values, 1.0, 0.5, 1.0).astype(int)[2]
    array([0, 0, 0, 0, 1, 0, 0, 0])
    """
    return hysteresis(sobel_gradient(values, sigma), low, high)


def sobel_gradient(values: UnitArray, sigma: float) -> Gradient:
    """Return the gradient of a picture after a Gaussian blur.

    Parameters
    ----------
    values : float64 array, shape (H, W)
    sigma : float
        Standard deviation of the blur, in pixels.

    Returns
    -------
    Gradient
        There are no local maxima on the outermost rows and columns.
    """
    smooth = _gaussian_normalized(values, sigma)
    padded = np.pad(smooth, 1, mode="symmetric")
    down, right = _sobel(padded), _sobel(padded.T).T
    magnitude: UnitArray = np.sqrt(down * down + right * right)
    return Gradient(magnitude, _local_maxima(magnitude, down, right))


def hysteresis(gradient: Gradient, low: float, high: float) -> EdgeMask:
    """Return the local maxima above `low` that are connected to one above `high`.

    Parameters
    ----------
    gradient : Gradient, of shape (H, W)
    low, high : float
        Thresholds of the magnitude.

    Returns
    -------
    bool array, shape (H, W)
    """
    weak = gradient.local_maxima & (gradient.magnitude >= low)
    labels = label(weak)
    strong = np.unique(labels[weak & (gradient.magnitude >= high)])
    return weak & np.isin(labels, strong)


def label(mask: EdgeMask) -> NDArray[np.int32]:
    """Label the connected components of a mask, as `skimage.measure.label` does.

    Parameters
    ----------
    mask : bool array, shape (H, W)

    Returns
    -------
    int32 array, shape (H, W)
        0 where the mask is False, else the number of the component, from 1 in reading order.
        Cells that touch by a side or a corner belong to one component.

    Examples
    --------
    >>> label(np.array([[1, 0, 0, 1], [0, 1, 0, 1]], bool))
    array([[1, 0, 0, 2],
           [0, 1, 0, 2]], dtype=int32)
    """
    height, width = mask.shape
    labels = np.zeros(mask.shape, np.int32)
    stack = np.zeros(mask.size, np.int64)
    marks = np.ascontiguousarray(mask).view(np.uint8)
    operations = 9 * int(mask.sum()) + mask.size // 16  # cells that are not marked take little
    run_kernel(_label, operations, marks, labels, stack, width, height)
    return labels


def _gaussian_normalized(values: UnitArray, sigma: float) -> UnitArray:
    """Blur with a Gaussian; at the border only the weights inside the picture count."""
    weights = gaussian.gaussian_kernel(sigma, int(4 * sigma + 0.5))
    weight_inside = gaussian.separable(np.ones(values.shape), weights, "constant")
    smooth: UnitArray = gaussian.separable(values, weights, "constant") / weight_inside
    return smooth


def _sobel(padded: UnitArray) -> UnitArray:
    """Return Sobel's gradient down the columns, without the outermost rows and columns."""
    across = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    return across[2:] - across[:-2]


def _local_maxima(magnitude: UnitArray, down: UnitArray, right: UnitArray) -> EdgeMask:
    """Return where no magnitude one cell away along the gradient is larger, in both directions.

    The gradient mostly points between two neighbours, so their magnitudes are interpolated.
    """
    height, width = magnitude.shape
    inside = (slice(1, -1), slice(1, -1))
    down, right, here = down[inside], right[inside], magnitude[inside]

    def shifted(rows: int, columns: int) -> UnitArray:
        return magnitude[1 + rows : height - 1 + rows, 1 + columns : width - 1 + columns]

    is_upright = np.abs(down) > np.abs(right)
    longer = np.maximum(np.abs(down), np.abs(right))
    diagonal_share = np.minimum(np.abs(down), np.abs(right)) / np.where(longer > 0, longer, 1)
    is_maximum = here > 0
    for side in (1, -1):
        straight = np.where(is_upright, shifted(side, 0), shifted(0, side))
        rising = np.where(is_upright, shifted(side, -side), shifted(-side, side))
        diagonal = np.where(down * right >= 0, shifted(side, side), rising)
        is_maximum &= diagonal * diagonal_share + straight * (1 - diagonal_share) <= here
    maxima = np.zeros(magnitude.shape, np.bool_)
    maxima[inside] = is_maximum
    return maxima


# Flood fill: `stack` holds the cells of a component whose neighbours are still to be looked at.
def _label(mask: Bytes, labels: Int32s, stack: Int64s, width: int, height: int) -> None:
    count = 0
    for start in range(width * height):
        if mask[start] == 0 or labels[start] != 0:
            continue
        count += 1
        labels[start] = count
        stack[0] = start
        pending = 1
        while pending > 0:
            pending -= 1
            y, x = stack[pending] // width, stack[pending] % width
            for v in range(max(0, y - 1), min(height, y + 2)):
                for u in range(max(0, x - 1), min(width, x + 2)):
                    neighbour = v * width + u
                    if mask[neighbour] != 0 and labels[neighbour] == 0:
                        labels[neighbour] = count
                        stack[pending] = neighbour
                        pending += 1

"""Canny's edges, and the parts that marks hang together in."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.color.spaces import UnitArray
from pixbin.filters import gaussian
from pixbin.jit.dispatch import Bytes, Int32s, Int64s, run_kernel

EdgeMask = NDArray[np.bool_]  #: shape (H, W)


class Gradient(NamedTuple):
    """The slopes of a picture at places where they are steepest."""

    magnitude: UnitArray  #: length of the gradient, by Sobel's sums
    local_maxima: EdgeMask  #: where it is no less than on either side


def canny(values: UnitArray, sigma: float, low: float, high: float) -> EdgeMask:
    """Find edges one pixel wide.

    Source: J. Canny, A computational approach to edge detection, IEEE Transactions on Pattern
    Analysis and Machine Intelligence 8(6), 1986.

    Parameters
    ----------
    values : float64 array, shape (H, W), from 0 to 1
    deviation : float
        Standard deviation of the Gaussian before slopes are taken, in pixels.
    low, high : float
        An edge has a slope of `high` at least somewhere and of `low` all along.

    Returns
    -------
    bool array, shape (H, W)
    """
    return hysteresis(sobel_gradient(values, sigma), low, high)


def sobel_gradient(values: UnitArray, sigma: float) -> Gradient:
    """Return how steep the blurred picture is, and the crests of that; the border has none."""
    smooth = _gaussian_normalized(values, sigma)
    padded = np.pad(smooth, 1, mode="symmetric")
    down, right = _sobel(padded), _sobel(padded.T).T
    steepness: UnitArray = np.sqrt(down * down + right * right)
    return Gradient(steepness, _local_maxima(steepness, down, right))


def hysteresis(gradient: Gradient, low: float, high: float) -> EdgeMask:
    """Return the crests above `low` that are linked to one above `high`."""
    weak = gradient.local_maxima & (gradient.magnitude >= low)
    labels = label(weak)
    strong = np.unique(labels[weak & (gradient.magnitude >= high)])
    return weak & np.isin(labels, strong)


def _gaussian_normalized(values: UnitArray, sigma: float) -> UnitArray:
    """Blur by a Gaussian; beyond the border there is nothing, and what is there counts more."""
    weights = gaussian.gaussian_kernel(sigma, int(4 * sigma + 0.5))
    there = gaussian.separable(np.ones(values.shape), weights, "constant")
    smooth: UnitArray = gaussian.separable(values, weights, "constant") / there
    return smooth


def _sobel(padded: UnitArray) -> UnitArray:
    """Return the slope down the columns, the border left out."""
    across = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    return across[2:] - across[:-2]


def _local_maxima(magnitude: UnitArray, down: UnitArray, right: UnitArray) -> EdgeMask:
    """Tell where steepness is no less than on both sides along the gradient, between cells."""
    height, width = magnitude.shape
    inside = (slice(1, -1), slice(1, -1))
    down, right, here = down[inside], right[inside], magnitude[inside]

    def beside(rows: int, columns: int) -> UnitArray:
        return magnitude[1 + rows : height - 1 + rows, 1 + columns : width - 1 + columns]

    is_upright = np.abs(down) > np.abs(right)
    longer = np.maximum(np.abs(down), np.abs(right))
    share = np.minimum(np.abs(down), np.abs(right)) / np.where(longer > 0, longer, 1)
    top = here > 0
    for side in (1, -1):
        straight = np.where(is_upright, beside(side, 0), beside(0, side))
        rising = np.where(is_upright, beside(side, -side), beside(-side, side))
        corner = np.where(down * right >= 0, beside(side, side), rising)
        top &= corner * share + straight * (1 - share) <= here
    crest = np.zeros(magnitude.shape, np.bool_)
    crest[inside] = top
    return crest


def label(mask: EdgeMask) -> NDArray[np.int32]:
    """Give each part that hangs together, by sides or corners, a number from 1 on."""
    height, width = mask.shape
    labels = np.zeros(mask.shape, np.int32)
    stack = np.zeros(mask.size, np.int64)
    marks = np.ascontiguousarray(mask).view(np.uint8)
    steps = 9 * int(mask.sum()) + mask.size // 16  # to pass by a cell takes little
    run_kernel(_label, steps, marks, labels, stack, width, height)
    return labels


def _label(mask: Bytes, labels: Int32s, stack: Int64s, width: int, height: int) -> None:
    count = 0
    for start in range(width * height):
        if mask[start] == 0 or labels[start] != 0:
            continue
        count += 1
        labels[start] = count
        stack[0] = start
        waiting = 1
        while waiting > 0:
            waiting -= 1
            y, x = stack[waiting] // width, stack[waiting] % width
            for v in range(max(0, y - 1), min(height, y + 2)):
                for u in range(max(0, x - 1), min(width, x + 2)):
                    there = v * width + u
                    if mask[there] != 0 and labels[there] == 0:
                        labels[there] = count
                        stack[waiting] = there
                        waiting += 1

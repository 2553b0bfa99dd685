"""The direction in which the lines of a picture run, and smoothing along it."""

from __future__ import annotations

import numpy as np

from pixbin.color.spaces import UnitArray
from pixbin.filters import gaussian, morphology
from pixbin.jit.dispatch import Floats, Int64s, run_kernel

FlowField = tuple[UnitArray, UnitArray]  #: unit vectors: steps down and to the right, (H, W) each


def edge_tangent_field(values: UnitArray, sigma: float) -> FlowField:
    """Return the direction along the lines of a picture, at every pixel.

    It is the direction in which the picture changes least: the minor axis of the structure
    tensor, averaged with a Gaussian.

    Parameters
    ----------
    values : float64 array, shape (H, W)
    sigma : float
        Standard deviation of the Gaussian, in pixels.

    Returns
    -------
    two float64 arrays, shape (H, W)
        Steps down and to the right, of length 1 together; both are 0 where nothing changes.

    Notes
    -----
    Source: J. Bigun, G. H. Granlund, Optimal orientation detection of linear symmetry, Proc.
    IEEE First International Conference on Computer Vision, 1987.

    Examples
    --------
    >>> stripes = np.tile([0.0, 0.0, 1.0, 1.0], (4, 1))
    >>> down, right = edge_tangent_field(stripes, 1.0)
    >>> np.abs(down[1]), np.abs(right[1])
    (array([1., 1., 1., 1.]), array([0., 0., 0., 0.]))
    """
    down, right = _central_difference(values), _central_difference(values.T).T
    across, along = 2 * down * right, right * right - down * down
    across, along = gaussian.gaussian(across, sigma), gaussian.gaussian(along, sigma)
    length = np.sqrt(across * across + along * along)
    changes = length > 1e-12
    # The averages give twice the angle of the gradient; the line is at right angles to the
    # gradient.
    cosine = np.where(changes, -along / np.where(changes, length, 1), -1)
    rightward = np.sqrt(np.maximum(1 + cosine, 0) / 2)
    downward = np.where(across > 0, -1.0, 1.0) * np.sqrt(np.maximum(1 - cosine, 0) / 2)
    return downward * changes, rightward * changes


def line_integral_smooth(
    values: UnitArray, down: UnitArray, right: UnitArray, sigma: float
) -> UnitArray:
    """Average values along the lines with a Gaussian, where this may change their sign.

    Pixels near which all values have one sign are left as they are, to save time: their average
    has the same sign. So use only the sign of the result.

    Parameters
    ----------
    values : float64 array, shape (H, W)
    down, right : float64 arrays, shape (H, W)
        Direction of the lines, of `edge_tangent_field`.
    sigma : float
        Standard deviation along the lines, in pixels. The average ends at twice this distance.

    Returns
    -------
    float64 array, shape (H, W)

    Notes
    -----
    Source: H. Kang, S. Lee, C. K. Chui, Coherent line drawing, Proc. NPAR, 2007.
    """
    height, width = values.shape
    radius = int(np.ceil(2 * sigma))
    weights = gaussian.gaussian_kernel(sigma, radius)[radius:]
    averages = values.copy()
    is_positive = values >= 0
    near_both = morphology.dilation(is_positive, radius) & morphology.dilation(~is_positive, radius)
    positions = np.flatnonzero(near_both)
    run_kernel(
        _line_integral,
        2 * radius * positions.size,
        *(values, down, right, averages, weights, positions),
        *(radius, positions.size, width, height),
    )
    return averages


def _central_difference(values: UnitArray) -> UnitArray:
    """Return twice the slope down the columns."""
    padded = np.pad(values, ((1, 1), (0, 0)), mode="edge")
    return padded[2:] - padded[:-2]


# From each position the walk goes in both directions. The field does not say which end of a line is
# forward: if the next direction points backward, it is reversed.
def _line_integral(
    values: Floats,
    down_field: Floats,
    right_field: Floats,
    averages: Floats,
    weights: Floats,
    positions: Int64s,
    radius: int,
    count: int,
    width: int,
    height: int,
) -> None:
    for turn in range(count):
        start = positions[turn]
        total, weight_sum = weights[0] * values[start], weights[0]
        for side in range(2):
            # The middle of a pixel is at a half, so that cutting off rounds to the nearest one.
            y, x = start // width + 0.5, start % width + 0.5
            down, right = down_field[start], right_field[start]
            if side == 1:
                down, right = -down, -right
            if down == 0.0 and right == 0.0:
                continue
            for step in range(1, radius + 1):
                y += down
                x += right
                if y < 0.0 or x < 0.0 or y >= height or x >= width:
                    break
                here = int(y) * width + int(x)
                total += weights[step] * values[here]
                weight_sum += weights[step]
                if down_field[here] * down + right_field[here] * right < 0.0:
                    down, right = -down_field[here], -right_field[here]
                else:
                    down, right = down_field[here], right_field[here]
        averages[start] = total / weight_sum

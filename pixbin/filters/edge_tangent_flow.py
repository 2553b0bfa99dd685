"""Which way the lines of a picture run, and what is found along them."""

from __future__ import annotations

import numpy as np

from pixbin.color.spaces import UnitArray
from pixbin.filters import gaussian, morphology
from pixbin.jit.dispatch import Floats, Int64s, run_kernel


def edge_tangent_field(values: UnitArray, sigma: float) -> tuple[UnitArray, UnitArray]:
    """Return the direction along the lines at every place, as steps down and to the right.

    It is that in which the picture changes least: the minor axis of the structure tensor,
    averaged by a Gaussian. Where nothing changes both steps are 0.

    Source: J. Bigun, G. H. Granlund, Optimal orientation detection of linear symmetry, 1987.

    Parameters
    ----------
    values : float64 array, shape (H, W)
    deviation : float
        Standard deviation of the Gaussian, in places.
    """
    down, right = _central_difference(values), _central_difference(values.T).T
    across, along = 2 * down * right, right * right - down * down
    across, along = gaussian.gaussian(across, sigma), gaussian.gaussian(along, sigma)
    length = np.sqrt(across * across + along * along)
    changes = length > 1e-12
    # Twice the angle of the steepest slope is known; the line is at right angles to it.
    cosine = np.where(changes, -along / np.where(changes, length, 1), -1)
    rightward = np.sqrt(np.maximum(1 + cosine, 0) / 2)
    downward = np.where(across > 0, -1.0, 1.0) * np.sqrt(np.maximum(1 - cosine, 0) / 2)
    return downward * changes, rightward * changes


def line_integral_smooth(
    values: UnitArray, down: UnitArray, right: UnitArray, sigma: float
) -> UnitArray:
    """Average values along the lines, by a Gaussian of this deviation, for their sign.

    Places near which all have one sign stay as they are: theirs would not change.

    Source: H. Kang, S. Lee, C. K. Chui, Coherent line drawing, 2007.

    Parameters
    ----------
    values, down, right : float64 arrays, shape (H, W)
        What is to be averaged; the directions, of `tangents`.
    deviation : float
        In places.

    Returns
    -------
    float64 array, shape (H, W)
    """
    height, width = values.shape
    reach = int(np.ceil(2 * sigma))
    weights = gaussian.gaussian_kernel(sigma, reach)[reach:]
    averages = values.copy()
    is_positive = values >= 0
    near_both = morphology.dilation(is_positive, reach) & morphology.dilation(~is_positive, reach)
    places = np.flatnonzero(near_both)
    fields = values, down, right, averages, weights, places
    run_kernel(_line_integral, 2 * reach * places.size, *fields, reach, places.size, width, height)
    return averages


def _central_difference(values: UnitArray) -> UnitArray:
    padded = np.pad(values, ((1, 1), (0, 0)), mode="edge")
    return padded[2:] - padded[:-2]


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
        total, whole = weights[0] * values[start], weights[0]
        for side in range(2):
            # The middle of a place is at a half, so that cutting off rounds to the nearest.
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
                whole += weights[step]
                if down_field[here] * down + right_field[here] * right < 0.0:
                    down, right = -down_field[here], -right_field[here]
                else:
                    down, right = down_field[here], right_field[here]
        averages[start] = total / whole

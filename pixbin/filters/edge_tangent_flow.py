"""Which way the lines of a picture run, and what is found along them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.filters import gaussian
from pixbin.jit.dispatch import Floats, Int64s, run
from pixbin.resample.luminance import Shares


def tangents(values: Shares, deviation: float) -> tuple[Shares, Shares]:
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
    down, right = _slope(values), _slope(values.T).T
    across, along = 2 * down * right, right * right - down * down
    across, along = gaussian.gaussian(across, deviation), gaussian.gaussian(along, deviation)
    length = np.sqrt(across * across + along * along)
    changes = length > 1e-12
    # Twice the angle of the steepest slope is known; the line is at right angles to it.
    cosine = np.where(changes, -along / np.where(changes, length, 1), -1)
    rightward = np.sqrt(np.maximum(1 + cosine, 0) / 2)
    downward = np.where(across > 0, -1.0, 1.0) * np.sqrt(np.maximum(1 - cosine, 0) / 2)
    return downward * changes, rightward * changes


def smooth(values: Shares, down: Shares, right: Shares, deviation: float) -> Shares:
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
    reach = int(np.ceil(2 * deviation))
    weights = gaussian.bell(deviation, reach)[reach:]
    averages = values.copy()
    places = np.flatnonzero(_is_mixed(values >= 0, reach))
    fields = values, down, right, averages, weights, places
    run(_smooth, 2 * reach * places.size, *fields, reach, places.size, width, height)
    return averages


def _is_mixed(marks: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """Tell which squares that reach so far to each side hold marks and others."""
    marked, others = (np.pad(each, reach, mode="edge") for each in (marks, ~marks))
    for _ in range(2):
        marked, others = _any_of(marked, 2 * reach + 1).T, _any_of(others, 2 * reach + 1).T
    return marked & others


def _any_of(marks: NDArray[np.bool_], count: int) -> NDArray[np.bool_]:
    rows = len(marks) - count + 1
    found = marks[:rows].copy()
    for shift in range(1, count):
        found |= marks[shift : shift + rows]
    return found


def _slope(values: Shares) -> Shares:
    padded = np.pad(values, ((1, 1), (0, 0)), mode="edge")
    return padded[2:] - padded[:-2]


def _smooth(
    values: Floats,
    downs: Floats,
    rights: Floats,
    averages: Floats,
    weights: Floats,
    places: Int64s,
    reach: int,
    count: int,
    width: int,
    height: int,
) -> None:
    for turn in range(count):
        start = places[turn]
        total, whole = weights[0] * values[start], weights[0]
        for side in range(2):
            # The middle of a place is at a half, so that cutting off rounds to the nearest.
            y, x = start // width + 0.5, start % width + 0.5
            down, right = downs[start], rights[start]
            if side == 1:
                down, right = -down, -right
            if down == 0.0 and right == 0.0:
                continue
            for step in range(1, reach + 1):
                y += down
                x += right
                if y < 0.0 or x < 0.0 or y >= height or x >= width:
                    break
                here = int(y) * width + int(x)
                total += weights[step] * values[here]
                whole += weights[step]
                if downs[here] * down + rights[here] * right < 0.0:
                    down, right = -downs[here], -rights[here]
                else:
                    down, right = downs[here], rights[here]
        averages[start] = total / whole

"""What structure asks of each cell: lighter or darker than its source, to keep contrast."""

from __future__ import annotations

import numpy as np

from pixbin.color.spaces import UnitArray
from pixbin.jit.dispatch import Floats, run_kernel

SIGMA = 1.5  #: of the windows, in cells
RADIUS = 5  #: of the windows, in cells each way
C2 = 0.03**2  #: of variances, so that flat windows do not count too much

_OPERATIONS_PER_CELL = 100  #: of a blur, in which interpreting costs about as much as one step does


def ssim_gradient(light: UnitArray) -> UnitArray:
    """Return how much a dithered picture would gain in similarity by the light of each cell.

    The similarity is the sum of SSIM over windows about every cell, weighed by their contrast.
    The slope is taken at a dithered picture that has in every window the mean of the light and
    its covariance with the light, and the variance of two values; so it depends on the light
    alone. Windows that reach over the border are weighed by what of them lies in the picture.

    Sources: Z. Wang et al., Image quality assessment: from error visibility to structural
    similarity, IEEE Transactions on Image Processing 13(4), 2004; H. Jiang et al., Efficient
    halftoning via deep reinforcement learning, the same, 32, 2023, which weighs it so.

    Parameters
    ----------
    light : float64 array, shape (H, W), from 0 (black) to 1 (white)

    Returns
    -------
    float64 array, shape (H, W)
    """
    whole = 1 / _window_sum(np.ones(light.shape))
    mean = whole * _window_sum(light)
    variance = np.maximum(whole * _window_sum(light * light) - mean * mean, 0)
    contrast = np.minimum(2 * np.sqrt(variance), 1)
    of_two_values = variance + mean - mean * mean + C2
    similarity = (2 * variance + C2) / of_two_values
    share = contrast * whole / of_two_values
    middle = 2 * mean + (1 - 2 * mean) * similarity
    return 2 * light * _window_sum(share) - _window_sum(share * middle)


def _window_sum(values: UnitArray) -> UnitArray:
    """Sum values over the window about every cell; beyond the border there is nothing."""
    height, width = values.shape
    bell = np.exp(-(np.arange(-RADIUS, RADIUS + 1) ** 2) / (2 * SIGMA**2))
    across, blurred = np.zeros(values.shape), np.zeros(values.shape)
    run_kernel(
        _correlate_separable,
        values.size * _OPERATIONS_PER_CELL,
        *(np.ascontiguousarray(values), across, blurred, bell / bell.sum()),
        *(width, height, RADIUS),
    )
    return blurred


def _correlate_separable(
    values: Floats,
    row_sums: Floats,
    blurred: Floats,
    kernel: Floats,
    width: int,
    height: int,
    radius: int,
) -> None:
    for y in range(height):
        row = y * width
        for step in range(-radius, radius + 1):
            weight = kernel[step + radius]
            for x in range(max(0, -step), min(width, width - step)):
                row_sums[row + x] += weight * values[row + x + step]
    for y in range(height):
        row = y * width
        for v in range(max(0, y - radius), min(height, y + radius + 1)):
            weight = kernel[v - y + radius]
            for x in range(width):
                blurred[row + x] += weight * row_sums[v * width + x]

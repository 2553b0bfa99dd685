"""What structure asks of each cell: lighter or darker than its source, to keep contrast."""

from __future__ import annotations

import numpy as np

from pixbin.jit.dispatch import Floats, run
from pixbin.resample.luminance import Shares

SIGMA = 1.5  #: of the windows, in cells
REACH = 5  #: of the windows, in cells each way
FLOOR = 0.03**2  #: of variances, so that flat windows do not count too much

_STEPS_A_CELL = 100  #: of a blur, in which interpreting costs about as much as one step does


def slope(light: Shares) -> Shares:
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
    whole = 1 / _blur(np.ones(light.shape))
    mean = whole * _blur(light)
    variance = np.maximum(whole * _blur(light * light) - mean * mean, 0)
    contrast = np.minimum(2 * np.sqrt(variance), 1)
    of_two_values = variance + mean - mean * mean + FLOOR
    similarity = (2 * variance + FLOOR) / of_two_values
    share = contrast * whole / of_two_values
    middle = 2 * mean + (1 - 2 * mean) * similarity
    return 2 * light * _blur(share) - _blur(share * middle)


def _blur(values: Shares) -> Shares:
    """Sum values over the window about every cell; beyond the border there is nothing."""
    height, width = values.shape
    bell = np.exp(-(np.arange(-REACH, REACH + 1) ** 2) / (2 * SIGMA**2))
    across, blurred = np.zeros(values.shape), np.zeros(values.shape)
    run(
        _sum,
        values.size * _STEPS_A_CELL,
        *(np.ascontiguousarray(values), across, blurred, bell / bell.sum()),
        *(width, height, REACH),
    )
    return blurred


def _sum(
    values: Floats,
    across: Floats,
    blurred: Floats,
    window: Floats,
    width: int,
    height: int,
    reach: int,
) -> None:
    for y in range(height):
        row = y * width
        for step in range(-reach, reach + 1):
            weight = window[step + reach]
            for x in range(max(0, -step), min(width, width - step)):
                across[row + x] += weight * values[row + x + step]
    for y in range(height):
        row = y * width
        for v in range(max(0, y - reach), min(height, y + reach + 1)):
            weight = window[v - y + reach]
            for x in range(width):
                blurred[row + x] += weight * across[v * width + x]

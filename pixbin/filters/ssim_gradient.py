"""The gradient of structural similarity: which cells to lighten or darken to keep contrast."""

from __future__ import annotations

import numpy as np

from pixbin.color.spaces import UnitArray
from pixbin.jit.dispatch import Floats, run_kernel

SIGMA = 1.5  #: standard deviation of the windows, in cells
RADIUS = 5  #: of the windows, in cells, in each direction
C2 = 0.03**2  #: constant of SSIM, in squared light; keeps flat windows from counting too much

_OPERATIONS_PER_CELL = 100  #: time to interpret the blur of one cell, in operations of `run_kernel`


def ssim_gradient(light: UnitArray) -> UnitArray:
    """Return how much a dithered picture gains in similarity from more light in each cell.

    The similarity is the sum of SSIM over windows around every cell, each weighted by its
    contrast. Its derivative is taken at an ideal dithered picture. In every window, such a picture
    has the mean of the light and the variance of two values. Its covariance with the light is the
    variance of the light. So the gradient depends on the light alone. At the border only the part
    of a window inside the picture counts.

    Parameters
    ----------
    light : float64 array, shape (H, W), from 0 (black) to 1 (white)

    Returns
    -------
    float64 array, shape (H, W)
        Similarity per unit of light; positive where the cell should be lighter than its source.

    Notes
    -----
    Sources: Z. Wang et al., Image quality assessment: from error visibility to structural
    similarity, IEEE Transactions on Image Processing 13(4), 2004; for the weights by contrast,
    H. Jiang et al., Efficient halftoning via deep reinforcement learning, IEEE Transactions on
    Image Processing 32, 2023.
    """
    normalization = 1 / _window_sum(np.ones(light.shape))
    mean = normalization * _window_sum(light)
    variance = np.maximum(normalization * _window_sum(light * light) - mean * mean, 0)
    contrast = np.minimum(2 * np.sqrt(variance), 1)
    denominator = variance + mean - mean * mean + C2  # mean - mean**2: variance of two values
    similarity = (2 * variance + C2) / denominator
    weight = contrast * normalization / denominator
    center = 2 * mean + (1 - 2 * mean) * similarity
    return 2 * light * _window_sum(weight) - _window_sum(weight * center)


def _window_sum(values: UnitArray) -> UnitArray:
    """Sum values over the Gaussian window around every cell; beyond the border they are 0."""
    height, width = values.shape
    kernel = np.exp(-(np.arange(-RADIUS, RADIUS + 1) ** 2) / (2 * SIGMA**2))
    row_sums, sums = np.zeros(values.shape), np.zeros(values.shape)
    run_kernel(
        _correlate_separable,
        values.size * _OPERATIONS_PER_CELL,
        *(np.ascontiguousarray(values), row_sums, sums, kernel / kernel.sum()),
        *(width, height, RADIUS),
    )
    return sums


def _correlate_separable(
    values: Floats,
    row_sums: Floats,
    sums: Floats,
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
                sums[row + x] += weight * row_sums[v * width + x]

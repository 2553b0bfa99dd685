"""The level that parts a picture into dark and light where its shapes end."""

from __future__ import annotations

import numpy as np

from pixbin.color.spaces import UnitArray
from pixbin.filters import gaussian, otsu

MAX_GAMMA, MIN_GAMMA = 2.0, 0.4  #: farthest exponents that bring the middle to one half
CANDIDATE_LEVELS = np.arange(0.3, 0.701, 0.02)  #: that may part, once the middle is one half
PRIOR_SIGMA = 0.16  #: standard deviation of these about one half
BLUR_SIGMA = 1.0  #: standard deviation before slopes are taken, in cells
LEVEL_SIGMA = 0.06  #: standard deviation of the values that count as at a level
HISTOGRAM_BINS = 100  #: of values
SLOPE_OFFSET = 0.005  #: a slope so small is no reason to leave one half


def contour_gamma(values: UnitArray) -> float:
    """Return the power of values at which one half parts dark from light best.

    First the middle, of the mean and Otsu's level, is brought to one half. Of the levels around
    it, that one parts best whose contours are steepest: they run along the outlines of things,
    not through shading and texture.

    Parameters
    ----------
    values : float64 array, shape (H, W), from 0 to 1
        One for each cell.
    """
    first_guess = otsu.otsu_level(np.rint(values * 255).astype(np.uint8)) / 255
    middle = np.clip((values.mean() + first_guess) / 2, 0.02, 0.98)
    first = np.clip(np.log(0.5) / np.log(middle), MIN_GAMMA, MAX_GAMMA)
    level = steepest_contour_level(values**first)
    return float(first * np.log(0.5) / np.log(level))


def steepest_contour_level(values: UnitArray) -> float:
    """Return the level near one half along whose contours values change most."""
    smooth = gaussian.gaussian(values, BLUR_SIGMA)
    padded = np.pad(smooth, 1, mode="edge")
    down = (padded[2:, 1:-1] - padded[:-2, 1:-1]) / 2
    right = (padded[1:-1, 2:] - padded[1:-1, :-2]) / 2
    place = np.minimum((smooth * HISTOGRAM_BINS).astype(np.int64), HISTOGRAM_BINS - 1).ravel()
    slope = np.sqrt(down * down + right * right).ravel()
    count = np.bincount(place, minlength=HISTOGRAM_BINS)
    sums = np.bincount(place, slope, minlength=HISTOGRAM_BINS)
    middles = (np.arange(HISTOGRAM_BINS) + 0.5) / HISTOGRAM_BINS
    near = np.exp(-0.5 * ((middles - CANDIDATE_LEVELS[:, None]) / LEVEL_SIGMA) ** 2)
    steepness = (near @ sums) / (near @ count + values.size / 1000)
    likely = np.exp(-0.5 * ((CANDIDATE_LEVELS - 0.5) / PRIOR_SIGMA) ** 2)
    return float(CANDIDATE_LEVELS[np.argmax((steepness + SLOPE_OFFSET) * likely)])

"""The threshold whose contours follow the strongest edges of a picture."""

from __future__ import annotations

import numpy as np

from pixbin.color.spaces import UnitArray
from pixbin.filters import gaussian, otsu

MAX_GAMMA, MIN_GAMMA = 2.0, 0.4  #: limits of the power that brings the middle to one half
CANDIDATE_LEVELS = np.arange(0.3, 0.701, 0.02)  #: possible thresholds after this power was applied
PRIOR_SIGMA = 0.16  #: how far the threshold may be from one half, as a standard deviation
BLUR_SIGMA = 1.0  #: standard deviation of the blur before slopes are taken, in cells
LEVEL_SIGMA = 0.06  #: width of a contour in values, as a standard deviation
HISTOGRAM_BINS = 100  #: bins of values from 0 to 1
SLOPE_OFFSET = 0.005  #: with slopes much smaller than this, the level stays at one half


def contour_gamma(values: UnitArray) -> float:
    """Return the power of values that brings the best threshold to one half.

    First a power brings the middle, halfway between the mean and Otsu's threshold, to one half.
    Then, of the levels around one half, the one with the steepest contours is taken. Its contours
    run along the outlines of objects, not through shading and texture.

    Parameters
    ----------
    values : float64 array, shape (H, W), from 0 to 1

    Returns
    -------
    float
        The exponent.
    """
    first_guess = otsu.otsu_level(np.rint(values * 255).astype(np.uint8)) / 255
    middle = np.clip((values.mean() + first_guess) / 2, 0.02, 0.98)
    first = np.clip(np.log(0.5) / np.log(middle), MIN_GAMMA, MAX_GAMMA)
    level = steepest_contour_level(values**first)
    return float(first * np.log(0.5) / np.log(level))


def steepest_contour_level(values: UnitArray) -> float:
    """Return the level near one half whose contours lie where the values change most.

    Parameters
    ----------
    values : float64 array, shape (H, W), from 0 to 1

    Returns
    -------
    float
        One of `CANDIDATE_LEVELS`, 0.3 to 0.7.

    Examples
    --------
    >>> edge = np.tile(np.repeat([0.2, 0.6], 8), (16, 1))  # half of the step is at 0.4
    >>> round(steepest_contour_level(edge), 2)
    0.42
    """
    smooth = gaussian.gaussian(values, BLUR_SIGMA)
    padded = np.pad(smooth, 1, mode="edge")
    down = (padded[2:, 1:-1] - padded[:-2, 1:-1]) / 2
    right = (padded[1:-1, 2:] - padded[1:-1, :-2]) / 2
    bins = np.minimum((smooth * HISTOGRAM_BINS).astype(np.int64), HISTOGRAM_BINS - 1).ravel()
    slope = np.sqrt(down * down + right * right).ravel()
    count = np.bincount(bins, minlength=HISTOGRAM_BINS)
    sums = np.bincount(bins, slope, minlength=HISTOGRAM_BINS)
    middles = (np.arange(HISTOGRAM_BINS) + 0.5) / HISTOGRAM_BINS
    near = np.exp(-0.5 * ((middles - CANDIDATE_LEVELS[:, None]) / LEVEL_SIGMA) ** 2)
    steepness = (near @ sums) / (near @ count + values.size / 1000)
    prior = np.exp(-0.5 * ((CANDIDATE_LEVELS - 0.5) / PRIOR_SIGMA) ** 2)
    return float(CANDIDATE_LEVELS[np.argmax((steepness + SLOPE_OFFSET) * prior)])

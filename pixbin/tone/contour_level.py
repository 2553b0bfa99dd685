"""The level that parts a picture into dark and light where its shapes end."""

from __future__ import annotations

import numpy as np

from pixbin.dither import global_threshold
from pixbin.filters import gaussian
from pixbin.resample.luminance import Shares

DARKENING, LIGHTENING = 2.0, 0.4  #: farthest exponents that bring the middle to one half
LEVELS = np.arange(0.3, 0.701, 0.02)  #: that may part, once the middle is one half
LIKELY = 0.16  #: standard deviation of these about one half
BLUR = 1.0  #: standard deviation before slopes are taken, in cells
WIDTH = 0.06  #: standard deviation of the values that count as at a level
BINS = 100  #: of values
FAINT = 0.005  #: a slope so small is no reason to leave one half


def exponent(values: Shares) -> float:
    """Return the power of values at which one half parts dark from light best.

    First the middle, of the mean and Otsu's level, is brought to one half. Of the levels around
    it, that one parts best whose contours are steepest: they run along the outlines of things,
    not through shading and texture.

    Parameters
    ----------
    values : float64 array, shape (H, W), from 0 to 1
        One for each cell.
    """
    otsu = global_threshold.otsu_level(np.rint(values * 255).astype(np.uint8)) / 255
    middle = np.clip((values.mean() + otsu) / 2, 0.02, 0.98)
    first = np.clip(np.log(0.5) / np.log(middle), LIGHTENING, DARKENING)
    level = steepest(values**first)
    return float(first * np.log(0.5) / np.log(level))


def steepest(values: Shares) -> float:
    """Return the level near one half along whose contours values change most."""
    smooth = gaussian.gaussian(values, BLUR)
    padded = np.pad(smooth, 1, mode="edge")
    down = (padded[2:, 1:-1] - padded[:-2, 1:-1]) / 2
    right = (padded[1:-1, 2:] - padded[1:-1, :-2]) / 2
    place = np.minimum((smooth * BINS).astype(np.int64), BINS - 1).ravel()
    slope = np.sqrt(down * down + right * right).ravel()
    count = np.bincount(place, minlength=BINS)
    sums = np.bincount(place, slope, minlength=BINS)
    middles = (np.arange(BINS) + 0.5) / BINS
    near = np.exp(-0.5 * ((middles - LEVELS[:, None]) / WIDTH) ** 2)
    steepness = (near @ sums) / (near @ count + values.size / 1000)
    likely = np.exp(-0.5 * ((LEVELS - 0.5) / LIKELY) ** 2)
    return float(LEVELS[np.argmax((steepness + FAINT) * likely)])

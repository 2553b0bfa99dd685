"""Otsu's threshold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def otsu_level(levels: NDArray[np.uint8]) -> int:
    """Return the threshold that maximizes the variance between the two classes it makes.

    Parameters
    ----------
    levels : uint8 array of any shape
        sRGB-encoded levels, 0 to 255.

    Returns
    -------
    int
        The highest level of the darker class, as in `skimage.filters.threshold_otsu`; 127 if all
        levels are the same. If several thresholds are equally good, it is the lowest.

    Notes
    -----
    Source: N. Otsu, A threshold selection method from gray-level histograms, IEEE
    Transactions on Systems, Man, and Cybernetics 9(1), 1979.

    Examples
    --------
    >>> otsu_level(np.array([10, 12, 200, 201], np.uint8))
    12
    """
    histogram = np.bincount(levels.ravel(), minlength=256)
    if np.count_nonzero(histogram) < 2:
        return 127
    below = np.cumsum(histogram)[:-1].astype(np.float64)
    above = below[-1] + histogram[-1] - below
    moments = np.cumsum(histogram * np.arange(256)).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = moments[:-1] / below - (moments[-1] - moments[:-1]) / above
        between = below * above * distance**2
    return int(np.argmax(np.nan_to_num(between, nan=0, posinf=0)))

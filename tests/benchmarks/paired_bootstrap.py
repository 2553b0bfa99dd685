"""Bootstrap intervals of the difference between two methods on the same pictures.

Source: B. Efron, Bootstrap methods: another look at the jackknife, Annals of Statistics 7, 1979.
Whole pictures are drawn with replacement, so that all answers about a picture stay together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]  #: one number for each picture, in the same order

SAMPLES = 10_000  #: resampled sets of pictures
LEVEL = 0.95  #: nominal probability that an interval contains the true difference


class Difference(NamedTuple):
    """A difference of means, and the ends of its interval."""

    mean: float
    low: float
    high: float

    @property
    def is_sure(self) -> bool:
        """Whether zero lies outside the interval."""
        return self.low > 0 or self.high < 0


def paired_difference(ours: Values, theirs: Values, seed: int = 0) -> Difference:
    """Return the mean of ours minus theirs over the pictures, with its interval.

    Raises
    ------
    ValueError
        The arrays have different lengths, or are empty.
    """
    if ours.shape != theirs.shape or ours.ndim != 1 or not ours.size:
        raise ValueError("both arrays must have one value for each of the same pictures")
    ones = np.ones(ours.size)
    return ratio_difference((ours, ones), (theirs, ones), seed)


def ratio_difference(
    ours: tuple[Values, Values], theirs: tuple[Values, Values], seed: int = 0
) -> Difference:
    """Return the difference of two ratios of sums, with its interval.

    `ours` and `theirs` each have, for every picture, the sum of its grades and their number. A
    picture may have no grade on one side, if no viewer has seen it by that method.

    Raises
    ------
    ValueError
        A side has no grade at all.
    """
    if not ours[1].sum() or not theirs[1].sum():
        raise ValueError("each side needs at least one grade")
    count = ours[0].size
    draws = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), SAMPLES)
    drawn = draws.astype(np.float64)
    with np.errstate(invalid="ignore"):
        samples = _ratio(drawn, ours) - _ratio(drawn, theirs)
    tails = 100 * (1 - LEVEL) / 2
    low, high = np.nanpercentile(samples, (tails, 100 - tails))
    whole = np.ones((1, count))
    mean = _ratio(whole, ours)[0] - _ratio(whole, theirs)[0]
    return Difference(float(mean), float(low), float(high))


def _ratio(draws: Values, side: tuple[Values, Values]) -> Values:
    """Return the mean grade of each draw; NaN where the draw holds no grade of this side."""
    sums, counts = side
    ratios: Values = (draws @ sums) / (draws @ counts)
    return ratios

"""A threshold for every cell from its surroundings: for text and line art in uneven light."""

from __future__ import annotations

from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import LocalRule, LocalThreshold
from pixbin.color import quanta
from pixbin.color.light_scale import Tone
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.color.spaces import UnitArray
from pixbin.filters import gaussian
from pixbin.filters.local_mean import uniform_filter

BRADLEY_SHARE = 0.85  #: of the mean around, below which a cell is ink
NIBLACK_FACTOR = SAUVOLA_FACTOR = 0.2  #: of the deviation around, as scikit-image has them
SAUVOLA_RANGE = 0.5  #: the largest deviation that values from 0 to 1 can have


def threshold_local(
    cells: Quanta, family: LocalThreshold, radius: int, tone: Tone
) -> NDArray[np.bool_]:
    """Compare every cell with a threshold from the square of cells around it.

    Beyond the border the picture is mirrored. Values are sRGB-encoded whatever the tone.
    Pure black stays ink and pure white paper.

    Sources: D. Bradley, G. Roth, Adaptive thresholding using the integral image, 2007;
    W. Niblack, An introduction to digital image processing, 1986; J. Sauvola, M. Pietikainen,
    Adaptive document image binarization, 2000.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    family : LocalThreshold
        The rule by which a threshold follows from mean and deviation.
    radius : int
        Cells that the square reaches to each side.
    tone : Tone
        On which scale the cells count light.

    Returns
    -------
    bool array, shape (H, W), True is paper
    """
    values = quanta.quanta_to_srgb(cells, tone)
    paper = values >= local_thresholds(values, family, radius)
    pure: NDArray[np.bool_] = (paper & (cells > 0)) | (cells == FULL_SCALE)
    return pure


def local_thresholds(values: UnitArray, family: LocalThreshold, radius: int) -> UnitArray:
    """Return the threshold of every cell, for values from 0 to 1."""
    rule = family.rule
    match rule:
        case LocalRule.MEAN:
            return BRADLEY_SHARE * uniform_filter(values, radius)
        case LocalRule.GAUSSIAN:
            return BRADLEY_SHARE * gaussian_mean(values, radius)
        case LocalRule.NIBLACK:
            return uniform_filter(values, radius) - NIBLACK_FACTOR * _standard_deviation(
                values, radius
            )
        case LocalRule.SAUVOLA:
            share = _standard_deviation(values, radius) / SAUVOLA_RANGE - 1
            return uniform_filter(values, radius) * (1 + SAUVOLA_FACTOR * share)
    assert_never(rule)


def gaussian_mean(values: UnitArray, radius: int) -> UnitArray:
    """Average with a Gaussian whose two standard deviations reach `radius`."""
    return gaussian.separable(values, gaussian.gaussian_kernel(radius / 2, radius), "symmetric")


def _standard_deviation(values: UnitArray, radius: int) -> UnitArray:
    variance = uniform_filter(values**2, radius) - uniform_filter(values, radius) ** 2
    deviation: UnitArray = np.sqrt(np.maximum(variance, 0))
    return deviation

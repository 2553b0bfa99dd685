"""A threshold for every cell from its surroundings: for text and line art in uneven light."""

from __future__ import annotations

from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.enums import Tone
from pixbin.catalog.families import LocalRule, LocalThreshold
from pixbin.filters import gaussian
from pixbin.resample import luminance
from pixbin.resample.luminance import FULL_SCALE, Quanta, UnitArray

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
    values = luminance.quanta_to_srgb(cells, tone)
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


def uniform_filter(values: UnitArray, radius: int) -> UnitArray:
    """Average over the square of cells that reaches `radius` to each side."""
    side = 2 * radius + 1
    for _ in range(2):
        padded = _pad_symmetric(values, radius)
        sums = np.concatenate((np.zeros_like(padded[:1]), padded)).cumsum(axis=0)
        values = ((sums[side:] - sums[:-side]) / side).T
    return values


def gaussian_mean(values: UnitArray, radius: int) -> UnitArray:
    """Average with a Gaussian whose two standard deviations reach `radius`."""
    return gaussian.separable(values, gaussian.gaussian_kernel(radius / 2, radius), "symmetric")


def _standard_deviation(values: UnitArray, radius: int) -> UnitArray:
    variance = uniform_filter(values**2, radius) - uniform_filter(values, radius) ** 2
    deviation: UnitArray = np.sqrt(np.maximum(variance, 0))
    return deviation


def _pad_symmetric(values: UnitArray, radius: int) -> UnitArray:
    return np.pad(values, ((radius, radius), (0, 0)), mode="symmetric")

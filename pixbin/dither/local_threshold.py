"""Local thresholds, from the cells around each cell: for text and line art in uneven light."""

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

BRADLEY_SHARE = 0.85  #: threshold as a share of the mean of the surroundings
NIBLACK_FACTOR = SAUVOLA_FACTOR = 0.2  #: factor k of the standard deviation, as in scikit-image
SAUVOLA_RANGE = 0.5  #: R, the largest standard deviation of values from 0 to 1


def threshold_local(
    cells: Quanta, family: LocalThreshold, radius: int, tone: Tone
) -> NDArray[np.bool_]:
    """Compare every cell with a threshold from the square of cells around it.

    Values are sRGB-encoded, whatever the tone of the cells. Beyond the border the picture is
    mirrored.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    family : LocalThreshold
        The rule that gives the threshold, from mean and standard deviation.
    radius : int
        Cells that the square reaches in each direction.
    tone : Tone
        The scale of the cells: linear light, or perceptual.

    Returns
    -------
    bool array, shape (H, W), True is paper
        Pure black stays ink and pure white stays paper.

    Notes
    -----
    Sources: D. Bradley, G. Roth, Adaptive thresholding using the integral image, Journal of
    Graphics Tools 12(2), 2007; W. Niblack, An Introduction to Digital Image Processing, 1986;
    J. Sauvola, M. Pietikainen, Adaptive document image binarization, Pattern Recognition 33(2),
    2000.
    """
    values = quanta.quanta_to_srgb(cells, tone)
    paper = values >= local_thresholds(values, family, radius)
    with_pure_ends: NDArray[np.bool_] = (paper & (cells > 0)) | (cells == FULL_SCALE)
    return with_pure_ends


def local_thresholds(values: UnitArray, family: LocalThreshold, radius: int) -> UnitArray:
    """Return the threshold of every cell.

    Parameters
    ----------
    values : float64 array, shape (H, W), from 0 to 1
    family : LocalThreshold
    radius : int
        In cells.

    Returns
    -------
    float64 array, shape (H, W), on the scale of the values
    """
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
            relative = _standard_deviation(values, radius) / SAUVOLA_RANGE - 1
            return uniform_filter(values, radius) * (1 + SAUVOLA_FACTOR * relative)
    assert_never(rule)


def gaussian_mean(values: UnitArray, radius: int) -> UnitArray:
    """Average with a Gaussian that is cut off at `radius`, its second standard deviation.

    Values and means are float64 arrays, shape (H, W); the radius is in cells.
    """
    return gaussian.separable(values, gaussian.gaussian_kernel(radius / 2, radius), "symmetric")


def _standard_deviation(values: UnitArray, radius: int) -> UnitArray:
    variance = uniform_filter(values**2, radius) - uniform_filter(values, radius) ** 2
    deviation: UnitArray = np.sqrt(np.maximum(variance, 0))
    return deviation

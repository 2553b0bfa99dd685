"""The automatic look: exposure and local contrast, so that a picture reads in two values.

In a two-valued picture that reads well about half of the cells are ink, shapes are set off
from what is around them, and large areas are plainly one or the other. Few photographs offer
that by themselves. What is done here was chosen by how often a vision network tells, from two
values alone, which of 214 varied pictures it sees, and by eye.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pixbin.color.spaces import UnitArray
from pixbin.filters import gaussian, local_mean, otsu

CLIP_SHARE = 0.01  #: share of the cells at either end that may become pure black or white
MIN_RANGE, FULL_RANGE = 0.02, 0.1  #: sRGB range that is left alone, and from which all is done
MAX_GAMMA, MIN_GAMMA = 2.0, 0.4  #: farthest exponents of the exposure
EQUALIZATION_SHARE = (
    0.6  #: share of the tone curve that gives every grey as much room as it has cells
)
MAX_SLOPE = 3.0  #: slope of that curve, at most
DETAIL_SIGMA = 1.5  #: standard deviation of the blur that is around a cell, in cells
REGION_DIVISOR = 10  #: the longer side over how far a cell's region reaches, each way
DETAIL_GAIN, REGION_GAIN = (
    3.0,
    0.5,
)  #: how much of the difference to the blur and to the region is added
CORING_LEVEL = 0.03  #: differences well below this are grain, and not added
END_CLIP = 0.1  #: range at either end that becomes pure black or white at last
FULL_STRENGTH_SIDE, ZERO_STRENGTH_SIDE = (
    128,
    1024,
)  #: cells of the longer side up to which all is done, from which nothing

CURVE_INPUTS = np.linspace(0, 1, 256)


class Exposure(NamedTuple):
    """What the statistics of a picture ask for; one would serve all frames of a film."""

    black: float  #: sRGB value that becomes black
    white: float  #: sRGB value that becomes white
    curve: UnitArray  #: tones of 256 even steps between the two
    amount: float  #: how much of the whole is called for, 0 to 1

    def apply(self, values: UnitArray) -> UnitArray:
        """Return the exposed values, from 0 to 1."""
        exposed: UnitArray = np.interp(
            _stretch_range(values, self.black, self.white), CURVE_INPUTS, self.curve
        )
        return exposed


NO_EXPOSURE = Exposure(0.0, 1.0, CURVE_INPUTS, 0.0)


def measure_exposure(values: UnitArray) -> Exposure:
    """Work out the exposure of sRGB values, shape (H, W), from 0 to 1.

    A flat picture, and one of just two values, ask for nothing.
    """
    lowest, highest = float(values.min()), float(values.max())
    if np.all((values == lowest) | (values == highest)):
        return NO_EXPOSURE
    ranked = np.sort(values, axis=None)  # whereas numpy.percentile imports masked arrays
    clipped = round(CLIP_SHARE * (ranked.size - 1))
    low, high = float(ranked[clipped]), float(ranked[-1 - clipped])
    # A few stars in a black sky are more than clipped ends: half of the range is kept.
    span = max(high - low, (highest - lowest) / 2)
    black = max(lowest, (low + high - span) / 2)
    white = min(highest, black + span)
    amount = np.clip((white - black - MIN_RANGE) / (FULL_RANGE - MIN_RANGE), 0, 1)
    return Exposure(black, white, _tone_curve(_stretch_range(values, black, white)), float(amount))


def enhance(values: UnitArray, exposure: Exposure, oversampling: int = 1) -> UnitArray:
    """Return the picture that shall be seen; one half is as much ink as paper.

    The grid may be so many times as fine as the cells.
    """
    exposed = exposure.apply(values)
    detail = exposed - gaussian.gaussian(exposed, DETAIL_SIGMA * oversampling)
    detail *= detail**2 / (detail**2 + CORING_LEVEL**2)
    relief = exposed - local_mean.uniform_filter(
        exposed, max(1, max(values.shape) // REGION_DIVISOR)
    )
    share = exposed + DETAIL_GAIN * detail + REGION_GAIN * relief
    share = np.clip((share - END_CLIP) / (1 - 2 * END_CLIP), 0, 1)
    return share * share * (3 - 2 * share)


def default_strength(width: int, height: int) -> float:
    """Tell how much a grid of this size needs: the finer it is, the better it reads as it is."""
    share = np.log(ZERO_STRENGTH_SIDE / max(width, height)) / np.log(
        ZERO_STRENGTH_SIDE / FULL_STRENGTH_SIDE
    )
    return float(np.clip(share, 0, 1))


def _stretch_range(values: UnitArray, black: float, white: float) -> UnitArray:
    return np.clip((values - black) / (white - black), 0, 1)


def _tone_curve(values: UnitArray) -> UnitArray:
    """Bring the middle of the tones to one half, and give crowded tones more room.

    The middle is that of the mean and of the level that parts dark from light (N. Otsu, 1979).
    The room is by histogram equalization with its slope limited (S. M. Pizer and others,
    Adaptive histogram equalization and its variations, 1987).
    """
    levels = np.rint(values * 255).astype(np.uint8)
    middle = (values.mean() + otsu.otsu_level(levels) / 255) / 2
    exponent = np.log(0.5) / np.log(np.clip(middle, 0.02, 0.98))
    exposed = CURVE_INPUTS ** np.clip(exponent, MIN_GAMMA, MAX_GAMMA)
    room = _limit_slope(np.bincount(levels.ravel(), minlength=256) / levels.size)
    equalized = np.cumsum(room) - room / 2
    equalized = (equalized - equalized[0]) / (equalized[-1] - equalized[0])
    curve: UnitArray = (1 - EQUALIZATION_SHARE) * exposed + EQUALIZATION_SHARE * equalized
    return curve


def _limit_slope(histogram: UnitArray) -> UnitArray:
    """Cut what is above the steepest slope, and hand it to all."""
    most = MAX_SLOPE / len(histogram)
    for _ in range(8):
        excess = np.maximum(histogram - most, 0).sum()
        histogram = np.minimum(histogram, most) + excess / len(histogram)
    return histogram

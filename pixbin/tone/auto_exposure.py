"""The automatic look: exposure and local contrast, so that a picture reads in two values.

In a two-valued picture that reads well about half of the cells are ink, shapes are set off
from what is around them, and large areas are plainly one or the other. Few photographs offer
that by themselves. What is done here was chosen by how often a vision network tells, from two
values alone, which of 214 varied pictures it sees, and by eye.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pixbin.dither import global_threshold, local_threshold
from pixbin.filters import gaussian
from pixbin.resample.luminance import Shares

CLIPPED = 0.01  #: share of the cells at either end that may become pure black or white
NOISE, CONTRAST = 0.02, 0.1  #: sRGB range that is left alone, and from which all is done
DARKENING, LIGHTENING = 2.0, 0.4  #: farthest exponents of the exposure
EQUALIZED = 0.6  #: share of the tone curve that gives every grey as much room as it has cells
STEEPEST = 3.0  #: slope of that curve, at most
NEAR = 1.5  #: standard deviation of the blur that is around a cell, in cells
WIDE = 10  #: the longer side over how far a cell's region reaches, each way
DETAIL, RELIEF = 3.0, 0.5  #: how much of the difference to the blur and to the region is added
GRAIN = 0.03  #: differences well below this are grain, and not added
SHOULDER = 0.1  #: range at either end that becomes pure black or white at last
WHOLE, NONE = 128, 1024  #: cells of the longer side up to which all is done, from which nothing

LEVELS = np.linspace(0, 1, 256)


class Exposure(NamedTuple):
    """What the statistics of a picture ask for; one would serve all frames of a film."""

    black: float  #: sRGB value that becomes black
    white: float  #: sRGB value that becomes white
    curve: Shares  #: tones of 256 even steps between the two
    amount: float  #: how much of the whole is called for, 0 to 1

    def of(self, values: Shares) -> Shares:
        """Return the exposed values, from 0 to 1."""
        exposed: Shares = np.interp(_stretched(values, self.black, self.white), LEVELS, self.curve)
        return exposed


UNCHANGED = Exposure(0.0, 1.0, LEVELS, 0.0)


def measure(values: Shares) -> Exposure:
    """Work out the exposure of sRGB values, shape (H, W), from 0 to 1.

    A flat picture, and one of just two values, ask for nothing.
    """
    lowest, highest = float(values.min()), float(values.max())
    if np.all((values == lowest) | (values == highest)):
        return UNCHANGED
    ranked = np.sort(values, axis=None)  # whereas numpy.percentile imports masked arrays
    clipped = round(CLIPPED * (ranked.size - 1))
    low, high = float(ranked[clipped]), float(ranked[-1 - clipped])
    # A few stars in a black sky are more than clipped ends: half of the range is kept.
    span = max(high - low, (highest - lowest) / 2)
    black = max(lowest, (low + high - span) / 2)
    white = min(highest, black + span)
    amount = np.clip((white - black - NOISE) / (CONTRAST - NOISE), 0, 1)
    return Exposure(black, white, _curve(_stretched(values, black, white)), float(amount))


def apply(values: Shares, exposure: Exposure, times: int = 1) -> Shares:
    """Return the picture that shall be seen; one half is as much ink as paper.

    The grid may be so many times as fine as the cells.
    """
    exposed = exposure.of(values)
    detail = exposed - gaussian.gaussian(exposed, NEAR * times)
    detail *= detail**2 / (detail**2 + GRAIN**2)
    relief = exposed - local_threshold.square_mean(exposed, max(1, max(values.shape) // WIDE))
    share = exposed + DETAIL * detail + RELIEF * relief
    share = np.clip((share - SHOULDER) / (1 - 2 * SHOULDER), 0, 1)
    return share * share * (3 - 2 * share)


def needed(width: int, height: int) -> float:
    """Tell how much a grid of this size needs: the finer it is, the better it reads as it is."""
    share = np.log(NONE / max(width, height)) / np.log(NONE / WHOLE)
    return float(np.clip(share, 0, 1))


def _stretched(values: Shares, black: float, white: float) -> Shares:
    return np.clip((values - black) / (white - black), 0, 1)


def _curve(values: Shares) -> Shares:
    """Bring the middle of the tones to one half, and give crowded tones more room.

    The middle is that of the mean and of the level that parts dark from light (N. Otsu, 1979).
    The room is by histogram equalization with its slope limited (S. M. Pizer and others,
    Adaptive histogram equalization and its variations, 1987).
    """
    levels = np.rint(values * 255).astype(np.uint8)
    middle = (values.mean() + global_threshold.otsu_level(levels) / 255) / 2
    exponent = np.log(0.5) / np.log(np.clip(middle, 0.02, 0.98))
    exposed = LEVELS ** np.clip(exponent, LIGHTENING, DARKENING)
    room = _limited(np.bincount(levels.ravel(), minlength=256) / levels.size)
    equalized = np.cumsum(room) - room / 2
    equalized = (equalized - equalized[0]) / (equalized[-1] - equalized[0])
    curve: Shares = (1 - EQUALIZED) * exposed + EQUALIZED * equalized
    return curve


def _limited(shares: Shares) -> Shares:
    """Cut what is above the steepest slope, and hand it to all."""
    most = STEEPEST / len(shares)
    for _ in range(8):
        excess = np.maximum(shares - most, 0).sum()
        shares = np.minimum(shares, most) + excess / len(shares)
    return shares

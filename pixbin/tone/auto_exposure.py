"""Automatic exposure and local contrast, so that a picture reads well in two values.

In a two-valued picture that reads well, about half of the cells are ink, shapes stand out from
their surroundings, and large areas are plainly ink or paper. Few photographs are like that.

The constants were chosen in three ways: by eye; by a blind test, in which viewers chose the better
of two renderings; and by counting how often vision networks recognize the two-valued version.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pixbin.color.spaces import UnitArray
from pixbin.filters import gaussian, local_mean, otsu

CLIP_SHARE = 0.01  #: share of the cells at either end that may become pure black or white
MIN_RANGE = 0.02  #: a picture with a smaller range of sRGB values is flat, and left alone
FULL_RANGE = 0.1  #: with at least this range of sRGB values, the exposure is applied in full
MAX_GAMMA, MIN_GAMMA = 2.0, 0.4  #: limits of the power that brings the middle to one half
EQUALIZATION_SHARE = 0.6  #: share of histogram equalization in the tone curve of models
CONTRAST_SHARE = 0.5  #: share of equalization by contrast in the tone curve of the look
MAX_CONTRAST = 0.08  #: contrast with the neighbours from which a cell counts in full
MIN_CONTRAST = 0.004  #: added to the contrast of every cell, so that flat areas count a little
MAX_SLOPE = 3.0  #: limit of the slope of histogram equalization
SURROUND_DIVISOR = 6  #: the longer side of the grid, divided by the radius of a cell's surround
SURROUND_SHARE = 0.5  #: how far the mean of a surround moves to one half, at most
EVEN_LIGHT, UNEVEN_LIGHT = 0.08, 0.2  #: standard deviation of these means that moves none, or all
SURROUND_CONTRAST = 0.1  #: standard deviation in a surround that moves it by half of that
MIN_SURROUND_GAMMA, MAX_SURROUND_GAMMA = 0.75, 1.33  #: limits of the power that moves it
DETAIL_SIGMA = 1.5  #: standard deviation of the blur that values are compared with, in cells
REGION_DIVISOR = 10  #: the longer side of the grid, divided by the radius of a cell's region
DETAIL_GAIN = 4.0  #: how much of the difference to the blur is added
REGION_GAIN = 0.6  #: how much of the difference to the region's mean is added
GRAIN_QUANTILE = 0.15  #: share of the cells that are taken as free of detail, to measure grain
CORING_FACTOR = 5.0  #: differences well below this multiple of the grain are not added
MIN_CORING, MAX_CORING = 0.04, 0.08  #: limits of that level
END_CLIP = 0.1  #: range at either end that becomes pure black or white in the last step
FLAT_CLIP = 0.1  #: added to that range where there is no detail
FLAT_DETAIL = 0.03  #: mean difference to the blur that halves this addition
FULL_STRENGTH_SIDE = 128  #: up to so many cells on the longer side, the default strength is 1
ZERO_STRENGTH_SIDE = 1024  #: from so many cells on the longer side, the default strength is 0

CURVE_INPUTS = np.linspace(0, 1, 256)  #: the inputs at which a tone curve has its values


class Exposure(NamedTuple):
    """An exposure measured on a picture, or on all frames of an animation."""

    black: float  #: sRGB value that becomes black
    white: float  #: sRGB value that becomes white
    model_curve: UnitArray  #: shape (256,); tones, 0 to 1, of even steps from black to white
    look_curve: UnitArray  #: the same for the look, with more contrast where the detail is
    amount: float  #: how much exposure the picture needs, 0 to 1; 0 if it is flat

    def apply_for_model(self, values: UnitArray) -> UnitArray:
        """Return the fully exposed values, from 0 to 1, for sRGB values of any shape."""
        return _interpolate(_stretch_range(values, self.black, self.white), self.model_curve)

    def apply(self, values: UnitArray) -> UnitArray:
        """Return the fully exposed values of the look, 0 to 1, for sRGB values of any shape."""
        stretched = _stretch_range(values, self.black, self.white)
        exposed: UnitArray = np.interp(stretched, CURVE_INPUTS, self.look_curve)
        return exposed


NO_EXPOSURE = Exposure(0.0, 1.0, CURVE_INPUTS, CURVE_INPUTS, 0.0)  #: leaves a picture as it is


def neighbour_contrasts(values: UnitArray) -> UnitArray:
    """Return the slope of the values at each cell, float64 of the same shape (H, W)."""
    slopes = [
        np.gradient(values, axis=axis) if values.shape[axis] > 1 else np.zeros(values.shape)
        for axis in (0, 1)
    ]
    contrasts: UnitArray = np.hypot(*slopes)
    return contrasts


def measure_exposure(values: UnitArray, contrasts: UnitArray | None = None) -> Exposure:
    """Measure the exposure that a picture needs.

    Parameters
    ----------
    values : float64 array, shape (H, W), sRGB-encoded, from 0 to 1
        With `contrasts`, any shape: some values of a picture, or those of several.
    contrasts : float64 array, of the same shape, optional
        The slope at each value, from `neighbour_contrasts`.

    Returns
    -------
    Exposure
        The amount is 0 for a flat picture, and for a picture of just two values.

    Examples
    --------
    >>> exposure = measure_exposure(np.linspace(0.2, 0.6, 101)[None])
    >>> round(exposure.black, 3), round(exposure.white, 3), exposure.amount
    (0.204, 0.596, 1.0)
    """
    lowest, highest = float(values.min()), float(values.max())
    if np.all((values == lowest) | (values == highest)):
        return NO_EXPOSURE
    ranked = np.sort(values, axis=None)  # numpy.percentile would import masked arrays
    clipped = round(CLIP_SHARE * (ranked.size - 1))
    low, high = float(ranked[clipped]), float(ranked[-1 - clipped])
    # A few stars in a black sky must not be clipped away: at least half of the range is kept.
    span = max(high - low, (highest - lowest) / 2)
    black = max(lowest, (low + high - span) / 2)
    white = min(highest, black + span)
    amount = np.clip((white - black - MIN_RANGE) / (FULL_RANGE - MIN_RANGE), 0, 1)
    if contrasts is None:
        contrasts = neighbour_contrasts(values)
    curves = _tone_curves(_stretch_range(values, black, white), contrasts / (white - black))
    return Exposure(black, white, *curves, float(amount))


class LookAmounts(NamedTuple):
    """Amounts of the parts of `--enhance`; 1 is the automatic amount, 0 is none."""

    exposure: float = 1.0  #: of the tone curve, and of its variation over the picture
    detail: float = 1.0  #: of the contrast of single cells with their neighbours
    relief: float = 1.0  #: of the contrast of areas with their region
    ends: float = 1.0  #: of the last step, which makes areas plainly black or white


AUTOMATIC_AMOUNTS = LookAmounts()


def enhance(
    values: UnitArray,
    exposure: Exposure,
    oversampling: int = 1,
    amounts: LookAmounts = AUTOMATIC_AMOUNTS,
) -> UnitArray:
    """Apply an exposure, and raise local contrast.

    Parameters
    ----------
    values : float64 array, shape (H, W), sRGB-encoded, from 0 to 1
    exposure : Exposure
    oversampling : int
        Fine cells along a side of a cell, if the grid is finer than the cells.
    amounts : LookAmounts
        Factors of the automatic amounts.

    Returns
    -------
    float64 array, shape (H, W), from 0 to 1
        The share of paper that every cell should get.
    """
    exposed = _expose_surrounds(exposure.apply(values))
    exposed = np.clip(values + amounts.exposure * (exposed - values), 0, 1)
    radius = max(1, max(values.shape) // REGION_DIVISOR)
    detail = exposed - gaussian.gaussian(exposed, DETAIL_SIGMA * oversampling)
    relief = exposed - local_mean.uniform_filter(exposed, radius)
    energy = local_mean.uniform_filter(detail**2, 1)
    level = _coring_level(energy)
    share = (
        exposed
        + amounts.detail * DETAIL_GAIN * _core(detail, level)
        + amounts.relief * REGION_GAIN * _core(relief, level)
    )
    return _clean_ends(share, _flatness(energy), amounts.ends * min(1.0, amounts.exposure))


def _flatness(energy: UnitArray) -> UnitArray:
    """Return 1 where there is no detail around a cell, and less with more; shape (H, W)."""
    flatness: UnitArray = 1 / (1 + (energy / FLAT_DETAIL**2) ** 2)
    return flatness


def _clean_ends(share: UnitArray, flatness: UnitArray, amount: float) -> UnitArray:
    """Make nearly black areas black and nearly white ones white, so that they get no lone cells."""
    clip = (END_CLIP + FLAT_CLIP * flatness) * amount
    share = np.clip((share - clip) / (1 - 2 * clip), 0, 1)
    smooth_step = share * share * (3 - 2 * share)  # flat at both ends
    ends: UnitArray = (1 - amount) * share + amount * smooth_step
    return ends


def _expose_surrounds(values: UnitArray) -> UnitArray:
    """In areas with detail, lighten dark ones and darken light ones; shape (H, W), 0 to 1.

    So both halves of a half-lit face keep their features. Areas without detail, such as skies,
    stay as they are, and so do pictures in even light.
    """
    radius = max(1, max(values.shape) // SURROUND_DIVISOR)
    mean, mean_square = (_smooth(field, radius) for field in (values, values**2))
    variance = np.maximum(mean_square - mean**2, 0)
    unevenness = np.clip((mean.std() - EVEN_LIGHT) / (UNEVEN_LIGHT - EVEN_LIGHT), 0, 1)
    share = SURROUND_SHARE * unevenness * variance / (variance + SURROUND_CONTRAST**2)
    target = mean + share * (0.5 - mean)
    gamma = np.log(np.clip(target, 0.05, 0.95)) / np.log(np.clip(mean, 0.05, 0.95))
    exposed: UnitArray = np.clip(values, 0, 1) ** np.clip(
        gamma, MIN_SURROUND_GAMMA, MAX_SURROUND_GAMMA
    )
    return exposed


def _smooth(values: UnitArray, radius: int) -> UnitArray:
    """Average twice over squares: a smooth weight that falls with the distance."""
    return local_mean.uniform_filter(local_mean.uniform_filter(values, radius), radius)


def _coring_level(energy: UnitArray) -> float:
    """Return the level below which differences count as grain: a multiple of the grain itself."""
    ranked = np.sort(energy, axis=None)
    grain = np.sqrt(max(0.0, float(ranked[int(GRAIN_QUANTILE * (ranked.size - 1))])))
    return float(min(max(CORING_FACTOR * grain, MIN_CORING), MAX_CORING))


def _core(differences: UnitArray, level: float) -> UnitArray:
    """Reduce differences well below a level to zero, and keep those well above it."""
    power = (differences**2) ** 2  # several times as fast as the fourth power
    return differences * (power / (power + level**4))


def default_strength(width: int, height: int) -> float:
    """Return the default strength for a grid, 0 to 1: fine grids need less exposure.

    Examples
    --------
    >>> default_strength(64, 48), default_strength(2000, 1000)
    (1.0, 0.0)
    """
    share = np.log(ZERO_STRENGTH_SIDE / max(width, height)) / np.log(
        ZERO_STRENGTH_SIDE / FULL_STRENGTH_SIDE
    )
    return float(np.clip(share, 0, 1))


def _interpolate(values: UnitArray, curve: UnitArray) -> UnitArray:
    """Return a curve of even steps at values from 0 to 1, float64 of any shape.

    With even steps no search is needed. `numpy.interp`, which searches, takes three times as long;
    the last bits of its results differ.
    """
    steps = len(curve) - 1
    places = values * steps
    below = places.astype(np.intp)
    places -= below
    places *= np.append(np.diff(curve), 0).take(below)
    places += curve.take(below)
    return places


def _stretch_range(values: UnitArray, black: float, white: float) -> UnitArray:
    return np.clip((values - black) / (white - black), 0, 1)


def _tone_curves(values: UnitArray, contrasts: UnitArray) -> tuple[UnitArray, UnitArray]:
    """Return two curves of 256 tones that bring the middle to one half and spread frequent tones.

    The middle lies halfway between the mean and Otsu's threshold (N. Otsu, 1979). Frequent tones
    are spread by histogram equalization of limited slope (S. M. Pizer et al., Adaptive histogram
    equalization and its variations, Computer Vision, Graphics, and Image Processing 39, 1987).
    In the second curve, cells count by their contrast with their neighbours. So the tones of
    a face are spread, and not those of a large plain ground.
    """
    levels = np.rint(values * 255).astype(np.uint8)
    middle = (values.mean() + otsu.otsu_level(levels) / 255) / 2
    gamma = np.log(0.5) / np.log(np.clip(middle, 0.02, 0.98))
    exposed = CURVE_INPUTS ** np.clip(gamma, MIN_GAMMA, MAX_GAMMA)
    weights = np.minimum(contrasts, MAX_CONTRAST) + MIN_CONTRAST
    counts = np.bincount(levels.ravel(), minlength=256).astype(np.float64)
    sums = np.bincount(levels.ravel(), weights.ravel(), minlength=256).astype(np.float64)
    model_curve = (1 - EQUALIZATION_SHARE) * exposed + EQUALIZATION_SHARE * _equalized(counts)
    look_curve = (1 - CONTRAST_SHARE) * exposed + CONTRAST_SHARE * _equalized(sums)
    return model_curve, look_curve


def _equalized(histogram: UnitArray) -> UnitArray:
    """Return the tones, 0 to 1, of histogram equalization with a limited slope."""
    slope = _limit_slope(histogram / histogram.sum())
    tones = np.cumsum(slope) - slope / 2
    equalized: UnitArray = (tones - tones[0]) / (tones[-1] - tones[0])
    return equalized


def _limit_slope(histogram: UnitArray) -> UnitArray:
    """Clip a histogram of sum 1 to the steepest slope, and spread the excess over all bins."""
    limit = MAX_SLOPE / len(histogram)
    for _ in range(8):  # spreading lifts some bins over the limit again
        excess = np.maximum(histogram - limit, 0).sum()
        histogram = np.minimum(histogram, limit) + excess / len(histogram)
    return histogram

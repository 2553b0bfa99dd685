"""Exposure, contrast and sharpness of a picture before it is binarized.

`--enhance` comes first: automatic exposure and local contrast (see `auto_exposure`). The manual
adjustments come after it: brightness, contrast, gamma, sharpening. The method `ink` and neural
models use other exposures.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pixbin.catalog.families import THRESHOLDING
from pixbin.color import quanta, spaces
from pixbin.color.light_scale import Tone
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.color.spaces import UnitArray
from pixbin.filters import gaussian
from pixbin.options import Options
from pixbin.tone import auto_exposure, drawn_look
from pixbin.tone.exposure_meter import ExposureMeter

SHARPEN_SIGMA = 1.5  #: standard deviation of the unsharp mask, in cells
MAX_MEASURED_SIDE = 512  #: the exposure of a larger grid is measured on averages of its cells

PER_IMAGE = ExposureMeter()  #: measures every picture by itself


def adjust(
    planes: tuple[Quanta, ...], options: Options, meter: ExposureMeter = PER_IMAGE
) -> tuple[Quanta, ...]:
    """Enhance planes of light, then apply brightness, contrast, gamma and sharpening.

    All of these work on sRGB-encoded values, whose steps look equal to the eye; the middle is one
    half. Automatic exposure also changes how a dithering method uses the values. Without it,
    dithering keeps linear light, in which middle grey becomes 22 % paper. With it, middle grey
    becomes half paper, which is easier to recognize in two values. Threshold methods compare the
    values directly.

    Parameters
    ----------
    planes : tuple of int32 arrays, shape (H, W), in quanta
        One plane, or red, green and blue.
    options : Options
        `enhance` is the strength of the automatic part; None chooses it by the size of the grid,
        and for methods that draw, by the method (see `drawn_look`).
        `exposure`, `detail` and `relief` are factors of its three parts.
    meter : ExposureMeter
        Measures the exposure; the meter of an animation uses other frames, too.

    Returns
    -------
    tuple of int32 arrays, shape (H, W), in quanta
        The planes themselves if there is nothing to adjust.
    """
    height, width = planes[0].shape
    if not changes_light(width, height, options):
        return planes
    strength = _strength(width, height, options)
    adjusted, amount = _adjusted(planes, options, strength, meter=meter)
    if amount == 0 and not _has_manual_adjustment(options):
        return planes
    exposed_share = amount * min(1.0, options.exposure)
    return tuple(_to_quanta(values, exposed_share, options) for values in adjusted)


def changes_light(width: int, height: int, options: Options) -> bool:
    """Return whether `adjust` can change the light of a grid of so many cells."""
    return _strength(width, height, options) != 0 or _has_manual_adjustment(options)


def _strength(width: int, height: int, options: Options) -> float:
    """Return the strength of the automatic part for a grid, from 0."""
    if not (options.exposure or options.detail or options.relief):
        return 0.0
    if options.enhance is not None:
        return options.enhance
    is_drawn = drawn_look.is_drawn(options)
    return 1.0 if is_drawn else auto_exposure.default_strength(width, height)


class ExposureCurve(NamedTuple):
    """A tone curve, measured on the cells of a picture and applied on a finer grid."""

    amount: float  #: share of the curve in the result, from 0
    curve: Callable[[UnitArray], UnitArray]  #: from sRGB values to exposed ones, both 0 to 1

    def apply(self, values: UnitArray) -> UnitArray:
        """Return the exposed values, from 0 to 1, for sRGB values of any shape."""
        if self.amount <= 0:
            return values
        exposed = (1 - self.amount) * values + self.amount * self.curve(values)
        return np.clip(exposed, 0, 1)


def ink_exposure(
    cells: Quanta, options: Options, meter: ExposureMeter = PER_IMAGE
) -> ExposureCurve:
    """Return the exposure of a picture for the method `ink`.

    The range from black to white is that of automatic exposure. A power curve then brings the
    threshold that separates dark from light best to one half. A flat picture, and one of just
    two values, is left as it is.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
        Luminance on the grid of the picture.
    options : Options
        `enhance` and `exposure` are factors of the exposure; None is 1.
    meter : ExposureMeter
    """
    grey, measured, amount = _measure_exposure(cells, options, meter)
    black, span = measured.black, measured.white - measured.black
    if amount <= 0:
        return ExposureCurve(0.0, np.positive)
    gamma = meter.gamma(np.clip((grey - black) / span, 0, 1))
    return ExposureCurve(amount, lambda values: np.clip((values - black) / span, 0, 1) ** gamma)


def model_exposure(
    cells: Quanta, options: Options, strength: float = 1.0, meter: ExposureMeter = PER_IMAGE
) -> ExposureCurve:
    """Return the exposure of a picture for a neural model whose card asks for one.

    It is that of automatic exposure, without local contrast.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
        Luminance on the grid of the picture.
    options : Options
        `enhance` and `exposure` are factors of the exposure; None is 1.
    strength : float
        Further factor, from the model's card.
    meter : ExposureMeter
    """
    _, measured, amount = _measure_exposure(cells, options, meter)
    return ExposureCurve(strength * amount, measured.apply_for_model)


def _measure_exposure(
    cells: Quanta, options: Options, meter: ExposureMeter
) -> tuple[UnitArray, auto_exposure.Exposure, float]:
    grey = quanta.quanta_to_srgb(downsample_for_metering(cells), options.tone)
    measured = meter.exposure(grey)
    strength = 1.0 if options.enhance is None else options.enhance
    return grey, measured, measured.amount * strength * options.exposure


def downsample_for_metering(cells: Quanta) -> Quanta:
    """Average blocks of cells, so that no side has more than `MAX_MEASURED_SIDE` of them.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta

    Returns
    -------
    int32 array, in quanta
        The cells themselves if they are few enough. Rows and columns that do not fill a block
        are left out.
    """
    (height, down), (width, across) = (
        (side, -(-side // MAX_MEASURED_SIDE)) for side in cells.shape
    )
    if down == across == 1:
        return cells
    rows, columns = height // down, width // across
    blocks = cells[: rows * down, : columns * across].reshape(rows, down, columns, across)
    means: Quanta = np.rint(blocks.mean((1, 3))).astype(np.int32)
    return means


def adjust_oversampled(
    planes: tuple[Quanta, ...],
    options: Options,
    oversampling: int,
    exposure: ExposureCurve | None = None,
) -> list[UnitArray]:
    """Return adjusted sRGB values on a grid finer than the cells, for a model.

    A model has learned its own look. So automatic exposure with local contrast is applied
    only if `options.enhance` is a number, and not if the model's card asks for an exposure.

    Parameters
    ----------
    planes : tuple of int32 arrays, shape (H * oversampling, W * oversampling), in quanta
    options : Options
    oversampling : int
        Fine cells along a side of a cell.
    exposure : ExposureCurve, optional
        The exposure that the model's card asks for, from `model_exposure`.

    Returns
    -------
    list of float64 arrays, of the shape of the planes, from 0 to 1
    """
    if exposure is None:
        return _adjusted(planes, options, options.enhance or 0.0, oversampling)[0]
    values = (exposure.apply(quanta.quanta_to_srgb(plane, options.tone)) for plane in planes)
    return [_manual(plane, options, oversampling) for plane in values]


def receptive_radius(options: Options, exposure: ExposureCurve | None) -> int | None:
    """Return the receptive radius of the adjustments, in cells; None if it is the whole picture."""
    if exposure is None and options.enhance:
        return None
    return gaussian.gaussian_radius(SHARPEN_SIGMA) if options.sharpen else 0


def _adjusted(
    planes: tuple[Quanta, ...],
    options: Options,
    strength: float,
    oversampling: int = 1,
    meter: ExposureMeter = PER_IMAGE,
) -> tuple[list[UnitArray], float]:
    """Return adjusted sRGB values, and the applied strength of the automatic part, from 0."""
    values = [quanta.quanta_to_srgb(plane, options.tone) for plane in planes]
    amount = 0.0
    if strength:
        grey = values[0]
        if len(planes) > 1:
            grey = quanta.quanta_to_srgb(quanta.luminance(planes), options.tone)
        exposure = meter.exposure(grey)
        amount = strength * exposure.amount
    if amount > 0:
        parts = drawn_look.amounts(options)
        values = [
            (1 - amount) * plane + amount * drawn_look.clear_ends(enhanced, options)
            for plane in values
            for enhanced in [auto_exposure.enhance(plane, exposure, oversampling, parts)]
        ]
    return [_manual(plane, options, oversampling) for plane in values], amount


def _has_manual_adjustment(options: Options) -> bool:
    return (options.brightness, options.contrast, options.gamma, options.sharpen) != (0, 0, 1, 0)


def _manual(values: UnitArray, options: Options, oversampling: int = 1) -> UnitArray:
    """Apply brightness, contrast, gamma and sharpening, in this order."""
    if not _has_manual_adjustment(options):
        return values
    values = (values + options.brightness - 0.5) * (1 + options.contrast) + 0.5
    values = np.clip(values, 0, 1) ** (1 / options.gamma)
    if options.sharpen:
        blurred = gaussian.gaussian(values, SHARPEN_SIGMA * oversampling)
        values = np.clip(values + options.sharpen * (values - blurred), 0, 1)
    return values


def _to_quanta(values: UnitArray, exposed_share: float, options: Options) -> Quanta:
    """Return adjusted sRGB values as the quanta that a method binarizes.

    Threshold methods get light. For dithering, light and the sRGB values themselves are mixed: the
    sRGB values count by the share of automatic exposure that was applied.
    """
    if isinstance(options.family, THRESHOLDING) or options.tone is Tone.PERCEPTUAL:
        return quanta.to_quanta(values, options.tone)
    linear = spaces.srgb_to_linear(values)
    shares = (1 - exposed_share) * linear + exposed_share * values
    return np.rint(shares * FULL_SCALE).astype(np.int32)

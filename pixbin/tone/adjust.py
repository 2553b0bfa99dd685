"""How the picture shall look before it is binarized: the automatic look, then what was asked."""

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
from pixbin.tone import auto_exposure
from pixbin.tone.exposure_meter import ExposureMeter

SHARPEN_SIGMA = 1.5  #: standard deviation of the unsharp mask, in cells
MAX_MEASURED_SIDE = 512  #: cells along a side on which the exposure is measured, at most

PER_IMAGE = ExposureMeter()  #: measures every picture for itself


def adjust(
    planes: tuple[Quanta, ...], options: Options, meter: ExposureMeter = PER_IMAGE
) -> tuple[Quanta, ...]:
    """Enhance planes of light, then apply brightness, contrast, gamma and sharpening.

    All work on sRGB-encoded values, whose steps look even, with one half as the middle. The
    automatic look also makes the values themselves the shares of paper that a dither gives,
    as far as it is applied: in two values there is no other way to show a middle grey than
    by half of the cells. Thresholds compare the values as they are.
    """
    height, width = planes[0].shape
    asked = (
        auto_exposure.default_strength(width, height)
        if options.enhance is None
        else options.enhance
    )
    if asked == 0 and not _has_manual_adjustment(options):
        return planes
    values, amount = _adjusted(planes, options, asked, meter=meter)
    if amount == 0 and not _has_manual_adjustment(options):
        return planes
    return tuple(_to_quanta(each, amount, options) for each in values)


class ExposureCurve(NamedTuple):
    """How a picture is exposed, measured once on its cells."""

    amount: float  #: how much of this is applied, from 0
    curve: Callable[[UnitArray], UnitArray]  #: sRGB values as the whole of it makes them

    def apply(self, values: UnitArray) -> UnitArray:
        """Return the exposed values, from 0 to 1."""
        if self.amount <= 0:
            return values
        exposed: UnitArray = (1 - self.amount) * values + self.amount * self.curve(values)
        return exposed


def ink_exposure(
    cells: Quanta, options: Options, meter: ExposureMeter = PER_IMAGE
) -> ExposureCurve:
    """Work out how `ink` wants a picture exposed, as far as `--enhance` says.

    Of the automatic look only the range is used, bent so that one half parts dark from light; by
    default it is wholly applied. A picture that is flat, or of just two values, is left as it
    is. One of more than 512 cells a side is measured on a coarser grid, so that no more memory
    is needed.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
        The light of all planes as one, on the grid of the picture.
    options : Options
    """
    grey, measured, amount = _measure_exposure(cells, options, meter)
    black, span = measured.black, measured.white - measured.black
    if amount <= 0:
        return ExposureCurve(0.0, np.positive)
    power = meter.gamma(np.clip((grey - black) / span, 0, 1))
    return ExposureCurve(amount, lambda values: np.clip((values - black) / span, 0, 1) ** power)


def model_exposure(
    cells: Quanta, options: Options, strength: float = 1.0, meter: ExposureMeter = PER_IMAGE
) -> ExposureCurve:
    """Work out how a model gets a picture exposed if its card asks for that.

    It is a share of the exposure of the automatic look, without the local contrast; else as
    `development`.
    """
    _, measured, amount = _measure_exposure(cells, options, meter)
    return ExposureCurve(strength * amount, measured.apply)


def _measure_exposure(
    cells: Quanta, options: Options, meter: ExposureMeter
) -> tuple[UnitArray, auto_exposure.Exposure, float]:
    grey = quanta.quanta_to_srgb(downsample_for_metering(cells), options.tone)
    measured = meter.exposure(grey)
    asked = 1.0 if options.enhance is None else options.enhance
    return grey, measured, measured.amount * asked


def downsample_for_metering(cells: Quanta) -> Quanta:
    """Average cells until there are few enough of them along each side."""
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
    """Return the sRGB values of planes so many times as fine as the cells, for a model to see.

    A model has learned its own look. It gets its picture developed if it wants that; else the
    automatic look only when that was asked for, as a number. What was asked for by hand comes
    after.
    """
    if exposure is None:
        return _adjusted(planes, options, options.enhance or 0.0, oversampling)[0]
    values = (exposure.apply(quanta.quanta_to_srgb(plane, options.tone)) for plane in planes)
    return [_manual(each, options, oversampling) for each in values]


def receptive_radius(options: Options, exposure: ExposureCurve | None) -> int | None:
    """Tell on how many cells each way what a model sees of a cell hangs; None is all."""
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
    """Return the sRGB values of the look, and how much of the automatic one is in them."""
    values = [quanta.quanta_to_srgb(plane, options.tone) for plane in planes]
    amount = 0.0
    if strength:
        exposure = meter.exposure(quanta.quanta_to_srgb(quanta.luminance(planes), options.tone))
        amount = strength * exposure.amount
    if amount > 0:
        values = [
            (1 - amount) * each + amount * auto_exposure.enhance(each, exposure, oversampling)
            for each in values
        ]
    return [_manual(each, options, oversampling) for each in values], amount


def _has_manual_adjustment(options: Options) -> bool:
    return (options.brightness, options.contrast, options.gamma, options.sharpen) != (0, 0, 1, 0)


def _manual(values: UnitArray, options: Options, oversampling: int = 1) -> UnitArray:
    if not _has_manual_adjustment(options):
        return values
    values = (values + options.brightness - 0.5) * (1 + options.contrast) + 0.5
    values = np.clip(values, 0, 1) ** (1 / options.gamma)
    if options.sharpen:
        blurred = gaussian.gaussian(values, SHARPEN_SIGMA * oversampling)
        values = np.clip(values + options.sharpen * (values - blurred), 0, 1)
    return values


def _to_quanta(values: UnitArray, amount: float, options: Options) -> Quanta:
    """Count values as light, or as shares of paper, or as something between."""
    if isinstance(options.family, THRESHOLDING) or options.tone is Tone.PERCEPTUAL:
        return quanta.to_quanta(values, options.tone)
    shares = (1 - amount) * spaces.srgb_to_linear(values) + amount * values
    return np.rint(shares * FULL_SCALE).astype(np.int32)

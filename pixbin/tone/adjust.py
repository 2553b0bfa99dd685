"""How the picture shall look before it is binarized: the automatic look, then what was asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pixbin.catalog.enums import Tone
from pixbin.catalog.families import THRESHOLDING
from pixbin.filters import gaussian
from pixbin.options import Options
from pixbin.resample import luminance
from pixbin.resample.luminance import FULL, Quanta, Shares
from pixbin.tone import auto_exposure
from pixbin.tone.exposure_meter import Meter

SHARPEN_RADIUS = 1.5  #: standard deviation of the unsharp mask, in cells
MEASURED = 512  #: cells along a side on which the exposure is measured, at most

ALONE = Meter()  #: measures every picture for itself


def adjust(
    planes: tuple[Quanta, ...], options: Options, meter: Meter = ALONE
) -> tuple[Quanta, ...]:
    """Enhance planes of light, then apply brightness, contrast, gamma and sharpening.

    All work on sRGB-encoded values, whose steps look even, with one half as the middle. The
    automatic look also makes the values themselves the shares of paper that a dither gives,
    as far as it is applied: in two values there is no other way to show a middle grey than
    by half of the cells. Thresholds compare the values as they are.
    """
    height, width = planes[0].shape
    asked = auto_exposure.needed(width, height) if options.enhance is None else options.enhance
    if asked == 0 and not _is_adjusted(options):
        return planes
    values, amount = _styled(planes, options, asked, meter=meter)
    if amount == 0 and not _is_adjusted(options):
        return planes
    return tuple(_counted(each, amount, options) for each in values)


class Development(NamedTuple):
    """How a picture is exposed, measured once on its cells."""

    amount: float  #: how much of this is applied, from 0
    bent: Callable[[Shares], Shares]  #: sRGB values as the whole of it makes them

    def of(self, values: Shares) -> Shares:
        """Return the exposed values, from 0 to 1."""
        if self.amount <= 0:
            return values
        exposed: Shares = (1 - self.amount) * values + self.amount * self.bent(values)
        return exposed


def development(cells: Quanta, options: Options, meter: Meter = ALONE) -> Development:
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
    grey, measured, amount = _measured(cells, options, meter)
    black, span = measured.black, measured.white - measured.black
    if amount <= 0:
        return Development(0.0, np.positive)
    power = meter.exponent(np.clip((grey - black) / span, 0, 1))
    return Development(amount, lambda values: np.clip((values - black) / span, 0, 1) ** power)


def exposure(
    cells: Quanta, options: Options, share: float = 1.0, meter: Meter = ALONE
) -> Development:
    """Work out how a model gets a picture exposed if its card asks for that.

    It is a share of the exposure of the automatic look, without the local contrast; else as
    `development`.
    """
    _, measured, amount = _measured(cells, options, meter)
    return Development(share * amount, measured.of)


def _measured(
    cells: Quanta, options: Options, meter: Meter
) -> tuple[Shares, auto_exposure.Exposure, float]:
    grey = luminance.as_srgb(coarsened(cells), options.tone)
    measured = meter.exposure(grey)
    asked = 1.0 if options.enhance is None else options.enhance
    return grey, measured, measured.amount * asked


def coarsened(cells: Quanta) -> Quanta:
    """Average cells until there are few enough of them along each side."""
    (height, down), (width, across) = ((side, -(-side // MEASURED)) for side in cells.shape)
    if down == across == 1:
        return cells
    rows, columns = height // down, width // across
    blocks = cells[: rows * down, : columns * across].reshape(rows, down, columns, across)
    means: Quanta = np.rint(blocks.mean((1, 3))).astype(np.int32)
    return means


def finer(
    planes: tuple[Quanta, ...], options: Options, times: int, by: Development | None = None
) -> list[Shares]:
    """Return the sRGB values of planes so many times as fine as the cells, for a model to see.

    A model has learned its own look. It gets its picture developed if it wants that; else the
    automatic look only when that was asked for, as a number. What was asked for by hand comes
    after.
    """
    if by is None:
        return _styled(planes, options, options.enhance or 0.0, times)[0]
    values = (by.of(luminance.as_srgb(plane, options.tone)) for plane in planes)
    return [_by_hand(each, options, times) for each in values]


def reach(options: Options, by: Development | None) -> int | None:
    """Tell on how many cells each way what a model sees of a cell hangs; None is all."""
    if by is None and options.enhance:
        return None
    return gaussian.reach(SHARPEN_RADIUS) if options.sharpen else 0


def _styled(
    planes: tuple[Quanta, ...],
    options: Options,
    asked: float,
    times: int = 1,
    meter: Meter = ALONE,
) -> tuple[list[Shares], float]:
    """Return the sRGB values of the look, and how much of the automatic one is in them."""
    values = [luminance.as_srgb(plane, options.tone) for plane in planes]
    amount = 0.0
    if asked:
        exposure = meter.exposure(luminance.as_srgb(luminance.of_planes(planes), options.tone))
        amount = asked * exposure.amount
    if amount > 0:
        values = [
            (1 - amount) * each + amount * auto_exposure.apply(each, exposure, times)
            for each in values
        ]
    return [_by_hand(each, options, times) for each in values], amount


def _is_adjusted(options: Options) -> bool:
    return (options.brightness, options.contrast, options.gamma, options.sharpen) != (0, 0, 1, 0)


def _by_hand(values: Shares, options: Options, times: int = 1) -> Shares:
    if not _is_adjusted(options):
        return values
    values = (values + options.brightness - 0.5) * (1 + options.contrast) + 0.5
    values = np.clip(values, 0, 1) ** (1 / options.gamma)
    if options.sharpen:
        blurred = gaussian.gaussian(values, SHARPEN_RADIUS * times)
        values = np.clip(values + options.sharpen * (values - blurred), 0, 1)
    return values


def _counted(values: Shares, amount: float, options: Options) -> Quanta:
    """Count values as light, or as shares of paper, or as something between."""
    if isinstance(options.family, THRESHOLDING) or options.tone is Tone.PERCEPTUAL:
        return luminance.in_quanta(values, options.tone)
    shares = (1 - amount) * luminance.decode(values) + amount * values
    return np.rint(shares * FULL).astype(np.int32)

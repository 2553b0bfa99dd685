"""How the picture shall look before it is binarized: the automatic look, then what was asked."""

from __future__ import annotations

import numpy as np

from pixbin import blur, enhance, light
from pixbin.families import THRESHOLDING
from pixbin.light import FULL, Quanta, Shares
from pixbin.options import Options, Tone

SHARPEN_RADIUS = 1.5  #: standard deviation of the unsharp mask, in cells


def adjust(planes: tuple[Quanta, ...], options: Options) -> tuple[Quanta, ...]:
    """Enhance planes of light, then apply brightness, contrast, gamma and sharpening.

    All work on sRGB-encoded values, whose steps look even, with one half as the middle. The
    automatic look also makes the values themselves the shares of paper that a dither gives,
    as far as it is applied: in two values there is no other way to show a middle grey than
    by half of the cells. Thresholds compare the values as they are.
    """
    height, width = planes[0].shape
    asked = enhance.needed(width, height) if options.enhance is None else options.enhance
    if asked == 0 and not _is_adjusted(options):
        return planes
    values = [light.as_srgb(plane, options.tone) for plane in planes]
    exposure = enhance.measure(light.as_srgb(light.of_planes(planes), options.tone))
    amount = asked * exposure.amount
    if amount == 0 and not _is_adjusted(options):
        return planes
    if amount > 0:
        values = [(1 - amount) * each + amount * enhance.apply(each, exposure) for each in values]
    return tuple(_counted(_by_hand(each, options), amount, options) for each in values)


def _is_adjusted(options: Options) -> bool:
    return (options.brightness, options.contrast, options.gamma, options.sharpen) != (0, 0, 1, 0)


def _by_hand(values: Shares, options: Options) -> Shares:
    if not _is_adjusted(options):
        return values
    values = (values + options.brightness - 0.5) * (1 + options.contrast) + 0.5
    values = np.clip(values, 0, 1) ** (1 / options.gamma)
    if options.sharpen:
        blurred = blur.gaussian(values, SHARPEN_RADIUS)
        values = np.clip(values + options.sharpen * (values - blurred), 0, 1)
    return values


def _counted(values: Shares, amount: float, options: Options) -> Quanta:
    """Count values as light, or as shares of paper, or as something between."""
    if isinstance(options.family, THRESHOLDING) or options.tone is Tone.PERCEPTUAL:
        return light.in_quanta(values, options.tone)
    shares = (1 - amount) * light.decode(values) + amount * values
    return np.rint(shares * FULL).astype(np.int32)

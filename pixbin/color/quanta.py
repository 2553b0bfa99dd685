"""Light counted in whole quanta, and the sRGB and luminance arithmetic on it.

`FULL_SCALE` quanta are white, in pixels and in cells alike. Sums of whole numbers are exact in
any order, so an average does not depend on how the work was divided, and flat areas, pure black
and pure white stay what they are. `FULL_SCALE` is a multiple of 255 and of 65535: on the perceptual
scale every 8-bit and 16-bit level is a whole number of quanta, too. So two values are equal in
quanta exactly where they are equal as levels.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.color.light_scale import Tone
from pixbin.color.rgb import Color
from pixbin.color.spaces import UnitArray, linear_to_srgb, srgb_to_linear

Quanta = NDArray[np.int32]  #: shape (H, W), from 0 (black) to FULL_SCALE (white)

FULL_SCALE = 255 * 65535  #: quanta of white
#: weights of red and blue in luminance (ITU-R BT.709-6, 2015); green has the rest
RED_WEIGHT, BLUE_WEIGHT = 0.2126, 0.0722


def to_quanta(srgb: UnitArray, tone: Tone) -> Quanta:
    """Convert sRGB values to quanta of light.

    Parameters
    ----------
    srgb : float64 array, any shape, in [0, 1]
        Gamma-encoded values.
    tone : Tone
        The scale of the quanta.

    Returns
    -------
    int32 array of the same shape, from 0 to FULL_SCALE

    Examples
    --------
    >>> to_quanta(np.array([0.0, 0.5, 1.0]), Tone.PERCEPTUAL).tolist()
    [0, 8355712, 16711425]
    """
    scaled = srgb if tone is Tone.PERCEPTUAL else srgb_to_linear(srgb)
    return np.rint(scaled * FULL_SCALE).astype(np.int32)


def quanta_to_srgb(quanta: Quanta, tone: Tone) -> UnitArray:
    """Convert quanta of light to sRGB values; the inverse of `to_quanta`.

    Parameters
    ----------
    quanta : int32 array, any shape, from 0 to FULL_SCALE
    tone : Tone
        The scale of the quanta.

    Returns
    -------
    float64 array of the same shape, in [0, 1]
    """
    return quanta / FULL_SCALE if tone is Tone.PERCEPTUAL else linear_to_srgb(quanta / FULL_SCALE)


def color_to_quanta(color: Color, tone: Tone, channel: int | None = None) -> int:
    """Return the light of one colour, or of one of its channels, in quanta.

    Examples
    --------
    >>> color_to_quanta((255, 255, 255), Tone.LINEAR) == FULL_SCALE
    True
    """
    table = luminance_tables(tone, 255)
    if channel is not None:
        return int(table.grey[color[channel]])
    return int(table.red[color[0]] + table.green[color[1]] + table.blue[color[2]])


def luminance(planes: tuple[Quanta, ...]) -> Quanta:
    """Return the weighted sum of red, green and blue, with the weights of BT.709.

    Parameters
    ----------
    planes : one or three int32 arrays, shape (H, W), in quanta
        Red, green and blue; a single plane is returned as it is.

    Returns
    -------
    int32 array, shape (H, W), in quanta
    """
    if len(planes) == 1:
        return planes[0]
    mixed = np.empty(planes[0].shape, np.int32)
    for row, red, green, blue in zip(mixed, *planes, strict=True):
        row[...] = np.rint(
            red * RED_WEIGHT + green * (1 - RED_WEIGHT - BLUE_WEIGHT) + blue * BLUE_WEIGHT
        )
    return mixed


class LuminanceTables(NamedTuple):
    """Light in quanta of each grey level, and the shares of red, green and blue in it."""

    grey: Quanta
    red: Quanta
    green: Quanta
    blue: Quanta


@lru_cache
def luminance_tables(tone: Tone, max_level: int) -> LuminanceTables:
    """Return the light of the levels 0 to `max_level`.

    The shares of equal red, green and blue levels add up exactly to the grey of that level.
    """
    levels = np.arange(max_level + 1) / max_level
    light = levels if tone is Tone.PERCEPTUAL else srgb_to_linear(levels)
    grey, red, blue = (
        np.rint(light * weight * FULL_SCALE).astype(np.int32)
        for weight in (1, RED_WEIGHT, BLUE_WEIGHT)
    )
    return LuminanceTables(grey, red, grey - red - blue, blue)

"""From colours to light: the sRGB curve, luminance, and transparency laid on a background.

Light is counted in whole quanta, `FULL` of them for white. Sums of whole numbers are exact
in any order, so an average does not depend on how the work was divided, and flat areas,
pure black and pure white stay what they are. `FULL` is a multiple of 255 and of 65535, so
that on the perceptual scale every 8-bit and 16-bit level is a whole number of quanta too.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.options import Tone
from pixbin.raster import Raster
from pixbin.words import Color

Quanta = NDArray[np.int32]  #: shape (H, W), 0 (black) to FULL (white)
Cells = NDArray[np.float64]  #: shape (H, W), 0 (black) to 1 (white)

FULL = 255 * 65535
RED, BLUE = 0.2126, 0.0722  #: shares of luminance, ITU-R BT.709-6 (2015); green has the rest
ROWS_AT_ONCE = 64  #: small enough for a strip to stay in the processor's cache


def decode(encoded: Cells) -> Cells:
    """Turn sRGB values into linear light, both in [0, 1] (IEC 61966-2-1, 1999)."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def encode(linear: Cells) -> Cells:
    """Turn linear light into sRGB values, both in [0, 1] (IEC 61966-2-1, 1999)."""
    curve = 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, linear * 12.92, curve)


def of_raster(raster: Raster, tone: Tone, background: Color) -> Quanta:
    """Return the light of every pixel.

    Parameters
    ----------
    raster : Raster
        Grey or RGB levels, with or without opacity.
    tone : Tone
        LINEAR gives luminance, PERCEPTUAL gives luma (both with the weights of BT.709).
    background : Color
        What shows through where the raster is transparent.

    Returns
    -------
    int32 array, shape (H, W), in quanta
    """
    table = tables(tone, raster.full)
    behind = of_color(background, tone)
    light = np.empty(raster.levels.shape[:2], np.int32)
    for top in range(0, len(light), ROWS_AT_ONCE):
        rows = slice(top, top + ROWS_AT_ONCE)
        strip = _look_up(raster.levels[rows], table)
        if raster.opacity is not None:
            strip = _lay_on(strip, raster.opacity[rows], raster.full, behind)
        light[rows] = strip
    return light


def of_color(color: Color, tone: Tone) -> int:
    """Return the light of one colour, in quanta."""
    table = tables(tone, 255)
    return int(table.red[color[0]] + table.green[color[1]] + table.blue[color[2]])


class Tables(NamedTuple):
    """Light in quanta for every level of grey, and of each channel alone."""

    grey: Quanta
    red: Quanta
    green: Quanta
    blue: Quanta


@lru_cache
def tables(tone: Tone, full: int) -> Tables:
    """Return the light of the levels 0 to `full`; equal red, green and blue are that grey."""
    encoded = np.arange(full + 1) / full
    share = encoded if tone is Tone.PERCEPTUAL else decode(encoded)
    grey, red, blue = (
        np.rint(share * weight * FULL).astype(np.int32) for weight in (1, RED, BLUE)
    )
    return Tables(grey, red, grey - red - blue, blue)


def _look_up(levels: NDArray[np.generic], table: Tables) -> Quanta:
    if levels.ndim == 2:
        return table.grey.take(levels)
    light = table.red.take(levels[..., 0])
    light += table.green.take(levels[..., 1])
    light += table.blue.take(levels[..., 2])
    return light


def _lay_on(
    light: Quanta, opacity: NDArray[np.generic], full: int, behind: int
) -> NDArray[np.int64]:
    share = opacity.astype(np.int64)
    return (light * share + behind * (full - share) + full // 2) // full

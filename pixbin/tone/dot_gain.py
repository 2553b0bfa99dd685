"""Compensation of dot gain: tones are changed so that a print has the light of the picture.

The medium turns a share of ink that is sent into another one (`options.dot_gain`). The method gets
the tone that becomes the right one in print: the inverse of that curve.
"""

from __future__ import annotations

import numpy as np

from pixbin.catalog.families import WITHOUT_TONES
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.color.spaces import UnitArray
from pixbin.options import Options

#: Share of ink up to which tones keep their light if the ink is not black; darker ones share the
#: rest, so that shadows keep their detail
_KNEE = 0.75


def compensate(planes: tuple[Quanta, ...], options: Options) -> tuple[Quanta, ...]:
    """Return planes of light that have the light of the given ones after printing.

    Parameters
    ----------
    planes : tuple of int32 arrays, any shape, in quanta
        Light after the adjustments, as the method would get it.
    options : Options
        `dot_gain`, `darkness` and `medium` describe the print.

    Returns
    -------
    tuple of int32 arrays, of the same shape, in quanta
        The planes themselves if the medium changes no tone, or if the method has no tones. Black
        and white stay what they are.
    """
    if not changes_light(options):
        return planes
    curve = options.print_curve
    sent, printed = np.array(curve.points if curve else ((0.0, 0.0), (1.0, 1.0))).T
    return tuple(_compensate(plane, sent, printed, options) for plane in planes)


def changes_light(options: Options) -> bool:
    """Return whether the medium changes a tone, and the method has tones."""
    changes = options.print_curve is not None or options.print_darkness != 1
    return changes and not isinstance(options.family, WITHOUT_TONES)


def _compensate(
    plane: Quanta,
    sent: UnitArray,
    printed: UnitArray,
    options: Options,
) -> Quanta:
    light = plane / FULL_SCALE
    ink = light if options.invert else 1 - light  # with `invert`, light cells become ink
    ink = np.interp(_needed_ink(ink, options.print_darkness), printed, sent)
    light = ink if options.invert else 1 - ink
    return np.rint(light * FULL_SCALE).astype(np.int32)


def _needed_ink(absorbed: UnitArray, darkness: float) -> UnitArray:
    """Return the share of ink of this darkness that absorbs a share of the light, 0 to 1."""
    if darkness == 1:
        return absorbed
    most = 1 / darkness
    knee = np.interp(absorbed / darkness, (0, _KNEE, most), (0, _KNEE, 1))
    return np.asarray(knee)

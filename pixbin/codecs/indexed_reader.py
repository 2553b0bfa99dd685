"""Pictures of places in a list of colours, as cells of ink and paper or of three channels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.enums import Tone
from pixbin.codecs.hints import Found
from pixbin.errors import InputError
from pixbin.options.parsing import BLACK, WHITE, Color
from pixbin.resample import luminance

Codes = NDArray[np.uint8]  #: shape (H, W), places in a list of colours; beyond its end is nothing


def found(codes: Codes, colors: list[Color]) -> Found:
    """Return what a picture of two colours shows, or of the eight of channels on or off.

    Raises
    ------
    InputError
        It has other colours.
    """
    counts = np.bincount(codes.ravel(), minlength=len(colors) + 1)
    seen = sorted({color for color, count in zip(colors, counts, strict=False) if count})
    opacity = codes < len(colors) if counts[len(colors) :].any() else None
    if len(seen) <= 2:
        two = pair(*seen)
        lookup = np.array([color == two[1] for color in colors] + [False], np.bool_)
    elif all(level in (0, 255) for color in seen for level in color):
        two = BLACK, WHITE
        lookup = np.array([*colors, BLACK]) > 0
    else:
        raise InputError("more than two colours")
    return Found(lookup[np.minimum(codes, len(colors))], two, opacity)


def pair(*seen: Color) -> tuple[Color, Color]:
    """Return the colours of ink and of paper: the darker is ink; one that is alone is either."""
    if len(seen) == 2:
        return (seen[0], seen[1]) if _luma(seen[0]) < _luma(seen[1]) else (seen[1], seen[0])
    if not seen:
        return BLACK, WHITE
    return (BLACK, seen[0]) if _luma(seen[0]) >= luminance.FULL // 2 else (seen[0], WHITE)


def _luma(color: Color) -> int:
    return luminance.of_color(color, Tone.PERCEPTUAL)

"""Pictures of places in a list of colours, as cells of ink and paper or of three channels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.codecs.hints import DecodedPicture
from pixbin.color import quanta
from pixbin.color.light_scale import Tone
from pixbin.color.rgb import BLACK, WHITE, Color
from pixbin.errors import InputError

OpenPaletteIndices = NDArray[
    np.uint8
]  #: shape (H, W), places in a list of colours; beyond its end is nothing


def decode_indices(indices: OpenPaletteIndices, colors: list[Color]) -> DecodedPicture:
    """Return what a picture of two colours shows, or of the eight of channels on or off.

    Raises
    ------
    InputError
        It has other colours.
    """
    counts = np.bincount(indices.ravel(), minlength=len(colors) + 1)
    seen = sorted({color for color, count in zip(colors, counts, strict=False) if count})
    opacity = indices < len(colors) if counts[len(colors) :].any() else None
    if len(seen) <= 2:
        two = order_ink_paper(*seen)
        lookup = np.array([color == two[1] for color in colors] + [False], np.bool_)
    elif all(level in (0, 255) for color in seen for level in color):
        two = BLACK, WHITE
        lookup = np.array([*colors, BLACK]) > 0
    else:
        raise InputError("more than two colours")
    return DecodedPicture(lookup[np.minimum(indices, len(colors))], two, opacity)


def order_ink_paper(*colors: Color) -> tuple[Color, Color]:
    """Return the colours of ink and of paper: the darker is ink; one that is alone is either."""
    if len(colors) == 2:
        return (
            (colors[0], colors[1])
            if _luma(colors[0]) < _luma(colors[1])
            else (colors[1], colors[0])
        )
    if not colors:
        return BLACK, WHITE
    return (BLACK, colors[0]) if _luma(colors[0]) >= quanta.FULL_SCALE // 2 else (colors[0], WHITE)


def _luma(color: Color) -> int:
    return quanta.color_to_quanta(color, Tone.PERCEPTUAL)

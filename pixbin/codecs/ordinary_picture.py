"""Ordinary pictures of two colours, or of the eight of red, green and blue, back to cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin import readers
from pixbin.catalog import limits
from pixbin.codecs import indexed
from pixbin.codecs.hints import DecodedPicture, DecodeHints
from pixbin.color.rgb import BLACK, WHITE, Color
from pixbin.errors import InputError, NotAPictureError
from pixbin.geometry import Box
from pixbin.readers import ReadOptions


def sniff(data: bytes) -> bool:
    """Return whether Pillow knows the format of a file, intact or damaged."""
    try:
        with readers.reraise_damage(""), readers.open_image(data, ""):
            return True
    except NotAPictureError:
        return False
    except InputError:
        return True


def decode(data: bytes, hints: DecodeHints, label: str) -> DecodedPicture:
    """Return the picture, semi-transparent pixels on white; the darker colour is ink.

    Raises
    ------
    InputError
        The file is not a picture, is damaged, has another size, or has more colours.
    """
    options = ReadOptions(hints.frame, limits=hints.limits or limits.DEFAULT)
    raster = readers.read_raster(data, label, options)
    if hints.size is not None and hints.size.resolve(raster.size) != raster.size:
        raise InputError(f"{label}: {raster.size} pixels, not {hints.size.resolve(raster.size)}")
    levels, opacity = _flatten_on_white(raster.read_box(Box(0, 0, *raster.size)), raster.max_level)
    cells, colors = _separate_colors(levels, raster.max_level, label)
    if opacity is not None:
        cells[~opacity] = False
    return DecodedPicture(cells, colors, opacity, raster.notes)


def _flatten_on_white(
    levels: NDArray[np.integer], max_value: int
) -> tuple[NDArray[np.uint16], NDArray[np.bool_] | None]:
    """Return the visible colours, shape (H, W, 3), and the opaque pixels; None if all are.

    Transparent pixels get the colour of an opaque one, so that they add no colour.
    """
    channels, opaque = levels.shape[2], None
    visible = levels.astype(np.uint32)
    if channels in (2, 4):
        alpha = visible[..., -1:]
        visible = (visible[..., :-1] * alpha + max_value * (max_value - alpha)) // max_value
        opaque = alpha[..., 0] > 0
        if not opaque.all():
            visible[~opaque] = visible[opaque][0] if opaque.any() else 0
    colors = np.broadcast_to(visible, (*levels.shape[:2], 3)).astype(np.uint16)
    return colors, None if opaque is None or opaque.all() else opaque


def _separate_colors(
    levels: NDArray[np.uint16], max_value: int, label: str
) -> tuple[NDArray[np.bool_], tuple[Color, Color]]:
    """Return the cells, True is paper or a channel that is on, and the colours."""
    codes = np.pad(levels, ((0, 0), (0, 0), (0, 1))).view(np.uint64)[..., 0]
    others = codes != codes[0, 0]
    first = _to_8bit_color(levels[0, 0], max_value)
    if not others.any():
        two = indexed.order_ink_paper(first)
        return ~others if two[1] == first else others, two
    position = np.unravel_index(int(others.argmax()), others.shape)
    if (codes[others] == codes[position]).all():
        two = indexed.order_ink_paper(first, _to_8bit_color(levels[position], max_value))
        return others if two[0] == first else ~others, two
    if not ((levels == 0) | (levels == max_value)).all():
        raise InputError(f"{label}: more than two colours; `pixbin convert` makes them two")
    return levels > 0, (BLACK, WHITE)


def _to_8bit_color(levels: NDArray[np.uint16], max_value: int) -> Color:
    red, green, blue = (round(level * 255 / max_value) for level in levels.tolist())
    return red, green, blue

"""Ordinary pictures of two colours, or of the eight of red, green and blue, back to cells."""

from __future__ import annotations

from collections.abc import Iterator

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
from pixbin.readers.raster import Raster

_BAND_PIXELS = 1 << 20  #: that are compared at a time


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
    opacity = _opaque_pixels(raster)
    cells, colors = _separate_two(raster, opacity) or _separate_eight(raster, opacity, label)
    if opacity is not None:
        cells[~opacity] = False
    return DecodedPicture(cells, colors, opacity, raster.notes)


def _bands(raster: Raster) -> Iterator[tuple[slice, NDArray[np.integer]]]:
    """Yield rows and their levels, shape (H, W, C), so few that memory holds no second picture."""
    width, height = raster.size
    count = max(1, _BAND_PIXELS // width)
    for top in range(0, height, count):
        rows = slice(top, min(top + count, height))
        yield rows, raster.read_box(Box(0, top, width, rows.stop - top))


def _opaque_pixels(raster: Raster) -> NDArray[np.bool_] | None:
    """Return the pixels that are not transparent, shape (H, W); None if all are."""
    if raster.read_box(Box(0, 0, 1, 1)).shape[2] in (1, 3):
        return None
    opacity = np.empty(raster.size[::-1], np.bool_)
    for rows, levels in _bands(raster):
        opacity[rows] = levels[..., -1] > 0
    return None if opacity.all() else opacity


def _flatten_on_white(levels: NDArray[np.integer], max_value: int) -> NDArray[np.uint16]:
    """Return the visible colours, shape (H, W, 3)."""
    visible = levels.astype(np.uint32)
    if levels.shape[2] in (2, 4):
        alpha = visible[..., -1:]
        visible = (visible[..., :-1] * alpha + max_value * (max_value - alpha)) // max_value
    return np.broadcast_to(visible, (*levels.shape[:2], 3)).astype(np.uint16)


def _separate_two(
    raster: Raster, opacity: NDArray[np.bool_] | None
) -> tuple[NDArray[np.bool_], tuple[Color, Color]] | None:
    """Return the cells, True is paper, and the colours; None if visible pixels have more than two.

    The value of transparent cells does not count.
    """
    others = np.zeros(raster.size[::-1], np.bool_)
    known: list[np.uint64] = []  #: colours as numbers
    for rows, levels in _bands(raster):
        colors = _flatten_on_white(levels, raster.max_level)
        codes = np.pad(colors, ((0, 0), (0, 0), (0, 1))).view(np.uint64)[..., 0]
        visible = codes.ravel() if opacity is None else codes[opacity[rows]]
        is_new = np.ones(visible.shape, np.bool_)
        for code in known:
            is_new &= visible != code
        while is_new.any():
            if len(known) == 2:
                return None
            known.append(visible[is_new.argmax()])
            is_new &= visible != known[-1]
        others[rows] = codes != known[0] if known else False
    first, *rest = [_color_of(code, raster.max_level) for code in known] or [BLACK]
    two = indexed.order_ink_paper(first, *rest)
    if rest:
        return (others if two[0] == first else ~others), two
    return (~others if two[1] == first else others), two


def _separate_eight(
    raster: Raster, opacity: NDArray[np.bool_] | None, label: str
) -> tuple[NDArray[np.bool_], tuple[Color, Color]]:
    """Return the cells, shape (H, W, 3), True is a channel that is on, and the colours.

    Raises
    ------
    InputError
        A channel of a visible pixel is neither on nor off.
    """
    width, height = raster.size
    cells = np.empty((height, width, 3), np.bool_)
    for rows, levels in _bands(raster):
        colors = _flatten_on_white(levels, raster.max_level)
        visible = colors if opacity is None else colors[opacity[rows]]
        if not ((visible == 0) | (visible == raster.max_level)).all():
            raise InputError(f"{label}: more than two colours; `pixbin convert` makes them two")
        cells[rows] = colors > 0
    return cells, (BLACK, WHITE)


def _color_of(code: np.uint64, max_value: int) -> Color:
    """Return the colour of a number that holds three levels."""
    return _to_8bit_color(np.array([code]).view(np.uint16)[:3], max_value)


def _to_8bit_color(levels: NDArray[np.uint16], max_value: int) -> Color:
    red, green, blue = (round(level * 255 / max_value) for level in levels.tolist())
    return red, green, blue

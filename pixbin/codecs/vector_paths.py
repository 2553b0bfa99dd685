"""Paths that fill a page, back into its cells."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from pixbin.codecs import indexed_reader, polygons
from pixbin.codecs.hints import DecodedPicture
from pixbin.codecs.polygons import CornerPoints
from pixbin.color.rgb import Color
from pixbin.errors import InputError
from pixbin.geometry import MAX_PIXELS, Size

_MAX_COLORS = 8

FilledPath = tuple[Color, CornerPoints]  #: what it fills with, and the corners of its polygons


def decode_paths(
    size: Size, background: Color | None, paths: Iterable[FilledPath]
) -> DecodedPicture:
    """Return what paths leave of a page; without a background there is nothing behind them.

    Raises
    ------
    InputError
        The page is too large, a path leaves it, or there are too many colours.
    """
    width, height = size
    if not 0 < width * height <= MAX_PIXELS:
        raise InputError(f"a page of {size} cells; at most {MAX_PIXELS} are read")
    colors = [] if background is None else [background]
    nothing = 255
    codes = np.full((height, width), 0 if colors else nothing, np.uint8)
    for color, points in paths:
        if len(colors) == _MAX_COLORS:
            raise InputError(f"more than {_MAX_COLORS} colours")
        codes[_fill_path(points, size)] = len(colors)
        colors.append(color)
    return indexed_reader.decode_indices(codes, colors)


def _fill_path(points: CornerPoints, size: Size) -> NDArray[np.bool_]:
    if (points < 0).any() or (points > size).any():
        raise InputError("a path that leaves its page; give a file that pixbin wrote")
    return polygons.fill(points, *size)

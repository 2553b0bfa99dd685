"""Paths that fill a page, back into its cells."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from pixbin.codecs import indexed_reader, polygons
from pixbin.codecs.hints import Found
from pixbin.codecs.polygons import Points
from pixbin.errors import InputError
from pixbin.geometry import MOST_PIXELS, Size
from pixbin.options.parsing import Color

_MOST_COLORS = 8

Path = tuple[Color, Points]  #: what it fills with, and the corners of its polygons


def found(size: Size, background: Color | None, shapes: Iterable[Path]) -> Found:
    """Return what paths leave of a page; without a background there is nothing behind them.

    Raises
    ------
    InputError
        The page is too large, a path leaves it, or there are too many colours.
    """
    width, height = size
    if not 0 < width * height <= MOST_PIXELS:
        raise InputError(f"a page of {size} cells; at most {MOST_PIXELS} are read")
    colors = [] if background is None else [background]
    nothing = 255
    codes = np.full((height, width), 0 if colors else nothing, np.uint8)
    for color, points in shapes:
        if len(colors) == _MOST_COLORS:
            raise InputError(f"more than {_MOST_COLORS} colours")
        codes[_region(points, size)] = len(colors)
        colors.append(color)
    return indexed_reader.found(codes, colors)


def _region(points: Points, size: Size) -> NDArray[np.bool_]:
    if (points < 0).any() or (points > size).any():
        raise InputError("a path that leaves its page; give a file that pixbin wrote")
    return polygons.fill(points, *size)

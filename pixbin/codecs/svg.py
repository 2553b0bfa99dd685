"""SVG: a rectangle of paper, and one path for each other colour; if transparent, no rectangle."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from pixbin.bitmap import Bitmap
from pixbin.codecs.polygons import Polygons
from pixbin.codecs.vector import Shape, unit_length_mm, vectorize
from pixbin.color.rgb import BLACK, Color
from pixbin.geometry import Size


def encode(bitmap: Bitmap) -> bytes:
    """Return a file of the output's size in pixels, or as large as its cells are to be.

    Its own coordinates are cells, as long as all blocks are of one size.
    """
    shown = vectorize(bitmap)
    length = unit_length_mm(bitmap, shown)
    if length is None:
        width, height = map(str, bitmap.size)
    else:
        width, height = (f"{side * length:.10g}mm" for side in shown.size)
    lines = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {shown.size.width} {shown.size.height}" shape-rendering="crispEdges">',
        *([_rect_element(shown.size, shown.background)] if shown.background else []),
        *map(_path_element, shown.shapes),
        "</svg>\n",
    )
    return "\n".join(lines).encode()


def _rect_element(size: Size, color: Color) -> str:
    return f'<rect width="{size.width}" height="{size.height}"{_fill_attribute(color)}/>'


def _path_element(shape: Shape) -> str:
    return f'<path{_fill_attribute(shape.color)} fill-rule="evenodd" d="{_path_data(shape.outlines)}"/>'


def _fill_attribute(color: Color) -> str:
    if color == BLACK:
        return ""
    digits = bytes(color).hex()
    short = digits[::2] == digits[1::2]
    return f' fill="#{digits[::2] if short else digits}"'


def _path_data(outlines: Polygons) -> str:
    """Return all steps of a path, each from where the one before has led."""
    points, lengths = outlines
    starts = outlines.starts
    jumps = np.diff(points[starts], axis=0, prepend=0)  # a closed polygon leads to its start
    steps = np.diff(points, axis=0, prepend=0).sum(axis=1)
    steps[starts] = jumps[:, 0]
    numbers = np.insert(steps, starts + 1, jumps[:, 1])
    polygons = zip(lengths.tolist(), (jumps[:, 1] < 0).tolist(), strict=True)
    return "".join(_polygon_template(*each) for each in polygons) % tuple(numbers.tolist())


@lru_cache
def _polygon_template(length: int, is_above: bool) -> str:
    """Return a polygon with places for numbers; a sign parts them, too."""
    separator = "" if is_above else " "
    return f"m%d{separator}%d{'h%dv%d' * (length // 2 - 1)}h%dz"

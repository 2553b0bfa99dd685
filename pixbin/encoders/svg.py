"""SVG: a rectangle of paper, and one path for each other colour; if transparent, no rectangle."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from pixbin.drawing import Drawing
from pixbin.encoders.shapes import Shape, figure, unit_length
from pixbin.geometry import Size
from pixbin.outlines import Points
from pixbin.words import BLACK, Color


def encode(drawing: Drawing) -> bytes:
    """Return a file of the output's size in pixels, or as large as its cells are to be.

    Its own coordinates are cells, as long as all blocks are of one size.
    """
    shown = figure(drawing)
    length = unit_length(drawing, shown)
    if length is None:
        width, height = map(str, drawing.size)
    else:
        width, height = (f"{side * length:.10g}mm" for side in shown.size)
    lines = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {shown.size.width} {shown.size.height}" shape-rendering="crispEdges">',
        *([_rectangle(shown.size, shown.background)] if shown.background else []),
        *map(_path, shown.shapes),
        "</svg>\n",
    )
    return "\n".join(lines).encode()


def _rectangle(size: Size, color: Color) -> str:
    return f'<rect width="{size.width}" height="{size.height}"{_fill(color)}/>'


def _path(shape: Shape) -> str:
    data = "".join(_steps(shape.polygons))
    return f'<path{_fill(shape.color)} fill-rule="evenodd" d="{data}"/>'


def _fill(color: Color) -> str:
    if color == BLACK:
        return ""
    digits = bytes(color).hex()
    short = digits[::2] == digits[1::2]
    return f' fill="#{digits[::2] if short else digits}"'


def _steps(polygons: list[Points]) -> Iterator[str]:
    """Yield all steps of a path, each from where the one before has led."""
    x = y = 0
    for polygon in polygons:
        (left, top) = polygon[0].tolist()
        steps = np.diff(polygon, axis=0).sum(axis=1).tolist()
        separator = "" if top < y else " "
        yield f"m{left - x}{separator}{top - y}"
        for letter, step in zip(itertools.cycle("hv"), steps, strict=False):
            yield f"{letter}{step}"
        yield "z"
        x, y = left, top

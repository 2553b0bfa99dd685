"""A drawing as a few shapes, each of one colour, on a background: what vector formats hold."""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.bitmap import Drawing
from pixbin.codecs import polygons
from pixbin.codecs.polygons import Outlines
from pixbin.geometry import Size
from pixbin.options.parsing import Color

MILLIMETRES = 25.4  #: in an inch


class Shape(NamedTuple):
    """What has one colour."""

    color: Color
    outlines: Outlines  #: in units; filled by the even-odd rule


class Figure(NamedTuple):
    """A drawing in shapes, and its size."""

    size: Size  #: in units
    unit: int  #: output pixels in a unit: all borders of blocks fall on whole units
    background: Color | None  #: None is nothing, where some of it is transparent
    shapes: list[Shape]


def figure(drawing: Drawing) -> Figure:
    """Return a drawing as shapes on its paper, or on the most frequent of its eight colours.

    If some of it is transparent, all colours are shapes.
    """
    layout = drawing.layout
    columns, rows = (np.array(edges) for edges in (layout.columns, layout.rows))
    unit = math.gcd(*columns.tolist(), *rows.tolist())
    places = columns // unit, rows // unit
    background, regions = _regions(drawing)
    shapes = [Shape(color, _placed(polygons.trace(region), *places)) for color, region in regions]
    return Figure(Size(*(side // unit for side in layout.output)), unit, background, shapes)


def unit_length(drawing: Drawing, shown: Figure) -> float | None:
    """Return the length of a unit in millimetres, if the size of a cell is given."""
    if drawing.cell is None:
        return None
    layout = drawing.layout
    pixels = layout.block or layout.output.width / layout.grid.width
    return drawing.cell * shown.unit / pixels


def _placed(cells: Outlines, columns: NDArray[np.int64], rows: NDArray[np.int64]) -> Outlines:
    x, y = cells.points.T
    return cells._replace(points=np.stack((columns[x], rows[y]), axis=1))


def _regions(drawing: Drawing) -> tuple[Color | None, list[tuple[Color, NDArray[np.bool_]]]]:
    """Return the background, and where there are other colours."""
    codes, colors = _codes(drawing)
    counts = np.bincount(codes[codes < len(colors)], minlength=len(colors))
    usual = int(counts.argmax()) if drawing.is_channels else 1
    if drawing.hidden is not None:
        usual = len(colors)
    others = [code for code in np.flatnonzero(counts).tolist() if code != usual]
    background = colors[usual] if usual < len(colors) else None
    return background, [(colors[code], codes == code) for code in others]


def _codes(drawing: Drawing) -> tuple[NDArray[np.integer], list[Color]]:
    """Return cells as places in a list of colours, beyond its end where they are transparent."""
    colors = list(drawing.colors)
    codes: NDArray[np.integer] = drawing.grid.astype(np.uint8)
    if drawing.is_channels:
        codes = np.packbits(drawing.grid, axis=2, bitorder="big")[..., 0] >> 5
        colors = [
            (255 * red, 255 * green, 255 * blue)
            for red, green, blue in itertools.product((0, 1), repeat=3)
        ]
    if drawing.hidden is not None:
        codes[drawing.hidden] = len(colors)
    return codes, colors

"""A drawing as a few shapes, each of one colour, on a background: what vector formats hold."""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.bitmap import Bitmap
from pixbin.codecs import polygons
from pixbin.codecs.polygons import Polygons
from pixbin.color.rgb import Color
from pixbin.geometry import Size

MM_PER_INCH = 25.4  #: in an inch


class Shape(NamedTuple):
    """What has one colour."""

    color: Color
    outlines: Polygons  #: in units; filled by the even-odd rule


class VectorImage(NamedTuple):
    """A drawing in shapes, and its size."""

    size: Size  #: in units
    unit: int  #: output pixels in a unit: all borders of blocks fall on whole units
    background: Color | None  #: None is nothing, where some of it is transparent
    shapes: list[Shape]


def vectorize(bitmap: Bitmap) -> VectorImage:
    """Return a drawing as shapes on its paper, or on the most frequent of its eight colours.

    If some of it is transparent, all colours are shapes.
    """
    layout = bitmap.layout
    columns, rows = (np.array(edges) for edges in (layout.columns, layout.rows))
    unit = math.gcd(*columns.tolist(), *rows.tolist())
    places = columns // unit, rows // unit
    background, regions = _color_regions(bitmap)
    shapes = [
        Shape(color, _move_to_edges(polygons.trace(region), *places)) for color, region in regions
    ]
    return VectorImage(Size(*(side // unit for side in layout.output)), unit, background, shapes)


def unit_length_mm(bitmap: Bitmap, image: VectorImage) -> float | None:
    """Return the length of a unit in millimetres, if the size of a cell is given."""
    if bitmap.cell is None:
        return None
    layout = bitmap.layout
    pixels = layout.block or layout.output.width / layout.grid.width
    return bitmap.cell * image.unit / pixels


def _move_to_edges(
    cells: Polygons, columns: NDArray[np.int64], rows: NDArray[np.int64]
) -> Polygons:
    x, y = cells.points.T
    return cells._replace(points=np.stack((columns[x], rows[y]), axis=1))


def _color_regions(bitmap: Bitmap) -> tuple[Color | None, list[tuple[Color, NDArray[np.bool_]]]]:
    """Return the background, and where there are other colours."""
    codes, colors = _cell_indices(bitmap)
    counts = np.bincount(codes[codes < len(colors)], minlength=len(colors))
    usual = int(counts.argmax()) if bitmap.is_rgb else 1
    if bitmap.transparent is not None:
        usual = len(colors)
    others = [code for code in np.flatnonzero(counts).tolist() if code != usual]
    background = colors[usual] if usual < len(colors) else None
    return background, [(colors[code], codes == code) for code in others]


def _cell_indices(bitmap: Bitmap) -> tuple[NDArray[np.integer], list[Color]]:
    """Return cells as places in a list of colours, beyond its end where they are transparent."""
    colors = list(bitmap.colors)
    codes: NDArray[np.integer] = bitmap.grid.astype(np.uint8)
    if bitmap.is_rgb:
        codes = np.packbits(bitmap.grid, axis=2, bitorder="big")[..., 0] >> 5
        colors = [
            (255 * red, 255 * green, 255 * blue)
            for red, green, blue in itertools.product((0, 1), repeat=3)
        ]
    if bitmap.transparent is not None:
        codes[bitmap.transparent] = len(colors)
    return codes, colors

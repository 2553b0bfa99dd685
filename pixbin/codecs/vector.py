"""Vector images: a background and a few shapes of one colour each, from bitmaps and back."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pixbin.bitmap import Bitmap
from pixbin.codecs import indexed, polygons
from pixbin.codecs.hints import DecodedPicture
from pixbin.codecs.polygons import CornerPoints, Polygons
from pixbin.color.rgb import Color
from pixbin.errors import InputError
from pixbin.geometry import MAX_PIXELS, Size

MM_PER_INCH = 25.4
_MAX_COLORS = 8
_TRANSPARENT = 255  #: index beyond all colours

FilledPath = tuple[Color, CornerPoints]  #: fill colour, and the corners of all its polygons


@dataclass(frozen=True, slots=True)
class Shape:
    """A region of one colour."""

    color: Color
    outlines: Polygons  #: in units; filled by the even-odd rule


@dataclass(frozen=True, slots=True)
class VectorImage:
    """Shapes on a background."""

    size: Size  #: in units
    unit: int  #: in output pixels; all borders of blocks lie on whole units
    background: Color | None  #: None is transparent
    shapes: list[Shape]


def vectorize(bitmap: Bitmap) -> VectorImage:
    """Return a bitmap as shapes on its paper, or on the most frequent of eight colours.

    If some cells are transparent, there is no background, and all colours are shapes.
    """
    layout = bitmap.layout
    columns, rows = (np.array(edges) for edges in (layout.columns, layout.rows))
    unit = math.gcd(*columns.tolist(), *rows.tolist())
    edges = columns // unit, rows // unit
    background, regions = _color_regions(bitmap)
    shapes = [
        Shape(color, _move_to_edges(polygons.trace(region), *edges)) for color, region in regions
    ]
    return VectorImage(Size(*(side // unit for side in layout.output)), unit, background, shapes)


def unit_length_mm(bitmap: Bitmap, image: VectorImage) -> float | None:
    """Return the length of a unit in millimetres; None if cells have no size."""
    if bitmap.cell is None:
        return None
    layout = bitmap.layout
    pixels_per_cell = layout.block or layout.output.width / layout.grid.width
    return bitmap.cell * image.unit / pixels_per_cell


def _move_to_edges(
    cells: Polygons, columns: NDArray[np.int64], rows: NDArray[np.int64]
) -> Polygons:
    x, y = cells.points.T
    return dataclasses.replace(cells, points=np.stack((columns[x], rows[y]), axis=1))


def _color_regions(bitmap: Bitmap) -> tuple[Color | None, list[tuple[Color, NDArray[np.bool_]]]]:
    """Return the background, and the cells of each other colour, shape (H, W)."""
    indices, colors = _cell_indices(bitmap)
    counts = np.bincount(indices[indices < len(colors)], minlength=len(colors))
    background_index = int(counts.argmax()) if bitmap.is_rgb else 1
    if bitmap.transparent is not None:
        background_index = len(colors)
    others = [index for index in np.flatnonzero(counts).tolist() if index != background_index]
    background = colors[background_index] if background_index < len(colors) else None
    return background, [(colors[index], indices == index) for index in others]


def _cell_indices(bitmap: Bitmap) -> tuple[NDArray[np.integer], list[Color]]:
    """Return cells as indices into colours; those of transparent cells are larger."""
    colors = list(bitmap.colors)
    indices: NDArray[np.integer] = bitmap.grid.astype(np.uint8)
    if bitmap.is_rgb:
        indices = np.packbits(bitmap.grid, axis=2, bitorder="big")[..., 0] >> 5
        colors = [
            (255 * red, 255 * green, 255 * blue)
            for red, green, blue in itertools.product((0, 1), repeat=3)
        ]
    if bitmap.transparent is not None:
        indices[bitmap.transparent] = len(colors)
    return indices, colors


def decode_paths(
    size: Size, background: Color | None, paths: Iterable[FilledPath]
) -> DecodedPicture:
    """Return the cells of a page after its paths are filled in order.

    Parameters
    ----------
    size : Size
        Of the page, in cells.
    background : Color or None
        None is transparent.

    Raises
    ------
    InputError
        The page is too large, a path leaves it, or there are too many colours.
    """
    width, height = size
    if not 0 < width * height <= MAX_PIXELS:
        raise InputError(f"a page of {size} cells; at most {MAX_PIXELS} are read")
    colors = [] if background is None else [background]
    indices = np.full((height, width), 0 if colors else _TRANSPARENT, np.uint8)
    for color, points in paths:
        if len(colors) == _MAX_COLORS:
            raise InputError(f"more than {_MAX_COLORS} colours")
        indices[_fill_path(points, size)] = len(colors)
        colors.append(color)
    return indexed.decode_indices(indices, colors)


def _fill_path(points: CornerPoints, size: Size) -> NDArray[np.bool_]:
    if (points < 0).any() or (points > size).any():
        raise InputError("a path that leaves its page; give a file that pixbin wrote")
    return polygons.fill(points, *size)

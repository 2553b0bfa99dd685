"""PDF: one page, filled by one path for each colour, so that every cell is crisp at any scale.

After ISO 32000-1:2008, 7.5 (the file), 8.3.4 (units) and 8.5 (paths).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from pixbin.bitmap import Bitmap
from pixbin.codecs.polygons import Polygons
from pixbin.codecs.vector import MM_PER_INCH, VectorImage, unit_length_mm, vectorize
from pixbin.color.rgb import Color
from pixbin.errors import OutputError

_POINTS_PER_INCH = 72  #: in an inch
_MAX_SIDE_POINTS = 14_400  #: the longest side that readers must know how to show

_RECTANGLE_CORNERS = 4  #: corners


def encode(bitmap: Bitmap) -> bytes:
    """Return a page on which a cell is as large as asked for, or an output pixel is one point.

    Raises
    ------
    OutputError
        The page is larger than PDF allows.
    """
    shown = vectorize(bitmap)
    length = unit_length_mm(bitmap, shown)
    scale = shown.unit if length is None else length * _POINTS_PER_INCH / MM_PER_INCH
    width, height = (side * scale for side in shown.size)
    if max(width, height) > _MAX_SIDE_POINTS:
        raise OutputError(
            f"pdf: a page of {width:.0f}x{height:.0f} points is too large; give a smaller --cell, "
            f"so that no side is above {_MAX_SIDE_POINTS} points (5.08 m)"
        )
    content = zlib.compress("\n".join(_content_operators(shown, scale)).encode(), 9)
    page = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {_number_text(width)} {_number_text(height)}]"
    return _assemble_file(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"{page}/Resources<<>>/Contents 4 0 R>>".encode(),
        b"<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (len(content), content),
    )


def _content_operators(image: VectorImage, scale: float) -> Iterator[str]:
    """Yield what draws the page, in units from its top left corner."""
    width, height = image.size
    yield f"{_number_text(scale)} 0 0 {_number_text(-scale)} 0 {_number_text(scale * height)} cm"
    if image.background:
        yield f"{_color_operator(image.background)} 0 0 {width} {height} re f"
    for shape in image.shapes:
        yield _color_operator(shape.color)
        yield _path_operators(shape.outlines)
        yield "f*"


def _path_operators(polygons: Polygons) -> str:
    """Return a line for each polygon; rectangles by a corner, width and height."""
    points, lengths = polygons.points.copy(), polygons.corner_counts
    boxes = polygons.starts[lengths == _RECTANGLE_CORNERS]
    points[boxes + 1] = points[boxes + 2] - points[boxes]
    is_told = np.ones(len(points), bool)
    is_told[boxes + 2] = is_told[boxes + 3] = False
    numbers = points[is_told].ravel().tolist()
    return "\n".join(map(_polygon_template, lengths.tolist())) % tuple(numbers)


@lru_cache
def _polygon_template(length: int) -> str:
    """Return a polygon with places for numbers."""
    if length == _RECTANGLE_CORNERS:
        return "%d %d %d %d re"
    return f"%d %d m {'%d %d l ' * (length - 1)}h"


def _color_operator(color: Color) -> str:
    """Return what fills with a colour; greys as such, so that black is printed with black."""
    red, green, blue = (f"{level / 255:.4g}" for level in color)
    return f"{red} g" if red == green == blue else f"{red} {green} {blue} rg"


def _number_text(value: float) -> str:
    return f"{value:.8f}".rstrip("0").rstrip(".")


def _assemble_file(*objects: bytes) -> bytes:
    """Return a file of objects, the first of which is its root."""
    data = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    entries = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    trailer = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, len(data))
    return bytes(data) + b"xref\n0 %d\n0000000000 65535 f \n" % count + entries + trailer

"""PDF: one page, filled by a path for each colour, so that cells are crisp at any scale.

It is read back if pixbin wrote it. Source: ISO 32000-1:2008, sections 7.5 (file structure),
8.3.4 (units) and 8.5 (paths).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.codecs import vector
from pixbin.codecs.hints import DecodedPicture, DecodeHints, Evidence
from pixbin.codecs.polygons import CornerPoints, Polygons
from pixbin.codecs.vector import MM_PER_INCH, VectorImage
from pixbin.color.rgb import Color
from pixbin.errors import InputError, OutputError
from pixbin.geometry import Size

_POINTS_PER_INCH = 72
_MAX_SIDE_POINTS = 14_400  #: longest side that readers must support
_RECTANGLE_CORNERS = 4

_NUMBER_PATTERN = r"\d{1,9}(?:\.\d{1,9})?"
_PAGE_SIZE = re.compile(rf"/MediaBox\[0 0 ({_NUMBER_PATTERN}) {_NUMBER_PATTERN}\]".encode())
_FIRST_LINE = b"%PDF-1.4\n"
_CONTENT_START = b"/Filter/FlateDecode>>stream\n"
_CONTENT_END = b"\nendstream\nendobj\nxref\n"
_COLOR_PATTERN = rf"{_NUMBER_PATTERN} (?:g|{_NUMBER_PATTERN} {_NUMBER_PATTERN} rg)"
_PATH_PATTERN = rf"({_COLOR_PATTERN})\n([-\d mlhre\n]*)f\*\n?"
_CONTENT_PATTERN = re.compile(
    rf"({_NUMBER_PATTERN}) 0 0 -{_NUMBER_PATTERN} 0 ({_NUMBER_PATTERN}) cm\n?"
    rf"(?:({_COLOR_PATTERN}) 0 0 \d+ \d+ re f\n?)?((?:{_PATH_PATTERN})*)"
)
_POINT_PATTERN = r"-?\d{1,9} -?\d{1,9}"
_POLYGON_PATTERN = re.compile(
    rf"{_POINT_PATTERN} (?:{_POINT_PATTERN} re|m (?:{_POINT_PATTERN} l )+h)\n"
)
_OPERATORS_TO_SPACES = str.maketrans(dict.fromkeys("mlhre", " "))
_MAX_CONTENT_BYTES = 1 << 27  #: uncompressed, enough for about 50 million cells


def encode(bitmap: Bitmap, file_format: Format, name: str) -> bytes:
    """Return a page on which a cell has its size, or an output pixel is one point.

    Raises
    ------
    OutputError
        The page is larger than PDF allows.
    """
    image = vector.vectorize(bitmap)
    length = vector.unit_length_mm(bitmap, image)
    scale = image.unit if length is None else length * _POINTS_PER_INCH / MM_PER_INCH
    width, height = (side * scale for side in image.size)
    if max(width, height) > _MAX_SIDE_POINTS:
        raise OutputError(
            f"pdf: a page of {width:.0f}x{height:.0f} points is too large; give a smaller --cell, "
            f"so that no side is above {_MAX_SIDE_POINTS} points (5.08 m)"
        )
    content = zlib.compress("\n".join(_content_operators(image, scale)).encode(), 9)
    page = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {_number_text(width)} {_number_text(height)}]"
    return _assemble_file(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"{page}/Resources<<>>/Contents 4 0 R>>".encode(),
        b"<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (len(content), content),
    )


def decode(data: bytes, hints: DecodeHints) -> DecodedPicture:
    """Return the cells, or the pixels if blocks differ in size.

    Raises
    ------
    InputError
        pixbin did not write the file, or it does not fit the size.
    UsageError
        Packing options are given.
    """
    hints.refuse_packing_options("PDF")
    width, content = _parse_page(data)
    match = _CONTENT_PATTERN.fullmatch(content)
    if not match or not (scale := float(match[1])):
        raise InputError("not a PDF that pixbin wrote")
    size = Size(round(width / scale), round(float(match[2]) / scale))
    background = _parse_color(match[3]) if match[3] else None
    paths = (
        (_parse_color(fill), _parse_corners(path))
        for fill, path in re.findall(_PATH_PATTERN, match[4])
    )
    return vector.decode_paths(size, background, paths).enlarge(hints.size)


def sniff(data: bytes, hints: DecodeHints) -> Evidence:
    """Return the evidence for PDF."""
    return Evidence.SIGNATURE if data.startswith(b"%PDF-") else Evidence.NONE


def _content_operators(image: VectorImage, scale: float) -> Iterator[str]:
    """Yield the operators that draw the page, in units from its top left corner."""
    width, height = image.size
    yield f"{_number_text(scale)} 0 0 {_number_text(-scale)} 0 {_number_text(scale * height)} cm"
    if image.background:
        yield f"{_color_operator(image.background)} 0 0 {width} {height} re f"
    for shape in image.shapes:
        yield _color_operator(shape.color)
        yield _path_operators(shape.outlines)
        yield "f*"


def _path_operators(polygons: Polygons) -> str:
    """Return a line for each polygon; rectangles are a corner, width and height."""
    points, lengths = polygons.points.copy(), polygons.corner_counts
    rectangles = polygons.starts[lengths == _RECTANGLE_CORNERS]
    points[rectangles + 1] = points[rectangles + 2] - points[rectangles]
    is_written = np.ones(len(points), bool)
    is_written[rectangles + 2] = is_written[rectangles + 3] = False
    numbers = points[is_written].ravel().tolist()
    return "\n".join(map(_polygon_template, lengths.tolist())) % tuple(numbers)


@lru_cache
def _polygon_template(length: int) -> str:
    """Return the operators of a polygon with `%d` for numbers."""
    if length == _RECTANGLE_CORNERS:
        return "%d %d %d %d re"
    return f"%d %d m {'%d %d l ' * (length - 1)}h"


def _color_operator(color: Color) -> str:
    """Return the operator of a fill colour; greys stay grey, so that black prints as black."""
    red, green, blue = (f"{level / 255:.4g}" for level in color)
    return f"{red} g" if red == green == blue else f"{red} {green} {blue} rg"


def _number_text(value: float) -> str:
    return f"{value:.8f}".rstrip("0").rstrip(".")


def _assemble_file(*objects: bytes) -> bytes:
    """Return a file of objects, the first of which is its root."""
    data = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    entries = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    trailer = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, len(data))
    return bytes(data) + b"xref\n0 %d\n0000000000 65535 f \n" % count + entries + trailer


def _parse_page(data: bytes) -> tuple[float, str]:
    """Return the width of the page, in points, and the operators that draw it."""
    match = _PAGE_SIZE.search(data) if data.startswith(_FIRST_LINE) else None
    start = data.find(_CONTENT_START, match.end()) if match else -1
    end = data.find(_CONTENT_END, start)
    if not match or start < 0 or end < 0:
        raise InputError("not a PDF that pixbin wrote")
    compressed = data[start + len(_CONTENT_START) : end]
    try:
        content = zlib.decompressobj().decompress(compressed, _MAX_CONTENT_BYTES).decode()
    except (zlib.error, UnicodeDecodeError) as error:
        raise InputError("not a PDF that pixbin wrote") from error
    return float(match[1]), content


def _parse_color(operands: str) -> Color:
    levels = [min(round(255 * float(word)), 255) for word in operands.split()[:-1]]
    red, green, blue = levels * 3 if len(levels) == 1 else levels
    return red, green, blue


def _parse_corners(path: str) -> CornerPoints:
    """Return the corners of all polygons."""
    if _POLYGON_PATTERN.sub("", path):
        raise InputError("not a path that pixbin wrote")
    lines = path.splitlines()
    boxes = _parse_numbers(line for line in lines if line.endswith("re")).reshape(-1, 2, 2)
    left, top = boxes[:, 0].T
    right, bottom = boxes.sum(axis=1).T
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    points = _parse_numbers(line for line in lines if not line.endswith("re")).reshape(-1, 2)
    return np.concatenate((points, *(np.stack(corner, axis=1) for corner in corners)))


def _parse_numbers(lines: Iterable[str]) -> NDArray[np.int64]:
    text = " ".join(lines).translate(_OPERATORS_TO_SPACES)
    return np.fromstring(text, np.int64, sep=" ") if text else np.empty(0, np.int64)

"""Read PDF files that pixbin has written."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from pixbin.codecs import vector_paths
from pixbin.codecs.hints import DecodedPicture
from pixbin.codecs.polygons import CornerPoints
from pixbin.color.rgb import Color
from pixbin.errors import InputError
from pixbin.geometry import MAX_PIXELS, Size

_NUMBER_PATTERN = r"\d{1,9}(?:\.\d{1,9})?"
_PAGE_PATTERN = re.compile(
    rf"%PDF-1\.4\n.*?/MediaBox\[0 0 ({_NUMBER_PATTERN}) {_NUMBER_PATTERN}\].*?"
    r"/Filter/FlateDecode>>stream\n(.*?)\nendstream\nendobj\nxref\n".encode(),
    re.DOTALL,
)
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
_MAX_CONTENT_BYTES = 32 * MAX_PIXELS  #: unpacked


def decode(data: bytes) -> DecodedPicture:
    """Return the cells, or pixels where blocks differ in size.

    Raises
    ------
    InputError
        It is not such a file.
    """
    width, content = _parse_page(data)
    found = _CONTENT_PATTERN.fullmatch(content)
    if not found or not (scale := float(found[1])):
        raise InputError("not a PDF that pixbin wrote")
    size = Size(round(width / scale), round(float(found[2]) / scale))
    background = _parse_color(found[3]) if found[3] else None
    shapes = (
        (_parse_color(fill), _parse_corners(path))
        for fill, path in re.findall(_PATH_PATTERN, found[4])
    )
    return vector_paths.decode_paths(size, background, shapes)


def _parse_page(data: bytes) -> tuple[float, str]:
    """Return the width of the page, in points, and what draws it."""
    found = _PAGE_PATTERN.match(data)
    if not found:
        raise InputError("not a PDF that pixbin wrote")
    try:
        content = zlib.decompressobj().decompress(found[2], _MAX_CONTENT_BYTES).decode()
    except (zlib.error, UnicodeDecodeError) as error:
        raise InputError("not a PDF that pixbin wrote") from error
    return float(found[1]), content


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
    return np.concatenate((points, *(np.stack(each, axis=1) for each in corners)))


def _parse_numbers(lines: Iterable[str]) -> NDArray[np.int64]:
    words = " ".join(lines).translate(_OPERATORS_TO_SPACES).split()
    return np.fromiter(map(int, words), np.int64, len(words))

"""Read PDF files that pixbin has written."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from pixbin.codecs import vector_paths
from pixbin.codecs.hints import Found
from pixbin.codecs.polygons import Points
from pixbin.errors import InputError
from pixbin.geometry import MOST_PIXELS, Size
from pixbin.options.parsing import Color

_NUMBER = r"\d{1,9}(?:\.\d{1,9})?"
_PAGE = re.compile(
    rf"%PDF-1\.4\n.*?/MediaBox\[0 0 ({_NUMBER}) {_NUMBER}\].*?"
    r"/Filter/FlateDecode>>stream\n(.*?)\nendstream\nendobj\nxref\n".encode(),
    re.DOTALL,
)
_COLOR = rf"{_NUMBER} (?:g|{_NUMBER} {_NUMBER} rg)"
_PATH = rf"({_COLOR})\n([-\d mlhre\n]*)f\*\n?"
_CONTENT = re.compile(
    rf"({_NUMBER}) 0 0 -{_NUMBER} 0 ({_NUMBER}) cm\n?"
    rf"(?:({_COLOR}) 0 0 \d+ \d+ re f\n?)?((?:{_PATH})*)"
)
_POINT = r"-?\d{1,9} -?\d{1,9}"
_POLYGON = re.compile(rf"{_POINT} (?:{_POINT} re|m (?:{_POINT} l )+h)\n")
_SPACED = str.maketrans(dict.fromkeys("mlhre", " "))
_MOST_BYTES = 32 * MOST_PIXELS  #: unpacked


def read(data: bytes) -> Found:
    """Return the cells, or pixels where blocks differ in size.

    Raises
    ------
    InputError
        It is not such a file.
    """
    width, content = _page(data)
    found = _CONTENT.fullmatch(content)
    if not found or not (scale := float(found[1])):
        raise InputError("not a PDF that pixbin wrote")
    size = Size(round(width / scale), round(float(found[2]) / scale))
    background = _color(found[3]) if found[3] else None
    shapes = ((_color(fill), _corners(path)) for fill, path in re.findall(_PATH, found[4]))
    return vector_paths.found(size, background, shapes)


def _page(data: bytes) -> tuple[float, str]:
    """Return the width of the page, in points, and what draws it."""
    found = _PAGE.match(data)
    if not found:
        raise InputError("not a PDF that pixbin wrote")
    try:
        content = zlib.decompressobj().decompress(found[2], _MOST_BYTES).decode()
    except (zlib.error, UnicodeDecodeError) as error:
        raise InputError("not a PDF that pixbin wrote") from error
    return float(found[1]), content


def _color(operands: str) -> Color:
    levels = [min(round(255 * float(word)), 255) for word in operands.split()[:-1]]
    red, green, blue = levels * 3 if len(levels) == 1 else levels
    return red, green, blue


def _corners(path: str) -> Points:
    """Return the corners of all polygons."""
    if _POLYGON.sub("", path):
        raise InputError("not a path that pixbin wrote")
    lines = path.splitlines()
    boxes = _numbers(line for line in lines if line.endswith("re")).reshape(-1, 2, 2)
    left, top = boxes[:, 0].T
    right, bottom = boxes.sum(axis=1).T
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    points = _numbers(line for line in lines if not line.endswith("re")).reshape(-1, 2)
    return np.concatenate((points, *(np.stack(each, axis=1) for each in corners)))


def _numbers(lines: Iterable[str]) -> NDArray[np.int64]:
    words = " ".join(lines).translate(_SPACED).split()
    return np.fromiter(map(int, words), np.int64, len(words))

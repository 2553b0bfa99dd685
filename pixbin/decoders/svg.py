"""Read SVG files of two colours that pixbin has written."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pixbin.decoders import paths
from pixbin.errors import InputError
from pixbin.outlines import Points

_FILE = re.compile(
    r'<svg [^<>]* viewBox="0 0 (\d{1,9}) (\d{1,9})"[^<>]*>\n<rect [^<>]*/>\n'
    r'(?:<path [^<>]*fill-rule="evenodd" d="([^"<>]*)"/>\n)?</svg>\n'
)
_POLYGON = re.compile(r"m(-?\d{1,9}) ?(-?\d{1,9})((?:[hv]-?\d{1,9})+)z")


def read(data: bytes) -> NDArray[np.bool_]:
    """Return the cells, True is paper; shape (H, W), of pixels where blocks differ in size.

    Raises
    ------
    InputError
        It is not such a file.
    """
    found = _FILE.fullmatch(data.decode("ascii", "replace").replace("\r\n", "\n"))
    if not found:
        raise InputError("not an SVG of two colours that pixbin wrote")
    width, height, path = found.groups(default="")
    return paths.paper(_polygons(path), int(width), int(height))


def _polygons(path: str) -> Iterator[Points]:
    x = y = end = 0
    for found in _POLYGON.finditer(path):
        if found.start() != end:
            break
        end = found.end()
        x, y = x + int(found[1]), y + int(found[2])
        yield _corners(x, y, found[3])
    if end != len(path):
        raise InputError("not a path that pixbin wrote")


def _corners(x: int, y: int, steps: str) -> Points:
    points = [(x, y)]
    for letter, length in re.findall(r"([hv])(-?\d+)", steps):
        x, y = (x + int(length), y) if letter == "h" else (x, y + int(length))
        points.append((x, y))
    return np.array(points)

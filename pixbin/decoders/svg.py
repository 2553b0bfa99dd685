"""Read SVG files that pixbin has written."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from pixbin import words
from pixbin.decoders import paths
from pixbin.decoders.hints import Found
from pixbin.errors import InputError
from pixbin.geometry import Size
from pixbin.outlines import Points
from pixbin.words import BLACK, Color

_FILL = r'(?: fill="(#[0-9a-f]{3,6})")?'
_PATH = rf'<path{_FILL} fill-rule="evenodd" d="([^"<>]*)"/>\n'
_FILE = re.compile(
    r'<svg [^<>]* viewBox="0 0 (\d{1,9}) (\d{1,9})"[^<>]*>\n'
    rf'(<rect width="\d+" height="\d+"{_FILL}/>\n)?((?:{_PATH})*)</svg>\n'
)
_POLYGON = re.compile(r"m(-?\d{1,9}) ?(-?\d{1,9})((?:[hv]-?\d{1,9})+)z")


def read(data: bytes) -> Found:
    """Return the cells, or pixels where blocks differ in size.

    Raises
    ------
    InputError
        It is not such a file.
    """
    found = _FILE.fullmatch(data.decode("ascii", "replace").replace("\r\n", "\n"))
    if not found:
        raise InputError("not an SVG that pixbin wrote")
    size = Size(int(found[1]), int(found[2]))
    background = _color(found[4]) if found[3] else None
    shapes = ((_color(fill), _polygons(path)) for fill, path in re.findall(_PATH, found[5]))
    return paths.found(size, background, shapes)


def _color(fill: str | None) -> Color:
    try:
        return words.color(fill) if fill else BLACK
    except words.WordError as error:
        raise InputError(f"{fill}: no colour that pixbin wrote") from error


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

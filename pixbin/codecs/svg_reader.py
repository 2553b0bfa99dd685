"""Read SVG files that pixbin has written."""

from __future__ import annotations

import re

import numpy as np

from pixbin.codecs import vector_paths
from pixbin.codecs.hints import DecodedPicture
from pixbin.codecs.polygons import CornerPoints
from pixbin.color.rgb import BLACK, Color
from pixbin.errors import InputError
from pixbin.geometry import Size
from pixbin.options import parsing

_FILL_PATTERN = r'(?: fill="(#[0-9a-f]{3,6})")?'
_PATH_PATTERN = rf'<path{_FILL_PATTERN} fill-rule="evenodd" d="([^"<>]*)"/>\n'
_FILE_PATTERN = re.compile(
    r'<svg [^<>]* viewBox="0 0 (\d{1,9}) (\d{1,9})"[^<>]*>\n'
    rf'(<rect width="\d+" height="\d+"{_FILL_PATTERN}/>\n)?((?:{_PATH_PATTERN})*)</svg>\n'
)
_POLYGON_PATTERN = re.compile(r"m-?\d{1,9}(?: |(?=-))-?\d{1,9}(?:[hv]-?\d{1,9})+z")

_COMMANDS_TO_SPACES = str.maketrans({**dict.fromkeys("mhvz", " "), "-": " -"})


def decode(data: bytes) -> DecodedPicture:
    """Return the cells, or pixels where blocks differ in size.

    Raises
    ------
    InputError
        It is not such a file.
    """
    found = _FILE_PATTERN.fullmatch(data.decode("ascii", "replace").replace("\r\n", "\n"))
    if not found:
        raise InputError("not an SVG that pixbin wrote")
    size = Size(int(found[1]), int(found[2]))
    background = _parse_color(found[4]) if found[3] else None
    shapes = (
        (_parse_color(fill), _parse_corners(path))
        for fill, path in re.findall(_PATH_PATTERN, found[5])
    )
    return vector_paths.decode_paths(size, background, shapes)


def _parse_color(fill: str | None) -> Color:
    try:
        return parsing.color(fill) if fill else BLACK
    except parsing.ParseError as error:
        raise InputError(f"{fill}: no colour that pixbin wrote") from error


def _parse_corners(path: str) -> CornerPoints:
    """Return the corners of all polygons; each begins as far from the start of the one before."""
    if _POLYGON_PATTERN.sub("", path):
        raise InputError("not a path that pixbin wrote")
    letters = np.frombuffer(path.encode(), np.uint8)
    letters = letters[np.isin(letters, [*b"mhv"])]
    is_start, is_level = letters == ord("m"), letters == ord("h")
    places = np.arange(letters.size) + np.cumsum(is_start)  # of the last number of each
    words = path.translate(_COMMANDS_TO_SPACES).split()
    numbers = np.fromiter(map(int, words), np.int64, len(words))
    down = np.where(is_level, 0, numbers[places])
    right = np.where(is_level | is_start, numbers[places - is_start], 0)
    steps = np.stack((right, down), axis=1)
    starts = np.flatnonzero(is_start)
    begins = np.cumsum(steps[starts], axis=0)
    steps[starts] = 0
    corners = np.cumsum(steps, axis=0)
    lengths = np.diff(starts, append=letters.size)
    moved: CornerPoints = corners + np.repeat(begins - corners[starts], lengths, axis=0)
    return moved

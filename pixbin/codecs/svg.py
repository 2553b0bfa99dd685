"""SVG: a rectangle of paper, and a path for each other colour; no rectangle if transparent.

It is read back if pixbin wrote it. Source: W3C, Scalable Vector Graphics 1.1, 2011, section 8.3.
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np

from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.codecs import vector
from pixbin.codecs.hints import DecodedPicture, DecodeHints, Evidence
from pixbin.codecs.polygons import CornerPoints, Polygons
from pixbin.codecs.vector import Shape
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


def encode(bitmap: Bitmap, file_format: Format, name: str) -> bytes:
    """Return a file of the output's size in pixels, or in millimetres if `cell` is given.

    Its coordinates count cells if all blocks have one size, else pixels.
    """
    image = vector.vectorize(bitmap)
    length = vector.unit_length_mm(bitmap, image)
    if length is None:
        width, height = map(str, bitmap.size)
    else:
        width, height = (f"{side * length:.10g}mm" for side in image.size)
    lines = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {image.size.width} {image.size.height}" shape-rendering="crispEdges">',
        *([_rect_element(image.size, image.background)] if image.background else []),
        *map(_path_element, image.shapes),
        "</svg>\n",
    )
    return "\n".join(lines).encode()


def decode(data: bytes, hints: DecodeHints) -> DecodedPicture:
    """Return the cells, or the pixels if blocks differ in size.

    Raises
    ------
    InputError
        pixbin did not write the file, or it does not fit the size.
    UsageError
        Packing options are given.
    """
    hints.refuse_packing_options("SVG")
    match = _FILE_PATTERN.fullmatch(data.decode("ascii", "replace").replace("\r\n", "\n"))
    if not match:
        raise InputError("not an SVG that pixbin wrote")
    size = Size(int(match[1]), int(match[2]))
    background = _parse_color(match[4]) if match[3] else None
    paths = (
        (_parse_color(fill), _parse_corners(path))
        for fill, path in re.findall(_PATH_PATTERN, match[5])
    )
    return vector.decode_paths(size, background, paths).enlarge(hints.size)


def sniff(data: bytes, hints: DecodeHints) -> Evidence:
    """Return the evidence for SVG."""
    return Evidence.SIGNATURE if data.startswith(b"<svg ") else Evidence.NONE


def _rect_element(size: Size, color: Color) -> str:
    return f'<rect width="{size.width}" height="{size.height}"{_fill_attribute(color)}/>'


def _path_element(shape: Shape) -> str:
    path = _path_data(shape.outlines)
    return f'<path{_fill_attribute(shape.color)} fill-rule="evenodd" d="{path}"/>'


def _fill_attribute(color: Color) -> str:
    if color == BLACK:
        return ""
    digits = bytes(color).hex()
    is_short = digits[::2] == digits[1::2]
    return f' fill="#{digits[::2] if is_short else digits}"'


def _path_data(outlines: Polygons) -> str:
    """Return the commands of a path; each polygon is relative to the one before."""
    points, lengths = outlines.points, outlines.corner_counts
    starts = outlines.starts
    jumps = np.diff(points[starts], axis=0, prepend=0)  # a closed polygon leads to its start
    distances = np.diff(points, axis=0, prepend=0).sum(axis=1)
    distances[starts] = jumps[:, 0]
    numbers = np.insert(distances, starts + 1, jumps[:, 1])
    polygons = zip(lengths.tolist(), (jumps[:, 1] < 0).tolist(), strict=True)
    templates = "".join(_polygon_template(length, is_up) for length, is_up in polygons)
    return templates % tuple(numbers.tolist())


@lru_cache
def _polygon_template(length: int, is_up: bool) -> str:
    """Return the commands of a polygon with `%d` for numbers; a minus sign needs no space."""
    separator = "" if is_up else " "
    return f"m%d{separator}%d{'h%dv%d' * (length // 2 - 1)}h%dz"


def _parse_color(fill: str | None) -> Color:
    try:
        return parsing.color(fill) if fill else BLACK
    except parsing.ParseError as error:
        raise InputError(f"{fill}: no colour that pixbin wrote") from error


def _parse_corners(path: str) -> CornerPoints:
    """Return the corners of all polygons; each begins relative to the start of the one before."""
    if _POLYGON_PATTERN.sub("", path):
        raise InputError("not a path that pixbin wrote")
    commands = np.frombuffer(path.encode(), np.uint8)
    commands = commands[np.isin(commands, [*b"mhv"])]
    is_start, is_horizontal = commands == ord("m"), commands == ord("h")
    last_number = np.arange(commands.size) + np.cumsum(is_start)  # index of, for each command
    words = path.translate(_COMMANDS_TO_SPACES).split()
    numbers = np.fromiter(map(int, words), np.int64, len(words))
    down = np.where(is_horizontal, 0, numbers[last_number])
    right = np.where(is_horizontal | is_start, numbers[last_number - is_start], 0)
    moves = np.stack((right, down), axis=1)
    starts = np.flatnonzero(is_start)
    first_corners = np.cumsum(moves[starts], axis=0)
    moves[starts] = 0
    corners = np.cumsum(moves, axis=0)
    lengths = np.diff(starts, append=commands.size)
    moved: CornerPoints = corners + np.repeat(first_corners - corners[starts], lengths, axis=0)
    return moved

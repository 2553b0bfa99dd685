"""Read options as people write them: sizes, numbers, percentages, colours, choices."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from pixbin.catalog.enums import Alpha
from pixbin.color.rgb import Color
from pixbin.geometry import Extent, Size

_Choice = TypeVar("_Choice", bound=StrEnum)

_MAX_SCALE = 10_000
_MAX_INTEGER = 999_999_999
_MAX_PIXEL_ASPECT = 16  #: of a pixel, in times its width or height
_MM_PER_UNIT = {"mm": 1.0, "cm": 10.0, "in": 25.4, "pt": 25.4 / 72}
_MAX_LENGTH_MM = 10_000
_SIZE_ADVICE = "write 64x48, 64x, x48, 50% or 2x, each side at least 1"
_GRID_ADVICE = "write 64x48, 64x or x48, in cells, each side at least 1"
_NUMBER_PATTERN = r"\d+(?:\.\d*)?|\.\d+"


class ParseError(ValueError):
    """A word cannot be read; the message says what would be."""


def size(word: Any) -> Extent:
    """Read `64x48`, `64x`, `x48`, `50%` or `2x`, or a pair of whole numbers."""
    if isinstance(word, Extent):
        return _check_extent(word, _SIZE_ADVICE)
    text = _normalized_text(word)
    if scale := re.fullmatch(rf"({_NUMBER_PATTERN})%", text, re.ASCII):
        return _scale_extent(float(scale[1]) / 100)
    # One digit or a fraction scales; anything longer before a lone x is a width.
    if scale := re.fullmatch(r"([1-9]|\d*\.\d+|\d+\.)x", text, re.ASCII):
        return _scale_extent(float(scale[1]))
    return _parse_sides(text, _SIZE_ADVICE)


def grid(word: Any) -> Extent:
    """Read `64x48`, `64x` or `x48`, or a pair of whole numbers."""
    if isinstance(word, Extent):
        return _check_extent(word._replace(scale=None), _GRID_ADVICE)
    return _parse_sides(_normalized_text(word), _GRID_ADVICE)


def integer(minimum: int, maximum: int = _MAX_INTEGER, unit: str = "") -> Callable[[Any], int]:
    """Return a reader of whole numbers, of some unit."""
    bounds = (
        f"at least {minimum}"
        if maximum == _MAX_INTEGER and minimum
        else f"from {minimum} to {maximum}"
    )
    advice = (
        f"write a whole number of {unit}, {bounds}" if unit else f"write a whole number {bounds}"
    )

    def read(word: Any) -> int:
        text = _normalized_text(word)
        if re.fullmatch(r"\d{1,9}", text, re.ASCII) and minimum <= int(text) <= maximum:
            return int(text)
        raise ParseError(advice)

    return read


def frame_number(word: Any) -> int:
    """Read the number of a frame: from 1 at the beginning, or from -1 at the end."""
    text = _normalized_text(word)
    if re.fullmatch(r"-?\d{1,9}", text, re.ASCII) and int(text) != 0:
        return int(text)
    raise ParseError("write a whole number, 1 for the first frame, -1 for the last")


def enhance_amount(word: Any) -> float | None:
    """Read how much: `auto` is None, `none` nought, else a number or percentage up to 1."""
    text = _normalized_text(word).lower()
    if text == "auto":
        return None
    value = 0.0 if text == "none" else _parse_number(word)
    if value is None or not 0 <= value <= 1:
        raise ParseError("write auto, none or a number from 0 to 1")
    return value


def model_name_or_path(word: Any) -> str:
    """Read the name or the path of a model."""
    text = os.fspath(word) if isinstance(word, str | os.PathLike) else ""
    if isinstance(text, str) and text.strip():
        return text
    raise ParseError("write a model's name, or the path of its ONNX file")


def execution_provider(word: Any) -> str:
    """Read who runs a model."""
    text = _normalized_text(word)
    if re.fullmatch(r"\w+", text, re.ASCII):
        return text
    raise ParseError("write cpu, or another that your onnxruntime has, such as cuda")


def rotation(word: Any) -> int:
    """Read by how many degrees to turn, clockwise."""
    text = _normalized_text(word)
    if text in ("0", "90", "180", "270", "-90"):
        return int(text) % 360
    raise ParseError("write 0, 90, 180 or 270 (degrees clockwise)")


def identifier(word: Any) -> str:
    """Read a name that C and Python take."""
    text = str(word).strip()
    if re.fullmatch(r"[A-Za-z_]\w*", text, re.ASCII):
        return text
    raise ParseError("write letters, digits and _, no digit in front")


def number(low: float, high: float = math.inf) -> Callable[[Any], float]:
    """Make a reader of numbers and percentages within the given bounds."""

    def read(word: Any) -> float:
        value = _parse_number(word)
        if value is None or not low <= value <= high or math.isinf(value):
            bounds = f"at least {low:g}" if high == math.inf else f"from {low:g} to {high:g}"
            raise ParseError(f"write a number {bounds}, or a percentage (0.5 is 50%)")
        return value

    return read


def quantity(low: float, high: float, unit: str) -> Callable[[Any], float]:
    """Make a reader of numbers of a unit within the given bounds."""

    def read(word: Any) -> float:
        value = None if "%" in _normalized_text(word) else _parse_number(word)
        if value is None or not low <= value <= high:
            raise ParseError(f"write a number of {unit} from {low:g} to {high:g}")
        return value

    return read


def pixel_shape(word: Any) -> Size:
    """Read the shape of a pixel, its width to its height."""
    found = re.fullmatch(r"(\d{1,4})[:/x](\d{1,4})", _normalized_text(word), re.ASCII)
    width, height = map(int, found.groups()) if found else (0, 0)
    if not 0 < max(width, height) <= _MAX_PIXEL_ASPECT * min(width, height):
        raise ParseError(f"write width to height, as 1:2 or 5:6, at most 1 to {_MAX_PIXEL_ASPECT}")
    return Size(width, height)


def length_in_mm(word: Any) -> float:
    """Read a length on paper with its unit, or a number of millimetres; return millimetres."""
    value = float(word) if isinstance(word, int | float) else 0.0
    if found := re.fullmatch(
        rf"({_NUMBER_PATTERN})\s*(mm|cm|in|pt)", _normalized_text(word), re.ASCII
    ):
        value = float(found[1]) * _MM_PER_UNIT[found[2]]
    if not 0 < value <= _MAX_LENGTH_MM:
        raise ParseError("write a length with its unit, as 0.5mm, 0.1cm, 0.02in or 1.5pt")
    return value


def is_number(word: str) -> bool:
    """Tell whether a word is a number or a percentage."""
    return _parse_number(word) is not None


def positive_number(word: Any) -> float:
    """Read a number or percentage above nought."""
    value = _parse_number(word)
    if value is None or not 0 < value < math.inf:
        raise ParseError("write a number above 0, or a percentage (1.5 is 150%)")
    return value


def grey_level(word: Any) -> float:
    """Read a grey level, `0` to `255` or `0%` to `100%` of that."""
    value = _parse_number(word)
    if value is not None and "%" in _normalized_text(word):
        value *= 255
    elif value is not None and 0 < value < 1:
        value = None  # next to black, and sure to be meant as a share
    if value is None or not 0 <= value <= 255:
        raise ParseError("write a grey level from 0 to 255, or a percentage (50% is the middle)")
    return value


def color(word: Any) -> Color:
    """Read a colour: a name, `#rgb`, `#rrggbb`, `rgb(r, g, b)`, or a triple of 0..255."""
    from PIL import ImageColor

    if isinstance(word, tuple | list):
        word = "rgb({},{},{})".format(*word) if len(word) == 3 else str(word)
    names = {"ink": "black", "paper": "white"}
    try:
        channels = ImageColor.getrgb(names.get(_normalized_text(word), str(word).strip()))
    except ValueError:
        channels = (-1, -1, -1)
    if len(channels) != 3 or not 0 <= min(channels) <= max(channels) <= 255:
        raise ParseError("write a colour name, #rgb or #rrggbb")
    return channels


def alpha(word: Any) -> Alpha | Color:
    """Read how transparency is kept, or the colour it is laid on."""
    if (text := _normalized_text(word)) in Alpha.__members__.values():
        return Alpha(text)
    try:
        return color(word)
    except ParseError as error:
        raise ParseError(f"write {', '.join(Alpha)}, or a colour name, #rgb or #rrggbb") from error


def bit_depth(word: Any) -> int:
    """Read how many bits a pixel takes in a file."""
    text = _normalized_text(word)
    if text in ("1", "8"):
        return int(text)
    raise ParseError("write 1 or 8, the bits a pixel takes")


def choice_of(enum: type[_Choice], **aliases: str) -> Callable[[Any], _Choice]:
    """Make a reader of one of a few words, some known by other names."""

    def read(word: Any) -> _Choice:
        text = re.sub(r"[-_ ]", "", _normalized_text(word))
        for other, usual in aliases.items():
            text = text.replace(other, usual)
        if text in enum.__members__.values():
            return enum(text)
        raise ParseError(f"choose from {', '.join(enum)}")

    return read


def boolean(word: Any) -> bool:
    """Take a truth value as it is."""
    if word in (True, False):
        return bool(word)
    raise ParseError("give true or false")


def _parse_sides(text: str, advice: str) -> Extent:
    if not re.fullmatch(r"\d{1,9}x\d{0,9}|x\d{1,9}", text, re.ASCII):
        raise ParseError(advice)
    width, height = (int(side) if side else None for side in text.split("x"))
    return _check_extent(Extent(width, height), advice)


def _scale_extent(scale: float) -> Extent:
    return _check_extent(Extent(scale=scale), f"a scale must be above 0 and below {_MAX_SCALE}")


def _check_extent(extent: Extent, advice: str) -> Extent:
    sides = [side for side in (extent.width, extent.height) if side is not None]
    if extent.scale is not None:
        sound = not sides and 0 < extent.scale < _MAX_SCALE
    else:
        sound = len(sides) > 0 and all(side >= 1 for side in sides)
    if not sound:
        raise ParseError(advice)
    return extent


def _parse_number(word: Any) -> float | None:
    text = _normalized_text(word)
    if not re.fullmatch(rf"[+-]?({_NUMBER_PATTERN})(e[+-]?\d+)?%?", text, re.ASCII):
        return None
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)


def _normalized_text(word: Any) -> str:
    if isinstance(word, tuple | list):
        return "x".join(str(part) for part in word)
    return str(word).strip().casefold().replace("\N{MULTIPLICATION SIGN}", "x")

"""Parsers of options as people write them: sizes, numbers, percentages, colours, choices.

Every parser takes text or a value, returns the checked value, and raises ParseError.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Generic, Literal, TypeVar

from pixbin.catalog.enums import Alpha
from pixbin.color.rgb import Color
from pixbin.geometry import Extent, Size

_Choice = TypeVar("_Choice", bound=StrEnum)

AUTO_ZOOM: Literal["auto"] = "auto"  #: the zoom that the subject or the face chooses
_MAX_SCALE = 10_000
_FACTORS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}
_MAX_AMOUNT = 10**15
_MAX_INTEGER = 999_999_999
_MAX_PIXEL_ASPECT = 16  #: longer side of a pixel to its shorter side
_MM_PER_UNIT = {"mm": 1.0, "cm": 10.0, "in": 25.4, "pt": 25.4 / 72}
_MAX_LENGTH_MM = 10_000
_SIZE_ADVICE = "write 64x48, 64, x48, 50% or 2x, each side at least 1"
_GRID_ADVICE = "write 64x48, 64 or x48, in cells, each side at least 1"
_SHEET_ADVICE = "write 8x (columns), x2 (rows) or 8x4, each at least 1"
_NUMBER_PATTERN = r"\d+(?:\.\d*)?|\.\d+"


class ParseError(ValueError):
    """Text cannot be parsed; the message says what to write."""


def size(given: Any) -> Extent:
    """Parse `64x48`, `64` or `64x`, `x48`, `50%` or `2x`, or one or two whole numbers."""
    if isinstance(given, Extent):
        return _check_extent(given, _SIZE_ADVICE)
    text = _normalized_text(given)
    if text.endswith("%") and (scale := re.fullmatch(rf"({_NUMBER_PATTERN})%", text, re.ASCII)):
        return _scale_extent(float(scale[1]) / 100)
    # One digit, or a number with a point, is a scale; anything longer before a final x is a width.
    factor = text.endswith("x") and re.fullmatch(r"([1-9]|\d*\.\d+|\d+\.)x", text, re.ASCII)
    if factor:
        return _scale_extent(float(factor[1]))
    return _parse_sides(text, _SIZE_ADVICE)


def grid(given: Any) -> Extent:
    """Parse `64x48`, `64` or `64x`, or `x48`, or one or two whole numbers."""
    if isinstance(given, Extent):
        return _check_extent(given._replace(scale=None), _GRID_ADVICE)
    return _parse_sides(_normalized_text(given), _GRID_ADVICE)


def sheet(given: Any) -> Extent:
    """Parse the columns and rows of a sprite sheet: `8x` or `8`, `x2`, or `8x4`."""
    if isinstance(given, Extent):
        return _check_extent(given._replace(scale=None), _SHEET_ADVICE)
    return _parse_sides(_normalized_text(given), _SHEET_ADVICE)


def integer(minimum: int, maximum: int = _MAX_INTEGER, unit: str = "") -> Callable[[Any], int]:
    """Return a parser of whole numbers; the unit is for the message."""
    bounds = (
        f"at least {minimum}"
        if maximum == _MAX_INTEGER and minimum
        else f"from {minimum} to {maximum}"
    )
    advice = (
        f"write a whole number of {unit}, {bounds}" if unit else f"write a whole number {bounds}"
    )

    def parse(given: Any) -> int:
        text = _normalized_text(given)
        if re.fullmatch(r"\d{1,9}", text, re.ASCII) and minimum <= int(text) <= maximum:
            return int(text)
        raise ParseError(advice)

    return parse


def amount(unit: str) -> Callable[[Any], int]:
    """Return a parser of large numbers, at least 1; `2k`, `1.5M` and `2G` stand for their zeros.

    Examples
    --------
    >>> amount("pixels")("1.5M")
    1500000
    """

    def parse(given: Any) -> int:
        match = re.fullmatch(r"(\d{1,15}(?:\.\d{1,9})?)([kmg]?)", _normalized_text(given).lower())
        value = float(match[1]) * _FACTORS[match[2]] if match else 0.0
        if match and 1 <= value < _MAX_AMOUNT and value.is_integer():
            return int(value)
        raise ParseError(f"write a number of {unit}, at least 1, such as 400M or 2G")

    return parse


def frame_number(given: Any) -> int:
    """Parse the number of a frame: from 1 at the beginning, or from -1 at the end."""
    text = _normalized_text(given)
    if re.fullmatch(r"-?\d{1,9}", text, re.ASCII) and int(text) != 0:
        return int(text)
    raise ParseError("write a whole number, 1 for the first frame, -1 for the last")


def enhance_amount(given: Any) -> float | None:
    """Parse `--enhance`: `auto` is None, `none` is 0.0, else a number or percentage up to 1."""
    text = _normalized_text(given).lower()
    if text == "auto":
        return None
    value = 0.0 if text == "none" else _parse_number(given)
    if value is None or not 0 <= value <= 1:
        raise ParseError("write auto, none or a number from 0 to 1")
    return value


def model_name_or_path(given: Any) -> str:
    """Parse the name or the path of a model."""
    text = os.fspath(given) if isinstance(given, str | os.PathLike) else ""
    if isinstance(text, str) and text.strip():
        return text
    raise ParseError("write a model's name, or the path of its ONNX file")


def execution_provider(given: Any) -> str:
    """Parse the name of an execution provider of onnxruntime."""
    text = _normalized_text(given)
    if re.fullmatch(r"\w+", text, re.ASCII):
        return text
    raise ParseError("write cpu, or another that your onnxruntime has, such as cuda")


def rotation(given: Any) -> int:
    """Parse a rotation in degrees clockwise: 0, 90, 180, 270 or -90."""
    text = _normalized_text(given)
    if text in ("0", "90", "180", "270", "-90"):
        return int(text) % 360
    raise ParseError("write 0, 90, 180 or 270 (degrees clockwise)")


def identifier(given: Any) -> str:
    """Parse a name that is valid in C and Python."""
    text = str(given).strip()
    if re.fullmatch(r"[A-Za-z_]\w*", text, re.ASCII):
        return text
    raise ParseError("write letters, digits and _, no digit in front")


def number(low: float, high: float = math.inf) -> Callable[[Any], float]:
    """Return a parser of numbers and percentages within bounds; 0.5 is 50%."""

    def parse(given: Any) -> float:
        value = _parse_number(given)
        if value is None or not low <= value <= high or math.isinf(value):
            bounds = f"at least {low:g}" if high == math.inf else f"from {low:g} to {high:g}"
            raise ParseError(
                f"write a number {bounds}, or a percentage (0.5 is 50%)"
                f"{_percent_hint(value, low, high)}"
            )
        return value

    return parse


def _percent_hint(value: float | None, low: float, high: float) -> str:
    """Return a question if a number would be within bounds as a percentage."""
    is_percent = value is not None and value > high and low <= value / 100 <= high
    return f"; did you mean {value:g}%?" if is_percent else ""


def quantity(low: float, high: float, unit: str) -> Callable[[Any], float]:
    """Return a parser of numbers within bounds; the unit is for the message."""

    def parse(given: Any) -> float:
        value = None if "%" in _normalized_text(given) else _parse_number(given)
        if value is None or not low <= value <= high:
            raise ParseError(f"write a number of {unit} from {low:g} to {high:g}")
        return value

    return parse


def pixel_shape(given: Any) -> Size:
    """Parse the shape of a pixel: width to height, as `1:2`."""
    match = re.fullmatch(r"(\d{1,4})[:/x](\d{1,4})", _normalized_text(given), re.ASCII)
    width, height = map(int, match.groups()) if match else (0, 0)
    if not 0 < max(width, height) <= _MAX_PIXEL_ASPECT * min(width, height):
        raise ParseError(f"write width to height, as 1:2 or 5:6, at most 1 to {_MAX_PIXEL_ASPECT}")
    return Size(width, height)


def length_in_mm(given: Any) -> float:
    """Parse a length with its unit, or a number of millimetres; return millimetres.

    >>> length_in_mm("1in")
    25.4
    """
    # Numbers stay as they are before they are compared: whole ones may be too large for a float.
    value = given if isinstance(given, int | float) else 0.0
    if match := re.fullmatch(
        rf"({_NUMBER_PATTERN})\s*(mm|cm|in|pt)", _normalized_text(given), re.ASCII
    ):
        value = float(match[1]) * _MM_PER_UNIT[match[2]]
    if not 0 < value <= _MAX_LENGTH_MM:
        raise ParseError("write a length with its unit, above 0, as 0.5mm, 0.1cm, 0.02in or 1.5pt")
    return float(value)


def bed(given: Any) -> Size:
    """Parse the size of a machine's bed in millimetres: `400x300`.

    >>> bed("400x300mm")
    Size(width=400, height=300)
    """
    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})(?:\s*mm)?", _normalized_text(given), re.ASCII)
    if not match or "0" in (match[1].lstrip("0") or "0", match[2].lstrip("0") or "0"):
        raise ParseError("write width and height in millimetres, as 400x300")
    return Size(int(match[1]), int(match[2]))


def is_number(given: str) -> bool:
    """Return whether text is a number or a percentage."""
    return _parse_number(given) is not None


class GreyLevel(float):
    """A grey level from 0 to 255 that is parsed already: 1.0 is a level here, no fraction."""


def grey_level(given: Any) -> GreyLevel:
    """Parse a grey level, `0` to `255` or `0%` to `100%` of that; return 0 to 255.

    A number between 0 and 1 is a fraction, as the grey levels below 1 are all but black. So is
    1.0, unlike 1, which is a level.
    """
    if isinstance(given, GreyLevel):
        return given
    value = _parse_number(given)
    is_decimal = isinstance(given, float) or "." in str(given)
    is_fraction = value is not None and (0 < value < 1 or (value == 1 and is_decimal))
    if value is not None and ("%" in _normalized_text(given) or is_fraction):
        value *= 255
    if value is None or not 0 <= value <= 255:
        raise ParseError(
            "write a grey level from 0 to 255, a fraction or a percentage (0.5 or 50% is middle)"
        )
    return GreyLevel(value)


def color(given: Any) -> Color:
    """Parse a colour: a name, `#rgb`, `#rrggbb`, `rgb(r, g, b)`, or a triple of 0 to 255."""
    from PIL import ImageColor

    if isinstance(given, tuple | list):
        given = "rgb({},{},{})".format(*given) if len(given) == 3 else str(given)
    names = {"ink": "black", "paper": "white"}
    try:
        channels = ImageColor.getrgb(names.get(_normalized_text(given), str(given).strip()))
    except ValueError:
        channels = (-1, -1, -1)
    if len(channels) != 3 or not 0 <= min(channels) <= max(channels) <= 255:
        raise ParseError("write a colour name, #rgb or #rrggbb; numbers are 0 to 255")
    return channels


def alpha(given: Any) -> Alpha | Color:
    """Parse how transparency is kept, or the colour that it is flattened onto."""
    if (text := _normalized_text(given)) in Alpha.__members__.values():
        return Alpha(text)
    try:
        return color(given)
    except ParseError as error:
        raise ParseError(f"write {', '.join(Alpha)}, or a colour name, #rgb or #rrggbb") from error


def bit_depth(given: Any) -> int:
    """Parse the number of bits per pixel in a file: 1 or 8."""
    text = _normalized_text(given)
    if text in ("1", "8"):
        return int(text)
    raise ParseError("write 1 or 8, the bits a pixel takes")


class ChoiceParser(Generic[_Choice]):
    """A parser of one word of an enumeration; some words may have other spellings."""

    def __init__(self, enum: type[_Choice], aliases: Mapping[str, str]) -> None:
        self.choices = tuple(choice.value for choice in enum)  #: for the completion of shells
        self._enum = enum
        self._aliases = aliases

    def __call__(self, given: Any) -> _Choice:
        """Return the choice of that name; raise ParseError if there is none."""
        text = re.sub(r"[-_ ]", "", _normalized_text(given))
        for alias, name in self._aliases.items():
            text = text.replace(alias, name)
        if text in self.choices:
            return self._enum(text)
        raise ParseError(f"choose from {', '.join(self.choices)}")


def choice_of(enum: type[_Choice], **aliases: str) -> ChoiceParser[_Choice]:
    """Return a parser of one word of an enumeration; case, `-`, `_` and spaces do not matter."""
    return ChoiceParser(enum, aliases)


def boolean(given: Any) -> bool:
    """Return a truth value, as it is or by the words true and false."""
    if isinstance(given, str):
        given = {"true": True, "false": False}.get(_normalized_text(given))
    if given in (True, False):
        return bool(given)
    raise ParseError("write true or false")


def _parse_sides(text: str, advice: str) -> Extent:
    """Return the sides that text gives; a number alone is a width."""
    match = re.fullmatch(r"(\d{1,9})(?:x(\d{0,9}))?|x(\d{1,9})", text, re.ASCII)
    if match is None:
        raise ParseError(advice)
    width, height = (int(side) if side else None for side in (match[1], match[2] or match[3]))
    return _check_extent(Extent(width, height), advice)


def _scale_extent(scale: float) -> Extent:
    return _check_extent(Extent(scale=scale), f"a scale must be above 0 and below {_MAX_SCALE}")


def _check_extent(extent: Extent, advice: str) -> Extent:
    sides = [side for side in (extent.width, extent.height) if side is not None]
    if extent.scale is not None:
        is_valid = not sides and 0 < extent.scale < _MAX_SCALE
    else:
        is_valid = len(sides) > 0 and all(side >= 1 for side in sides)
    if not is_valid:
        raise ParseError(advice)
    return extent


def _parse_number(given: Any) -> float | None:
    text = _normalized_text(given)
    if not re.fullmatch(rf"[+-]?({_NUMBER_PATTERN})(e[+-]?\d+)?%?", text, re.ASCII):
        return None
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)


def _normalized_text(given: Any) -> str:
    if isinstance(given, tuple | list):
        return "x".join(str(part) for part in given) if len(given) > 1 else str(given)
    # Not by its name: the compiler would import `unicodedata` for it, and Ctrl-C during that import
    # would appear as a SyntaxError.
    multiplication_sign = "\u00d7"
    return str(given).strip().casefold().replace(multiplication_sign, "x")

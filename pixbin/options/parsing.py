"""Read options as people write them: sizes, numbers, percentages, colours, choices."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from pixbin.catalog.enums import Alpha
from pixbin.geometry import Extent, Size

Color = tuple[int, int, int]  #: red, green, blue, each 0..255, in sRGB

BLACK: Color = (0, 0, 0)
WHITE: Color = (255, 255, 255)

_Choice = TypeVar("_Choice", bound=StrEnum)

_MOST_SCALE = 10_000
_MOST_COUNT = 999_999_999
_MOST_LENGTH = 16  #: of a pixel, in times its width or height
_MILLIMETRES = {"mm": 1.0, "cm": 10.0, "in": 25.4, "pt": 25.4 / 72}
_MOST_MILLIMETRES = 10_000
_SIZE_ADVICE = "write 64x48, 64x, x48, 50% or 2x, each side at least 1"
_GRID_ADVICE = "write 64x48, 64x or x48, in cells, each side at least 1"
_NUMBER = r"\d+(?:\.\d*)?|\.\d+"


class WordError(ValueError):
    """A word cannot be read; the message says what would be."""


def size(word: Any) -> Extent:
    """Read `64x48`, `64x`, `x48`, `50%` or `2x`, or a pair of whole numbers."""
    if isinstance(word, Extent):
        return _checked(word, _SIZE_ADVICE)
    text = _text(word)
    if scale := re.fullmatch(rf"({_NUMBER})%", text, re.ASCII):
        return _scaled(float(scale[1]) / 100)
    # One digit or a fraction scales; anything longer before a lone x is a width.
    if scale := re.fullmatch(r"([1-9]|\d*\.\d+|\d+\.)x", text, re.ASCII):
        return _scaled(float(scale[1]))
    return _sides(text, _SIZE_ADVICE)


def grid(word: Any) -> Extent:
    """Read `64x48`, `64x` or `x48`, or a pair of whole numbers."""
    if isinstance(word, Extent):
        return _checked(word._replace(scale=None), _GRID_ADVICE)
    return _sides(_text(word), _GRID_ADVICE)


def count(least: int, most: int = _MOST_COUNT, of: str = "") -> Callable[[Any], int]:
    """Return a reader of whole numbers, of some unit."""
    bounds = f"at least {least}" if most == _MOST_COUNT and least else f"from {least} to {most}"
    advice = f"write a whole number of {of}, {bounds}" if of else f"write a whole number {bounds}"

    def read(word: Any) -> int:
        text = _text(word)
        if re.fullmatch(r"\d{1,9}", text, re.ASCII) and least <= int(text) <= most:
            return int(text)
        raise WordError(advice)

    return read


def frame(word: Any) -> int:
    """Read the number of a frame: from 1 at the beginning, or from -1 at the end."""
    text = _text(word)
    if re.fullmatch(r"-?\d{1,9}", text, re.ASCII) and int(text) != 0:
        return int(text)
    raise WordError("write a whole number, 1 for the first frame, -1 for the last")


def amount(word: Any) -> float | None:
    """Read how much: `auto` is None, `none` nought, else a number or percentage up to 1."""
    text = _text(word).lower()
    if text == "auto":
        return None
    value = 0.0 if text == "none" else _number(word)
    if value is None or not 0 <= value <= 1:
        raise WordError("write auto, none or a number from 0 to 1")
    return value


def model(word: Any) -> str:
    """Read the name or the path of a model."""
    text = os.fspath(word) if isinstance(word, str | os.PathLike) else ""
    if isinstance(text, str) and text.strip():
        return text
    raise WordError("write a model's name, or the path of its ONNX file")


def provider(word: Any) -> str:
    """Read who runs a model."""
    text = _text(word)
    if re.fullmatch(r"\w+", text, re.ASCII):
        return text
    raise WordError("write cpu, or another that your onnxruntime has, such as cuda")


def turn(word: Any) -> int:
    """Read by how many degrees to turn, clockwise."""
    text = _text(word)
    if text in ("0", "90", "180", "270", "-90"):
        return int(text) % 360
    raise WordError("write 0, 90, 180 or 270 (degrees clockwise)")


def symbol(word: Any) -> str:
    """Read a name that C and Python take."""
    text = str(word).strip()
    if re.fullmatch(r"[A-Za-z_]\w*", text, re.ASCII):
        return text
    raise WordError("write letters, digits and _, no digit in front")


def number(low: float, high: float = math.inf) -> Callable[[Any], float]:
    """Make a reader of numbers and percentages within the given bounds."""

    def read(word: Any) -> float:
        value = _number(word)
        if value is None or not low <= value <= high or math.isinf(value):
            bounds = f"at least {low:g}" if high == math.inf else f"from {low:g} to {high:g}"
            raise WordError(f"write a number {bounds}, or a percentage (0.5 is 50%)")
        return value

    return read


def measure(low: float, high: float, unit: str) -> Callable[[Any], float]:
    """Make a reader of numbers of a unit within the given bounds."""

    def read(word: Any) -> float:
        value = None if "%" in _text(word) else _number(word)
        if value is None or not low <= value <= high:
            raise WordError(f"write a number of {unit} from {low:g} to {high:g}")
        return value

    return read


def shape(word: Any) -> Size:
    """Read the shape of a pixel, its width to its height."""
    found = re.fullmatch(r"(\d{1,4})[:/x](\d{1,4})", _text(word), re.ASCII)
    width, height = map(int, found.groups()) if found else (0, 0)
    if not 0 < max(width, height) <= _MOST_LENGTH * min(width, height):
        raise WordError(f"write width to height, as 1:2 or 5:6, at most 1 to {_MOST_LENGTH}")
    return Size(width, height)


def length(word: Any) -> float:
    """Read a length on paper with its unit, or a number of millimetres; return millimetres."""
    value = float(word) if isinstance(word, int | float) else 0.0
    if found := re.fullmatch(rf"({_NUMBER})\s*(mm|cm|in|pt)", _text(word), re.ASCII):
        value = float(found[1]) * _MILLIMETRES[found[2]]
    if not 0 < value <= _MOST_MILLIMETRES:
        raise WordError("write a length with its unit, as 0.5mm, 0.1cm, 0.02in or 1.5pt")
    return value


def is_number(word: str) -> bool:
    """Tell whether a word is a number or a percentage."""
    return _number(word) is not None


def positive(word: Any) -> float:
    """Read a number or percentage above nought."""
    value = _number(word)
    if value is None or not 0 < value < math.inf:
        raise WordError("write a number above 0, or a percentage (1.5 is 150%)")
    return value


def level(word: Any) -> float:
    """Read a grey level, `0` to `255` or `0%` to `100%` of that."""
    value = _number(word)
    if value is not None and "%" in _text(word):
        value *= 255
    elif value is not None and 0 < value < 1:
        value = None  # next to black, and sure to be meant as a share
    if value is None or not 0 <= value <= 255:
        raise WordError("write a grey level from 0 to 255, or a percentage (50% is the middle)")
    return value


def color(word: Any) -> Color:
    """Read a colour: a name, `#rgb`, `#rrggbb`, `rgb(r, g, b)`, or a triple of 0..255."""
    from PIL import ImageColor

    if isinstance(word, tuple | list):
        word = "rgb({},{},{})".format(*word) if len(word) == 3 else str(word)
    names = {"ink": "black", "paper": "white"}
    try:
        channels = ImageColor.getrgb(names.get(_text(word), str(word).strip()))
    except ValueError:
        channels = (-1, -1, -1)
    if len(channels) != 3 or not 0 <= min(channels) <= max(channels) <= 255:
        raise WordError("write a colour name, #rgb or #rrggbb")
    return channels


def alpha(word: Any) -> Alpha | Color:
    """Read how transparency is kept, or the colour it is laid on."""
    if (text := _text(word)) in Alpha.__members__.values():
        return Alpha(text)
    try:
        return color(word)
    except WordError as error:
        raise WordError(f"write {', '.join(Alpha)}, or a colour name, #rgb or #rrggbb") from error


def depth(word: Any) -> int:
    """Read how many bits a pixel takes in a file."""
    text = _text(word)
    if text in ("1", "8"):
        return int(text)
    raise WordError("write 1 or 8, the bits a pixel takes")


def choice(choices: type[_Choice], **also: str) -> Callable[[Any], _Choice]:
    """Make a reader of one of a few words, some known by other names."""

    def read(word: Any) -> _Choice:
        text = re.sub(r"[-_ ]", "", _text(word))
        for other, usual in also.items():
            text = text.replace(other, usual)
        if text in choices.__members__.values():
            return choices(text)
        raise WordError(f"choose from {', '.join(choices)}")

    return read


def yes_or_no(word: Any) -> bool:
    """Take a truth value as it is."""
    if word in (True, False):
        return bool(word)
    raise WordError("give true or false")


def _sides(text: str, advice: str) -> Extent:
    if not re.fullmatch(r"\d{1,9}x\d{0,9}|x\d{1,9}", text, re.ASCII):
        raise WordError(advice)
    width, height = (int(side) if side else None for side in text.split("x"))
    return _checked(Extent(width, height), advice)


def _scaled(scale: float) -> Extent:
    return _checked(Extent(scale=scale), f"a scale must be above 0 and below {_MOST_SCALE}")


def _checked(extent: Extent, advice: str) -> Extent:
    sides = [side for side in (extent.width, extent.height) if side is not None]
    if extent.scale is not None:
        sound = not sides and 0 < extent.scale < _MOST_SCALE
    else:
        sound = len(sides) > 0 and all(side >= 1 for side in sides)
    if not sound:
        raise WordError(advice)
    return extent


def _number(word: Any) -> float | None:
    text = _text(word)
    if not re.fullmatch(rf"[+-]?({_NUMBER})(e[+-]?\d+)?%?", text, re.ASCII):
        return None
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)


def _text(word: Any) -> str:
    if isinstance(word, tuple | list):
        return "x".join(str(part) for part in word)
    return str(word).strip().casefold().replace("\N{MULTIPLICATION SIGN}", "x")

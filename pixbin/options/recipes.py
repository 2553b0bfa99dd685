"""Recipes: the options of a picture as JSON, in a file of its own or in the text of a PNG.

A recipe has the names and values of a preset, and the version of pixbin that wrote it:
`{"pixbin": "0.1.0", "size": "64x64", "method": "atkinson"}`. `--preset` reads it.
"""

from __future__ import annotations

import dataclasses
import io
import json
import math
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Any, BinaryIO, NoReturn

from pixbin.catalog import limits
from pixbin.catalog.devices import Device
from pixbin.errors import InputError, UsageError
from pixbin.geometry import Extent, Region, Size
from pixbin.options import SPECS, Options, custom_matrix, png_pictures
from pixbin.version import __version__

VERSION_KEY = "pixbin"  #: has the version; no option has this name
KEYWORD = "pixbin"  #: of the text in a PNG
MAX_BYTES = 4 << 20  #: of a recipe

#: Options that no recipe has: they change no picture, or say whether there is a recipe.
_LEFT_OUT = frozenset({"embed_recipe", "threads", *limits.OPTION_NAMES})
_OTHER_FOLDER = "names a file in another folder; name it on the command line"
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_FULL_LEVEL = 255  #: white, for thresholds

Settings = dict[str, Any]  #: values for JSON by the names of options


def from_options(options: Options) -> Settings:
    """Return the settings that make these options again; those with the default are left out.

    A matrix is written out. Of a mask, and of a model's own file, only the name is kept, because
    the path says something on the user's machine.

    Raises
    ------
    UsageError
        An option has a value that no text gives again.

    Examples
    --------
    >>> from_options(Options.of(size="64x", contrast="20%", ink="navy"))
    {'size': '64', 'method': 'floyd-steinberg', 'contrast': 0.2, 'ink': '#000080'}
    """
    settings: Settings = {}
    for field in dataclasses.fields(options):
        value = getattr(options, field.name)
        if field.name not in _LEFT_OUT and value != field.default:
            write = _WRITERS.get(field.name, _write_value)
            settings[field.name] = write(value)
    _check_gives_again(options, settings)
    return settings


def _check_gives_again(options: Options, settings: Settings) -> None:
    """Raise UsageError if a setting gives another value than the options have."""
    again = Options.of(**settings | ({"mask": options.mask} if options.mask else {}))
    for name in SPECS.keys() - _LEFT_OUT - {"model"}:
        if getattr(again, name) != getattr(options, name):
            raise UsageError(f"{name}: a recipe cannot hold this value; leave out --embed-recipe")


def to_json(settings: Mapping[str, Any], version: object = __version__) -> str:
    """Return a recipe as text, which is ASCII and ends with a line feed."""
    return json.dumps({VERSION_KEY: version, **settings}, indent=2) + "\n"


def parse(text: str | bytes, label: str) -> Settings:
    """Return the settings of a recipe, with its version; `label` names it in messages.

    Raises
    ------
    UsageError
        It is not JSON, or no object.
    """
    advice = 'write {"size": "64x64"}'
    try:
        content = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise UsageError(f"{label}: too many brackets in one another; {advice}") from error
    except ValueError as error:
        raise UsageError(f"{label}: not JSON ({error}); {advice}") from error
    if not isinstance(content, dict):
        raise UsageError(f'{label}: no object of settings; write {{"size": "64x64"}}')
    return content


def _refuse_constant(name: str) -> NoReturn:
    """Refuse a number that Python's reader takes, and JSON has not."""
    raise ValueError(f"{name} is no number of JSON")


def from_picture(data: bytes, label: str) -> Settings:
    """Return the recipe in the content of a PNG, with its version; `label` names it in messages.

    Raises
    ------
    InputError
        It is no PNG, is damaged, or has no recipe.
    UsageError
        The recipe is not JSON, or no object.
    """
    try:
        text = read_png(io.BytesIO(data))
    except OSError as error:
        if data.startswith(_PNG_SIGNATURE):
            raise InputError.damaged(label, "not a whole PNG") from error
        is_json = data.lstrip().startswith(b"{")
        advice = "--preset reads a recipe in JSON" if is_json else "only PNG and APNG hold a recipe"
        raise InputError(f"{label}: no PNG; {advice}") from error
    if text is None:
        raise InputError(f"{label}: has no recipe; --embed-recipe of convert writes one")
    return parse(text, label)


def read_png(source: Path | BinaryIO) -> str | None:
    """Return the recipe in the text of a PNG; None if it has none.

    Raises
    ------
    OSError
        The file cannot be read, or is no PNG.
    """
    with png_pictures.open_png(source) as image:
        text = image.info.get(KEYWORD)
        if text is None:  # other programs write texts after the pixels
            image.load()
            text = image.info.get(KEYWORD)
    return text if isinstance(text, str) and len(text) <= MAX_BYTES else None


def check_names_no_folder(settings: Mapping[str, Any], label: str) -> None:
    """Refuse the recipe of a picture that names a file in another folder.

    Pictures come from anywhere, and must not choose what is read on this machine.

    Raises
    ------
    UsageError
        A setting is a path.
    """
    for name, value in settings.items():
        if name in limits.OPTION_NAMES:
            raise UsageError(f"{label}: {name}: a limit; give it on the command line")
        is_text = isinstance(value, str) and not value.lstrip().startswith(("{", "["))
        if name in SPECS and SPECS[name].is_path and is_text and _last_name(value) != value:
            raise UsageError(f"{label}: {name} {value[:60]}: {_OTHER_FOLDER}")


def _last_name(path: str) -> str:
    """Return the name of a file without its folder, as any system writes paths."""
    return PureWindowsPath(PurePosixPath(path).name).name


def _write_value(value: Any) -> Any:
    """Return the value of an option as text, a number or a truth value."""
    match value:
        case Enum():
            return value.value
        case Extent():
            return _write_extent(value)
        case Size():
            return f"{value.width}x{value.height}"
        case Region():
            return ",".join(map(repr, value))
        case Device():
            return value.name
        case (int(red), int(green), int(blue)):
            return f"#{red:02x}{green:02x}{blue:02x}"
        case float() if value.is_integer():
            return int(value)
        case bool() | int() | float() | str():
            return value
    return str(value)


def _write_extent(extent: Extent) -> str:
    """Return a size; a width alone has no `x`, because `2x` is a factor."""
    if extent.scale is not None:
        return f"{_plain_decimal(extent.scale)}x"
    if extent.height is None:
        return str(extent.width)
    return f"{extent.width or ''}x{extent.height}"


def _plain_decimal(number: float) -> str:
    """Return a number with a point and without an exponent."""
    from decimal import Decimal

    text = format(Decimal(repr(number)), "f")
    return text if "." in text else f"{text}.0"


def _write_threshold(level: float) -> int | float:
    """Return a grey level; those below 1 are fractions of white, and 1 is a whole number."""
    if level.is_integer():
        return int(level)
    if level > 1:
        return level
    share = level / _FULL_LEVEL
    nearest = (share, math.nextafter(share, 0), math.nextafter(share, 1))
    return next((each for each in nearest if each * _FULL_LEVEL == level), share)


def _write_name(file: object) -> str:
    return PurePath(str(file)).name


_WRITERS: dict[str, Callable[[Any], Any]] = {
    "matrix": custom_matrix.to_value,
    "model": _write_name,
    "mask": _write_name,
    "threshold": _write_threshold,
}  #: for options whose values need more than their type

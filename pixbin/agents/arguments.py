"""The arguments of a call: words of the tool, and options by their names."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from pixbin.errors import UsageError, shortened, suggestion
from pixbin.options import SPECS

_ADVICE = "the tool `docs` has the page `options`"
_KINDS: dict[type, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    list: "a list",
    dict: "an object",
}
_MAX_LIST_LENGTH = 100
_COLOR_METAVAR = "COLOUR"  #: of options that take a colour
_MAX_LEVEL = 255  #: of red, green or blue
_SOURCE_NAMES = ("file", "filename", "image", "input", "path", "picture")  #: likely mistakes


class CallArguments(NamedTuple):
    """The arguments of one call."""

    words: Mapping[str, Any]  #: of the tool itself
    options: Mapping[str, str | bool]  #: of the conversion, as text, or true and false

    def text(self, name: str) -> str | None:
        """Return a word that is text; None if it is not given."""
        text: str | None = self._of_type(name, str)
        return text

    def required_text(self, name: str) -> str:
        """Return a word that must be given.

        Raises
        ------
        UsageError
            It is not, or is no text.
        """
        text = self.text(name)
        if not text:
            raise UsageError(f"{name}: missing; give a text")
        return text

    def flag(self, name: str) -> bool:
        """Return a word that is true or false; False if it is not given."""
        return bool(self._of_type(name, bool))

    def number(self, name: str) -> int | None:
        """Return a word that is a whole number above 0; None if it is not given."""
        number: int | None = self._of_type(name, int)
        if isinstance(number, bool) or (number is not None and number < 1):
            raise UsageError(f"{name}: write a whole number, at least 1")
        return number

    def texts(self, name: str) -> list[str]:
        """Return a word that is a text or a list of texts; empty if it is not given."""
        given = self.words.get(name)
        texts = [given] if isinstance(given, str) else self._of_type(name, list) or []
        if not all(isinstance(each, str) for each in texts):
            raise UsageError(f"{name}: write a list of texts")
        return [*texts]

    def value_lists(self, name: str) -> dict[str, list[str | bool]]:
        """Return a word that has lists of values by the names of options."""
        lists: Mapping[Any, Any] = self._of_type(name, dict) or {}
        if not all(isinstance(values, list) for values in lists.values()):
            raise UsageError(f'{name}: write lists by option, as {{"contrast": [0, 0.5]}}')
        return {
            _option_name(str(option)): [option_value(str(option), value) for value in values]
            for option, values in lists.items()
        }

    def _of_type(self, name: str, kind: type) -> Any:
        given = self.words.get(name)
        if given is not None and not isinstance(given, kind):
            raise UsageError(f"{name}: write {_KINDS[kind]}")
        if isinstance(given, list) and len(given) > _MAX_LIST_LENGTH:
            raise UsageError(f"{name}: too many; at most {_MAX_LIST_LENGTH}")
        return given


def divide(
    arguments: Mapping[str, Any], words: Collection[str], options: Collection[str]
) -> CallArguments:
    """Return the arguments of a call, in which None stands for what is not given.

    Parameters
    ----------
    arguments : mapping
    words : the names that the tool itself takes
    options : the names of options that it takes as well

    Raises
    ------
    UsageError
        A name is unknown, or a value is no value of an option.
    """
    own: dict[str, Any] = {}
    given: dict[str, str | bool] = {}
    for key, value in arguments.items():
        if value is None:
            continue
        name = _option_name(key)
        if name in words:
            own[name] = value
        elif name in options:
            given[name] = option_value(name, value)
        else:
            name = "source" if name in _SOURCE_NAMES and "source" in words else name
            known = {each: each for each in (*words, *options)}
            advice = _ADVICE if options else f"this tool takes {', '.join(words) or 'none'}"
            raise UsageError(f"{key[:40]}: no such argument; {suggestion(name, known, advice)}")
    return CallArguments(own, given)


def option_value(name: str, value: object) -> str | bool:
    """Return the value of an option as text, or as it is if it is true or false.

    >>> option_value("size", [64, 48]), option_value("contrast", 0.2)
    ('64x48', '0.2')
    >>> option_value("ink", [255, 0, 16]), option_value("edges", True)
    ('#ff0010', '50%')
    """
    spec = SPECS.get(name)
    if value is True and spec is not None and spec.flag_value is not None:
        return spec.flag_value
    if isinstance(value, str | bool):
        return value
    if isinstance(value, int | float):
        return str(value)
    if name == "matrix":
        return json.dumps(value)
    if isinstance(value, list) and all(isinstance(each, int | float) for each in value):
        metavar = "" if spec is None else spec.metavar
        if metavar == _COLOR_METAVAR and all(_is_color_level(each) for each in value):
            return "#" + "".join(f"{each:02x}" for each in value)
        return ("," if "," in metavar else "x").join(map(str, value))
    raise UsageError(f"{shortened(name)}: write text, a number, or true or false")


def _is_color_level(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_LEVEL


def _option_name(key: str) -> str:
    """Return the name of an option, which clients also write as on the command line."""
    return key.lstrip("-").replace("-", "_")

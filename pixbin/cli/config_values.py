"""Values of configurations, as the options of `pixbin train` give them."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

from pixbin.errors import UsageError

_ConfigT = TypeVar("_ConfigT")


def apply_overrides(config: _ConfigT, text: str) -> _ConfigT:
    """Return a configuration with some numbers changed.

    Parameters
    ----------
    config : dataclass instance
    text : str
        `name=number,...`; names are those of fields of the type int or float.

    Raises
    ------
    UsageError
        A name is not known, or a value is not a number.
    """
    return dataclasses.replace(config, **numbers_in(config, text))  # type: ignore[type-var]


def numbers_in(config: object, text: str) -> dict[str, Any]:
    """Return the numbers in `name=number,...`, by names of numeric fields of a configuration."""
    types = {
        field.name: type(getattr(config, field.name))
        for field in dataclasses.fields(config)  # type: ignore[arg-type]
    }
    numeric = {name: kind for name, kind in types.items() if kind in (int, float)}
    changes: dict[str, Any] = {}
    for word in filter(None, text.split(",")):
        name, _, number = word.partition("=")
        kind = numeric.get(name.strip())
        if kind is None:
            raise UsageError(f"{word}: no such setting; there are {', '.join(numeric)}")
        try:
            changes[name.strip()] = kind(number)
        except ValueError as error:
            raise UsageError(f"{word}: not a number; write {name}=0.5") from error
    return changes


def parse_integers(text: str) -> tuple[int, ...]:
    """Return the numbers in `16,32,48`.

    Raises
    ------
    UsageError
        A part is not a whole number above 0.
    """
    words = text.split(",")
    if not all(word.strip().isdecimal() and int(word) > 0 for word in words):
        raise UsageError(f"{text}: not whole numbers; write them as 16,32,48")
    return tuple(map(int, words))


def parse_binarizer(word: str, choices: list[Any]) -> Any:
    """Return the member of an enumeration with the given value.

    Raises
    ------
    UsageError
        None of the choices has it.
    """
    if word not in choices:
        raise UsageError(f"--binarizer {word}: no such one; choose {' or '.join(choices)}")
    return type(choices[0])(word)

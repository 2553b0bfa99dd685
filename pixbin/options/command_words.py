"""The words of a command line for values of options, as a person would type them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pixbin.files import STDIO
from pixbin.options import SPECS


def flag_words(name: str, value: Any, *, is_long: bool = False) -> list[str]:
    """Return the words that give one option a value on the command line.

    Parameters
    ----------
    name : name of an option
    value : text, or a value as TOML has it
    is_long : bool
        Whether to write `--method`, not `-m`.

    Examples
    --------
    >>> flag_words("method", "atkinson"), flag_words("serpentine", False)
    (['-m', 'atkinson'], ['--no-serpentine'])
    >>> flag_words("contrast", "-20%")
    ['--contrast=-20%']
    """
    long_flag = f"--{name.replace('_', '-')}"
    if isinstance(value, bool):
        return [long_flag if value else f"--no-{long_flag[2:]}"]
    text = _value_text(value)
    if text.startswith("-") and text != STDIO:
        return [f"{long_flag}={text}"]
    flags = SPECS[name].flags or (long_flag,)
    return [max(flags, key=len) if is_long else min(flags, key=len), text]


def settings_words(settings: Mapping[str, Any]) -> list[str]:
    """Return the words of several options by name, in the order of the mapping."""
    return [word for name, value in settings.items() for word in flag_words(name, value)]


def _value_text(value: Any) -> str:
    if isinstance(value, float):
        short = f"{value:g}"
        return short if float(short) == value else repr(value)
    if isinstance(value, tuple):  # a matrix that was read from stdin
        return STDIO
    return json.dumps(value) if isinstance(value, dict | list) else str(value)

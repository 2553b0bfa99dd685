"""The direct way to `convert`: a correct command line, read by the tables, without Typer.

Typer takes as long to start as a small picture to convert. So the words that it would accept are
read here. Help, completion, tracebacks and every error are left to Typer, which reads the same
tables. A test proves that both read a line alike.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from pixbin.cli import calls, console, failures, flag_table
from pixbin.cli.convert import FLAGS, convert
from pixbin.cli.flag_table import DEBUG, PRESET, Argument, Flag
from pixbin.errors import ExitCode
from pixbin.options import SPECS

#: the value of a flag that takes the next word
_NEXT_WORD = object()
#: letters of words that Typer replaces on Windows, where shells do not
_EXPANDED_LETTERS = {*"*?[~$%"}


def run(words: Sequence[str]) -> ExitCode | None:
    """Convert, and return the exit code; None, and nothing is done, if Typer has to read the line.

    Parameters
    ----------
    words : the words after `convert`
    """
    if os.name == "nt" and _EXPANDED_LETTERS & {*"".join(words)}:
        return None
    given = parse(words)
    if given is None or given["timeout"] or given["max_memory"]:  # Typer's exits end that process
        return None
    try:
        values = {name: given.pop(name) for name in SPECS}
        names = {"source": given["source"], "output": given["output"] or given["target"]}
        calls.call_conversion(convert, values, given, has_settings=True)
        console.flush_stdout()
    except BaseException as error:  # noqa: BLE001 - every error becomes a line and a code
        return failures.report(error, names if given["as_json"] else None)
    return ExitCode.OK


def parse(words: Sequence[str]) -> dict[str, Any] | None:
    """Return the value of every parameter of `convert`; None if Typer has to read the words.

    >>> parse(["photo.jpg", "icon.png", "-s64x48", "--invert"])["size"]
    '64x48'
    >>> parse(["photo.jpg", "icon.png", "--help"]) is None
    True
    """
    flags, values = _flag_values(), _defaults()
    names: list[str] = []
    rest = iter(flag_table.insert_flag_values([*words]))
    for word in rest:
        if word == "--":
            names += rest
        elif word == "-" or not word.startswith("-"):
            names.append(word)
        else:
            spelling, value = _split(word)
            name, meaning = flags.get(spelling, ("", None))
            if meaning is _NEXT_WORD:
                value = next(rest, None) if value is None else value
            elif value is None:
                value = meaning
            else:
                return None
            if value is None:
                return None
            values[name] = value
    arguments = [row.name for row in FLAGS if isinstance(row, Argument)]
    if not 1 <= len(names) <= len(arguments):
        return None
    return values | dict(zip(arguments, names, strict=False))


def _split(word: str) -> tuple[str, str | None]:
    """Return a flag and the value that is in the same word: `--size=64` or `-s64`."""
    if word.startswith("--"):
        spelling, equals, value = word.partition("=")
        return spelling, value if equals else None
    return word[:2], word[2:] or None


def _flag_values() -> dict[str, tuple[str, Any]]:
    """Return the parameter of every flag, and the value that it gives to it."""
    own = [row for row in (*FLAGS, PRESET) if isinstance(row, Flag) and row is not DEBUG]
    flags: dict[str, tuple[str, Any]] = {
        spelling: (row.name, True if row.metavar is None else _NEXT_WORD)
        for row in own
        for spelling in row.spellings
    }
    more = flag_table.more_spellings([row.name for row in own])
    for name in SPECS:
        is_switch = flag_table.is_switch(name)
        for spelling in (*flag_table.spellings_of_option(name), *more.get(name, ())):
            flags[spelling] = (name, True if is_switch else _NEXT_WORD)
        if is_switch:
            flags[flag_table.negative_flag(name)] = (name, False)
    return flags


def _defaults() -> dict[str, Any]:
    """Return the value of every parameter if it is not given."""
    own = {row.name: row.default if isinstance(row, Flag) else None for row in (*FLAGS, PRESET)}
    return {**dict.fromkeys(SPECS), **own}

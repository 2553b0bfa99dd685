"""Words that a shell offers for the value of an option, from the tables of the catalog."""

import os
from collections.abc import Callable, Iterable

from pixbin.catalog.devices import DEVICES
from pixbin.catalog.formats import Format
from pixbin.catalog.methods import AUTO, Method
from pixbin.options import SPECS

Completions = list[tuple[str, str]]  #: words with their help
Completer = Callable[[str], Completions]

#: set by the shell script that asks for completions; other starts do not load the tables
IS_COMPLETING = "_PIXBIN_COMPLETE" in os.environ


def methods(incomplete: str) -> Completions:
    """Return the methods whose name or, failing that, an alias begins with the text."""
    return _by_name(
        ((row.value, row.aliases, row.advice) for row in (*Method, Method(AUTO))), incomplete
    )


def devices(incomplete: str) -> Completions:
    """Return the devices whose name or, failing that, an alias begins with the text."""
    rows = ((row.name, row.aliases, f"{row.kind}, {row.size_text}") for row in DEVICES)
    return _by_name(rows, incomplete)


def models(incomplete: str) -> Completions:
    """Return the names of the shipped models that begin with the text."""
    from pixbin.neural.model_card import shipped_models

    return _matching(shipped_models(), incomplete)


def presets(incomplete: str) -> Completions:
    """Return the names of the presets that begin with the text."""
    from pixbin.errors import UsageError
    from pixbin.options.presets import NO_PRESET, preset_names

    try:
        names = preset_names()
    except UsageError:  # pixbin.toml is not valid, which the command itself will report
        names = []
    return _matching([*names, NO_PRESET], incomplete)


def formats(incomplete: str) -> Completions:
    """Return the output formats that begin with the text."""
    return _matching(Format, incomplete)


def method_list(incomplete: str) -> Completions:
    """Return completions of the last method in a list with commas."""
    before, comma, last = incomplete.rpartition(",")
    return [(f"{before}{comma}{name}", help_text) for name, help_text in methods(last)]


def variations(incomplete: str) -> Completions:
    """Return completions of `NAME=VALUE,...`: names of options, then values of the option."""
    name, equals, values = incomplete.partition("=")
    if not equals:
        return [(f"{each}=", spec.help) for each, spec in SPECS.items() if each.startswith(name)]
    before, comma, last = values.rpartition(",")
    complete = of_option(name) if name in SPECS else None
    return [
        (f"{name}={before}{comma}{word}", text)
        for word, text in (complete(last) if complete else [])
    ]


def words(choices: Iterable[str]) -> Completer:
    """Return a completer for some words."""

    def complete(incomplete: str) -> Completions:
        return _matching(choices, incomplete)

    return complete


def of_option(name: str) -> Completer | None:
    """Return the completer for an option; None leaves it to the shell, which offers files."""
    by_table = {"method": methods, "device": devices, "model": models}
    by_table |= {"method_inside": methods, "method_outside": methods}
    choices = SPECS[name].choices
    return by_table.get(name) or (words(choices) if choices else None)


def _by_name(rows: Iterable[tuple[str, tuple[str, ...], str]], incomplete: str) -> Completions:
    table = [*rows]
    names = [(name, text) for name, _, text in table if name.startswith(incomplete)]
    return names or [
        (alias, f"as {name}")
        for name, aliases, _ in table
        for alias in aliases
        if alias.startswith(incomplete)
    ]


def _matching(choices: Iterable[str], incomplete: str) -> Completions:
    return [(str(word), "") for word in choices if str(word).startswith(incomplete)]

"""The call of a command that converts, with options made from the values that were given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pixbin.cli import console
from pixbin.errors import UsageError
from pixbin.files import STDIO
from pixbin.options import presets, project_file
from pixbin.options.specification import EXTRA_SETTINGS


def call_conversion(
    command: Callable[..., None],
    values: Mapping[str, Any],
    given: Mapping[str, Any],
    *,
    has_settings: bool,
) -> None:
    """Call a command with the options that command line, preset and `pixbin.toml` give together.

    Parameters
    ----------
    command : callable
    values : the value of each option of a conversion; None is not given
    given : the command's own parameters, and `preset`
    has_settings : whether the command takes the settings with their origins, too

    Raises
    ------
    UsageError
        A setting cannot be parsed, or two contradict.
    """
    own = {name: value for name, value in given.items() if name != "preset"}
    preset = given["preset"]
    extras = [name for name in EXTRA_SETTINGS if name in own]
    _check_stdin_used_once(values["matrix"], own)
    settings = presets.merge({**values, **{name: own[name] for name in extras}}, preset)
    if preset != presets.NO_PRESET and not own.get("quiet"):
        for note in project_file.notes():
            console.print_stderr(note)
    own |= {name: settings[name].value for name in extras if name in settings}
    if has_settings:
        own["settings"] = settings
    command(options=presets.to_options(settings), **own)


def _check_stdin_used_once(matrix: str | None, own: Mapping[str, Any]) -> None:
    sources = own.get("sources") or (own.get("source"),)
    users = {"picture": STDIO if STDIO in sources else None, "list": own.get("files0")}
    if "input_size" in own:
        users["film"] = STDIO
    for user, name in users.items():
        if matrix == name == STDIO:
            raise UsageError(f"stdin cannot be both {user} and matrix; name a file for one of them")

"""The manual page `pixbin.1`, made from the tables of the catalog and of options.

`python -m pixbin.cli.man_page FILE` writes it; `make man` writes the copy in docs/.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import typer

import pixbin
from pixbin.catalog.devices import DEVICES
from pixbin.catalog.formats import Format
from pixbin.catalog.methods import Method
from pixbin.errors import ExitCode
from pixbin.options import SPECS, project_file

_DATE = "2026-11-28"  #: of the last release that changed the page
_ENVIRONMENT = {
    "PIXBIN_CONFIG_DIR": "Folder with the folder of presets, instead of the user's usual one.",
    "PIXBIN_CACHE_DIR": "Folder for compiled code, instead of the user's usual one.",
    "PIXBIN_DEBUG": "1 starts and ends the program in the ordinary way, for profilers.",
    "NO_COLOR": "If set, show uses no colours.",
}
_FILES = {
    project_file.NAME: "Settings of a project, in the working folder or a folder above it.",
    "~/.config/pixbin/presets": "Presets by name, one TOML file each (on Linux).",
}
_EXAMPLES = (
    "pixbin convert photo.jpg icon.png --size 64x64",
    "pixbin convert photo.jpg art.svg --grid 96x -m ink",
    "pixbin convert scan.png page.pbm --block 1 -m sauvola",
    "pixbin convert photo.jpg screen.h --device ssd1306-128x64",
    "pixbin batch photos small --size 64x64",
    "pixbin verify icon.png --size 64x64",
)


def man_page() -> str:
    """Return the manual page as roff source."""
    root, commands = _commands()
    summary, description = (root.help or "").split("\n\n", 1)
    sections = {
        "NAME": [f"pixbin \\- {_roff(_lower_first(summary.rstrip('.')))}"],
        "SYNOPSIS": [".B pixbin", ".I COMMAND", "[OPTIONS] [ARGUMENTS]"],
        "DESCRIPTION": [_roff(f"{summary} {description}")],
        "COMMANDS": [line for item in commands.items() for line in _command_lines(*item)],
        "CONVERSION OPTIONS": [*_option_lines(commands["convert"])],
        "METHODS": [*_items((method.value, method.advice) for method in Method)],
        "FORMATS": [_roff(", ".join(Format))],
        "DEVICES": [_roff(", ".join(device.name for device in DEVICES))],
        "EXIT STATUS": [*_items((str(code.value), code.meaning) for code in ExitCode)],
        "ENVIRONMENT": [*_items(_ENVIRONMENT.items())],
        "FILES": [*_items(_FILES.items())],
        "EXAMPLES": [".nf", *map(_roff, _EXAMPLES), ".fi"],
    }
    lines = [f'.TH PIXBIN 1 "{_DATE}" "pixbin {pixbin.__version__}" "User Commands"']
    for heading, body in sections.items():
        lines += [f'.SH "{heading}"', *body]
    return "\n".join(lines) + "\n"


def _commands() -> tuple[Any, dict[str, Any]]:
    """Return the app, and every command by its words."""
    from pixbin.cli.app import app, load_command
    from pixbin.cli.commands import HELP

    root: Any = typer.main.get_command(app)
    commands: dict[str, Any] = {}
    for name in HELP:
        command = load_command(name)
        inner = getattr(command, "commands", None) or {}
        commands |= {f"{name} {word}": inner[word] for word in inner} or {name: command}
    return root, commands


def _command_lines(name: str, command: Any) -> Iterator[str]:
    """Yield the usage of a command, its help, and the options that are its own."""
    arguments = [each.metavar for each in command.params if each.param_type_name == "argument"]
    yield f'.SS "{_roff(" ".join(["pixbin", name, *arguments]))}"'
    text = (command.help or "").split("\f")[0]
    if "method" in {parameter.name for parameter in command.params}:
        text += "\n\nIt also takes conversion options."
    paragraphs = (_roff(" ".join(part.split())) for part in text.strip().split("\n\n"))
    yield "\n.PP\n".join(paragraphs)
    own = (each for each in command.params if each.name not in SPECS or name == "decode")
    yield from _items(map(_option_item, filter(_is_listed, own)))


def _option_lines(command: Any) -> Iterator[str]:
    """Yield the options of a conversion, a heading for each panel."""
    panels: dict[str, list[Any]] = {}
    for parameter in command.params:
        if parameter.name in SPECS:
            panels.setdefault(str(parameter.rich_help_panel), []).append(parameter)
    for panel, parameters in panels.items():
        yield f'.SS "{_roff(panel)}"'
        yield from _items(map(_option_item, parameters))


def _is_listed(parameter: Any) -> bool:
    return parameter.param_type_name == "option" and not parameter.hidden


def _option_item(parameter: Any) -> tuple[str, str]:
    flags = ", ".join(sorted([*parameter.opts, *parameter.secondary_opts], key=len))
    value = "" if parameter.is_flag else f" {parameter.metavar}"
    return f"{flags}{value}", parameter.help or ""


def _items(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield a list of terms in bold, each with its text."""
    for term, text in rows:
        yield from (".TP", f".B {_roff(term)}", _roff(text))


def _roff(text: str) -> str:
    r"""Return text in which nothing is a command of roff, and each `-` is a hyphen to copy.

    >>> print(_roff("--fit NAME"))
    \-\-fit NAME
    """
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(man_page(), "utf-8")

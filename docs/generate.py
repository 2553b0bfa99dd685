"""Write the tables of the documentation from the code, as parts that pages include.

`python docs/generate.py FOLDER` writes them; the site's build does so by itself.
"""

from __future__ import annotations

import dataclasses
import json
import re
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pixbin
from pixbin.catalog import media
from pixbin.catalog.formats import Format
from pixbin.cli.app import load_command
from pixbin.cli.commands import HELP
from pixbin.errors import ExitCode

ROOT = Path(__file__).parents[1]
GALLERY = ROOT / "examples" / "gallery.py"


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table in Markdown."""
    titles = list(head)
    lines = [titles, ["---"] * len(titles), *([_cell(word) for word in row] for row in rows)]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines) + "\n"


def _cell(word: object) -> str:
    return str(word).replace("|", "\\|").replace("\n", " ").strip()


def _code(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _listing(command: str) -> list[dict[str, Any]]:
    """Return the rows that `pixbin COMMAND --json` prints."""
    line = [sys.executable, "-m", "pixbin", command, "--json"]
    output = subprocess.run(line, check=True, capture_output=True).stdout
    rows: list[dict[str, Any]] = json.loads(output)
    return rows


def methods() -> str:
    """Return the table of methods, with the paper that each comes from."""
    rows = (
        (f"`{row['name']}`", _code(row["aliases"]), row["advice"], row["source"])
        for row in _listing("methods")
    )
    return _table(("Method", "Other names", "Use it for", "Source"), rows)


def devices() -> str:
    """Return a table of devices for each kind of device."""
    kinds: dict[str, list[dict[str, Any]]] = {}
    for row in _listing("devices"):
        kinds.setdefault(row["kind"], []).append(row)
    parts = []
    for kind, rows in kinds.items():
        table = _table(
            ("Device", "Size", "Format", "Bytes", "Notes and source"), map(_device, rows)
        )
        parts.append(f"## {kind[0].upper()}{kind[1:]}\n\n{table}")
    return "\n".join(parts)


def media_table() -> str:
    """Return the table of media, with the sources of their values."""
    rows = (
        (
            _code([medium.name, *medium.aliases]),
            f"{medium.dot_gain:.1%}".replace(".0", ""),
            f"{medium.min_dot:g} mm" if medium.min_dot else "",
            ("" if medium.confirmed else "**Not confirmed.** ")
            + f"{medium.source[0].upper()}{medium.source[1:]}.",
        )
        for medium in media.MEDIA
    )
    return _table(("Medium", "Gain at half ink", "Smallest dot and gap", "Source"), rows)


def _device(row: dict[str, Any]) -> tuple[str, ...]:
    names = _code([row["name"], *row["aliases"]])
    packing = [row["layout"], row["bit_order"], row["polarity"]]
    if "stride" in row:
        packing.append(f"stride {row['stride']}")
    if row["rotate"] != "0":
        packing.append(f"rotate {row['rotate']}")
    doubt = "" if row["confirmed"] else "**Not confirmed.** "
    notes = f"{doubt}{row['note']} Source: {row['source']}".strip()
    return names, row["size"], f"`{row['format']}`", ", ".join(packing), notes


def models() -> str:
    """Return the table of the models that pixbin ships."""
    rows = (
        (f"`{row['name']}`", row["version"], row["times"], row["colour"], row["licence"])
        for row in _listing("models")
    )
    head = ("Model", "Version", "Input values along a cell", "Colour", "Licence")
    return _table(head, rows)


def options() -> str:
    """Return a table of the options of a conversion for each group of them."""
    fields = {field.name for field in dataclasses.fields(pixbin.Options)}
    panels: dict[str, list[tuple[str, str, str]]] = {}
    for parameter in commands()["convert"].params:
        if parameter.name in fields:
            row = _command_option(parameter)
            panels.setdefault(str(parameter.rich_help_panel), []).append(row)
    parts = (
        f"## {panel}\n\n{_table(('Option', 'Value', 'Meaning'), rows)}"
        for panel, rows in panels.items()
    )
    return "\n".join(parts)


def formats() -> str:
    """Return the table of output formats and of what each can hold."""
    rows = []
    for each in Format:
        traits = each.traits
        holds = {
            "colours": traits.has_colors,
            "transparency": traits.has_opacity,
            "animations": traits.has_frames,
            "animations with `--frames`": traits.has_frame_array,
            "8 bits a pixel": traits.supports_8bit,
            "recipes": traits.has_recipe,
        }
        takes = sorted(f"--{name.replace('_', '-')}" for name in traits.packing_options)
        can = ", ".join(name for name, able in holds.items() if able)
        rows.append((f"`{each}`", f"`.{traits.extension}`", can, _code(takes)))
    return _table(("Format", "File ending", "Also holds", "Byte options"), rows)


def exit_codes() -> str:
    """Return the table of exit codes."""
    return _table(("Code", "Meaning"), ((code.value, code.meaning) for code in ExitCode))


def commands() -> dict[str, Any]:
    """Return every command of the command line by its words."""
    found: dict[str, Any] = {}
    for name in HELP:
        command = load_command(name)
        inner = getattr(command, "commands", None)
        if inner:
            found.update({f"{name} {each}": inner[each] for each in inner})
        else:
            found[name] = command
    return found


def command_tables() -> str:
    """Return, for each command, its usage and the options that are its own."""
    conversion = {field.name for field in dataclasses.fields(pixbin.Options)}
    parts = []
    for name, command in commands().items():
        words = [each.metavar or each.name for each in command.params if _is_argument(each)]
        rows = [_command_option(each) for each in command.params if not _is_argument(each)]
        own = [row for row in rows if row[0] not in _conversion_flags(command, conversion)]
        table = _table(("Option", "Value", "Meaning"), own) if own else ""
        text = (command.help or "").split("\f")[0].strip()
        more = "It also takes the [options of a conversion](options.md).\n\n"
        usage = f"`{' '.join(['pixbin', name, *words])}`\n\n{text}\n\n"
        parts.append(f"## {name}\n\n{usage}{more * (len(own) < len(rows))}{table}")
    return "\n".join(parts)


def _is_argument(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "argument")


def _command_option(parameter: Any) -> tuple[str, str, str]:
    flags = [*parameter.opts, *parameter.secondary_opts]
    value = "" if parameter.is_flag else parameter.metavar or ""
    # The switch that turns an option off is in the first column already.
    text = re.sub(r" \((no is )?--no-[a-z-]+\)", "", parameter.help or "")
    return _code(flags), value and f"`{value}`", text


def _conversion_flags(command: Any, conversion: set[str]) -> set[str]:
    """Return the flags of a command that are options of a conversion, as they are printed."""
    if "method" not in {each.name for each in command.params}:
        return set()
    params = (each for each in command.params if each.name in conversion)
    return {_command_option(each)[0] for each in params}


def gallery() -> str:
    """Return the gallery: each picture with its title, its source and its command line."""
    module = runpy.run_path(str(GALLERY))
    parts = []
    for sample in module["GALLERY"]:
        picture = _image(f"pictures/{sample.name}", sample.title)
        source = _image(f"../examples/{sample.source}", "its source", "source", ":width: 180px")
        credit = f"Source: {module['CREDITS'][sample.source]}."
        line = f"```sh\n{_quoted(sample.command)}\n```"
        both = f"::::{{container}} pictures\n{picture}\n{source}\n::::"
        parts.append(f"## {sample.title}\n\n{both}\n\n{sample.text} {credit}\n\n{line}\n")
    return "\n".join(parts)


def _quoted(command: str) -> str:
    """Return a command line in which the shell takes no colour for a comment."""
    return " ".join(f"'{word}'" if word.startswith("#") else word for word in command.split())


def _image(path: str, title: str, look: str = "", *options: str) -> str:
    look = look or ("checker" if path.endswith("sprite.png") else "plain")
    lines = [f":alt: {title}", f":class: {look}", *options]
    return "\n".join([f"```{{image}} {path}", *lines, "```"])


def _figure(name: str, title: str, caption: str) -> str:
    return f":::{{figure}} /pictures/{name}\n:alt: {title}\n\n{caption}\n:::"


def method_pictures() -> str:
    """Return two rows of pictures: a face and a landscape, by method."""
    samples = runpy.run_path(str(GALLERY))["METHODS"]
    parts = []
    for stem, title in (("face", "A face"), ("lake", "A landscape")):
        figures = [
            _figure(each.name, f"{title} by {each.title}", f"`{each.title}`")
            for each in samples
            if each.name.endswith(f"-{stem}.png")
        ]
        body = "\n".join(figures)
        parts.append(f"## {title}\n\n::::{{container}} pictures\n{body}\n::::\n")
    return "\n".join(parts)


PARTS: dict[str, Callable[[], str]] = {
    "commands": command_tables,
    "devices": devices,
    "exit-codes": exit_codes,
    "formats": formats,
    "gallery": gallery,
    "media": media_table,
    "method-pictures": method_pictures,
    "methods": methods,
    "models": models,
    "options": options,
}


def write(folder: Path) -> None:
    """Write every part into a folder; files that are right already stay as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, part in PARTS.items():
        path, text = folder / f"{name}.md", part()
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "_generated")

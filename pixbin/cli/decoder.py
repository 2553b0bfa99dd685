"""`pixbin decoder`: source code that unpacks compressed bytes, for programs of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pixbin.catalog.enums import Compression
from pixbin.catalog.formats import Format
from pixbin.cli import completion
from pixbin.cli.flags import OUTPUT_PANEL, Debug, NoOverwrite, completed_by
from pixbin.errors import UsageError
from pixbin.files import STDIO
from pixbin.options import parse_value

_LANGUAGES = (Format.C, Format.ARDUINO, Format.MICROPYTHON)
#: languages by the ending of a file's name
_ENDINGS = {
    **dict.fromkeys((".h", ".hpp", ".c", ".cc", ".cpp"), Format.C),
    **{".ino": Format.ARDUINO, ".py": Format.MICROPYTHON},
}


def decoder(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help=f"The compression: {', '.join(Compression)}.",
            show_default=False,
            autocompletion=completed_by(completion.words(Compression)),
        ),
    ],
    target: Annotated[
        str,
        typer.Argument(
            metavar="[OUTPUT]",
            help="The file to write; - is stdout. Default: stdout.",
            show_default=False,
        ),
    ] = STDIO,
    *,
    format: Annotated[  # noqa: A002
        str | None,
        typer.Option(
            metavar="NAME",
            help="The language: c, arduino (C, for packed bytes in PROGMEM) or micropython. "
            "Default: by the ending of OUTPUT: .py is micropython, .ino arduino, .h or .c is c.",
            rich_help_panel=OUTPUT_PANEL,
            autocompletion=completed_by(completion.words(_LANGUAGES)),
        ),
    ] = None,
    no_overwrite: NoOverwrite = False,
    debug: Debug = False,
) -> None:
    """Write the source code that unpacks what --compress has packed.

    Files of c, arduino and micropython contain it already; raw bytes do not. MIT licence. To turn a
    file back into a picture, use `pixbin decode`.
    """
    from pixbin import files
    from pixbin.codecs import unpackers

    if Path(name).suffix:
        raise UsageError(
            f"{name}: not the name of a compression; `pixbin decode` turns a file into a picture"
        )
    compression: Compression = parse_value("compress", name)
    language = _choose_language(format, target)
    if language is Format.MICROPYTHON:
        text = unpackers.micropython_source(compression)
    else:
        text = unpackers.c_source(compression, is_arduino=language is Format.ARDUINO)
    files.write_file_or_stdout(target, text.encode(), overwrite=not no_overwrite)


def _choose_language(name: str | None, target: str) -> Format:
    if name is None:
        ending = Path(target).suffix.casefold()
        if target != STDIO and ending not in _ENDINGS:
            raise UsageError(
                f"{target}: no language has this ending; write .h, .c, .ino or .py, or --format"
            )
        return _ENDINGS.get(ending, Format.C)
    language = Format.named(name)
    if language not in _LANGUAGES:
        able = ", ".join(_LANGUAGES)
        raise UsageError(f"format {name}: no language of a decoder; choose from {able}")
    return language

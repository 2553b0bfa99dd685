"""`pixbin decode`: what was written for devices, back into a picture."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any

import typer

from pixbin.catalog.formats import Format
from pixbin.cli import console, reports
from pixbin.cli.flags import OUTPUT_PANEL, Debug, Json, NoOverwrite, Quiet, with_options
from pixbin.options import Options

_DECODE_OPTIONS = (
    "frame",
    "device",
    "layout",
    "bit_order",
    "polarity",
    "stride",
    "rotate",
    "flip",
    "header",
)


_HELP_OVERRIDES = {
    "frame": "Which picture or array of a file that holds several: 1 is the first, -1 the last. "
    "Default: the first; an icon's largest.",
    "device": "What FILE was written for: tells its size and bytes; `pixbin devices` lists all. "
    "Other options come first.",
    "rotate": "How far the picture was turned clockwise before it was packed, which is undone: "
    "0, 90, 180 or 270.",
    "flip": "How it was mirrored then, which is undone: none, horizontal, vertical or both.",
}  #: of options, here


@with_options(
    dict,
    exclude={field.name for field in dataclasses.fields(Options)} - {*_DECODE_OPTIONS},
    help_overrides=_HELP_OVERRIDES,
)
def decode(
    source: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="Bytes, C, MicroPython, text, SVG, PDF or a picture; - is stdin.",
            show_default=False,
        ),
    ],
    target: Annotated[
        str,
        typer.Argument(
            metavar="OUTPUT", help="The file to write; - is stdout.", show_default=False
        ),
    ],
    *,
    options: dict[str, Any],
    size: Annotated[
        str | None,
        typer.Option(
            "--size",
            "-s",
            metavar="SIZE",
            help="The picture's size, as it is seen: 128x64, or 384x where the length tells the "
            "other side. Default: as the file or the device tells.",
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="NAME", help="The format of FILE. Default: as its content tells."
        ),
    ] = None,
    format: Annotated[  # noqa: A002
        str | None,
        typer.Option(
            metavar="NAME",
            help="The format of OUTPUT. Default: by its name; png for -.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = None,
    no_overwrite: NoOverwrite = False,
    quiet: Quiet = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Read a file of any output format back into a picture.

    All options but --format tell how FILE is to be read; OUTPUT has its format's usual bytes.
    """
    from pixbin import files
    from pixbin.codecs import decoder, hints

    chosen = _choose_format(format, target)
    told = hints.make_hints(kind, size=size, **options)
    files.check_writable(target, overwrite=not no_overwrite)
    shown = files.display_name(source)
    found = decoder.decode_bytes(files.read_bytes(source), told, shown)
    made = found.adapt_to_format(chosen).picture
    files.write_file_or_stdout(
        target, made.encode(chosen, Path(target).stem), overwrite=not no_overwrite
    )
    if as_json:
        report = {"source": source, "output": target, "format": chosen, "size": str(made.size)}
        say = console.print_stderr if target == files.STDIO else console.print_stdout
        say(reports.to_json({**report, "notes": found.notes}))
    elif not quiet:
        for note in found.notes:
            console.print_stderr(f"{shown}: {note}")


def _choose_format(name: str | None, target: str) -> Format:
    if name is not None:
        return Format.named(name)
    return Format.PNG if target == "-" else Format.from_path(target)

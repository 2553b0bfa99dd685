"""`pixbin show`: the result in the terminal."""

from __future__ import annotations

import os
import shutil
import sys
from typing import Annotated

import typer

from pixbin.catalog.enums import Channels
from pixbin.catalog.formats import Format
from pixbin.catalog.glyphs import GLYPH_SETS
from pixbin.cli import console
from pixbin.cli.flags import OUTPUT_PANEL, Debug, Quiet
from pixbin.errors import OutputError, UsageError
from pixbin.geometry import Size
from pixbin.options import Options, presets

_DEFAULT_COLUMNS, _DEFAULT_LINES = 80, 24  #: of a terminal that does not tell
_UNLIMITED_LINES = 1 << 16  #: lines where no terminal is


def show(
    source: Annotated[
        str, typer.Argument(metavar="INPUT", help="A picture; - is stdin.", show_default=False)
    ],
    *,
    options: Options,
    settings: presets.Settings,
    symbols: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help=f"The letters that draw cells: {', '.join(GLYPH_SETS)}. Default: half; ascii where "
            "the terminal has no other.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Draw a picture in the terminal, paper lit, as large as there is room; write nothing.

    --invert suits terminals that are light. --ink and --paper are shown in true colour.
    """
    from pixbin import files, readers
    from pixbin.pipeline.convert import load_model, plan_for_raster
    from pixbin.pipeline import reader_hints
    from pixbin.preview import terminal

    chosen = _choose_glyphs(symbols)
    is_colored = _supports_color() and bool({"ink", "paper", "channels"} & settings.keys())
    if options.channels is Channels.RGB and not (is_colored and chosen is Format.HALF):
        raise UsageError("rgb takes a terminal with colours, and half blocks; leave out --channels")
    load_model(options)
    raster = readers.read(source, reader_hints.read_options(options))
    if not quiet:
        for note in (*raster.notes, *plan_for_raster(raster, options).notes):
            console.print_stderr(f"{files.display_name(source)}: {note}")
    picture = terminal.convert_for_terminal(raster, options, chosen, _available_size())
    lines = (terminal.colored_lines if is_colored else terminal.text_lines)(picture, chosen)
    console.write_lines(lines)


def _choose_glyphs(name: str | None) -> Format:
    """Return the letters asked for, or the best that stdout takes.

    Raises
    ------
    UsageError
        There are none of that name.
    OutputError
        Stdout does not take them, or is closed.
    """
    if sys.stdout is None:
        raise OutputError("stdout: closed; run it in a terminal")
    if name is None:
        return Format.HALF if _is_encodable(Format.HALF) else Format.ASCII
    chosen = next((each for each in GLYPH_SETS if each == name.casefold()), None)
    if chosen is None:
        raise UsageError(f"symbols {name}: choose from {', '.join(GLYPH_SETS)}")
    if not _is_encodable(chosen):
        raise OutputError(
            f"stdout: {sys.stdout.encoding} has no letters for {chosen}; "
            "set PYTHONIOENCODING=utf-8, or take --symbols ascii"
        )
    return chosen


def _is_encodable(symbols: Format) -> bool:
    try:
        GLYPH_SETS[symbols].glyphs.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        return False
    return True


def _supports_color() -> bool:
    """Tell whether stdout is a terminal that shows colours, and may; see no-color.org."""
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not is_plain


def _available_size() -> Size:
    """Return how many letters there is room for, across and down, a line left for the prompt."""
    columns, lines = shutil.get_terminal_size((_DEFAULT_COLUMNS, _DEFAULT_LINES))
    return Size(columns, max(1, lines - 1) if sys.stdout.isatty() else _UNLIMITED_LINES)

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
from pixbin.cli import completion, console
from pixbin.cli.flags import (
    OUTPUT_PANEL,
    Debug,
    InputArgument,
    Quiet,
    completed_by,
    with_conversion_options,
)
from pixbin.errors import OutputError, UsageError
from pixbin.geometry import Size
from pixbin.options import Options, presets

_DEFAULT_COLUMNS, _DEFAULT_LINES = 80, 24  #: if the terminal's size is unknown
_UNLIMITED_LINES = 1 << 16  #: lines if stdout is no terminal


@with_conversion_options
def show(
    source: InputArgument,
    *,
    options: Options,
    settings: presets.Settings,
    symbols: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help=f"Characters that draw cells: {', '.join(GLYPH_SETS)}. Default: half; ascii if "
            "the terminal has no other.",
            rich_help_panel=OUTPUT_PANEL,
            autocompletion=completed_by(completion.words(GLYPH_SETS)),
        ),
    ] = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Preview the result in the terminal, as large as fits; write nothing.

    Paper is bright: --invert suits light terminals. --ink and --paper use true colour.
    """
    from pixbin import files, readers
    from pixbin.pipeline import reader_hints
    from pixbin.pipeline.convert import load_model, plan_for_raster
    from pixbin.preview import terminal

    glyph_format = _choose_glyphs(symbols)
    is_colored = _supports_color() and bool({"ink", "paper", "channels"} & settings.keys())
    if options.channels is Channels.RGB and not (is_colored and glyph_format is Format.HALF):
        raise UsageError("rgb needs a terminal with colours, and half blocks; leave out --channels")
    load_model(options)
    raster = readers.read(source, reader_hints.read_options(options))
    if not quiet:
        notes = [*raster.notes, *plan_for_raster(raster, options).notes]
        console.print_notes(files.display_name(source), notes)
    picture = terminal.convert_for_terminal(raster, options, glyph_format, _available_size())
    lines = (terminal.colored_lines if is_colored else terminal.text_lines)(picture, glyph_format)
    console.write_lines(lines)


def _choose_glyphs(name: str | None) -> Format:
    """Return the glyph set of that name, or the best that stdout can encode.

    Raises
    ------
    UsageError
        There is no set of that name.
    OutputError
        Stdout cannot encode it, or is closed.
    """
    if sys.stdout is None:
        raise OutputError("stdout: closed; run it in a terminal")
    if name is None:
        return Format.HALF if _is_encodable(Format.HALF) else Format.ASCII
    chosen = next((glyphs for glyphs in GLYPH_SETS if glyphs == name.casefold()), None)
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
    """Return whether stdout is a terminal that supports colours; see no-color.org."""
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not is_plain


def _available_size() -> Size:
    """Return how many columns and lines are free; one line is kept for the prompt."""
    columns, lines = shutil.get_terminal_size((_DEFAULT_COLUMNS, _DEFAULT_LINES))
    return Size(columns, max(1, lines - 1) if sys.stdout.isatty() else _UNLIMITED_LINES)

"""`pixbin show`: the result in the terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pixbin.catalog.enums import PixelProtocol
from pixbin.catalog.formats import Format
from pixbin.catalog.glyphs import GLYPH_SETS
from pixbin.cli import completion
from pixbin.cli.flags import (
    OUTPUT_PANEL,
    Debug,
    InputArgument,
    Quiet,
    completed_by,
    with_conversion_options,
)
from pixbin.errors import UsageError
from pixbin.files import STDIO
from pixbin.options import Options, presets

if TYPE_CHECKING:
    from pixbin.cli.viewer import Subject


@with_conversion_options
def show(
    source: InputArgument,
    *,
    options: Options,
    settings: presets.Settings,
    pixels: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help=f"How the terminal draws pixels: auto, {', '.join(PixelProtocol)}, or none to "
            "draw with characters.",
            rich_help_panel=OUTPUT_PANEL,
            autocompletion=completed_by(completion.words(("auto", *PixelProtocol, "none"))),
        ),
    ] = "auto",
    symbols: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help=f"Characters that draw cells: {', '.join(GLYPH_SETS)}. Default: "
            "none if the terminal draws pixels; else half. Some terminals use sextants if cells do "
            "not fit, or ascii if they have no half blocks.",
            rich_help_panel=OUTPUT_PANEL,
            autocompletion=completed_by(completion.words(GLYPH_SETS)),
        ),
    ] = None,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch",
            help="Draw again whenever INPUT changes; q ends.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Show the result in the terminal, and write no file.

    It uses pixels if the terminal can draw them (kitty, iTerm2, sixel), else
    characters. Animations play until you press q. With characters, paper is
    bright: on a light background, use --invert. --ink and --paper use true
    colour.
    """
    from pixbin import files
    from pixbin.cli import drawing, viewer
    from pixbin.pipeline.convert import load_model

    choice = drawing.parse_drawing(pixels, symbols, drawing.has_own_colors(settings))
    if watch and source == STDIO:
        raise UsageError("--watch needs a file, not stdin; name one")
    output = drawing.OutputTerminal(choice, options)
    load_model(options)
    view = viewer.Viewer(output, options, files.display_name(source), is_quiet=quiet)
    if watch:
        view.watch(lambda: _read(source, options), Path(source))
    else:
        view.view(_read(source, options))


def _read(source: str, options: Options) -> Subject:
    """Read a picture; on a terminal all frames of an animation, if none is chosen."""
    from pixbin import file_conversion, files, readers
    from pixbin.cli.viewer import Subject

    data, label = readers.read_file(source, options.input_limits), files.display_name(source)
    if sys.stdout.isatty():
        work = file_conversion.from_bytes(data, label, options, Format.GIF)
        if work.frame_sequence is not None and work.frame_sequence.is_film:
            return Subject(work.raster, work.frame_sequence)
    return Subject(file_conversion.from_bytes(data, label, options, Format.PNG).raster)

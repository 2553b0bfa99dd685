"""`pixbin compare`: a sheet of pictures that differ in sources, methods, sizes and settings."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pixbin.catalog.formats import Format
from pixbin.catalog.limits import InputLimits
from pixbin.cli import completion, console, file_access
from pixbin.cli.flags import (
    Debug,
    NoOverwrite,
    Quiet,
    completed_by,
    with_conversion_options,
)
from pixbin.errors import ExitCode, OutputError, PixbinError, UsageError
from pixbin.files import STDIO
from pixbin.options import Options, presets

if TYPE_CHECKING:
    from pixbin.preview.drawn_sheet import DrawnSection
    from pixbin.preview.sheet import PlannedSection
    from pixbin.preview.sheet_files import SheetKind

SHEET_PANEL = "Sheet"

EXAMPLES = """Below each picture are its options. On a page, a click copies the command line.

Examples:

pixbin compare photo.jpg sheet.png --size 64x64

pixbin compare cat.jpg dog.jpg page.html -m atkinson --grids 32,64,128

pixbin compare photo.jpg page.html --methods fs,ink --vary gamma=1,1.5 --vary edges=0,50%
"""


@with_conversion_options
def compare(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="INPUT...", help="Pictures; - is stdin.", show_default=False),
    ],
    target: Annotated[
        str,
        typer.Argument(
            metavar="SHEET",
            help="The file to write: a page if the name ends in .html, else a PNG; - is stdout.",
            show_default=False,
        ),
    ],
    *,
    options: Options,
    settings: presets.Settings,
    methods: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,...",
            help="Methods to compare. Default: twelve that are good for most pictures.",
            rich_help_panel=SHEET_PANEL,
            autocompletion=completed_by(completion.method_list),
        ),
    ] = None,
    every: Annotated[
        bool,
        typer.Option(
            "--all", help="Compare all methods, grouped by use.", rich_help_panel=SHEET_PANEL
        ),
    ] = False,
    models: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE,...",
            help="Models to compare, in addition to --methods.",
            rich_help_panel=SHEET_PANEL,
        ),
    ] = None,
    grids: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE,...",
            help="Grids to compare: --grids 32,64 is short for --vary grid=32,64.",
            rich_help_panel=SHEET_PANEL,
        ),
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE,...",
            help="Values of any option to compare; may be given several times. If a value has "
            "commas, write ; between values. Options without a value take on or off.",
            rich_help_panel=SHEET_PANEL,
            autocompletion=completed_by(completion.variations),
        ),
    ] = None,
    columns: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Pictures in a row.", rich_help_panel=SHEET_PANEL),
    ] = None,
    no_overwrite: NoOverwrite = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Draw one labelled sheet of sources and results, as a PNG or an HTML page.

    Methods, models, grids and values of any option become its rows and columns.
    """
    from pixbin.cli.variation_flags import VariationFlags
    from pixbin.preview import sheet
    from pixbin.preview.sheet_files import SheetKind

    kind = SheetKind.of_name(target)
    Format.PNG.resolve_packing(options.packing_overrides)  # refuses byte layouts, as convert does
    flags = VariationFlags(methods, every, models, grids, vary or [])
    if options.matrix is not None and settings["matrix"].value == STDIO:  # is read already
        settings["matrix"] = settings["matrix"]._replace(value=options.matrix)
    variations = flags.variations(settings)
    sources = [file_access.local_name(name) for name in sources]
    _check_sources(sources, target, overwrite=not no_overwrite)
    sections = sheet.plan_sheet(sources, settings, variations, flags.uses)
    drawn = _draw_sections(sections, kind, options.input_limits, quiet)
    data = kind.to_bytes(drawn, columns)
    from pixbin import files

    files.write_file_or_stdout(target, data, overwrite=not no_overwrite)
    if any(tile.error for section in drawn for tile in section.tiles):
        raise typer.Exit(ExitCode.BATCH)


def _check_sources(sources: Sequence[str], target: str, *, overwrite: bool) -> None:
    """Check that stdin is read once, and that the sheet replaces no picture by mistake."""
    from pixbin import files
    from pixbin.preview import sheet_files

    if sources.count(STDIO) > 1:
        raise UsageError("stdin can be one INPUT only; name files for the others")
    if target != STDIO and Path(target).is_file():
        # The last name may be a picture, and the name of the sheet forgotten.
        for source in sources:
            file_access.check_targets(source, [target], overwrite=overwrite)
        if not sheet_files.is_sheet(Path(target)):
            raise OutputError(
                f"{target}: exists and is not a sheet; name the sheet last, or remove the file"
            )
    files.check_writable(target, overwrite=overwrite)


def _draw_sections(
    sections: Sequence[PlannedSection], kind: SheetKind, limits: InputLimits, quiet: bool
) -> list[DrawnSection]:
    """Draw all tiles, and print notes and failures; raise the first failure if nothing worked."""
    from pixbin.preview import sheet_files
    from pixbin.preview.tile_drawing import TilePainter

    read = functools.partial(file_access.read_source, limits=limits)
    painter = TilePainter(read, for_page=kind.is_page)
    total = sum(len(section.tiles) for section in sections)

    def update(done: int) -> None:
        if not quiet:
            console.update_status_line("" if done == total else f"{done} of {total} pictures")

    drawn, errors = sheet_files.draw_sections(sections, painter, update)
    if len(errors) == total:
        raise errors[0]
    if not quiet:
        for note in painter.notes:
            console.print_stderr(note)
    for line in _failure_lines(drawn):
        console.print_stderr(line)
    return drawn


def _failure_lines(sections: Sequence[DrawnSection]) -> list[str]:
    """Return a line for each failure, of those with the same reason only one."""
    reasons: dict[str, list[str]] = {}
    for section in sections:
        for tile in section.tiles:
            if isinstance(tile.result, PixbinError):
                reasons.setdefault(str(tile.result), []).append(tile.name)
    return [
        f"error: {reason}" if len(names) == 1 else f"error: {reason} ({len(names)} pictures)"
        for reason, names in reasons.items()
    ]

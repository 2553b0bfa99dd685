"""`pixbin compare`: a contact sheet of one picture under many methods."""

from __future__ import annotations

from typing import Annotated

import typer

from pixbin.catalog.formats import Format
from pixbin.catalog.methods import ALGORITHMIC, Method
from pixbin.cli import completion, console
from pixbin.cli.flags import (
    OUTPUT_PANEL,
    Debug,
    InputArgument,
    NoOverwrite,
    Quiet,
    completed_by,
    with_conversion_options,
)
from pixbin.errors import UsageError
from pixbin.neural import model_card
from pixbin.options import Options


@with_conversion_options
def compare(
    source: InputArgument,
    target: Annotated[
        str,
        typer.Argument(metavar="SHEET", help="The PNG to write; - is stdout.", show_default=False),
    ],
    *,
    options: Options,
    methods: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,...",
            help="The methods to compare. Default: all; neural if there is a model.",
            rich_help_panel=OUTPUT_PANEL,
            autocompletion=completed_by(completion.method_list),
        ),
    ] = None,
    columns: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Tiles in a row.", rich_help_panel=OUTPUT_PANEL),
    ] = None,
    no_overwrite: NoOverwrite = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Draw one labelled sheet: the source, then the result of every method."""
    from pixbin import files, readers
    from pixbin.codecs import pillow
    from pixbin.pipeline import reader_hints
    from pixbin.pipeline.convert import plan_for_raster
    from pixbin.preview import contact_sheet

    if target != files.STDIO and Format.from_path(target) is not Format.PNG:
        raise UsageError(f"{target}: a sheet is written as PNG; end the name in .png")
    Format.PNG.resolve_packing(options.packing_overrides)  # refuses byte layouts, as convert does
    chosen = _choose_methods(methods, options)
    files.check_writable(target, overwrite=not no_overwrite)
    tiles = contact_sheet.tile_options(options, chosen)
    raster = readers.read(source, reader_hints.read_options(*tiles))
    if not quiet:
        notes = [*raster.notes, *plan_for_raster(raster, options).notes]
        console.print_notes(files.display_name(source), notes)
    sheet = contact_sheet.contact_sheet(raster, options, chosen, columns)
    data = pillow.pillow_bytes(sheet, "PNG")
    files.write_file_or_stdout(target, data, overwrite=not no_overwrite)


def _choose_methods(names: str | None, options: Options) -> list[Method]:
    if names:
        return [Method.named(name) for name in names.split(",")]
    has_model = options.model or model_card.DEFAULT_MODEL in model_card.shipped_models()
    return list(Method) if has_model else ALGORITHMIC

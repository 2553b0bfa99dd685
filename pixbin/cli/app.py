"""The command line: parse, convert, report; the only place that prints and exits."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from pixbin import __version__
from pixbin.catalog.formats import Format
from pixbin.catalog.methods import ALGORITHMIC, Method
from pixbin.cli import console, reports
from pixbin.cli.batch import batch
from pixbin.cli.decode import decode
from pixbin.cli.flags import (
    OUTPUT_PANEL,
    CompactHelpCommand,
    ConversionCommand,
    Debug,
    Json,
    NoOverwrite,
    Quiet,
    SavePreset,
    with_conversion_options,
)
from pixbin.cli.listings import devices, methods, models
from pixbin.cli.show import show
from pixbin.cli.stream import stream
from pixbin.cli.train import LazyTrainGroup
from pixbin.errors import ExitCode, InputError, UsageError
from pixbin.neural import model_card
from pixbin.options import Options, presets

app = typer.Typer(
    cls=LazyTrainGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        console.print_stdout(f"pixbin {__version__}")
        raise typer.Exit


InputArgument = Annotated[
    str, typer.Argument(metavar="INPUT", help="A picture; - is stdin.", show_default=False)
]


@app.callback(
    epilog="""Examples:

pixbin convert photo.jpg icon.png --size 64x64

pixbin batch photos small --size 64x64

pixbin show photo.jpg

`pixbin COMMAND --help` tells all of a command.
"""
)
def pixbin(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Turn any picture into a strictly two-valued, pixelated picture of exactly the asked size."""


@app.command(
    cls=ConversionCommand,
    epilog="""For text, line art and displays, --block 1 makes every pixel a cell.
--enhance none keeps the plain light.

Examples:

pixbin convert photo.jpg icon.png --size 64x64

pixbin convert photo.jpg art.svg --grid 96x -m ink

pixbin convert scan.png page.pbm --block 1 -m sauvola
""",
)
@with_conversion_options
def convert(
    source: InputArgument,
    target: Annotated[
        str,
        typer.Argument(
            metavar="OUTPUT", help="The file to write; - is stdout.", show_default=False
        ),
    ],
    *,
    options: Options,
    settings: presets.Settings,
    format: Annotated[  # noqa: A002
        str | None,
        typer.Option(
            metavar="NAME",
            help=f"{', '.join(Format)}. Default: by the name of OUTPUT; png for -.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Print the plan, write nothing.", rich_help_panel=OUTPUT_PANEL
        ),
    ] = False,
    save_preset: SavePreset = None,
    no_overwrite: NoOverwrite = False,
    quiet: Quiet = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Convert one picture, or animation, to exactly two colours and exactly the asked size."""
    from pixbin import conversion, files
    from pixbin.pipeline import convert as pipeline

    start = time.perf_counter()
    told = presets.with_format_from_name(settings, target, "name of OUTPUT")
    chosen = _choose_format(told, target)
    options = chosen.adapt_options(options)
    draft = None if save_preset is None else presets.prepare(save_preset, settings)
    chosen.check_options(options)
    pipeline.load_model(options)
    targets = conversion.output_names(target, options)
    if not (dry_run and target == files.STDIO):
        for name in targets:
            files.check_writable(name, overwrite=not no_overwrite)
    work = conversion.from_bytes(
        files.read_bytes(source), files.display_name(source), options, chosen
    )
    notes = [*work.notes, *work.plan.notes]
    if not quiet and not as_json:
        for note in notes:
            console.print_stderr(f"{files.display_name(source)}: {note}")
    if not dry_run:
        contents = work.encode_all(target)
        if len(contents) > 1:
            files.write_all_or_none(contents, overwrite=not no_overwrite)
        else:
            files.write_file_or_stdout(target, contents[target], overwrite=not no_overwrite)
        if draft:
            console.print_stderr(f"kept as {draft.save()}")
    report = {
        "source": source,
        "output": target,
        "mask": targets[1] if len(targets) > 1 else None,
        **reports.plan_report(work.plan, options, chosen),
        **work.frames_report,
        **(reports.settings_report(told, options) if dry_run else {}),
        "notes": notes,
        "seconds": round(time.perf_counter() - start, 3),
    }
    if as_json:
        takes_picture = target == files.STDIO and not dry_run
        (console.print_stderr if takes_picture else console.print_stdout)(reports.to_json(report))
    elif dry_run:
        for line in [*reports.plan_lines(report), *reports.setting_lines(report)]:
            console.print_stderr(line)
    elif not quiet and console.is_stderr_terminal():
        console.print_stderr(reports.plan_line(report))


for each in (show, batch, stream):
    app.command(cls=ConversionCommand)(with_conversion_options(each))


@app.command(cls=ConversionCommand)
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
            help="Which methods. Default: all; neural if there is a model.",
            rich_help_panel=OUTPUT_PANEL,
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
    """Draw one labelled sheet: the source, then what every method makes of it."""
    from pixbin import files, readers
    from pixbin.codecs import pillow
    from pixbin.pipeline import convert as pipeline
    from pixbin.pipeline import reader_hints
    from pixbin.preview import contact_sheet

    if target != files.STDIO and Format.from_path(target) is not Format.PNG:
        raise UsageError(f"{target}: a sheet is written as PNG; end the name in .png")
    Format.PNG.resolve_packing(
        options.packing_overrides
    )  # refuses words on bytes, which a sheet has no use for
    if methods:
        chosen = [Method.named(name) for name in methods.split(",")]
    else:
        chosen = (
            list(Method)
            if options.model or model_card.DEFAULT_MODEL in model_card.shipped_models()
            else ALGORITHMIC
        )
    files.check_writable(target, overwrite=not no_overwrite)
    raster = readers.read(
        source, reader_hints.read_options(*contact_sheet.tile_options(options, chosen))
    )
    if not quiet:
        for note in (*raster.notes, *pipeline.plan_for_raster(raster, options).notes):
            console.print_stderr(f"{files.display_name(source)}: {note}")
    drawn = contact_sheet.contact_sheet(raster, options, chosen, columns)
    files.write_file_or_stdout(
        target, pillow.pillow_bytes(drawn, "PNG"), overwrite=not no_overwrite
    )


@app.command(cls=CompactHelpCommand)
def verify(
    names: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Pictures; - is stdin.", show_default=False),
    ],
    size: Annotated[
        str | None, typer.Option("--size", "-s", metavar="SIZE", help="The size they must have.")
    ] = None,
    grid: Annotated[
        str | None, typer.Option("--grid", "-g", metavar="SIZE", help="The cells they must have.")
    ] = None,
    block: Annotated[
        str | None, typer.Option("--block", "-b", metavar="N", help="The side of their blocks.")
    ] = None,
    channels: Annotated[
        str | None,
        typer.Option(
            "--channels", metavar="NAME", help="rgb: two values in each of red, green and blue."
        ),
    ] = None,
    transparent: Annotated[
        bool, typer.Option("--transparent", help="Allow transparency besides two values.")
    ] = False,
    any_depth: Annotated[
        bool, typer.Option("--any-depth", help="Allow more than one bit a pixel.")
    ] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Prove that files hold two values at most, and the size and blocks they should.

    Exit code 6 if one fails, 3 if one cannot be read.
    """
    from pixbin import verify

    wanted = Options.of(size=size, grid=grid, block=block, channels=channels)
    unreadable = failed = False
    for name in names:
        try:
            finding = verify.check(
                name,
                size=wanted.size,
                grid=wanted.grid,
                block=wanted.block,
                channels=wanted.channels,
                any_depth=any_depth,
                transparent=transparent,
            )
        except InputError as error:
            unreadable = True
            if as_json:
                console.print_stdout(reports.to_json(reports.unreadable_report(name, error)))
            else:
                console.print_stderr(f"error: {error}")
        else:
            failed = failed or bool(finding.faults)
            report = reports.finding_report(finding)
            console.print_stdout(
                reports.to_json(report) if as_json else reports.finding_line(finding)
            )
    if failed or unreadable:
        raise typer.Exit(ExitCode.BATCH if failed else ExitCode.INPUT)


for plain in (decode, methods, models, devices):
    app.command(cls=CompactHelpCommand)(plain)


def _choose_format(settings: presets.Settings, target: str) -> Format:
    if asked := settings.get("format"):
        return Format.named(asked.value)
    return Format.PNG if target == "-" else Format.from_path(target)

"""`pixbin ramp` and `pixbin calibrate`: measure how tones change in print."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pixbin.catalog.formats import Format
from pixbin.cli import completion, console, file_access, reports
from pixbin.cli.flags import (
    OUTPUT_PANEL,
    Debug,
    Json,
    NoOverwrite,
    Quiet,
    completed_by,
    with_conversion_options,
)
from pixbin.files import STDIO
from pixbin.options import Options, presets

if TYPE_CHECKING:
    from pixbin.calibration.ramp_reading import RampReading

EXAMPLES = """Examples:

pixbin ramp ramp.png

pixbin ramp ramp.prn --device escpos-384 -m halftone

pixbin calibrate photo-of-ramp.jpg my-printer

pixbin convert photo.jpg print.prn --device escpos-384 -m halftone --preset my-printer
"""


@with_conversion_options
def ramp(
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
            autocompletion=completed_by(completion.formats),
        ),
    ] = None,
    no_overwrite: NoOverwrite = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Draw a ramp of tones to print, which `pixbin calibrate` reads from a photograph.

    Give the method, the device and the sizes that you print with. Leave out
    the options of the medium: they would correct the tones that you measure.
    """
    from PIL import Image

    from pixbin import file_conversion
    from pixbin.calibration import ramp as ramp_cells
    from pixbin.codecs import format_options

    effective = presets.with_format_from_name(settings, target, "name of OUTPUT")
    output_format = _choose_format(effective, target)
    options = format_options.adapt_options(options, output_format)
    format_options.check_options(options, output_format)
    file_access.check_targets("", [target], overwrite=not no_overwrite)
    drawn = ramp_cells.draw(options)
    buffer = io.BytesIO()
    Image.fromarray(drawn.paper).save(buffer, "PNG")
    work = file_conversion.from_bytes(buffer.getvalue(), "ramp", drawn.options, output_format)
    file_access.write_targets(work.encode_all(target), overwrite=not no_overwrite)
    if not quiet and target != STDIO:
        console.print_stderr(
            f"{target}: {work.plan.layout.grid} cells by {options.method_name}; print it, and "
            "photograph it straight from above for `pixbin calibrate`"
        )


def calibrate(
    source: Annotated[
        str,
        typer.Argument(
            metavar="PHOTO",
            help="A photograph or scan of the printed ramp; - is stdin.",
            show_default=False,
        ),
    ],
    preset: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME|FILE]",
            help="The preset to save the curve in: a name, or a file that ends in .toml. "
            "Default: none; the curve is only listed in the terminal.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Read the photograph of a printed ramp, and save its curve of tones as a preset.

    `pixbin ramp` draws the ramp. The curve holds for the method and the size
    of cells that you gave there.
    """
    from pixbin import files, readers
    from pixbin.calibration import ramp_reading

    raster = readers.read(source)
    reading = ramp_reading.read(raster, files.display_name(source))
    curve = reading.curve
    settings = {"dot_gain": presets.Setting(str(curve), presets.COMMAND_LINE)}
    prepared = None if preset is None else presets.prepare(preset, settings)
    if as_json:
        console.print_stdout(reports.to_json(_report(reading)))
    elif not quiet:
        _print_tones(reading)
    if not quiet:
        console.print_notes(files.display_name(source), [*raster.notes, *reading.notes])
    if prepared is not None:
        line = reports.save_preset(prepared)
        if not quiet:
            console.print_stderr(line)


def _choose_format(settings: presets.Settings, target: str) -> Format:
    if setting := settings.get("format"):
        return Format.named(setting.value)
    return Format.PNG if target == STDIO else Format.from_path(target)


def _report(reading: RampReading) -> dict[str, Any]:
    return {
        "dot_gain": str(reading.curve),
        "gain_at_half": round(reading.curve.at_half, 4),
        "darkness": round(reading.darkness, 4),
        "tones": [round(tone, 4) for tone in reading.tones],
        "printed": [round(share, 4) for share in reading.printed],
        "notes": [*reading.notes],
    }


def _print_tones(reading: RampReading) -> None:
    console.print_stdout("ink sent   printed      gain")
    for tone, share in zip(reading.tones, reading.printed, strict=True):
        console.print_stdout(f"{tone:8.0%} {share:9.1%} {share - tone:+9.1%}")
    console.print_stdout(f"gain at half ink   {reading.curve.at_half:.1%}")
    console.print_stdout(f"darkness of ink    {reading.darkness:.1%}")
    console.print_stdout(f"--dot-gain '{reading.curve}'")

"""`pixbin decode`: a file that was written for a device, back into a picture."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pixbin.catalog.formats import Format
from pixbin.cli import completion, console, file_access, reports
from pixbin.cli.flags import (
    OUTPUT_PANEL,
    Debug,
    Force,
    Json,
    NoOverwrite,
    Quiet,
    completed_by,
    with_options,
)
from pixbin.files import STDIO
from pixbin.options import DECODE_OPTIONS, SPECS, Options
from pixbin.options.decode_help import DECODE_HELP

if TYPE_CHECKING:
    from pixbin.animation.film import Film
    from pixbin.codecs.hints import DecodedFilm, DecodedPicture, DecodeHints
    from pixbin.picture import Picture


_LIMITS = ("max_pixels", "max_bytes")  #: options of other commands, for what is read here


@with_options(
    dict,
    exclude=SPECS.keys() - {*DECODE_OPTIONS, *_LIMITS} | {"size"},
    help_overrides=DECODE_HELP,
    is_paged=False,
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
            help=DECODE_HELP["size"],
        ),
    ] = None,
    input_format: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="NAME",
            help="The format of FILE. Default: detected from its content.",
            autocompletion=completed_by(completion.formats),
        ),
    ] = None,
    format: Annotated[  # noqa: A002
        str | None,
        typer.Option(
            metavar="NAME",
            help="The format of OUTPUT. Default: by its name; png for -.",
            rich_help_panel=OUTPUT_PANEL,
            autocompletion=completed_by(completion.formats),
        ),
    ] = None,
    force: Force = False,
    no_overwrite: NoOverwrite = False,
    quiet: Quiet = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Read a file of any output format back into a picture.

    All options but --format describe FILE; OUTPUT gets the usual bytes of its format. For code that
    unpacks bytes in your own program, see `pixbin decoder`.
    """
    from pixbin import files
    from pixbin.codecs import decoder, hints

    output_format = _choose_format(format, target)
    limits = Options.of(**{name: options.pop(name) for name in _LIMITS}).input_limits
    known = hints.make_hints(input_format, size=size, **options)
    known = dataclasses.replace(known, limits=limits)
    file_access.check_targets(source, [target], overwrite=not no_overwrite, force=force)
    label = files.display_name(source)
    data = files.read_bytes(source, limits.max_bytes)
    content, known = _read_sheet(data, source, known, output_format)
    decoded = decoder.decode_for_output(content, known, label, output_format)
    picture = _to_output(decoded, output_format)
    encoded = picture.encode(output_format, Path(target).stem)
    files.write_file_or_stdout(target, encoded, overwrite=not no_overwrite)
    if as_json:
        report = {
            "source": source,
            "output": target,
            "format": output_format,
            "size": str(picture.size),
            "notes": decoded.notes,
        }
        print_line = console.print_stderr if target == STDIO else console.print_stdout
        print_line(reports.to_json(report))
    elif not quiet:
        console.print_notes(label, decoded.notes)


def _read_sheet(
    data: bytes, source: str, known: DecodeHints, output_format: Format
) -> tuple[bytes, DecodeHints]:
    """Return the picture of a sprite sheet and its cells, by its JSON file or its name.

    The name of a Playdate image table counts if a frame is asked for, or the output holds frames.
    Any other file is returned as it is.
    """
    from pixbin.codecs import sheet_options, sheet_source

    wants_frames = known.frame or known.frames or output_format.traits.has_frames
    if known.sheet is None and wants_frames and (cell := sheet_options.cell_from_name(source)):
        return data, dataclasses.replace(known, sheet=cell)
    return sheet_source.read_image(data, source, known)


def _to_output(decoded: DecodedPicture | DecodedFilm, output_format: Format) -> Picture | Film:
    """Return the picture or film for an output, with what its format can hold."""
    from pixbin.animation.film import Film
    from pixbin.codecs.hints import DecodedFilm
    from pixbin.picture import Picture

    if isinstance(decoded, DecodedFilm):
        return Film.from_decoded(decoded.adapt_to_format(output_format))
    return Picture.from_decoded(decoded.adapt_to_format(output_format))


def _choose_format(name: str | None, target: str) -> Format:
    if name is not None:
        return Format.named(name)
    return Format.PNG if target == STDIO else Format.from_path(target)

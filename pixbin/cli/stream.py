"""`pixbin stream`: a film, from a pipe to a pipe."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import sys
import time
from collections.abc import Iterator
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from pixbin.catalog.methods import Method
from pixbin.cli import completion, console, frame_marks
from pixbin.cli.flags import Debug, Quiet, completed_by, with_conversion_options
from pixbin.cli.work_flags import with_work_limits
from pixbin.errors import ExitCode, InputError, OutputError, UsageError
from pixbin.geometry import Size
from pixbin.options import SPECS, Options, parsing, presets
from pixbin.options.specification import ExclusiveGroup

if TYPE_CHECKING:
    from pixbin.readers.raster import Raster

_Choice = TypeVar("_Choice", bound=StrEnum)
_STREAM_PANEL = "Stream"
_INPUT_FORMATS = ("auto", "netpbm", "y4m", "rgb24", "gray")
_OUTPUT_FORMATS = ("pbm", "pgm", "ppm", "y4m", "monob", "monow")
_METHOD_SETTINGS = {name for name, spec in SPECS.items() if spec.rivals is ExclusiveGroup.METHOD}


@with_conversion_options
@with_work_limits
def stream(
    *,
    options: Options,
    settings: presets.Settings,
    source: Annotated[
        str,
        typer.Option(
            "--input",
            metavar="NAME",
            help="Format of stdin: netpbm (a series of PBM, PGM, PPM or PAM), y4m, rgb24 or gray; "
            "auto detects the first two.",
            rich_help_panel=_STREAM_PANEL,
            autocompletion=completed_by(completion.words(_INPUT_FORMATS)),
        ),
    ] = "auto",
    input_size: Annotated[
        str | None,
        typer.Option(
            metavar="WxH",
            help="Size of the frames of rgb24 and gray.",
            rich_help_panel=_STREAM_PANEL,
        ),
    ] = None,
    target: Annotated[
        str,
        typer.Option(
            "--output",
            metavar="NAME",
            help="Format of stdout: a series of pbm, pgm or ppm, or y4m, monob or monow (raw "
            "bits; 0 is black or white).",
            rich_help_panel=_STREAM_PANEL,
            autocompletion=completed_by(completion.words(_OUTPUT_FORMATS)),
        ),
    ] = "pbm",
    rate: Annotated[
        str | None,
        typer.Option(
            metavar="N",
            help="Frames per second in y4m: 25 or 30000/1001. Default: as the input, or 25.",
            rich_help_panel=_STREAM_PANEL,
        ),
    ] = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Convert a film frame by frame, from stdin to stdout, in constant memory.

    The default method is blue-noise, which does not flicker.
    """
    from pixbin import files
    from pixbin.stream import convert, readers
    from pixbin.stream.writers import StreamOutputFormat

    if not _METHOD_SETTINGS & settings.keys():
        options = dataclasses.replace(options, method=Method.BLUE_NOISE)
    output_format = _parse_choice(target, StreamOutputFormat)
    input_format = _parse_choice(source, readers.StreamInputFormat)
    speed, size = _parse_rate(rate), _parse_size(input_size)
    output_format.check_options(options)
    files.check_writable(files.STDIO)
    if sys.stdin is None:
        raise InputError("stdin: closed; pipe a film in")
    gc.enable()  # start-up disables it, and a long film needs it
    start = time.perf_counter()
    film = readers.open_stream(sys.stdin.buffer, input_format, size)
    if not quiet:
        film = dataclasses.replace(film, frames=_with_notes(film.frames, options))
    film = dataclasses.replace(film, frames=_marked(film.frames))
    try:
        count = convert.convert_stream(film, options, output_format, speed, _write)
    except OutputError as error:
        if isinstance(error.__cause__, BrokenPipeError):  # as after `| head -c 1000`
            raise typer.Exit(ExitCode.BROKEN_PIPE) from error
        raise
    if not quiet and console.is_stderr_terminal():
        console.print_stderr(f"{count} frames in {time.perf_counter() - start:.1f} s")


def _marked(frames: Iterator[Raster]) -> Iterator[Raster]:
    """Yield frames; the time of each runs from now until it is written."""
    for frame in frames:
        frame_marks.mark_begin()
        yield frame


def _write(data: bytes) -> None:
    from pixbin import files

    frame_marks.mark_end()
    files.write_stdout(data)


def _with_notes(frames: Iterator[Raster], options: Options) -> Iterator[Raster]:
    """Yield frames; print the notes on the first one: what `auto` chose, and on the plan."""
    from pixbin.pipeline import automatic
    from pixbin.pipeline.convert import plan_for_raster

    for number, frame in enumerate(frames):
        if number == 0:
            with contextlib.suppress(UsageError):  # the conversion reports it, with the frame
                plan, choice = plan_for_raster(frame, options), automatic.choose(frame, options)
                chosen = choice.notes(plan) if choice else ()
                console.print_notes("stdin", (*chosen, *plan.notes))
        yield frame


def _parse_choice(text: str, choices: type[_Choice]) -> _Choice:
    try:
        return parsing.choice_of(choices)(text)
    except parsing.ParseError as error:
        raise UsageError(f"{text}: {error}") from error


def _parse_size(text: str | None) -> Size | None:
    if text is None:
        return None
    try:
        extent = parsing.grid(text)
    except parsing.ParseError as error:
        raise UsageError(f"input size {text}: {error}") from error
    if extent.width is None or extent.height is None:
        raise UsageError(f"input size {text}: give both sides, as in 640x480")
    return Size(extent.width, extent.height)


def _parse_rate(text: str | None) -> Fraction | None:
    if text is None:
        return None
    try:
        rate = Fraction(text.replace(":", "/"))
    except (ValueError, ZeroDivisionError) as error:
        raise UsageError(f"rate {text}: write 25, 29.97 or 30000/1001") from error
    if not 0 < rate < 10_000:
        raise UsageError(f"rate {text}: write 25, 29.97 or 30000/1001")
    return rate.limit_denominator(1_000_000)

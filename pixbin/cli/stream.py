"""`pixbin stream`: films, from a pipe to a pipe."""

from __future__ import annotations

import dataclasses
import gc
import sys
import time
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, TypeVar

import typer

from pixbin.catalog.methods import Method
from pixbin.cli import console
from pixbin.cli.flags import Debug, Quiet
from pixbin.errors import InputError, UsageError
from pixbin.geometry import Size
from pixbin.options import Options, parsing, presets

_Choice = TypeVar("_Choice", bound=StrEnum)
_STREAM_PANEL = "Stream"
_METHOD_SETTINGS = {"method", "matrix", "threshold", "model"}


def stream(
    *,
    options: Options,
    settings: presets.Settings,
    source: Annotated[
        str,
        typer.Option(
            "--input",
            metavar="NAME",
            help="What stdin has: netpbm (PBM, PGM, PPM, PAM in a row), y4m, rgb24 or gray; auto "
            "tells the first two.",
            rich_help_panel=_STREAM_PANEL,
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
            help="What stdout gets: pbm, pgm or ppm in a row, y4m, monob or monow (bare bits; 0 "
            "is black, or white).",
            rich_help_panel=_STREAM_PANEL,
        ),
    ] = "pbm",
    rate: Annotated[
        str | None,
        typer.Option(
            metavar="N",
            help="Frames a second in y4m, 25 or 30000/1001. Default: the input's, or 25.",
            rich_help_panel=_STREAM_PANEL,
        ),
    ] = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Convert a film frame by frame, from stdin to stdout, in constant memory.

    Unless a method is given it is blue-noise, which is steady from frame to frame.
    """
    from pixbin import files
    from pixbin.stream import convert, readers
    from pixbin.stream.writers import StreamOutputFormat

    if not _METHOD_SETTINGS & settings.keys():
        options = dataclasses.replace(options, method=Method.BLUE_NOISE)
    chosen, kind = (
        _parse_choice(target, StreamOutputFormat),
        _parse_choice(source, readers.StreamInputFormat),
    )
    speed, size = _parse_rate(rate), _parse_size(input_size)
    chosen.check_options(options)
    files.check_writable(files.STDIO)
    if sys.stdin is None:
        raise InputError("stdin: closed; pipe a film in")
    gc.enable()  # which start-up leaves out, and a long film needs
    start = time.perf_counter()
    film = readers.open_stream(sys.stdin.buffer, kind, size)
    count = convert.convert_stream(film, options, chosen, speed, files.write_stdout)
    if not quiet and console.is_stderr_terminal():
        console.print_stderr(f"{count} frames in {time.perf_counter() - start:.1f} s")


def _parse_choice(word: str, choices: type[_Choice]) -> _Choice:
    try:
        return parsing.choice_of(choices)(word)
    except parsing.ParseError as error:
        raise UsageError(f"{word}: {error}") from error


def _parse_size(word: str | None) -> Size | None:
    if word is None:
        return None
    try:
        extent = parsing.grid(word)
    except parsing.ParseError as error:
        raise UsageError(f"input size {word}: {error}") from error
    if extent.width is None or extent.height is None:
        raise UsageError(f"input size {word}: give both sides, as in 640x480")
    return Size(extent.width, extent.height)


def _parse_rate(word: str | None) -> Fraction | None:
    if word is None:
        return None
    try:
        rate = Fraction(word.replace(":", "/"))
    except (ValueError, ZeroDivisionError) as error:
        raise UsageError(f"rate {word}: write 25, 29.97 or 30000/1001") from error
    if not 0 < rate < 10_000:
        raise UsageError(f"rate {word}: write 25, 29.97 or 30000/1001")
    return rate.limit_denominator(1_000_000)

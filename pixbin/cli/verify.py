"""`pixbin verify`: prove that finished files have two values, and the given size and blocks."""

from __future__ import annotations

from typing import Annotated

import typer

from pixbin.cli import completion, console, reports
from pixbin.cli.flags import Debug, Json, completed_by
from pixbin.errors import ExitCode, InputError
from pixbin.options import Options


def verify(
    names: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Pictures; - is stdin.", show_default=False),
    ],
    size: Annotated[
        str | None, typer.Option("--size", "-s", metavar="SIZE", help="The size they must have.")
    ] = None,
    grid: Annotated[
        str | None, typer.Option("--grid", "-g", metavar="SIZE", help="The grid they must have.")
    ] = None,
    block: Annotated[
        str | None, typer.Option("--block", "-b", metavar="N", help="The side of their blocks.")
    ] = None,
    channels: Annotated[
        str | None,
        typer.Option(
            "--channels",
            metavar="NAME",
            help="rgb: two values in each of red, green and blue.",
            autocompletion=completed_by(completion.of_option("channels")),
        ),
    ] = None,
    transparent: Annotated[
        bool, typer.Option("--transparent", help="Allow transparency as well as two values.")
    ] = False,
    any_depth: Annotated[
        bool, typer.Option("--any-depth", help="Allow more than one bit per pixel.")
    ] = False,
    max_pixels: Annotated[
        str | None,
        typer.Option(
            "--max-pixels",
            metavar="N",
            help="Refuse a file with more pixels in all its frames. Default: 500M.",
        ),
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Prove that files have at most two values, and the size and blocks that you give.

    Exit code 6 if a file fails, 3 if one cannot be read.
    """
    from pixbin.verification import check

    expected = Options.of(
        size=size, grid=grid, block=block, channels=channels, max_pixels=max_pixels
    )
    is_unreadable = has_failed = False
    for name in names:
        try:
            result = check(
                name,
                size=expected.size,
                grid=expected.grid,
                block=expected.block,
                channels=expected.channels,
                any_depth=any_depth,
                transparent=transparent,
                input_limits=expected.input_limits,
            )
        except InputError as error:
            is_unreadable = True
            _print_unreadable(name, error, as_json)
        else:
            has_failed = has_failed or bool(result.faults)
            report = reports.to_json(reports.verify_report(result))
            console.print_stdout(report if as_json else reports.verify_line(result))
    if has_failed or is_unreadable:
        raise typer.Exit(ExitCode.BATCH if has_failed else ExitCode.INPUT)


def _print_unreadable(name: str, error: InputError, as_json: bool) -> None:
    if as_json:
        console.print_stdout(reports.to_json(reports.unreadable_report(name, error)))
    else:
        console.print_stderr(f"error: {error}")

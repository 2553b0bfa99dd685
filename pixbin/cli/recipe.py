"""`pixbin recipe`: the options that a picture was made with, out of its file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pixbin.cli import console
from pixbin.cli.flags import Debug
from pixbin.errors import InputError


def recipe(
    source: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="A PNG or APNG that was written with --embed-recipe.",
            show_default=False,
        ),
    ],
    debug: Debug = False,
) -> None:
    """Print the options that are in a picture, as JSON that --preset reads.

    The option --embed-recipe of convert and batch writes them.
    """
    from pixbin.options import recipes

    try:
        text = recipes.read_png(Path(source))
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"{source}: cannot be read ({reason}); name a PNG") from error
    if text is None:
        raise InputError(f"{source}: has no recipe; --embed-recipe of convert writes one")
    content = recipes.parse(text, source)
    version = content.pop(recipes.VERSION_KEY, None)
    for line in recipes.to_json(content, version).splitlines():
        console.print_stdout(line)

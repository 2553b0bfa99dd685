"""`pixbin recipe`: the options that a picture was made with, out of its file."""

from __future__ import annotations

from typing import Annotated

import typer

from pixbin.catalog import limits
from pixbin.cli import console
from pixbin.cli.flags import Debug


def recipe(
    source: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="A PNG or APNG that was written with --embed-recipe; - is stdin.",
            show_default=False,
        ),
    ],
    debug: Debug = False,
) -> None:
    """Print the options that are in a picture, as JSON that --preset reads.

    The option --embed-recipe of convert and batch writes them.
    """
    from pixbin import files
    from pixbin.options import recipes

    data = files.read_bytes(source, limits.DEFAULT.max_bytes)
    content = recipes.from_picture(data, files.display_name(source))
    version = content.pop(recipes.VERSION_KEY, None)
    for line in recipes.to_json(content, version).splitlines():
        console.print_stdout(line)

"""The app: every command under its name."""

from __future__ import annotations

from typing import Annotated

import typer

from pixbin import __version__
from pixbin.cli import console
from pixbin.cli.batch import batch
from pixbin.cli.compare import EXAMPLES as COMPARE_EXAMPLES
from pixbin.cli.compare import compare
from pixbin.cli.convert import EXAMPLES, convert
from pixbin.cli.decode import decode
from pixbin.cli.decoder import decoder
from pixbin.cli.flags import CompactHelpCommand, ConversionCommand
from pixbin.cli.listings import devices, methods, models, presets
from pixbin.cli.mcp import mcp
from pixbin.cli.ramp import RAMP_EXAMPLES, calibrate, ramp
from pixbin.cli.recipe import recipe
from pixbin.cli.serve import serve
from pixbin.cli.show import show
from pixbin.cli.stream import stream
from pixbin.cli.studio import studio
from pixbin.cli.train import LazyTrainGroup
from pixbin.cli.verify import verify

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


@app.callback(
    epilog="""Examples:

pixbin convert photo.jpg icon.png --size 64x64

pixbin batch photos small --size 64x64

pixbin show photo.jpg

`pixbin COMMAND --help` lists the usual options of a command, `--help-all` all of them.
"""
)
def pixbin(
    version: Annotated[
        bool,
        typer.Option(
            "--version", "-V", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Turn any picture into a strictly two-valued, pixelated picture.

    The output has exactly the size that you ask for.
    """


app.command(cls=ConversionCommand, epilog=EXAMPLES)(convert)
for conversion_command in (show, studio, serve, batch, stream):
    app.command(cls=ConversionCommand)(conversion_command)
app.command(cls=ConversionCommand, epilog=COMPARE_EXAMPLES)(compare)
app.command(cls=ConversionCommand, epilog=RAMP_EXAMPLES)(ramp)
for command in (verify, decode, decoder, calibrate, recipe, mcp, methods, models, devices, presets):
    app.command(cls=CompactHelpCommand)(command)

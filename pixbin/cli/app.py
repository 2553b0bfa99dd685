"""The app: every command under its name, each imported when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from pixbin import __version__
from pixbin.cli import commands, console
from pixbin.cli.errors import ErrorHandlingGroup


class LazyGroup(ErrorHandlingGroup):
    """A group whose commands are imported when they are called, not when they are listed."""

    def __init__(self, **settings: Any) -> None:
        lines: Any = {name: TyperCommand(name, help=text) for name, text in commands.HELP.items()}
        super().__init__(**{**settings, "commands": lines})

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the name of the command that the words call, the command itself, and the rest."""
        name, line, rest = super().resolve_command(ctx, args)
        return name, load_command(name) if name else line, rest


def load_command(name: str) -> Any:
    """Import the module of a command, and return the command as Typer's object."""
    from pixbin.cli.flags import CompactHelpCommand, ConversionCommand, with_conversion_options

    module = import_module(commands.module_of(name))
    if group := getattr(module, "app", None):
        return typer.main.get_command(group)
    is_conversion = name in commands.CONVERSIONS
    function, rows = getattr(module, name), getattr(module, "FLAGS", ())
    single = typer.Typer(add_completion=False)
    single.command(
        name,
        cls=ConversionCommand if is_conversion else CompactHelpCommand,
        epilog=getattr(module, "EXAMPLES", None) if is_conversion else None,
    )(with_conversion_options(function, rows) if rows else function)
    return typer.main.get_command(single)


app = typer.Typer(
    cls=LazyGroup,
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

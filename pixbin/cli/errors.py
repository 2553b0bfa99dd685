"""The error boundary of Typer's commands: every error becomes one line and an exit code."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import typer
from typer.core import TyperGroup

from pixbin.cli import console, failures
from pixbin.cli.shortcuts import insert_command, is_folder
from pixbin.cli.typer_compat import (
    DEBUG_KEY,
    JSON_KEY,
    TyperUsageError,
    is_help_page,
)
from pixbin.errors import UsageError


class ErrorHandlingGroup(TyperGroup):
    """A group of commands whose errors become one line on stderr and an exit code."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments in front of the command, which may be left out for `convert`."""
        options = {spelling for parameter in self.params for spelling in parameter.opts}
        options.update(ctx.help_option_names)
        with _handle_errors(ctx), _flush_stdout():
            words = insert_command(args, self.list_commands(ctx), options)
            return super().parse_args(ctx, words)

    def invoke(self, ctx: Any) -> object:
        """Run the command."""
        with _handle_errors(ctx), _flush_stdout():
            return super().invoke(ctx)


@contextlib.contextmanager
def _flush_stdout() -> Iterator[None]:
    """Flush stdout at the end, also of a command that exits early, while errors are handled."""
    try:
        yield
    except typer.Exit:
        console.flush_stdout()
        raise
    console.flush_stdout()


@contextlib.contextmanager
def _handle_errors(ctx: typer.Context) -> Iterator[None]:
    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except TyperUsageError as error:
        if is_help_page(error):
            raise
        raise _report_and_exit(ctx, UsageError(_usage_message(ctx, error))) from error
    except BaseException as error:
        raise _report_and_exit(ctx, error) from error


def _report_and_exit(ctx: typer.Context, error: BaseException) -> typer.Exit:
    """Report an error, and return the exception that ends the program."""
    is_debug = bool(ctx.meta.get(DEBUG_KEY))
    return typer.Exit(failures.report(error, ctx.meta.get(JSON_KEY), is_debug=is_debug))


def _command_hint(message: str) -> str:
    """Return the command for a picture or, if the unknown command is a folder, for that."""
    _, _, rest = message.partition("'")
    name = rest.partition("'")[0]
    if is_folder(name):
        return f"to convert a folder: pixbin batch {name} OUTPUT_DIR"
    return "to convert a picture: pixbin convert INPUT OUTPUT"


def _plain_number_error(message: str) -> str:
    """Return a message of Typer on a number without the names of its types.

    Examples
    --------
    >>> _plain_number_error("'5M' is not a valid int range")
    "'5M' is not a whole number"
    >>> _plain_number_error("0 is not in the range 1<=x<=64")
    '0 is not from 1 to 64'
    >>> _plain_number_error("0 is not in the range x>=1")
    '0 is less than 1'
    """
    message = re.sub(r"not a valid int(eger)?( range)?\b", "not a whole number", message)
    message = re.sub(r"not a valid float( range)?\b", "not a number", message)
    message = re.sub(r"is not in the range ([\d.]+)<=x<=([\d.]+)", r"is not from \1 to \2", message)
    return re.sub(r"is not in the range x>=([\d.]+)", r"is less than \1", message)


def _usage_message(ctx: typer.Context, error: Any) -> str:
    """Return one of Typer's usage errors in the style of pixbin's own."""
    message: str = error.format_message().rstrip(".")
    message = _plain_number_error(message[:1].lower() + message[1:])
    subcommand = f" {ctx.invoked_subcommand}" if ctx.invoked_subcommand else ""
    command = error.ctx.command_path if error.ctx else f"{ctx.command_path}{subcommand}"
    if message.startswith("no such command"):
        return f"{message}{'' if message.endswith('?') else ';'} {_command_hint(message)}"
    if command.endswith("convert") and "unexpected extra argument" in message:
        message += " after INPUT and OUTPUT; for several pictures take `pixbin batch`"
    if command.endswith("compare") and "missing argument 'input" in message.lower():
        message = "the last name is the sheet to write; name a picture before it"
    return f"{message}; `{command} --help` lists the options"

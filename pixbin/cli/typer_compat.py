"""The parts of the command line that go beyond the documented interface of Typer.

docs/decisions/020-typer.md says why each part is here and when it can go.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import typer
from typer.core import TyperCommand

ALL_OPTIONS_KEY = "pixbin.all_options"  #: set in the context by `--help-all`
DEBUG_KEY = "pixbin.debug"  #: set in the context by `--debug`
#: in the context if `--json` was given: the names of input and output, for the report of an error
JSON_KEY = "pixbin.json"

#: the base class of Typer's usage errors, which Typer itself gives no public name
TyperUsageError: Any = typer.BadParameter.__base__


def is_help_page(error: BaseException) -> bool:
    """Return whether Typer raised the error only to show help, because there were no arguments.

    The class is private; Typer compares its name in the same way.
    """
    return type(error).__name__ == "NoArgsIsHelpError"


def set_parameters(
    wrapper: Callable[..., None],
    command: Callable[..., None],
    parameters: Sequence[inspect.Parameter],
    advanced: frozenset[str] = frozenset(),
) -> None:
    """Give a wrapper the name and help of a command, and the parameters that Typer reads.

    Typer copies the attributes of a function to the callback of its command, so the names of the
    advanced options travel with it.
    """
    wrapper.__name__, wrapper.__doc__ = command.__name__, command.__doc__
    wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    wrapper.advanced_options = advanced  # type: ignore[attr-defined]


class PagedHelpCommand(TyperCommand):
    """A command whose help fits 80 columns, and leaves advanced options to `--help-all`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse arguments; with `--json`, also errors in the arguments are to be reported so."""
        report: dict[str, object] = {}
        if "--json" in args and any("--json" in parameter.opts for parameter in self.params):
            ctx.meta[JSON_KEY] = report
        rest = super().parse_args(ctx, args)
        if "source" in ctx.params:
            target = ctx.params.get("output") or ctx.params.get("target")
            report |= {"source": ctx.params["source"], "output": target}
        return rest

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words of the usage line, required arguments without braces."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help of a copy of the command that has only the options to list.

        Negative flags (`--no-serpentine`) are named in the help text instead: Typer would add a
        column for them.
        """
        advanced: frozenset[str] = getattr(self.callback, "advanced_options", frozenset())
        page = copy.copy(self)
        page.params = [
            copy.copy(parameter)
            for parameter in self.params
            if parameter.name not in advanced or ctx.meta.get(ALL_OPTIONS_KEY)
        ]
        for parameter in page.params:
            parameter.secondary_opts = []
        super(PagedHelpCommand, page).format_help(ctx, formatter)

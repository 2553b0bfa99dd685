"""Command-line flags made from the table of options, the same on every command."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, get_args

import typer

from pixbin.cli import calls, completion, flag_table
from pixbin.cli.flag_table import Argument, Flag
from pixbin.cli.typer_compat import (
    ALL_OPTIONS_KEY,
    DEBUG_KEY,
    PagedHelpCommand,
    set_parameters,
)
from pixbin.color.rgb import BLACK, WHITE
from pixbin.options import Options
from pixbin.options.specification import OptionSpec, spec_of

OUTPUT_PANEL = flag_table.OUTPUT_PANEL
ADVANCED = "advanced"  #: in an annotation: list the option only with `--help-all`

_Parameters = list[inspect.Parameter]


def completed_by(completer: completion.Completer | None) -> completion.Completer | None:
    """Return the completer if a shell asks for completions, else None to save time."""
    return completer if completion.IS_COMPLETING else None


def _set_debug(ctx: typer.Context, is_debug: bool) -> bool:
    ctx.meta[DEBUG_KEY] = is_debug
    return is_debug


def _print_full_help(ctx: typer.Context, is_wanted: bool) -> None:
    if is_wanted and not ctx.resilient_parsing:
        ctx.meta[ALL_OPTIONS_KEY] = True
        typer.echo(ctx.get_help())
        raise typer.Exit


def _of_flag(row: Flag) -> Any:
    """Return Typer's description of a flag of the table."""
    completer = getattr(completion, row.completer) if row.completer else None
    is_debug = row is flag_table.DEBUG
    return typer.Option(
        *row.spellings,
        metavar=row.metavar,
        help=row.help,
        rich_help_panel=row.panel,
        autocompletion=completed_by(completer),
        callback=_set_debug if is_debug else None,
        is_eager=is_debug,
    )


def _of_argument(row: Argument) -> Any:
    """Return Typer's description of an argument of the table."""
    return typer.Argument(metavar=row.metavar, help=row.help, show_default=False)


InputArgument = Annotated[str, _of_argument(flag_table.INPUT)]
NoOverwrite = Annotated[bool, _of_flag(flag_table.NO_OVERWRITE), ADVANCED]
Force = Annotated[bool, _of_flag(flag_table.FORCE), ADVANCED]
Quiet = Annotated[bool, _of_flag(flag_table.QUIET)]
Debug = Annotated[bool, _of_flag(flag_table.DEBUG), ADVANCED]
Json = Annotated[bool, _of_flag(flag_table.JSON), ADVANCED]
SavePreset = Annotated[str | None, _of_flag(flag_table.SAVE_PRESET), ADVANCED]


def parameters_of(rows: Sequence[Argument | Flag]) -> Iterator[inspect.Parameter]:
    """Yield the parameters of arguments and flags of a table."""
    for row in rows:
        if isinstance(row, Argument):
            kind: Any = str if row.is_required else str | None
            yield inspect.Parameter(
                row.name,
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=inspect.Parameter.empty if row.is_required else None,
                annotation=Annotated[kind, _of_argument(row)],
            )
        else:
            kind, info = bool if row.metavar is None else str | None, _of_flag(row)
            yield inspect.Parameter(
                row.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=row.default,
                annotation=_annotated(kind, info, is_advanced=row.is_advanced),
            )


def _annotated(kind: Any, info: Any, *, is_advanced: bool) -> Any:
    return Annotated[kind, info, ADVANCED] if is_advanced else Annotated[kind, info]


(_PRESET_PARAMETER,) = parameters_of([flag_table.PRESET])
_HELP_ALL_PARAMETER = inspect.Parameter(
    "help_all",
    inspect.Parameter.KEYWORD_ONLY,
    default=False,
    annotation=Annotated[
        bool,
        typer.Option(
            "--help-all",
            callback=_print_full_help,
            is_eager=True,
            help="List all options and exit.",
        ),
    ],
)


_HELP_OF_COMMANDS = {
    "stream": {
        "method": "Way to choose ink or paper for each cell; `pixbin methods` lists all. "
        "Default: blue-noise."
    }
}  #: help of options that have another default in a command


class CompactHelpCommand(PagedHelpCommand):
    """A command without options of a conversion."""


class ConversionCommand(PagedHelpCommand):
    """A command with options of a conversion, some of which need no value."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse arguments; a flag such as `--edges` without a value gets its implied value."""
        return super().parse_args(ctx, [*flag_table.insert_flag_values(args)])


def with_conversion_options(
    command: Callable[..., None], rows: Sequence[Argument | Flag] = ()
) -> Callable[..., None]:
    """Give a command a flag for every option of a conversion, and `--preset`.

    It receives them as one argument `options` and, if it has such a parameter, `settings`: the
    values that were given, with their origins. If the command has a parameter with the name of
    an option, that parameter replaces the flag of the option. Its own parameters are those of
    the rows or, if there are none, of its signature.
    """
    own: Mapping[str, inspect.Parameter] = (
        {each.name: each for each in parameters_of(rows)}
        if rows
        else inspect.signature(command, eval_str=True).parameters
    )
    overrides = _HELP_OF_COMMANDS.get(command.__name__, {})
    flags = _make_parameters(
        command.__name__,
        own.keys(),
        extra_spellings=flag_table.more_spellings(own),
        help_overrides=overrides,
    )
    has_settings = bool(rows) or "settings" in own

    def run_with_options(**given: Any) -> None:
        given.pop(_HELP_ALL_PARAMETER.name)  # if it was given, it has printed help already
        values = {flag.name: given.pop(flag.name) for flag in flags}
        calls.call_conversion(command, values, given, has_settings=has_settings)

    _set_flags(run_with_options, command, own, [*flags, _PRESET_PARAMETER])
    return run_with_options


def with_options(
    parse: Callable[..., object],
    exclude: Collection[str] = (),
    help_overrides: Mapping[str, str] = MappingProxyType({}),
    is_paged: bool = True,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that gives a command flags for some options.

    Parameters
    ----------
    parse : callable
        Makes the command's argument `options` from the values by name; None is not given.
    exclude : names of options that the command does not take
    help_overrides : help of options that mean something else here, by name
    is_paged : whether options that few people use are listed by `--help-all` only
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command, eval_str=True).parameters
        flags = _make_parameters(
            command.__name__,
            exclude,
            extra_spellings=flag_table.more_spellings(own),
            help_overrides=help_overrides,
        )

        def run_with_options(**given: Any) -> None:
            values = {flag.name: given.pop(flag.name) for flag in flags}
            given.pop(_HELP_ALL_PARAMETER.name, None)
            command(options=parse(**values), **given)

        _set_flags(run_with_options, command, own, flags, is_paged)
        return run_with_options

    return decorate


def _set_flags(
    wrapper: Callable[..., None],
    command: Callable[..., None],
    own: Mapping[str, inspect.Parameter],
    flags: _Parameters,
    is_paged: bool = True,
) -> None:
    """Give a wrapper the parameters of a command, and flags after its arguments."""
    rest = [own[name] for name in own if name not in ("options", "settings")]
    arguments = [each for each in rest if each.kind is not inspect.Parameter.KEYWORD_ONLY]
    parameters = [*arguments, *flags, *rest[len(arguments) :]]
    advanced = frozenset(each.name for each in parameters if ADVANCED in get_args(each.annotation))
    if is_paged:
        set_parameters(wrapper, command, [*parameters, _HELP_ALL_PARAMETER], advanced)
    else:
        set_parameters(wrapper, command, parameters)


def _make_parameters(
    command: str,
    exclude: Collection[str] = (),
    extra_spellings: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    help_overrides: Mapping[str, str] = MappingProxyType({}),
) -> _Parameters:
    """Return the flags of all options that a command takes."""
    return [
        _make_parameter(
            field, command, extra_spellings.get(field.name, ()), help_overrides.get(field.name)
        )
        for field in dataclasses.fields(Options)
        if field.name not in exclude
    ]


def _make_parameter(
    field: dataclasses.Field[Any],
    command: str,
    extra_spellings: tuple[str, ...],
    help_override: str | None,
) -> inspect.Parameter:
    spec, is_switch = spec_of(field), flag_table.is_switch(field.name)
    spellings = flag_table.spellings_of_option(field.name)
    if is_switch:
        spellings = (f"{spellings[0]}/{flag_table.negative_flag(field.name)}",)
    info = typer.Option(
        *(*spellings, *extra_spellings),
        help=help_override or _help_text(field.name, spec, field.default),
        show_default=False,
        rich_help_panel=spec.panel,
        metavar=None if is_switch else spec.metavar,
        hidden=command in spec.hidden_on,
        autocompletion=completed_by(completion.of_option(field.name)),
    )
    kind: Any = (bool if is_switch else str) | None
    return inspect.Parameter(
        field.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=_annotated(kind, info, is_advanced=not spec.is_basic),
    )


def _help_text(name: str, spec: OptionSpec, default: object) -> str:
    if isinstance(default, bool):
        state = (
            f"on (off: {flag_table.negative_flag(name)})"
            if default
            else f"off ({flag_table.negative_flag(name)})"
        )
        return f"{spec.help} Default: {state}."
    if default is None or " Default: " in spec.help:
        return spec.help
    return f"{spec.help} Default: {default_text(default)}."


def default_text(default: object) -> str:
    """Return the default of an option as a user would write it."""
    if isinstance(default, tuple):
        return {BLACK: "black", WHITE: "white"}[default]
    return f"{default:g}" if isinstance(default, float) else str(default)

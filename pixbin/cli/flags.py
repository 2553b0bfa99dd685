"""Command-line flags made from the table of options, the same on every command."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Annotated, Any, get_args

import typer

from pixbin.cli import completion, console
from pixbin.cli.typer_compat import (
    ALL_OPTIONS_KEY,
    DEBUG_KEY,
    PagedHelpCommand,
    insert_flag_values,
    set_parameters,
)
from pixbin.color.rgb import BLACK, WHITE
from pixbin.errors import UsageError
from pixbin.files import STDIO
from pixbin.options import SPECS, Options, presets, project_file
from pixbin.options.parsing import is_number
from pixbin.options.specification import OptionSpec, spec_of

OUTPUT_PANEL = "Output"  #: the help panel of flags about the output file
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


InputArgument = Annotated[
    str,
    typer.Argument(metavar="INPUT", help="A picture; - is stdin.", show_default=False),
]
NoOverwrite = Annotated[
    bool,
    typer.Option("--no-overwrite", help="Keep an existing file.", rich_help_panel=OUTPUT_PANEL),
    ADVANCED,
]
Force = Annotated[
    bool,
    typer.Option("--force", help="Let OUTPUT replace INPUT itself.", rich_help_panel=OUTPUT_PANEL),
    ADVANCED,
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
Debug = Annotated[
    bool,
    typer.Option("--debug", callback=_set_debug, is_eager=True, help="Print tracebacks."),
    ADVANCED,
]
Json = Annotated[bool, typer.Option("--json", help="Print reports as JSON."), ADVANCED]
SavePreset = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE", help="Save these options for --preset.", rich_help_panel=OUTPUT_PANEL
    ),
    ADVANCED,
]

_PRESET_PARAMETER = inspect.Parameter(
    "preset",
    inspect.Parameter.KEYWORD_ONLY,
    default=None,
    annotation=Annotated[
        str | None,
        typer.Option(
            "--preset",
            "-p",
            metavar="NAME|FILE",
            help="Options saved earlier: by --save-preset, in a TOML or JSON file, or in a PNG "
            "(--embed-recipe). Options given here take precedence. --preset none uses no preset "
            "and no pixbin.toml.",
            autocompletion=completed_by(completion.presets),
        ),
    ],
)
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
        values = {
            flag_of_option(name): spec.flag_value
            for name, spec in SPECS.items()
            if spec.flag_value is not None
        }
        return super().parse_args(ctx, [*insert_flag_values(args, values, is_number)])


def with_conversion_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command a flag for every option of a conversion, and `--preset`.

    It receives them as one argument `options` and, if it has such a parameter, `settings`: the
    values that were given, with their origins. If the command has a parameter with the name of
    an option, that parameter replaces the flag of the option.
    """
    own = inspect.signature(command, eval_str=True).parameters
    spellings = _more_spellings(own)
    overrides = _HELP_OF_COMMANDS.get(command.__name__, {})
    flags = _make_parameters(
        command.__name__, own.keys(), extra_spellings=spellings, help_overrides=overrides
    )
    extras = [name for name in presets.EXTRA_SETTINGS if name in own]

    def run_with_options(**given: Any) -> None:
        values = {flag.name: given.pop(flag.name) for flag in flags}
        preset = given.pop(_PRESET_PARAMETER.name)
        given.pop(_HELP_ALL_PARAMETER.name)  # if it was given, it has printed help already
        _check_stdin_used_once(values["matrix"], given)
        settings = presets.merge({**values, **{name: given[name] for name in extras}}, preset)
        if preset != presets.NO_PRESET and not given.get("quiet"):
            for note in project_file.notes():
                console.print_stderr(note)
        given |= {name: settings[name].value for name in extras if name in settings}
        if "settings" in own:
            given["settings"] = settings
        command(options=presets.to_options(settings), **given)

    _set_flags(run_with_options, command, own, [*flags, _PRESET_PARAMETER])
    return run_with_options


def _more_spellings(own: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """Return other names of flags: `--name` is free unless a command has its own."""
    return {} if "name" in own else {"symbol": ("--name",)}


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
            extra_spellings=_more_spellings(own),
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


def _check_stdin_used_once(matrix: str | None, given: dict[str, Any]) -> None:
    sources = given.get("sources") or (given.get("source"),)
    users = {"picture": STDIO if STDIO in sources else None, "list": given.get("files0")}
    if "input_size" in given:
        users["film"] = STDIO
    for user, name in users.items():
        if matrix == name == STDIO:
            raise UsageError(f"stdin cannot be both {user} and matrix; name a file for one of them")


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
    spec, is_switch = spec_of(field), isinstance(field.default, bool)
    info = typer.Option(
        *(*_flag_spellings(field.name, spec, is_switch), *extra_spellings),
        help=help_override or _help_text(field.name, spec, field.default),
        show_default=False,
        rich_help_panel=spec.panel,
        metavar=None if is_switch else spec.metavar,
        hidden=command in spec.hidden_on,
        autocompletion=completed_by(completion.of_option(field.name)),
    )
    kind: Any = (bool if is_switch else str) | None
    annotation: Any = Annotated[kind, info] if spec.is_basic else Annotated[kind, info, ADVANCED]
    return inspect.Parameter(
        field.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )


def flag_of_option(name: str) -> str:
    """Return the long flag of an option: `bit_order` is `--bit-order`."""
    return f"--{name.replace('_', '-')}"


def _flag_spellings(name: str, spec: OptionSpec, is_switch: bool) -> tuple[str, ...]:
    flag = flag_of_option(name)
    return (f"{flag}/{_negative_flag(name)}",) if is_switch else spec.flags or (flag,)


def _negative_flag(name: str) -> str:
    return flag_of_option(f"no_{name}")


def _help_text(name: str, spec: OptionSpec, default: object) -> str:
    if isinstance(default, bool):
        state = f"on (off: {_negative_flag(name)})" if default else f"off ({_negative_flag(name)})"
        return f"{spec.help} Default: {state}."
    if default is None or " Default: " in spec.help:
        return spec.help
    return f"{spec.help} Default: {default_text(default)}."


def default_text(default: object) -> str:
    """Return the default of an option as a user would write it."""
    if isinstance(default, tuple):
        return {BLACK: "black", WHITE: "white"}[default]
    return f"{default:g}" if isinstance(default, float) else str(default)

"""Command-line flags made from the fields of `Options`, the same on every command."""

from __future__ import annotations

import copy
import dataclasses
import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from pixbin.color.rgb import BLACK, WHITE
from pixbin.errors import UsageError
from pixbin.options import Options, presets
from pixbin.options.custom_matrix import STDIO
from pixbin.options.parsing import is_number

OUTPUT_PANEL = "Output"  #: the panel of flags about what is written
DEBUG_KEY = "pixbin.debug"  #: where `--debug` is noted in the context


def _set_debug(ctx: typer.Context, is_debug: bool) -> bool:
    ctx.meta[DEBUG_KEY] = is_debug
    return is_debug


NoOverwrite = Annotated[
    bool,
    typer.Option("--no-overwrite", help="Keep an existing file.", rich_help_panel=OUTPUT_PANEL),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
Debug = Annotated[
    bool, typer.Option("--debug", callback=_set_debug, is_eager=True, help="Show tracebacks.")
]
Json = Annotated[bool, typer.Option("--json", help="Report as JSON, for machines.")]


SavePreset = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE", help="Keep these options for --preset.", rich_help_panel=OUTPUT_PANEL
    ),
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
            help="Options kept earlier (--save-preset), or in a TOML file; those given here come "
            "first. none leaves out pixbin.toml, too.",
        ),
    ],
)


class CompactHelpCommand(TyperCommand):
    """A command whose help leaves room for words, on 80 columns, too."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words of the usage line, those that must be given without braces."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Show switches without their opposites, which would take a column of their own."""
        page = copy.copy(self)
        page.params = [copy.copy(each) for each in self.params]
        for each in page.params:
            each.secondary_opts = []
        super(CompactHelpCommand, page).format_help(ctx, formatter)


class ConversionCommand(CompactHelpCommand):
    """A command some of whose flags may stand without a value."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give such flags the value they stand for, unless a number follows."""
        return super().parse_args(ctx, [*_insert_flag_values(args)])


def _insert_flag_values(args: list[str]) -> Iterator[str]:
    alone = {f"--{field.name}": field.metadata["alone"] for field in dataclasses.fields(Options)}
    end = args.index("--") if "--" in args else len(args)
    for place, word in enumerate(args):
        stands_for = alone.get(word) if place < end else None
        is_followed = place + 1 < len(args) and is_number(args[place + 1])
        yield f"{word}={stands_for}" if stands_for and not is_followed else word


def with_conversion_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command a flag for every option, and one for a preset.

    It receives them as one `options` and, if it has such a parameter, `settings`: what was
    asked for and where.
    """
    own = inspect.signature(command, eval_str=True).parameters
    extra = {} if "name" in own else {"symbol": ("--name",)}
    flags = [*_make_parameters(extra_spellings=extra), _PRESET_PARAMETER]
    also = [name for name in presets.EXTRA_SETTINGS if name in own]

    def with_options(**given: Any) -> None:
        words = {flag.name: given.pop(flag.name) for flag in flags}
        preset = words.pop("preset")
        _check_stdin_used_once(words["matrix"], given)
        settings = presets.merge({**words, **{name: given[name] for name in also}}, preset)
        given |= {name: settings[name].value for name in also if name in settings}
        if "settings" in own:
            given["settings"] = settings
        command(options=presets.to_options(settings), **given)

    return _with_signature(with_options, command, flags)


def with_options(
    parse: Callable[..., object],
    exclude: Collection[str] = (),
    help_overrides: Mapping[str, str] = MappingProxyType({}),
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command flags for options; it receives what `read` makes of their words.

    Some have another help there, in `meanings`.
    """
    flags = _make_parameters(exclude, help_overrides=help_overrides)

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        def with_options(**given: Any) -> None:
            words = {flag.name: given.pop(flag.name) for flag in flags}
            command(options=parse(**words), **given)

        return _with_signature(with_options, command, flags)

    return decorate


def _with_signature(
    wrapper: Callable[..., None], command: Callable[..., None], flags: list[inspect.Parameter]
) -> Callable[..., None]:
    """Show the parameters of a command with its flags to Typer, and its words."""
    own = inspect.signature(command, eval_str=True).parameters
    rest = [each for name, each in own.items() if name not in ("options", "settings")]
    first = [each for each in rest if each.kind is not inspect.Parameter.KEYWORD_ONLY]
    parameters = [*first, *flags, *rest[len(first) :]]
    wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    wrapper.__annotations__ = {each.name: each.annotation for each in parameters}
    wrapper.__doc__ = command.__doc__
    wrapper.__name__ = command.__name__
    return wrapper


def _check_stdin_used_once(matrix: str | None, given: dict[str, Any]) -> None:
    takes = {"picture": given.get("source"), "list": given.get("files0")}
    if "input_size" in given:
        takes["film"] = STDIO
    for what, name in takes.items():
        if matrix == name == STDIO:
            raise UsageError(f"stdin cannot be both {what} and matrix; name a file for one of them")


def _make_parameters(
    exclude: Collection[str] = (),
    extra_spellings: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    help_overrides: Mapping[str, str] = MappingProxyType({}),
) -> list[inspect.Parameter]:
    """Return the flags of options, some by other spellings, too."""
    return [
        _make_parameter(field, extra_spellings.get(field.name, ()), help_overrides.get(field.name))
        for field in dataclasses.fields(Options)
        if field.name not in exclude
    ]


def _make_parameter(
    field: dataclasses.Field[Any], extra_spellings: tuple[str, ...], help_override: str | None
) -> inspect.Parameter:
    is_switch = isinstance(field.default, bool)
    option = typer.Option(
        *(*_flag_spellings(field, is_switch), *extra_spellings),
        help=help_override or _help_text(field),
        show_default=False,
        rich_help_panel=field.metadata["panel"],
        metavar=None if is_switch else field.metadata["metavar"],
    )
    kind: Any = (bool if is_switch else str) | None
    return inspect.Parameter(
        field.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, option]
    )


def flag_of_option(name: str) -> str:
    """Return how the command line spells an option."""
    return f"--{name.replace('_', '-')}"


def _flag_spellings(field: dataclasses.Field[Any], is_switch: bool) -> tuple[str, ...]:
    name = flag_of_option(field.name)
    if is_switch:
        return (f"{name}/{_negative_flag(field)}",)
    spelled: tuple[str, ...] = field.metadata["flags"] or (name,)
    return spelled


def _negative_flag(field: dataclasses.Field[Any]) -> str:
    return flag_of_option(f"no_{field.name}")


def _help_text(field: dataclasses.Field[Any]) -> str:
    meaning: str = field.metadata["meaning"]
    if isinstance(field.default, bool):
        default = "yes (no is {})" if field.default else "no ({})"
        return f"{meaning} Default: {default.format(_negative_flag(field))}."
    return (
        meaning if field.default is None else f"{meaning} Default: {_default_text(field.default)}."
    )


def _default_text(default: object) -> str:
    if isinstance(default, tuple):
        return {BLACK: "black", WHITE: "white"}[default]
    return f"{default:g}" if isinstance(default, float) else str(default)

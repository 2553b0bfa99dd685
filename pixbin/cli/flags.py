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

from pixbin.errors import UsageError
from pixbin.options import Options, presets
from pixbin.options.custom_matrix import STANDARD
from pixbin.options.parsing import BLACK, WHITE, is_number

OUTPUT = "Output"  #: the panel of flags about what is written
DEBUG = "pixbin.debug"  #: where `--debug` is noted in the context


def _set_debug(ctx: typer.Context, wanted: bool) -> bool:
    ctx.meta[DEBUG] = wanted
    return wanted


NoOverwrite = Annotated[
    bool, typer.Option("--no-overwrite", help="Keep an existing file.", rich_help_panel=OUTPUT)
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
Debug = Annotated[
    bool, typer.Option("--debug", callback=_set_debug, is_eager=True, help="Show tracebacks.")
]
Json = Annotated[bool, typer.Option("--json", help="Report as JSON, for machines.")]


SavePreset = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE", help="Keep these options for --preset.", rich_help_panel=OUTPUT
    ),
]

_PRESET = inspect.Parameter(
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


class PlainCommand(TyperCommand):
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
        super(PlainCommand, page).format_help(ctx, formatter)


class ConversionCommand(PlainCommand):
    """A command some of whose flags may stand without a value."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give such flags the value they stand for, unless a number follows."""
        return super().parse_args(ctx, [*_completed(args)])


def _completed(args: list[str]) -> Iterator[str]:
    alone = {f"--{field.name}": field.metadata["alone"] for field in dataclasses.fields(Options)}
    end = args.index("--") if "--" in args else len(args)
    for place, word in enumerate(args):
        stands_for = alone.get(word) if place < end else None
        is_followed = place + 1 < len(args) and is_number(args[place + 1])
        yield f"{word}={stands_for}" if stands_for and not is_followed else word


def takes_conversion_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command a flag for every option, and one for a preset.

    It receives them as one `options` and, if it has such a parameter, `settings`: what was
    asked for and where.
    """
    own = inspect.signature(command, eval_str=True).parameters
    extra = {} if "name" in own else {"symbol": ("--name",)}
    flags = [*_flags(extra=extra), _PRESET]
    also = [name for name in presets.ALSO if name in own]

    def with_options(**given: Any) -> None:
        words = {flag.name: given.pop(flag.name) for flag in flags}
        preset = words.pop("preset")
        _check_stdin(words["matrix"], given)
        settings = presets.combined({**words, **{name: given[name] for name in also}}, preset)
        given |= {name: settings[name].value for name in also if name in settings}
        if "settings" in own:
            given["settings"] = settings
        command(options=presets.options(settings), **given)

    return _as_command(with_options, command, flags)


def taking(
    read: Callable[..., object],
    without: Collection[str] = (),
    meanings: Mapping[str, str] = MappingProxyType({}),
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command flags for options; it receives what `read` makes of their words.

    Some have another help there, in `meanings`.
    """
    flags = _flags(without, meanings=meanings)

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        def with_options(**given: Any) -> None:
            words = {flag.name: given.pop(flag.name) for flag in flags}
            command(options=read(**words), **given)

        return _as_command(with_options, command, flags)

    return decorate


def _as_command(
    with_options: Callable[..., None], command: Callable[..., None], flags: list[inspect.Parameter]
) -> Callable[..., None]:
    """Show the parameters of a command with its flags to Typer, and its words."""
    own = inspect.signature(command, eval_str=True).parameters
    rest = [each for name, each in own.items() if name not in ("options", "settings")]
    first = [each for each in rest if each.kind is not inspect.Parameter.KEYWORD_ONLY]
    parameters = [*first, *flags, *rest[len(first) :]]
    with_options.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    with_options.__annotations__ = {each.name: each.annotation for each in parameters}
    with_options.__doc__ = command.__doc__
    with_options.__name__ = command.__name__
    return with_options


def _check_stdin(matrix: str | None, given: dict[str, Any]) -> None:
    takes = {"picture": given.get("source"), "list": given.get("files0")}
    if "input_size" in given:
        takes["film"] = STANDARD
    for what, name in takes.items():
        if matrix == name == STANDARD:
            raise UsageError(f"stdin cannot be both {what} and matrix; name a file for one of them")


def _flags(
    without: Collection[str] = (),
    extra: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    meanings: Mapping[str, str] = MappingProxyType({}),
) -> list[inspect.Parameter]:
    """Return the flags of options, some by other spellings, too."""
    return [
        _flag(field, extra.get(field.name, ()), meanings.get(field.name))
        for field in dataclasses.fields(Options)
        if field.name not in without
    ]


def _flag(
    field: dataclasses.Field[Any], extra: tuple[str, ...], meaning: str | None
) -> inspect.Parameter:
    is_switch = isinstance(field.default, bool)
    option = typer.Option(
        *(*_spellings(field, is_switch), *extra),
        help=meaning or _help(field),
        show_default=False,
        rich_help_panel=field.metadata["panel"],
        metavar=None if is_switch else field.metadata["metavar"],
    )
    kind: Any = (bool if is_switch else str) | None
    return inspect.Parameter(
        field.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, option]
    )


def flag(name: str) -> str:
    """Return how the command line spells an option."""
    return f"--{name.replace('_', '-')}"


def _spellings(field: dataclasses.Field[Any], is_switch: bool) -> tuple[str, ...]:
    name = flag(field.name)
    if is_switch:
        return (f"{name}/{_opposite(field)}",)
    spelled: tuple[str, ...] = field.metadata["flags"] or (name,)
    return spelled


def _opposite(field: dataclasses.Field[Any]) -> str:
    return flag(f"no_{field.name}")


def _help(field: dataclasses.Field[Any]) -> str:
    meaning: str = field.metadata["meaning"]
    if isinstance(field.default, bool):
        default = "yes (no is {})" if field.default else "no ({})"
        return f"{meaning} Default: {default.format(_opposite(field))}."
    return meaning if field.default is None else f"{meaning} Default: {_shown(field.default)}."


def _shown(default: object) -> str:
    if isinstance(default, tuple):
        return {BLACK: "black", WHITE: "white"}[default]
    return f"{default:g}" if isinstance(default, float) else str(default)

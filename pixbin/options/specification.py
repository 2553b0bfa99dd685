"""The specification of an option: its parser, limits, help text, and the commands that use it."""

# Annotations are no text here: `NamedTuple` would compile each again, which slows the start.

import dataclasses
import importlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from enum import Enum, StrEnum
from typing import Any, NamedTuple

LISTING = "`pixbin convert --help-all` lists all"  #: of the options, after an unknown name
EXTRA_SETTINGS = (
    "format",
    "name",
)  #: settings of a preset that are not options; only some commands have them
_DOCSTRING_WIDTH = 88  #: of lines, in letters
_PLAIN_TYPES = {"rgb.Color": "tuple[int, int, int]", "PathLike[str]": "PathLike"}
_PLAIN_TYPES |= {"SupportsArrayInterface": "array", "AnyMask": "RegionMask"}


class Panel(StrEnum):
    """The heading under which `--help` lists an option."""

    SIZE = "Size and grid"
    METHOD = "Method"
    LOOK = "Light and look"
    COLOR = "Colours"
    INPUT = "Input"
    BYTES = "Bytes of devices"
    LASER = "Laser"
    MEDIUM = "Medium"
    SPRITES = "Sprites"
    OUTPUT = "Output"


class ExclusiveGroup(StrEnum):
    """Options that replace one another: one on the command line drops the others of a preset."""

    METHOD = "method"
    CELLS = "cells"


class OptionSpec(NamedTuple):
    """The row of an option in the table of options."""

    parse: Callable[[Any], Any]  #: text or value -> checked value; raises ParseError
    panel: Panel
    metavar: str  #: stands for the value in help; empty for a switch
    help: str
    flags: tuple[str, ...] = ()  #: spellings, if there are more than `--name`
    flag_value: str | None = None  #: the value of a flag that is given without one
    choices: tuple[str, ...] = ()  #: words that a shell can complete
    is_basic: bool = False  #: on the first page of help; else only with `--help-all`
    hidden_on: tuple[str, ...] = ()  #: commands that accept the option but do not use it
    for_decode: bool = False  #: also an option of `decode`
    is_path: bool = False  #: may name a file, which presets keep relative to their own folder
    set_by_device: bool = False  #: a device sets it, so it drops the value of a lower layer
    rivals: ExclusiveGroup | None = None
    is_later: bool = False  #: added after 0.1: its default is not part of batch fingerprints


def option(
    parse: Callable[[Any], Any],
    default: Any,
    panel: Panel,
    metavar: str,
    help_text: str,
    *,
    choices: Iterable[str] = (),
    **more: Any,
) -> Any:
    """Return a dataclass field for an option; choices are those of the parser unless given."""
    words = (*choices,) or tuple(getattr(parse, "choices", ()))
    spec = OptionSpec(
        parse=parse, panel=panel, metavar=metavar, help=help_text, choices=words, **more
    )
    return dataclasses.field(default=default, metadata={"spec": spec})


def late(module: str, function: str = "parse") -> Callable[[Any], Any]:
    """Return a parser from a module of pixbin that is imported when the option is first given."""

    def parse(given: Any) -> Any:
        parser = getattr(importlib.import_module(f"pixbin.{module}"), function)
        return parser(given)

    return parse


def spec_of(field: dataclasses.Field[Any]) -> OptionSpec:
    """Return the specification of an option's field."""
    spec: OptionSpec = field.metadata["spec"]
    return spec


class GeneratedDocstring:
    """The docstring of a class of options, which is written when it is first read."""

    def __init__(self, summary: str | None) -> None:
        self._summary = summary or ""

    def __get__(self, instance: object, owner: type) -> str:
        import inspect

        from pixbin.options.settings import ConvertSettings

        described = _describe_options(owner, ConvertSettings.__annotations__)
        head, section, tail = inspect.cleandoc(self._summary).partition("Raises\n")
        return f"{head}{described}\n\n{section}{tail}"


def _describe_options(options: type, settings: Mapping[str, Any]) -> str:
    """Return the section `Parameters` of a docstring; the settings are types by keyword."""
    types = {field.name: field.type for field in dataclasses.fields(options)} | {**settings}
    paragraphs = [_paragraph(field, types[field.name]) for field in dataclasses.fields(options)]
    return "\n".join(["Parameters", "----------", *paragraphs])


def _paragraph(field: dataclasses.Field[Any], annotation: Any) -> str:
    import textwrap

    text = textwrap.fill(
        as_keywords(spec_of(field).help),
        _DOCSTRING_WIDTH,
        initial_indent="    ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return f"{field.name} : {_types(annotation)}{_default(field.default)}\n{text}"


def as_keywords(text: str, left: Collection[str] = ()) -> str:
    """Return a help text in which options are keywords: `fit` in place of --fit.

    Command lines of pixbin stay as they are, and so do the options whose keywords are `left`.

    >>> as_keywords("Implies -m neural; see --bit-order.")
    'Implies `method` neural; see `bit_order`.'
    """

    def keyword(match: re.Match[str]) -> str:
        name = (match[1] or "").replace("-", "_")
        return f"`{name}`" if name and name not in left else match[0]

    text = re.sub(r"(?<![\w-])-m\b", "--method", text)
    return re.sub(r"`pixbin [^`]*`|(?<![\w-])--([a-z]+(?:-[a-z]+)*)", keyword, text)


def _types(annotation: Any) -> str:
    """Return the types of a keyword; None, which stands for the default, is left out."""
    words = str(getattr(annotation, "__forward_arg__", annotation))
    for name, plain in _PLAIN_TYPES.items():
        words = words.replace(name, plain)
    return ", ".join(word for word in words.split(" | ") if word != "None")


def _default(value: object) -> str:
    """Return the default for the first line; the help text describes one that is None."""
    if value is None:
        return ""
    return f"; default {value.value if isinstance(value, Enum) else value!r}"

"""Arguments and flags of commands as data: those that commands share, and those of options.

`flags` makes Typer's parameters from these rows, and `direct` reads a command line by them.
"""

# Annotations are no text here: `NamedTuple` would compile each again, which slows the start.

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from pixbin.options import SPECS
from pixbin.options.parsing import is_number

OUTPUT_PANEL = "Output"  #: the help panel of flags about the output file


class Argument(NamedTuple):
    """The row of a word that is given by its place."""

    name: str  #: of the parameter
    metavar: str
    help: str
    is_required: bool = True


class Flag(NamedTuple):
    """The row of a flag that is no option of a conversion."""

    name: str  #: of the parameter
    spellings: tuple[str, ...]
    help: str
    metavar: str | None = None  #: stands for the value in help; None for a switch
    panel: str | None = None
    completer: str | None = None  #: the function of `completion` for the value
    is_advanced: bool = True  #: only with `--help-all`

    @property
    def default(self) -> bool | None:
        """The value if the flag is not given."""
        return False if self.metavar is None else None


INPUT = Argument("source", "INPUT", "A picture; - is stdin.")
NO_OVERWRITE = Flag(
    "no_overwrite", ("--no-overwrite",), "Keep an existing file.", None, OUTPUT_PANEL
)
FORCE = Flag("force", ("--force",), "Let OUTPUT replace INPUT itself.", None, OUTPUT_PANEL)
QUIET = Flag("quiet", ("--quiet", "-q"), "Print errors only.", is_advanced=False)
DEBUG = Flag("debug", ("--debug",), "Print tracebacks.")
JSON = Flag("as_json", ("--json",), "Print reports as JSON.")
SAVE_PRESET = Flag(
    *("save_preset", ("--save-preset",), "Save these options for --preset."),
    *("NAME|FILE", OUTPUT_PANEL),
)
PRESET = Flag(
    "preset",
    ("--preset", "-p"),
    "Options saved earlier: by --save-preset, in a TOML or JSON file, or in a PNG "
    "(--embed-recipe). Options given here take precedence. --preset none uses no preset and no "
    "pixbin.toml.",
    "NAME|FILE",
    completer="presets",
    is_advanced=False,
)


def flag_of_option(name: str) -> str:
    """Return the long flag of an option: `bit_order` is `--bit-order`."""
    return f"--{name.replace('_', '-')}"


def negative_flag(name: str) -> str:
    """Return the flag that switches an option off: `--no-serpentine`."""
    return flag_of_option(f"no_{name}")


def is_switch(name: str) -> bool:
    """Return whether an option is on or off."""
    return not SPECS[name].metavar


def spellings_of_option(name: str) -> tuple[str, ...]:
    """Return the flags of an option that takes a value, or that switch it on."""
    return SPECS[name].flags or (flag_of_option(name),)


def more_spellings(own: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """Return other names of flags: `--name` is free unless a command has its own."""
    return {} if "name" in own else {"symbol": ("--name",)}


def insert_flag_values(arguments: list[str]) -> Iterator[str]:
    """Yield the arguments; a flag that may stand without a value gets its implied value.

    >>> [*insert_flag_values(["--edges", "a.png", "--edges", "0.3"])]
    ['--edges=50%', 'a.png', '--edges', '0.3']
    """
    implied = {
        flag_of_option(name): spec.flag_value for name, spec in SPECS.items() if spec.flag_value
    }
    end = arguments.index("--") if "--" in arguments else len(arguments)
    for index, argument in enumerate(arguments):
        value = implied.get(argument) if index < end else None
        has_value = value and any(map(is_number, arguments[index + 1 : index + 2]))
        yield f"{argument}={value}" if value and not has_value else argument

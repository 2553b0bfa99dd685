"""Completions of the name of a command, without Typer.

A shell waits for them while somebody types. So this module imports little more than the table of
commands. A test proves that Typer gives the same answers.
"""

from __future__ import annotations

from pixbin.cli.commands import HELP

TYPE_CHECKING = False  # the constant of `typing`, which takes half the time of this module
if TYPE_CHECKING:
    from collections.abc import Mapping

_HELP_WIDTH = 45  #: letters of help that completion gives

#: text for stdout, if any, and an exit code
Answer = tuple[str | None, int]


def completions(environment: Mapping[str, str]) -> Answer | None:
    r"""Return the answer to a shell that completes a line; None if Typer has to look at it.

    Parameters
    ----------
    environment : the environment variables, in which the shell says what it wants

    Examples
    --------
    >>> line = {"COMP_WORDS": "pixbin st", "COMP_CWORD": "1"}
    >>> completions({"_PIXBIN_COMPLETE": "complete_bash", **line})
    ('studio\nstream', 0)
    """
    match environment["_PIXBIN_COMPLETE"]:
        case "complete_bash":
            line = environment.get("COMP_WORDS", "").split()
            is_first = environment.get("COMP_CWORD") == "1" and len(line) <= 2
        case _:
            text = environment.get("_TYPER_COMPLETE_ARGS", "")
            line = text.split()
            is_first = len(line) == (1 if text.endswith(" ") else 2)
    start = "".join(line[1:])
    if not is_first or not (start.isalpha() or not start):
        return None
    return _answer([name for name in HELP if name.startswith(start)], environment)


def _answer(names: list[str], environment: Mapping[str, str]) -> Answer | None:
    """Return names of commands as a shell wants them; None if it is an unusual one."""
    action = environment.get("_TYPER_COMPLETE_FISH_ACTION")
    match environment["_PIXBIN_COMPLETE"], action:
        case "complete_bash", _:
            return "\n".join(names), 0
        case "complete_zsh", _:
            lines = "\n".join(f'"{name}":"{_escaped(_short_help(name))}"' for name in names)
            return f"_arguments '*: :(({lines}))'" if names else "_files", 0
        case "complete_fish", "get-args":
            return "\n".join(f"{name}\t{_short_help(name)}" for name in names), 0
        case "complete_fish", "is-args":
            return None, 0 if names else 1
    return None


def _short_help(name: str) -> str:
    import textwrap

    return textwrap.shorten(HELP[name], _HELP_WIDTH, placeholder="...")


def _escaped(text: str) -> str:
    """Return a text for zsh, where a colon ends the word that a help belongs to."""
    return text.replace(":", r"\\:")

"""The options `--timeout` and `--max-memory`: limits on the work for one picture."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from pixbin.catalog.limits import WorkLimits
from pixbin.cli.flags import ADVANCED
from pixbin.errors import UsageError
from pixbin.files import STDIO
from pixbin.options import parsing

NONE = "none"  #: switches a limit off
LIMITS_PANEL = "Limits"
_MIN_MEMORY = 100_000_000  #: bytes; Python and the libraries need about half of that
_MAX_SECONDS = 1_000_000
BEGIN, END = b"+", b"-"  #: marks of the beginning and the end of the work for a frame
mark: Callable[[bytes], object] | None = None  #: takes the marks to the process that waits


def _flag(spelling: str, metavar: str, help_text: str) -> Any:
    """Return the annotation of one of the options."""
    option = typer.Option(
        spelling,
        metavar=metavar,
        help=help_text,
        show_default=False,
        rich_help_panel=LIMITS_PANEL,
    )
    return Annotated[str | None, option, ADVANCED]


def _parameters(default: WorkLimits, unit: str) -> list[inspect.Parameter]:
    """Return the options as parameters of a command."""
    seconds = NONE if default.seconds is None else f"{default.seconds:g}"
    memory = NONE if default.memory is None else f"{default.memory // 10**9}G"
    annotations = {
        "timeout": _flag(
            "--timeout",
            "SECONDS",
            f"Give up a {unit} that takes longer; none is no limit. Default: {seconds}.",
        ),
        "max_memory": _flag(
            "--max-memory",
            "BYTES",
            f"Give up a {unit} that needs more memory, such as 2G; none is no limit. Linux only. "
            f"Default: {memory}.",
        ),
    }
    return [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in annotations.items()
    ]


def parse_limits(timeout: str | None, memory: str | None, default: WorkLimits) -> WorkLimits:
    """Return the limits that the options set.

    Raises
    ------
    UsageError
        One cannot be parsed, or this system has no such limit.
    """
    seconds = default.seconds if timeout is None else _parse_seconds(timeout)
    if memory is None:
        return WorkLimits(seconds, default.memory)
    count = _parse_memory(memory)
    from pixbin.batch.executors import memory_limit

    if count is not None and not memory_limit.IS_SUPPORTED:
        raise UsageError("--max-memory: this system has no such limit; leave it out")
    return WorkLimits(seconds, count)


def mark_begin() -> None:
    """Say that the work for a frame begins, if its time is limited."""
    if mark is not None:
        mark(BEGIN)


def mark_end() -> None:
    """Say that the work for a frame has ended, if its time is limited."""
    if mark is not None:
        mark(END)


def _parse_seconds(text: str) -> float | None:
    if text.strip().lower() == NONE:
        return None
    try:
        return float(parsing.quantity(0.01, _MAX_SECONDS, "seconds")(text))
    except parsing.ParseError as error:
        raise UsageError(f"timeout {text}: {error}, or none") from error


def _parse_memory(text: str) -> int | None:
    if text.strip().lower() == NONE:
        return None
    try:
        count = parsing.amount("bytes")(text)
    except parsing.ParseError as error:
        raise UsageError(f"max memory {text}: {error}, or none") from error
    if count < _MIN_MEMORY:
        raise UsageError(f"max memory {text}: too little to start; write at least 100M, or none")
    return count


def with_work_limits(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command `--timeout` and `--max-memory`.

    A command with a parameter `limits` receives them there; its default holds if they are not
    given. For other commands they are off unless given. Then a second process does the work, as
    only a process can be stopped at any time.
    """
    signature = inspect.signature(command, eval_str=True)
    own = signature.parameters.get("limits")
    default = WorkLimits() if own is None else own.default
    is_stream = command.__name__ == "stream"

    @functools.wraps(command)
    def run_within_limits(*, timeout: str | None, max_memory: str | None, **given: Any) -> None:
        limits = parse_limits(timeout, max_memory, default)
        if own is not None:
            command(limits=limits, **given)
        elif limits == WorkLimits():
            command(**given)
        else:
            from pixbin.cli import supervisor

            source = STDIO if is_stream else given["source"]
            with supervisor.limited(limits, source, is_stream):
                command(**given)

    kept = [each for each in signature.parameters.values() if each is not own]
    extra = _parameters(default, "frame" if is_stream else "picture")
    run_within_limits.__signature__ = signature.replace(parameters=[*kept, *extra])  # type: ignore[attr-defined]
    return run_within_limits

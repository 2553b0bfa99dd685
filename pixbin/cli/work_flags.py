"""The options `--timeout` and `--max-memory`: limits on the work for one picture."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from pixbin.catalog.limits import WorkLimits
from pixbin.cli.flag_table import Flag
from pixbin.errors import UsageError
from pixbin.files import STDIO
from pixbin.options import parsing

NONE = "none"  #: switches a limit off
LIMITS_PANEL = "Limits"
_NO_LIMITS = WorkLimits()
_MIN_MEMORY = 100_000_000  #: bytes; Python and the libraries need about half of that
_MAX_SECONDS = 1_000_000


def rows(default: WorkLimits = _NO_LIMITS, unit: str = "picture") -> tuple[Flag, Flag]:
    """Return the options as rows of a table; the default limits and the unit are for help."""
    seconds = NONE if default.seconds is None else f"{default.seconds:g}"
    memory = NONE if default.memory is None else f"{default.memory // 10**9}G"
    return (
        Flag(
            "timeout",
            ("--timeout",),
            f"Give up a {unit} that takes longer; none is no limit. Default: {seconds}.",
            "SECONDS",
            LIMITS_PANEL,
        ),
        Flag(
            "max_memory",
            ("--max-memory",),
            f"Give up a {unit} that needs more memory, such as 2G; none is no limit. Linux only. "
            f"Default: {memory}.",
            "BYTES",
            LIMITS_PANEL,
        ),
    )


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


def call_within_limits(
    command: Callable[..., None],
    timeout: str | None,
    max_memory: str | None,
    given: dict[str, Any],
    *,
    is_stream: bool = False,
) -> None:
    """Call a command; if limits are set, in a second process, which can be stopped at any time.

    Raises
    ------
    UsageError
        A limit cannot be parsed, or this system has no such limit.
    """
    limits = parse_limits(timeout, max_memory, _NO_LIMITS)
    if limits == _NO_LIMITS:
        command(**given)
        return
    from pixbin.cli import supervisor

    with supervisor.limited(limits, STDIO if is_stream else given["source"], is_stream):
        command(**given)


def with_work_limits(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command `--timeout` and `--max-memory`.

    A command with a parameter `limits` receives them there; its default holds if they are not
    given. For other commands they are off unless given. Then a second process does the work, as
    only a process can be stopped at any time.
    """
    from pixbin.cli.flags import parameters_of

    signature = inspect.signature(command, eval_str=True)
    own = signature.parameters.get("limits")
    default = WorkLimits() if own is None else own.default
    is_stream = command.__name__ == "stream"

    @functools.wraps(command)
    def run_within_limits(*, timeout: str | None, max_memory: str | None, **given: Any) -> None:
        if own is None:
            call_within_limits(command, timeout, max_memory, given, is_stream=is_stream)
        else:
            command(limits=parse_limits(timeout, max_memory, default), **given)

    kept = [each for each in signature.parameters.values() if each is not own]
    extra = parameters_of(rows(default, "frame" if is_stream else "picture"))
    run_within_limits.__signature__ = signature.replace(parameters=[*kept, *extra])  # type: ignore[attr-defined]
    return run_within_limits

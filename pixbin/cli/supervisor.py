"""A second process for the work of one command, which this one stops at a limit.

The process is a copy of this one (`fork`), so that it starts in about a millisecond and needs no
second parsing. It does the rest of the command. This process waits, and reports its end.
"""

from __future__ import annotations

import contextlib
import functools
import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from typing import NoReturn

import typer

from pixbin.batch.executors.memory_limit import is_due_to_memory, set_memory_limit
from pixbin.catalog.limits import WorkLimits
from pixbin.cli import frame_marks
from pixbin.errors import ExitCode, InputError, PixbinError, UsageError
from pixbin.files import display_name

_GRACE_SECONDS = 1.0  #: to remove temporary files, before the process is killed
_STOPPING = {signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}


@contextlib.contextmanager
def limited(limits: WorkLimits, name: str, is_stream: bool) -> Iterator[None]:
    """Do what is inside in another process, within limits; this process ends with its exit code.

    Parameters
    ----------
    limits : WorkLimits
    name : str
        The input, for messages.
    is_stream : bool
        Whether the time is that of each frame; the marks of `frame_marks` say when it runs.

    Raises
    ------
    InputError
        A limit was reached.
    UsageError
        The system cannot copy a process, as Windows.
    """
    if not hasattr(os, "fork") or "pixbin.cli.app" not in sys.modules:
        raise UsageError("--timeout and --max-memory: only `batch` has them on this system")
    label = display_name(name)
    read_end, write_end = os.pipe()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    # A signal between `fork` and the wait would end this process, and the other would go on.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    child = os.fork()
    if child:
        os.close(write_end)
        _wait_and_exit(child, read_end, limits, label, is_stream)
    os.close(read_end)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
    _prepare_child(write_end, limits)
    try:
        yield
    except (PixbinError, MemoryError) as error:
        if is_due_to_memory(error):
            raise limits.memory_error(label) from error
        raise


def _prepare_child(pipe: int, limits: WorkLimits) -> None:
    frame_marks.mark = functools.partial(os.write, pipe)
    signal.signal(signal.SIGALRM, _leave)
    set_memory_limit(limits.memory)


def _leave(*_: object) -> NoReturn:
    """End without a message: the parent has one."""
    raise SystemExit(ExitCode.INPUT)


def _wait_and_exit(
    child: int, pipe: int, limits: WorkLimits, label: str, is_stream: bool
) -> NoReturn:
    """Wait for the end of the process; raise typer.Exit with its code, or an InputError."""

    def pass_on(number: int, _: object) -> NoReturn:
        os.kill(child, number)
        raise KeyboardInterrupt

    for name in ("SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), pass_on)
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
        is_in_time = _wait_for_end(pipe, limits.seconds, is_running=not is_stream)
    except KeyboardInterrupt:  # a terminal sends Ctrl-C to both processes
        if not _is_ended(pipe, _GRACE_SECONDS):
            os.kill(child, signal.SIGTERM)
        code = _end(child, pipe)
        if code < 0:
            raise
        raise typer.Exit(code) from None
    if not is_in_time:
        os.kill(child, signal.SIGALRM)
        _end(child, pipe)
        raise limits.time_error(label)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code >= 0:
        raise typer.Exit(code)
    advice = "convert it alone, without limits"
    if limits.memory is not None:
        advice = f"raise --max-memory {limits.memory}, if that is the reason"
    raise InputError(f"{label}: its process was killed (signal {-code}); {advice}")


def _wait_for_end(pipe: int, seconds: float | None, *, is_running: bool) -> bool:
    """Wait until the other end of a pipe is closed; return False if the time is over before."""
    deadline = time.monotonic() + (seconds or 0)
    while True:
        rest = None
        if is_running and seconds is not None:
            rest = max(deadline - time.monotonic(), 0)
        if not select.select([pipe], [], [], rest)[0]:
            return False
        marks = os.read(pipe, 1 << 16)
        if not marks:
            return True
        is_running = marks.endswith(frame_marks.BEGIN)
        deadline = time.monotonic() + (seconds or 0)


def _is_ended(pipe: int, seconds: float) -> bool:
    """Return whether the other end of a pipe is closed within some seconds."""
    deadline = time.monotonic() + seconds
    while select.select([pipe], [], [], max(deadline - time.monotonic(), 0))[0]:
        if not os.read(pipe, 1 << 16):
            return True
    return False


def _end(child: int, pipe: int) -> int:
    """Return the exit code of a process that has got a signal; kill it if it does not end."""
    if not _is_ended(pipe, _GRACE_SECONDS):
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

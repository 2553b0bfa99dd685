"""A Python process that answers messages one by one, and that can be stopped at any time.

Code written in C cannot be interrupted from Python, but its process can be ended.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import IO, Any

_PROGRAM = (
    "import sys; sys.path[:] = {path!r}; "
    "from pixbin.batch.executors.child_process import serve_messages; "
    "from {module} import {name}; serve_messages({name})"
)
#: One thread converts one picture. Its memory is kept for the next picture, not returned to the
#: system: requesting 48 MB for each photograph would take a fifth of the whole time.
_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "PILLOW_BLOCKS_MAX": "4",  # blocks of 16 MB
    "MALLOC_MMAP_THRESHOLD_": str(1 << 25),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 27),
}
_NO_MEMORY_CODE = 12  #: exit code of a process without memory: ENOMEM of errno(3)
#: A process's main function: takes its first message, and returns the function that answers each
#: message after that. None instead of an answer ends the process.
Prepare = Callable[[Any], Callable[[Any], Any]]


class ChildEndedError(Exception):
    """The process has ended instead of giving an answer."""


class NoMemoryError(ChildEndedError):
    """The process has ended, as it got no memory for its answer."""


class TimeIsUpError(ChildEndedError):
    """The process was ended, as it took too long."""


class ChildProcess:
    """A process, started by its first message.

    Parameters
    ----------
    prepare
        Its main function, on the top level of a module.
    config
        Its first message.
    folder
        Its working folder; None is that of this process.
    """

    def __init__(self, prepare: Prepare, config: object, folder: str | None = None) -> None:
        self._prepare = prepare
        self._first_message = config
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._is_killed = False

    def answer(self, message: object, seconds: float | None = None) -> object:
        """Return the answer to a message. If the process ends, the next message starts a new one.

        Raises
        ------
        TimeIsUpError
            There was no answer in this time; the process was ended.
        NoMemoryError
            There was no memory for an answer; the process ended itself.
        ChildEndedError
            The process ended by itself, or by `kill`.
        """
        process = self._process = self._process or self._start()
        if self._is_killed:
            _kill(process)
        assert process.stdin is not None
        assert process.stdout is not None
        deadline = _Deadline(process, seconds)
        try:
            send(process.stdin, message)
            with deadline:
                return pickle.load(process.stdout)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            self._process = None
            reason = _exit_message(process)
            kind = TimeIsUpError if deadline.is_over else ChildEndedError
            if process.returncode == _NO_MEMORY_CODE:
                kind = NoMemoryError
            raise kind(reason) from error

    def kill(self) -> None:
        """End the process at once, or as soon as it has started."""
        self._is_killed = True
        if process := self._process:
            _kill(process)

    def close(self) -> None:
        """End the process when it is idle; no message may be without an answer."""
        process, self._process = self._process, None
        if process is not None:
            process.communicate()

    def _start(self) -> subprocess.Popen[bytes]:
        program = _PROGRAM.format(
            path=sys.path, module=self._prepare.__module__, name=self._prepare.__name__
        )
        own_group: dict[str, Any] = {"process_group": 0} if os.name == "posix" else {}
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**_ENVIRONMENT, **os.environ},
            cwd=self._folder,
            **own_group,  # so that Ctrl-C reaches the parent alone
        )
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            send(process.stdin, self._first_message)
        return process


class _Deadline:
    """The time that a process has for an answer; it is ended when that is over."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float | None) -> None:
        self.is_over = False
        self._process = process
        self._seconds = seconds
        self._timer: threading.Timer | None = None

    def __enter__(self) -> None:
        if self._seconds is None:
            return
        if hasattr(select, "poll"):  # a thread for each answer would cost more
            assert self._process.stdout is not None
            poll = select.poll()
            poll.register(self._process.stdout, select.POLLIN)
            if not poll.poll(1000 * self._seconds):
                self._end()
        else:
            self._timer = threading.Timer(self._seconds, self._end)
            self._timer.start()

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _end(self) -> None:
        self.is_over = True
        _kill(self._process)


def serve_messages(prepare: Prepare) -> None:
    """Answer the messages on stdin until it is closed: the whole work of a process."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):  # the parent decides when to stop
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    messages, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # The output of libraries must not reach the pipe that carries the answers.
    other_output = sys.stderr.fileno() if sys.stderr else os.open(os.devnull, os.O_WRONLY)
    os.dup2(other_output, sys.stdout.fileno())
    try:
        with contextlib.suppress(EOFError, BrokenPipeError):
            answer = prepare(pickle.load(messages))
            while (result := answer(pickle.load(messages))) is not None:
                send(answers, result)
    except MemoryError:
        os._exit(_NO_MEMORY_CODE)
    os._exit(0)


def send(stream: IO[bytes], message: object) -> None:
    """Write a message to a pipe."""
    pickle.dump(message, stream, protocol=5)
    stream.flush()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process, and those that it has started."""
    if os.name == "posix" and process.poll() is None:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def _exit_message(process: subprocess.Popen[bytes]) -> str:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
    code = process.wait()
    if code < 0:
        return f"was killed (signal {-code}); there may be too little memory: give fewer --jobs"
    return f"ended (exit code {code}); convert the picture alone to see why"

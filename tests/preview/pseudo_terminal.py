"""A terminal for tests: it starts a program, reads what it draws, and answers."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pixbin.preview import detection

Reaction = tuple[bytes, bytes | Callable[["subprocess.Popen[bytes]"], None]]

_MAX_SECONDS = 120  #: after which a program is taken to hang
_UNSET = {"COLUMNS", "LINES", "NO_COLOR", *detection.VARIABLES}

#: The environment of a terminal that is known to draw no pixels, so that nothing is asked.
WITHOUT_PIXELS = {"TERM": "xterm", "TERM_PROGRAM": "Apple_Terminal"}
#: The environment of a terminal of which nothing is known, so that it is asked.
UNKNOWN = {"TERM": "xterm"}


class Outcome(NamedTuple):
    """The end of a program in a terminal."""

    output: bytes  #: all that it wrote to the terminal, with plain line feeds
    code: int
    errors: bytes  #: all that it wrote to stderr
    is_restored: bool  #: the settings of the terminal are those of the start

    @property
    def lines(self) -> list[str]:
        """The lines on the terminal."""
        return self.output.decode().splitlines()


def run_in_terminal(
    *words: str | Path,
    columns: int = 40,
    lines: int = 12,
    pixels: tuple[int, int] = (0, 0),
    env: dict[str, str] | None = None,
    reactions: Sequence[Reaction] = (),
    stdin: Any = subprocess.DEVNULL,
) -> Outcome:
    """Run `pixbin` in a terminal that controls it.

    Parameters
    ----------
    *words : arguments of the command line
    columns, lines : size of the window in characters
    pixels : its width and height in pixels, as the system knows them; 0 if it does not
    env : variables of the environment; by default those of a terminal without pixels
    reactions : texts of the output, one after the other, and what happens when each has come
    stdin : stdin of the program
    """
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, *pixels))
    before = termios.tcgetattr(theirs)
    usual = {name: value for name, value in os.environ.items() if name not in _UNSET}
    try:
        with subprocess.Popen(
            [sys.executable, "-m", "pixbin", *map(str, words)],
            stdin=stdin,
            stdout=theirs,
            stderr=subprocess.PIPE,
            env={**usual, **WITHOUT_PIXELS, "PYTHONIOENCODING": "utf-8", **(env or {})},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(1, termios.TIOCSCTTY, 0),
        ) as process:
            output = _converse(process, ours, list(reactions))
            errors = process.stderr.read() if process.stderr else b""
        is_restored = termios.tcgetattr(theirs) == before
    finally:
        os.close(theirs)
        os.close(ours)
    return Outcome(output.replace(b"\r\n", b"\n"), process.returncode, errors, is_restored)


def _converse(process: subprocess.Popen[bytes], ours: int, reactions: list[Reaction]) -> bytes:
    """Read until the program ends; react to each text once."""
    output, start, deadline = b"", 0, time.monotonic() + _MAX_SECONDS
    while True:
        is_over = process.poll() is not None
        while select.select([ours], [], [], 0.02)[0]:
            output += os.read(ours, 1 << 16)
            while reactions and (position := output.find(reactions[0][0], start)) >= 0:
                text, reaction = reactions.pop(0)
                start = position + len(text)
                if isinstance(reaction, bytes):
                    os.write(ours, reaction)
                else:
                    reaction(process)
        if is_over:
            return output
        if time.monotonic() > deadline:
            process.send_signal(signal.SIGKILL)
            raise AssertionError(f"hangs; still expected: {reactions}; output: {output!r}")

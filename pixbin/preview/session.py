"""A session with the terminal: its replies and keys are read, and its state is restored.

Source: The Open Group Base Specifications Issue 7, 2018, chapter 11: General Terminal Interface.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time
from types import FrameType, TracebackType
from typing import IO, Any, Self

from pixbin.geometry import Size
from pixbin.preview import detection

_REPLY_SECONDS = 0.5  #: longest wait for a reply; over slow networks it takes some 0.3 s
_HIDE_CURSOR, _SHOW_CURSOR = b"\x1b[?25l", b"\x1b[?25h"
_END_KEYS = b"qQ\x04"  #: \x04 is Ctrl-D
_END_SIGNALS = ("SIGTERM", "SIGHUP")


def open_terminal(stream: IO[Any]) -> int | None:
    """Return a new file descriptor of the terminal that a stream writes to, or None.

    It can be read, too. There is none if the stream is no terminal, if the process runs in the
    background, or on systems without POSIX terminals.
    """
    if not stream.isatty() or os.name != "posix":
        return None
    number = stream.fileno()
    with contextlib.suppress(OSError):  # of a terminal that does not control this process
        if os.tcgetpgrp(number) != os.getpgrp():
            return None
    try:
        return os.open(os.ttyname(number), os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return None


def window_cell_size(stream: IO[Any]) -> Size | None:
    """Return width and height of a character, in pixels, if the system knows them."""
    try:
        import fcntl
        import struct
        import termios

        packed = fcntl.ioctl(stream.fileno(), termios.TIOCGWINSZ, bytes(8))
    except (ImportError, OSError, ValueError):
        return None
    lines, columns, width, height = struct.unpack("HHHH", packed)
    if not (lines and columns and width >= columns and height >= lines):
        return None
    return Size(width // columns, height // lines)


class TerminalSession:
    """A context in which the terminal sends keys at once and does not echo them.

    At the end, also after errors and signals, the terminal is as it was before.
    """

    def __init__(self, descriptor: int, *, hides_cursor: bool = True) -> None:
        self._descriptor = descriptor
        self._hides_cursor = hides_cursor
        self._handlers: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        import termios

        self._attributes = termios.tcgetattr(self._descriptor)
        for name in _END_SIGNALS:
            number = signal.Signals[name]
            self._handlers[number] = signal.signal(number, _leave)
        attributes = termios.tcgetattr(self._descriptor)
        attributes[3] &= ~(termios.ICANON | termios.ECHO)
        # Ctrl-Z would leave the shell without a cursor.
        attributes[6][termios.VSUSP] = os.fpathconf(self._descriptor, "PC_VDISABLE")
        try:
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, attributes)
            if self._hides_cursor:
                self.write(_HIDE_CURSOR)
        except BaseException:
            self._restore()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._restore()

    def _restore(self) -> None:
        import termios

        with contextlib.suppress(OSError):  # the window may be closed
            if self._hides_cursor:
                self.write(_SHOW_CURSOR)
        with contextlib.suppress(termios.error):
            # Keys, and replies that come late, are not for the shell.
            termios.tcsetattr(self._descriptor, termios.TCSAFLUSH, self._attributes)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        os.close(self._descriptor)

    def write(self, data: bytes) -> None:
        """Write all bytes to the terminal."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def request(self, *requests: bytes) -> bytes:
        """Send requests, and return what comes until the reply to DA1, or until it is too late."""
        self.write(b"".join([*requests, detection.REQUEST_ATTRIBUTES]))
        replies, deadline = b"", time.monotonic() + _REPLY_SECONDS
        while not detection.LAST_REPLY.search(replies):
            data = self._read(deadline - time.monotonic())
            if not data:
                break
            replies += data
        return replies

    def wait_for_end(self, seconds: float) -> bool:
        """Wait, and return whether the user presses `q` or closes the window meanwhile."""
        deadline = time.monotonic() + seconds
        while (data := self._read(deadline - time.monotonic())) is not None:
            if not data or any(key in _END_KEYS for key in data):
                return True
        return False

    def _read(self, seconds: float) -> bytes | None:
        """Return what arrives within a time: None if nothing does, empty if nothing ever will."""
        ready, _, _ = select.select([self._descriptor], [], [], max(seconds, 0))
        if not ready:
            return None
        try:
            return os.read(self._descriptor, 1024)
        except OSError:
            return b""


def _leave(number: int, frame: FrameType | None) -> None:
    """End the program with the exit code that shells give to a signal."""
    sys.exit(128 + number)

"""Playing an animation in a terminal: one area of the screen is drawn again and again."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import Protocol

SHORTEST_SECONDS = 0.02  #: of a frame; GIFs with less are meant to be slow, as browsers know
DEFAULT_SECONDS = 0.1  #: of such a frame

_SAVE_CURSOR, _RESTORE_CURSOR = b"\x1b7", b"\x1b8"
_ERASE_BELOW = b"\x1b[J"


class ByteSink(Protocol):
    """A terminal that can be written to."""

    def write(self, data: bytes, /) -> object:
        """Write all bytes."""


class ScreenArea:
    """Lines of the screen in which one picture replaces another."""

    def __init__(self, output: ByteSink) -> None:
        self._output = output
        self._lines = 0

    def open(self, lines: int) -> None:
        """Make room for as many lines, in the position of the last picture if there is one.

        The screen scrolls first, so that drawing does not make it scroll.
        """
        start = _RESTORE_CURSOR + _ERASE_BELOW if self._lines else b"\r"
        self._output.write(start + b"\n" * lines + b"\x1b[%dA" % lines + _SAVE_CURSOR)
        self._lines = lines

    def draw(self, data: bytes, *, erases: bool = False) -> None:
        """Draw a picture over the last one, which is erased first if the new one has holes."""
        self._output.write(_RESTORE_CURSOR + (_ERASE_BELOW if erases else b"") + data)

    def close(self) -> None:
        """Put the cursor on the line below the picture, which stays."""
        if self._lines:
            self._output.write(_RESTORE_CURSOR + b"\x1b[%dB\r" % self._lines)
        self._lines = 0


def frame_seconds(milliseconds: float) -> float:
    """Return the display time of a frame in seconds; too short ones are those of browsers.

    >>> frame_seconds(40), frame_seconds(0)
    (0.04, 0.1)
    """
    seconds = milliseconds / 1000
    return seconds if seconds >= SHORTEST_SECONDS else DEFAULT_SECONDS


class Ending(Enum):
    """The reason to stop a drawing before its end."""

    QUIT = auto()  #: the user has pressed `q`, or closed the window
    CHANGED = auto()  #: the file is another one now


def play(
    draw_frame: Callable[[int], None],
    durations: Sequence[float],
    plays: int,
    wait: Callable[[float], Ending | None],
    clock: Callable[[], float] = time.monotonic,
) -> Ending | None:
    """Draw all frames, each for its time; return the reason if they were stopped.

    Time that drawing takes is part of the display time. If the terminal is slower than that, no
    frame is left out.

    Parameters
    ----------
    draw_frame : callable
        Draws the frame of an index.
    durations : sequence of float
        In milliseconds, for each frame.
    plays : int
        How many times the animation plays; 0 is for ever.
    wait : callable
        Waits for a number of seconds, or returns at once the reason to stop.
    clock : callable
        Returns the time in seconds.
    """
    deadline = clock()
    rounds = range(plays) if plays else itertools.count()
    for _ in rounds:
        for index, milliseconds in enumerate(durations):
            draw_frame(index)
            deadline = max(deadline + frame_seconds(milliseconds), clock())
            if ending := wait(deadline - clock()):
                return ending
    return None

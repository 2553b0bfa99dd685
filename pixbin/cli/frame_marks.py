"""Marks of the begin and the end of the work for a frame, for the process that limits its time."""

from __future__ import annotations

from collections.abc import Callable

BEGIN, END = b"+", b"-"
mark: Callable[[bytes], object] | None = None  #: takes the marks to the process that waits


def mark_begin() -> None:
    """Say that the work for a frame begins, if its time is limited."""
    if mark is not None:
        mark(BEGIN)


def mark_end() -> None:
    """Say that the work for a frame has ended, if its time is limited."""
    if mark is not None:
        mark(END)

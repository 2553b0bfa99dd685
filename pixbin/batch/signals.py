"""Signals to stop: the first one finishes the running jobs, the second one ends at once."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any


class StopEvent(threading.Event):
    """The request to stop a batch."""

    finishes_jobs = False  #: whether the running jobs are finished first


@contextlib.contextmanager
def catch_stop_signals() -> Iterator[StopEvent]:
    """Set an event on Ctrl-C, SIGTERM and SIGHUP; a signal that is ignored stays so, as by nohup.

    A second signal, or one before the event's `finishes_jobs` is set, raises KeyboardInterrupt.
    """
    stop = StopEvent()

    def handle(number: int, frame: object) -> None:
        if stop.is_set() or not stop.finishes_jobs:
            raise KeyboardInterrupt
        stop.set()

    numbers = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP"):
        numbers.append(signal.SIGHUP)
    previous: dict[Any, Any] = {
        number: signal.signal(number, handle)
        for number in numbers
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)

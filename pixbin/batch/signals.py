"""Ctrl-C and SIGTERM: finish what is in hand, and the second time end at once."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any


class StopEvent(threading.Event):
    """Set when a batch is to stop."""

    finishes_jobs = False  #: whether the pictures in hand are finished first


@contextlib.contextmanager
def catch_stop_signals() -> Iterator[StopEvent]:
    """Let Ctrl-C and SIGTERM set an event; before the work, and the second time, they interrupt."""
    stop = StopEvent()

    def handle(number: int, frame: object) -> None:
        if stop.is_set() or not stop.finishes_jobs:
            raise KeyboardInterrupt
        stop.set()

    usual: dict[Any, Any] = {
        number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)

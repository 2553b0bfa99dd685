"""The newest request wins: work that nobody waits for any more is dropped.

A page numbers its requests in each *channel*: one for the large picture, one for the film strip. A
request with a higher number makes all others of its channel stale. Stale requests that wait are
never started, and long work can ask whether it is stale while it runs.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

_Result = TypeVar("_Result")

MAX_CHANNELS = 256  #: that are remembered; the oldest are forgotten


class StaleRequestError(Exception):
    """A newer request of the same channel has come."""


class NewestQueue:
    """Two gates, one for urgent and one for other work, that let one request each run at a time.

    So the large picture never waits for the film strip, and two processor cores are enough.
    """

    def __init__(self) -> None:
        self._gates = {True: threading.Lock(), False: threading.Lock()}
        self._newest: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def run(
        self,
        channel: str,
        number: int,
        work: Callable[[Callable[[], None]], _Result],
        *,
        is_urgent: bool,
    ) -> _Result:
        """Run work when it is its turn, and return its result.

        Parameters
        ----------
        channel : str
        number : int
            Higher numbers are newer. Requests with the same number do not replace each other.
        work : callable
            Gets a function that raises StaleRequestError if the work has become stale.
        is_urgent : bool
            Whether a person waits for this very result.

        Raises
        ------
        StaleRequestError
            A newer request came first, or while this one waited or worked.
        """
        self._register(channel, number)

        def check() -> None:
            if self._newest.get(channel, number) > number:
                raise StaleRequestError

        with self._gates[is_urgent]:
            check()
            return work(check)

    def _register(self, channel: str, number: int) -> None:
        with self._lock:
            if self._newest.get(channel, number) > number:
                raise StaleRequestError
            self._newest[channel] = number
            self._newest.move_to_end(channel)
            while len(self._newest) > MAX_CHANNELS:
                self._newest.popitem(last=False)

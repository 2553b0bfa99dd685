"""A limit on the requests that one address sends in a minute: a token bucket for each address."""

from __future__ import annotations

import threading
from collections import OrderedDict

MAX_ADDRESSES = 4096  #: that are remembered; the oldest are forgotten


class RateLimiter:
    """Buckets that fill steadily, and lose one drop for each request."""

    def __init__(self, per_minute: int) -> None:
        """Allow so many requests a minute from each address; 0 is no limit."""
        self._per_minute = per_minute
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_seconds(self, address: str, now: float) -> float:
        """Count a request; return 0, or the seconds after which the next one is allowed.

        Parameters
        ----------
        address : str
        now : float
            Seconds of a clock that never goes back.
        """
        if not self._per_minute:
            return 0.0
        per_second = self._per_minute / 60
        with self._lock:
            level, time = self._buckets.get(address, (float(self._per_minute), now))
            level = min(level + (now - time) * per_second, float(self._per_minute))
            wait = 0.0 if level >= 1 else (1 - level) / per_second
            self._buckets[address] = (level if wait else level - 1, now)
            self._buckets.move_to_end(address)
            while len(self._buckets) > MAX_ADDRESSES:
                self._buckets.popitem(last=False)
        return wait

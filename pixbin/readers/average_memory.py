"""Averages of a picture that is converted several times."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from pixbin.color.quanta import Quanta

MAX_BYTES = 64 << 20  #: of all averages of one picture


class AverageMemory:
    """Keeps the averages of one raster; several threads may use it."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._averages: OrderedDict[Hashable, Quanta] = OrderedDict()
        self._max_bytes = max_bytes
        self._lock = threading.Lock()

    def recall(self, key: Hashable, compute: Callable[[], Quanta]) -> Quanta:
        """Return the array of a key, which nobody may change; compute it if it is not kept.

        Parameters
        ----------
        key : hashable
            All that the array depends on, apart from the pixels of the raster.
        compute : callable
            Returns the array: int32, shape (H, W), in quanta.
        """
        with self._lock:
            if key in self._averages:
                self._averages.move_to_end(key)
                return self._averages[key]
        averages = compute()
        averages.setflags(write=False)
        with self._lock:
            self._averages[key] = averages
            while sum(kept.nbytes for kept in self._averages.values()) > self._max_bytes:
                self._averages.popitem(last=False)
        return averages

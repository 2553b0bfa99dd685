"""Conversions for the service: few at a time, within limits, and kept while there is room."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from http import HTTPStatus

from pixbin.catalog.limits import WorkLimits
from pixbin.serve import worker
from pixbin.serve.output import ServedOutput, convert
from pixbin.serve.request import ServeRequest
from pixbin.web.handler import RefusedError

MAX_CACHE_BYTES = 32 << 20  #: of finished outputs
_ENTRY_BYTES = 1000  #: that an output takes in the cache besides its data, about
WAIT_SECONDS = 20.0  #: that a request waits for its turn
NO_LIMITS = WorkLimits()


class OutputCache:
    """The last outputs by key, up to a number of bytes."""

    def __init__(self, max_bytes: int = MAX_CACHE_BYTES) -> None:
        self._max_bytes, self._total = max_bytes, 0
        self._outputs: OrderedDict[str, ServedOutput] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> ServedOutput | None:
        """Return an output, or None."""
        with self._lock:
            if key in self._outputs:
                self._outputs.move_to_end(key)
            return self._outputs.get(key)

    def put(self, key: str, output: ServedOutput) -> None:
        """Keep an output, and drop the oldest ones if there is no room."""
        with self._lock:
            old = self._outputs.pop(key, None)
            self._total += _size(output) - (_size(old) if old else 0)
            self._outputs[key] = output
            while self._total > self._max_bytes:
                self._total -= _size(self._outputs.popitem(last=False)[1])


def _size(output: ServedOutput) -> int:
    """Return the bytes that an output takes in the cache."""
    return len(output.data) + sum(map(len, output.notes)) + _ENTRY_BYTES


class LimitedConverter:
    """Converts pictures, so many at the same time and up to so many pixels."""

    def __init__(self, jobs: int, max_output: int, work_limits: WorkLimits = NO_LIMITS) -> None:
        self._gate = threading.BoundedSemaphore(jobs)
        settings = worker.WorkerSettings(max_output, work_limits)
        has_limits = work_limits != NO_LIMITS
        self._workers = worker.ConversionWorkers(jobs, settings) if has_limits else None
        self._max_output = max_output
        self._cache = OutputCache()
        self._lock = threading.Lock()
        self.conversions = 0  #: that were done, for the metrics

    def output(
        self, key: str | None, label: str, read: Callable[[], bytes], request: ServeRequest
    ) -> ServedOutput:
        """Return an output, from the last ones if it is there.

        Parameters
        ----------
        key : str, optional
            Stands for source and options; without one the output is not kept.
        label : str
            The name of the source in messages, and of the picture in source code.
        read : callable
            Returns the content of the source.
        request : ServeRequest

        Raises
        ------
        InputError, UsageError, ModelError
            As for `convert`, or a limit of pixels is passed.
        RefusedError
            Too many others wait.
        """
        if key is not None and (output := self._cache.get(key)) is not None:
            return output
        with self._turn():
            if key is not None and (output := self._cache.get(key)) is not None:
                return output  # made by another request while this one waited
            output = self._convert(read(), label, request)
        if key is not None:
            self._cache.put(key, output)
        return output

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._gate.acquire(timeout=WAIT_SECONDS):
            reason = "too many conversions wait; try again"
            raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, reason, Retry_After="5")
        try:
            yield
        finally:
            self._gate.release()

    def close(self) -> None:
        """End the processes that convert."""
        if self._workers is not None:
            self._workers.close()

    def _convert(self, data: bytes, label: str, request: ServeRequest) -> ServedOutput:
        """Return an output, made by another process if there are limits on the work."""
        if self._workers is None:
            output = convert(data, label, request, self._max_output)
        else:
            output = self._workers.convert(worker.WorkOrder(data, label, request))
        with self._lock:
            self.conversions += 1
        return output

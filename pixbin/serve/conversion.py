"""Conversions for the service: few at a time, within limits, and kept while there is room."""

from __future__ import annotations

import contextlib
import io
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import NamedTuple

from pixbin import file_conversion, readers
from pixbin.catalog.limits import WorkLimits
from pixbin.codecs import sheet_options
from pixbin.errors import InputError, UsageError
from pixbin.file_conversion import Conversion
from pixbin.pipeline.convert import load_model
from pixbin.serve import worker
from pixbin.serve.request import OutputPart, ServeRequest
from pixbin.web.handler import RefusedError

MAX_CACHE_BYTES = 32 << 20  #: of finished outputs
_ENTRY_BYTES = 1000  #: that an output takes in the cache besides its data, about
MAX_SOURCE_PIXELS = 1 << 26  #: of a picture that is read
MAX_FRAMES_FACTOR = 16  #: how many times the largest output all frames together may have
WAIT_SECONDS = 20.0  #: that a request waits for its turn
NO_LIMITS = WorkLimits()


class ServedOutput(NamedTuple):
    """A finished output, with what the command line would note on stderr."""

    data: bytes
    notes: tuple[str, ...] = ()


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


def convert(data: bytes, label: str, request: ServeRequest, max_output: int) -> ServedOutput:
    """Return an output of at most so many pixels.

    Raises
    ------
    InputError, UsageError, ModelError
        As for `pixbin.convert`, or a limit of pixels is passed.
    """
    options, output_format, _ = request.recipe
    _check_source(data, label)
    load_model(options)
    work = file_conversion.from_bytes(data, label, options, output_format)
    size = work.plan.layout.output
    frames = work.frame_sequence.length if work.frame_sequence else 1
    if size.width * size.height > max_output:
        raise UsageError(
            f"size {size.width}x{size.height}: too large; the owner allows "
            f"{max_output} pixels (--max-output)"
        )
    if frames * size.width * size.height > MAX_FRAMES_FACTOR * max_output:
        raise UsageError(f"{label}: too many frames; choose one with frame=1")
    return _encode(work, label, request.part)


def _check_source(data: bytes, label: str) -> None:
    """Refuse a picture that would take too much memory, by its header."""
    size = readers.size_of_open_file(io.BufferedReader(io.BytesIO(data)), label)
    if size.width * size.height > MAX_SOURCE_PIXELS:
        raise InputError(
            f"{label}: {size.width}x{size.height} is too large; reduce it first, to at most "
            f"{MAX_SOURCE_PIXELS // 10**6} million pixels"
        )


def _encode(work: Conversion, label: str, part: OutputPart) -> ServedOutput:
    """Convert, and return one file of the output and the notes on it."""
    stem, notes = PurePosixPath(label).stem, (*work.notes, *work.plan.notes)
    target = f"{stem}.{work.format.extension}"
    if part is OutputPart.DATA:
        return ServedOutput(work.encode_file(stem + sheet_options.DATA_SUFFIX), notes)
    if part is OutputPart.MASK:
        return ServedOutput(work.encode_file(target, is_mask=True), notes)
    work.check_name(target)
    output = work.convert()
    data = work.encode_output(output, target)[target]
    return ServedOutput(data, (*notes, *work.output_notes(output, target)))

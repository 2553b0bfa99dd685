"""Processes that do the conversions of the service, and that are ended at a limit."""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from pixbin.batch.executors.child_process import (
    ChildEndedError,
    ChildProcess,
    NoMemoryError,
    TimeIsUpError,
)
from pixbin.batch.executors.memory_limit import is_due_to_memory, set_memory_limit
from pixbin.catalog.limits import WorkLimits
from pixbin.errors import InputError, PixbinError
from pixbin.files import error_text

if TYPE_CHECKING:
    from pixbin.serve.output import ServedOutput
    from pixbin.serve.request import ServeRequest

_PATIENCE = 5.0  #: seconds to wait for the thread whose process was ended


class SlowPictureError(InputError):
    """A picture takes longer than the owner of the service allows."""


class WorkOrder(NamedTuple):
    """A picture to convert."""

    data: bytes
    label: str  #: its name in messages
    request: ServeRequest


class WorkerSettings(NamedTuple):
    """The limits on each picture."""

    max_output: int  #: pixels
    limits: WorkLimits


class BugReport(NamedTuple):
    """An error that is no fault of the request."""

    text: str


class ConversionWorkers:
    """Processes, each of which converts one picture at a time; they start when they are needed."""

    def __init__(self, count: int, settings: WorkerSettings) -> None:
        self._limits = settings.limits
        self._processes = [ChildProcess(prepare_conversions, settings) for _ in range(count)]
        # The last one that was used comes next, as its libraries are loaded.
        self._idle: queue.LifoQueue[ChildProcess] = queue.LifoQueue()
        for process in self._processes:
            self._idle.put(process)

    def convert(self, order: WorkOrder) -> ServedOutput:
        """Return the output of an order; at most as many at the same time as there are processes.

        Raises
        ------
        SlowPictureError
            It takes too long.
        PixbinError
            It cannot be converted, or needs too much memory.
        """
        process = self._idle.get()
        try:
            answer = process.answer(order, self._limits.seconds)
        except TimeIsUpError as error:
            raise SlowPictureError(
                f"{order.label}: takes more than {self._limits.seconds:g} s; choose a smaller "
                "picture, or another method (the owner sets the limit, --timeout)"
            ) from error
        except NoMemoryError as error:
            raise self._limits.memory_error(order.label) from error
        except ChildEndedError as error:
            reason = str(error).partition(";")[0]
            raise InputError(
                f"{order.label}: its process {reason}; repair or replace it"
            ) from error
        finally:
            self._idle.put(process)
        if isinstance(answer, PixbinError):
            raise answer
        if isinstance(answer, BugReport):
            raise RuntimeError(answer.text)
        return answer  # type: ignore[return-value]

    def close(self) -> None:
        """End all processes, also those at work."""
        for process in self._processes:
            process.kill()
        for _ in self._processes:
            with contextlib.suppress(queue.Empty):
                self._idle.get(timeout=_PATIENCE).close()


def prepare_conversions(
    settings: WorkerSettings,
) -> Callable[[WorkOrder], ServedOutput | PixbinError | BugReport]:
    """Return the function that converts a picture in a process of its own."""
    from pixbin.serve.output import convert

    set_memory_limit(settings.limits.memory)

    def answer(order: WorkOrder) -> ServedOutput | PixbinError | BugReport:
        try:
            return convert(*order, settings.max_output)
        except Exception as error:
            if is_due_to_memory(error):  # libraries may be damaged: the next one gets a new process
                raise MemoryError from error
            if isinstance(error, PixbinError):
                return error
            return BugReport(f"{type(error).__name__}: {error_text(error)}")

    return answer

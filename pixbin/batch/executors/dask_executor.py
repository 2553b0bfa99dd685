"""Work done by a Dask cluster (the extra `pixbin[cluster]`).

Jobs go out by small groups, few at a time for each thread of the cluster, and outcomes come back:
names and numbers. Pictures do not: each worker reads its sources and writes its outputs itself.
What a lost worker had in hand is given to others.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from pixbin.batch.executors import dask_client, dask_worker
from pixbin.batch.executors.dask_worker import Order, Refusal
from pixbin.batch.executors.process_pool import Setup
from pixbin.batch.jobs import Job, Outcome, failure
from pixbin.batch.planning.naming import STATE
from pixbin.batch.storage import urls
from pixbin.batch.storage.local_files import WORK
from pixbin.catalog.families import Neural
from pixbin.cli import console
from pixbin.errors import ModelError

_LEAVING = 5.0  #: seconds that the end of a run may take
_GLANCE = 0.01  #: seconds between two looks at what has come back
_LOOK = 3.0  #: seconds between two looks at who is there
_LONG = 0.25  #: seconds that a group of jobs shall take at least
_SHARE = 0.01  #: seconds more for each thread: a scheduler does some hundred tasks a second
_MOST = 1024  #: jobs of a group
_FIRST = 2  #: jobs of the first groups, of which the time is not known yet
_AHEAD = 2  #: groups handed out for each thread, so that none waits for the next
_TRIES = 3  #: times that a picture may lose its workers, after the first time alone


class Cluster:
    """A cluster that exists already, and the groups of jobs that it has in hand."""

    def __init__(self, address: str, setup: Setup, names: list[str], limit: int | None) -> None:
        self._address = address
        self._setup = setup
        self._names = names
        self._limit = limit  #: pictures in hand at once
        self._groups: dict[Any, list[Job]] = {}  #: in hand, by their futures
        self._suspects: list[Job] = []  #: whose group lost its workers: each is tried alone
        self._suspect: Any = None  #: future of the one that is tried now
        self._deaths: dict[str, int] = {}  #: of workers that tried it alone, by target
        self._seconds = 0.0  #: for one picture, on average of late
        self._unfit: set[str] = set()  #: workers that came later, and must not do this work
        self._workers: dict[str, int] = {}  #: threads, by address
        self._looked = self._alive = 0.0  #: when workers were looked for, and found

    def __enter__(self) -> Cluster:
        self._client = dask_client.connected(self._address)
        try:
            self._order = order_of(self._setup, self._names)
            self._admit()
            self._shared = self._client.submit(dask_worker.same, self._order, pure=False)
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        with contextlib.suppress(Exception):  # what went wrong before is what is told
            if kind is not None:
                self._client.cancel(list(self._groups), force=True)
            self._tell(dask_worker.finish, self._order.run, kind is not None)
        self._leave()

    def _leave(self) -> None:
        if witness := self._order.witness:
            Path(witness).unlink(missing_ok=True)
        with contextlib.suppress(Exception):  # as above
            self._client.close(timeout=_LEAVING)

    def __call__(
        self, jobs: Iterable[Job | Outcome], is_stopped: Callable[[], bool]
    ) -> Iterator[Outcome]:
        """Turn jobs into outcomes, as they come; what is an outcome already passes through.

        Few jobs are taken from their stream at a time. When stopped, those in hand are finished.
        """
        from distributed import as_completed

        self._done = as_completed(loop=self._client.loop, with_results=True, raise_errors=False)
        group: list[Job] = []
        for job in jobs:
            if is_stopped():
                break
            if isinstance(job, Outcome):
                yield job
                continue
            group.append(job)
            if len(group) >= self._length():
                self._submit(group)
                group = []
            while len(self._groups) >= self._window() and not is_stopped():
                yield from self._collected()
        if group and not is_stopped():
            self._submit(group)
        yield from self._rest(is_stopped)

    def _rest(self, is_stopped: Callable[[], bool]) -> Iterator[Outcome]:
        is_told = False
        while self._groups or (self._suspects and not is_told):
            if is_stopped() and not is_told:
                is_told = True
                self._tell(dask_worker.stop, self._order.run)
            yield from self._collected()

    def _length(self) -> int:
        """Return how many jobs are worth a task."""
        if not self._seconds or self._limit:
            return _FIRST
        length = max(_LONG, _SHARE * sum(self._workers.values()))
        return max(1, min(_MOST, round(length / self._seconds)))

    def _window(self) -> int:
        """Return how many groups may be in hand."""
        self._look()
        return self._limit or max(2, _AHEAD * sum(self._workers.values()))

    def _submit(self, jobs: list[Job]) -> Any:
        fit = [each for each in self._workers if each not in self._unfit] if self._unfit else None
        future = self._client.submit(
            dask_worker.perform, self._shared, jobs, workers=fit, pure=False
        )
        self._groups[future] = jobs
        self._done.add(future)
        return future

    def _collected(self) -> Iterator[Outcome]:
        """Yield the outcomes that have come back, after a moment if there are none."""
        if self._suspects and self._suspect is None:
            self._suspect = self._submit([self._suspects.pop()])
        if not self._done.has_ready():
            time.sleep(_GLANCE)
            self._look()
        for future, result in self._done.next_batch(block=False):
            jobs = self._groups.pop(future)
            if future is self._suspect or future == self._suspect:
                self._suspect = None
            yield from self._outcomes(future, jobs, result)

    def _outcomes(self, future: Any, jobs: list[Job], result: Any) -> Iterator[Outcome]:
        if isinstance(result, Refusal):
            yield from self._failed(jobs, result)
        elif future.status == "finished":
            for outcome in result:
                weight = 0.2 if self._seconds else 1.0
                self._seconds += weight * (outcome.seconds - self._seconds)
                yield outcome
        elif future.status == "error":
            yield from self._failed(jobs, result[1])
        else:
            raise ModelError(f"{self._address}: the scheduler has gone; start it and run again")

    def _failed(self, jobs: list[Job], error: Refusal | BaseException) -> Iterator[Outcome]:
        """Give the jobs to workers that are fit; or try each alone, lest one take others down."""
        from distributed import KilledWorker

        if isinstance(error, Refusal | ImportError):
            self._leave_out()
            self._submit(jobs)
            return
        for job in jobs:
            deaths = self._deaths[job.target] = self._deaths.get(job.target, 0) + 1
            if isinstance(error, KilledWorker) and deaths < _TRIES:
                self._suspects.append(job)
                continue
            reason = f"{type(error).__name__}: {error}"
            if isinstance(error, KilledWorker):
                reason = "each worker that tried it was lost"
            yield failure(job, f"{job.source}: {reason}; convert the picture alone to see why")

    def _leave_out(self) -> None:
        """Leave out workers that came later, and must not do the work."""
        for address, reason in self._unfits():
            if address not in self._unfit:
                self._unfit.add(address)
                console.say(f"note: {address}: {reason}; until then it is left out")
        self._looked = 0.0
        self._look()

    def _unfits(self) -> list[tuple[str, str]]:
        with dask_client.answering(self._address):
            found = self._client.run(dask_worker.misfit, self._order, on_error="return")
        return [
            (address, dask_client.missing(reason) if isinstance(reason, BaseException) else reason)
            for address, reason in sorted(found.items())
            if reason
        ]

    def _look(self) -> None:
        """See now and then who is there.

        Raises
        ------
        ModelError
            Nobody has been for a while.
        """
        now = time.monotonic()
        if now < self._looked + _LOOK:
            return
        self._looked = now
        with dask_client.answering(self._address):
            self._workers = self._client.nthreads()
        if self._workers.keys() - self._unfit:
            self._alive = now
        elif now > self._alive + dask_client.patience():
            raise ModelError(f"{self._address}: all workers have gone; start some and run again")

    def _admit(self) -> None:
        """Wait for workers, and see that all can do the work.

        Raises
        ------
        ModelError
            There are none, or one cannot.
        """
        from distributed import TimeoutError as TooLateError

        try:
            self._client.wait_for_workers(1, timeout=dask_client.patience())
        except TooLateError as error:
            start = f"dask worker {self._address}"
            raise ModelError(f"{self._address}: has no workers; start one: {start}") from error
        with dask_client.answering(self._address):
            try:
                self._client.run_on_scheduler(dask_worker.versions)
            except ImportError as error:
                raise ModelError(f"{self._address}: {dask_client.missing(error)}") from error
        for address, reason in self._unfits():
            raise ModelError(f"{address}: {reason}")
        self._look()

    def _tell(self, function: Callable[..., None], *words: object) -> None:
        self._client.sync(
            self._client._run, function, *words, on_error="ignore", callback_timeout=_LEAVING
        )


def order_of(setup: Setup, names: list[str]) -> Order:
    """Return what workers must know, and leave a witness where they must see it."""
    run, folder, witness, model = os.urandom(8).hex(), str(Path.cwd()), "", b""
    if not urls.is_remote(setup.output):
        witness = str(Path(setup.output, STATE, WORK, run))
        Path(witness).touch()
    if isinstance(setup.recipe.options.family, Neural):
        from pixbin.neural import model_card

        found = model_card.find(setup.recipe.options.model)
        model = model_card.read(found) if found.sha256 is None else b""
    local = tuple(name for name in names if not urls.is_remote(name))
    return Order(run, setup, folder, witness, local, model, dask_worker.versions())

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
from pixbin.batch.executors.dask_worker import Incompatible, RunSpec
from pixbin.batch.executors.process_pool import WorkerConfig
from pixbin.batch.jobs import Job, Outcome, failed_outcome
from pixbin.batch.planning.naming import STATE_FOLDER
from pixbin.batch.storage import urls
from pixbin.batch.storage.local_files import WORK_FOLDER
from pixbin.catalog.families import Neural
from pixbin.cli import console
from pixbin.errors import ModelError

_SHUTDOWN_SECONDS = 5.0  #: seconds that the end of a run may take
_POLL_SECONDS = 0.01  #: seconds between two looks at what has come back
_REFRESH_SECONDS = 3.0  #: seconds between two looks at who is there
_MIN_GROUP_SECONDS = 0.25  #: seconds that a group of jobs shall take at least
_SECONDS_PER_THREAD = (
    0.01  #: seconds more for each thread: a scheduler does some hundred tasks a second
)
_MAX_GROUP_SIZE = 1024  #: jobs of a group
_FIRST_GROUP_SIZE = 2  #: jobs of the first groups, of which the time is not known yet
_GROUPS_PER_THREAD = 2  #: groups handed out for each thread, so that none waits for the next
_MAX_WORKER_LOSSES = 3  #: times that a picture may lose its workers, after the first time alone


class DaskExecutor:
    """A cluster that exists already, and the groups of jobs that it has in hand."""

    def __init__(
        self, address: str, config: WorkerConfig, inputs: list[str], max_pending: int | None
    ) -> None:
        self._address = address
        self._config = config
        self._inputs = inputs
        self._max_pending = max_pending  #: pictures in hand at once
        self._pending: dict[Any, list[Job]] = {}  #: in hand, by their futures
        self._suspects: list[Job] = []  #: whose group lost its workers: each is tried alone
        self._running_suspect: Any = None  #: future of the one that is tried now
        self._worker_losses: dict[str, int] = {}  #: of workers that tried it alone, by target
        self._seconds_per_job = 0.0  #: for one picture, on average of late
        self._excluded: set[str] = set()  #: workers that came later, and must not do this work
        self._threads_by_worker: dict[str, int] = {}  #: threads, by address
        self._last_refresh = self._last_alive = 0.0  #: when workers were looked for, and found

    def __enter__(self) -> DaskExecutor:
        self._client = dask_client.connect(self._address)
        try:
            self._spec = make_run_spec(self._config, self._inputs)
            self._wait_for_workers()
            self._spec_future = self._client.submit(
                dask_worker.broadcast_spec, self._spec, pure=False
            )
        except BaseException:
            self._disconnect()
            raise
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        with contextlib.suppress(Exception):  # what went wrong before is what is told
            if kind is not None:
                self._client.cancel(list(self._pending), force=True)
            self._broadcast(dask_worker.shut_down_run, self._spec.run_id, kind is not None)
        self._disconnect()

    def _disconnect(self) -> None:
        if witness := self._spec.probe_file:
            Path(witness).unlink(missing_ok=True)
        with contextlib.suppress(Exception):  # as above
            self._client.close(timeout=_SHUTDOWN_SECONDS)

    def __call__(
        self, jobs: Iterable[Job | Outcome], is_stopped: Callable[[], bool]
    ) -> Iterator[Outcome]:
        """Turn jobs into outcomes, as they come; what is an outcome already passes through.

        Few jobs are taken from their stream at a time. When stopped, those in hand are finished.
        """
        from distributed import as_completed

        self._completed = as_completed(
            loop=self._client.loop, with_results=True, raise_errors=False
        )
        group: list[Job] = []
        for job in jobs:
            if is_stopped():
                break
            if isinstance(job, Outcome):
                yield job
                continue
            group.append(job)
            if len(group) >= self._group_size():
                self._submit(group)
                group = []
            while len(self._pending) >= self._max_groups() and not is_stopped():
                yield from self._collect()
        if group and not is_stopped():
            self._submit(group)
        yield from self._drain(is_stopped)

    def _drain(self, is_stopped: Callable[[], bool]) -> Iterator[Outcome]:
        is_told = False
        while self._pending or (self._suspects and not is_told):
            if is_stopped() and not is_told:
                is_told = True
                self._broadcast(dask_worker.stop_run, self._spec.run_id)
            yield from self._collect()

    def _group_size(self) -> int:
        """Return how many jobs are worth a task."""
        if not self._seconds_per_job or self._max_pending:
            return _FIRST_GROUP_SIZE
        length = max(
            _MIN_GROUP_SECONDS, _SECONDS_PER_THREAD * sum(self._threads_by_worker.values())
        )
        return max(1, min(_MAX_GROUP_SIZE, round(length / self._seconds_per_job)))

    def _max_groups(self) -> int:
        """Return how many groups may be in hand."""
        self._refresh_workers()
        return self._max_pending or max(
            2, _GROUPS_PER_THREAD * sum(self._threads_by_worker.values())
        )

    def _submit(self, jobs: list[Job]) -> Any:
        fit = (
            [each for each in self._threads_by_worker if each not in self._excluded]
            if self._excluded
            else None
        )
        future = self._client.submit(
            dask_worker.run_jobs, self._spec_future, jobs, workers=fit, pure=False
        )
        self._pending[future] = jobs
        self._completed.add(future)
        return future

    def _collect(self) -> Iterator[Outcome]:
        """Yield the outcomes that have come back, after a moment if there are none."""
        if self._suspects and self._running_suspect is None:
            self._running_suspect = self._submit([self._suspects.pop()])
        if not self._completed.has_ready():
            time.sleep(_POLL_SECONDS)
            self._refresh_workers()
        for future, result in self._completed.next_batch(block=False):
            jobs = self._pending.pop(future)
            if future is self._running_suspect or future == self._running_suspect:
                self._running_suspect = None
            yield from self._outcomes_of(future, jobs, result)

    def _outcomes_of(self, future: Any, jobs: list[Job], result: Any) -> Iterator[Outcome]:
        if isinstance(result, Incompatible):
            yield from self._retry_or_fail(jobs, result)
        elif future.status == "finished":
            for outcome in result:
                weight = 0.2 if self._seconds_per_job else 1.0
                self._seconds_per_job += weight * (outcome.seconds - self._seconds_per_job)
                yield outcome
        elif future.status == "error":
            yield from self._retry_or_fail(jobs, result[1])
        else:
            raise ModelError(f"{self._address}: the scheduler has gone; start it and run again")

    def _retry_or_fail(
        self, jobs: list[Job], error: Incompatible | BaseException
    ) -> Iterator[Outcome]:
        """Give the jobs to workers that are fit; or try each alone, lest one take others down."""
        from distributed import KilledWorker

        if isinstance(error, Incompatible | ImportError):
            self._exclude_incompatible()
            self._submit(jobs)
            return
        for job in jobs:
            deaths = self._worker_losses[job.target] = self._worker_losses.get(job.target, 0) + 1
            if isinstance(error, KilledWorker) and deaths < _MAX_WORKER_LOSSES:
                self._suspects.append(job)
                continue
            reason = f"{type(error).__name__}: {error}"
            if isinstance(error, KilledWorker):
                reason = "each worker that tried it was lost"
            yield failed_outcome(
                job, f"{job.source}: {reason}; convert the picture alone to see why"
            )

    def _exclude_incompatible(self) -> None:
        """Leave out workers that came later, and must not do the work."""
        for address, reason in self._incompatible_workers():
            if address not in self._excluded:
                self._excluded.add(address)
                console.print_stderr(f"note: {address}: {reason}; until then it is left out")
        self._last_refresh = 0.0
        self._refresh_workers()

    def _incompatible_workers(self) -> list[tuple[str, str]]:
        with dask_client.translate_errors(self._address):
            found = self._client.run(dask_worker.incompatibility, self._spec, on_error="return")
        return [
            (
                address,
                dask_client.missing_package_message(reason)
                if isinstance(reason, BaseException)
                else reason,
            )
            for address, reason in sorted(found.items())
            if reason
        ]

    def _refresh_workers(self) -> None:
        """See now and then who is there.

        Raises
        ------
        ModelError
            Nobody has been for a while.
        """
        now = time.monotonic()
        if now < self._last_refresh + _REFRESH_SECONDS:
            return
        self._last_refresh = now
        with dask_client.translate_errors(self._address):
            self._threads_by_worker = self._client.nthreads()
        if self._threads_by_worker.keys() - self._excluded:
            self._last_alive = now
        elif now > self._last_alive + dask_client.connect_timeout():
            raise ModelError(f"{self._address}: all workers have gone; start some and run again")

    def _wait_for_workers(self) -> None:
        """Wait for workers, and see that all can do the work.

        Raises
        ------
        ModelError
            There are none, or one cannot.
        """
        from distributed import TimeoutError as TooLateError

        try:
            self._client.wait_for_workers(1, timeout=dask_client.connect_timeout())
        except TooLateError as error:
            start = f"dask worker {self._address}"
            raise ModelError(f"{self._address}: has no workers; start one: {start}") from error
        with dask_client.translate_errors(self._address):
            try:
                self._client.run_on_scheduler(dask_worker.versions)
            except ImportError as error:
                raise ModelError(
                    f"{self._address}: {dask_client.missing_package_message(error)}"
                ) from error
        for address, reason in self._incompatible_workers():
            raise ModelError(f"{address}: {reason}")
        self._refresh_workers()

    def _broadcast(self, function: Callable[..., None], *arguments: object) -> None:
        self._client.sync(
            self._client._run,
            function,
            *arguments,
            on_error="ignore",
            callback_timeout=_SHUTDOWN_SECONDS,
        )


def make_run_spec(config: WorkerConfig, inputs: list[str]) -> RunSpec:
    """Return what workers must know, and leave a witness where they must see it."""
    run, folder, witness, model = os.urandom(8).hex(), str(Path.cwd()), "", b""
    if not urls.is_remote(config.output):
        witness = str(Path(config.output, STATE_FOLDER, WORK_FOLDER, run))
        Path(witness).touch()
    if isinstance(config.recipe.options.family, Neural):
        from pixbin.neural import model_card

        found = model_card.find_model(config.recipe.options.model)
        model = model_card.read_model(found) if found.sha256 is None else b""
    local = tuple(name for name in inputs if not urls.is_remote(name))
    return RunSpec(run, config, folder, witness, local, model, dask_worker.versions())

"""Jobs done by a Dask cluster (the extra `pixbin[cluster]`).

Jobs are sent in small groups, a few for each thread of the cluster, and outcomes come back. Both
consist of names and numbers. Pictures are not sent: each worker reads its source files and writes
its outputs itself. When a worker is lost, other workers get its jobs.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from pixbin.batch.executors import dask_client, dask_run_spec, dask_worker
from pixbin.batch.executors.dask_run_spec import Incompatible
from pixbin.batch.executors.process_pool import WorkerConfig
from pixbin.batch.jobs import Job, Outcome, failed_outcome
from pixbin.batch.planning.inputs import Notify
from pixbin.errors import ModelError

_SHUTDOWN_SECONDS = 5.0  #: longest time for the end of a run
_POLL_SECONDS = 0.01  #: time between two checks for results
_REFRESH_SECONDS = 3.0  #: time between two requests for the list of workers
_MIN_GROUP_SECONDS = 0.25  #: shortest time that a group of jobs should take
#: Minimum time of a group for each thread of the cluster: a scheduler handles only some hundred
#: tasks a second.
_SECONDS_PER_THREAD = 0.01
_MAX_GROUP_SIZE = 1024  #: jobs in a group
_FIRST_GROUP_SIZE = 2  #: jobs in a group while the time of a job is unknown
_GROUPS_PER_THREAD = 2  #: groups submitted for each thread, so that none is idle
_MAX_WORKER_LOSSES = 3  #: losses of workers after which a job fails; after the first it runs alone
_SMOOTHING_FACTOR = 0.2  #: weight of the newest job in the average time


class DaskExecutor:
    """A running Dask cluster, and the groups of jobs that it is doing.

    Parameters
    ----------
    address
        The address of the scheduler, such as `tcp://host:8786`.
    config
        The data that each worker process gets.
    inputs
        The input files and folders, which all workers must see.
    max_pending
        The largest number of groups at a time; None derives it from the number of threads.
    notify
        Takes notes to the user, about workers that are left out.
    """

    def __init__(
        self,
        address: str,
        config: WorkerConfig,
        inputs: list[str],
        max_pending: int | None,
        notify: Notify,
    ) -> None:
        self._address = address
        self._config = config
        self._inputs = inputs
        self._max_pending = max_pending
        self._notify = notify
        self._pending: dict[Any, list[Job]] = {}  #: submitted groups, by their futures
        self._suspects: list[Job] = []  #: jobs whose group lost its workers: each runs alone
        self._running_suspect: Any = None  #: future of the suspect that is running
        self._worker_losses: dict[str, int] = {}  #: number of lost workers, by target
        self._seconds_per_job = 0.0  #: moving average of the time for one job
        self._excluded: set[str] = set()  #: workers that joined later and are incompatible
        self._threads_by_worker: dict[str, int] = {}  #: number of threads, by address
        #: when workers were last requested, and when there last were any
        self._last_refresh = self._last_alive = 0.0

    def __enter__(self) -> DaskExecutor:
        self._client = dask_client.connect(self._address)
        try:
            self._spec = dask_run_spec.make_run_spec(self._config, self._inputs)
            self._wait_for_workers()
            self._spec_future = self._client.submit(
                dask_worker.broadcast_spec, self._spec, pure=False
            )
        except BaseException:
            self._disconnect()
            raise
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        with contextlib.suppress(Exception):  # an earlier error is more important
            if kind is not None:
                self._client.cancel(list(self._pending), force=True)
            self._broadcast(dask_worker.shut_down_run, self._spec.run_id, kind is not None)
        self._disconnect()

    def _disconnect(self) -> None:
        if self._spec.probe_file:
            Path(self._spec.probe_file).unlink(missing_ok=True)
        with contextlib.suppress(Exception):  # as above
            self._client.close(timeout=_SHUTDOWN_SECONDS)

    def __call__(
        self, jobs: Iterable[Job | Outcome], is_stopped: Callable[[], bool]
    ) -> Iterator[Outcome]:
        """Yield an outcome for each job, as it becomes ready; outcomes among the jobs pass through.

        Only a few jobs are taken from the stream in advance. After a stop, running jobs still
        finish.
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
        """Yield the outcomes of all submitted groups; when stopped, of running jobs only."""
        has_sent_stop = False
        while self._pending or (self._suspects and not has_sent_stop):
            if is_stopped() and not has_sent_stop:
                has_sent_stop = True
                self._broadcast(dask_worker.stop_run, self._spec.run_id)
            yield from self._collect()

    def _group_size(self) -> int:
        """Return the number of jobs for the next group."""
        if not self._seconds_per_job or self._max_pending:
            return _FIRST_GROUP_SIZE
        seconds = max(
            _MIN_GROUP_SECONDS, _SECONDS_PER_THREAD * sum(self._threads_by_worker.values())
        )
        return max(1, min(_MAX_GROUP_SIZE, round(seconds / self._seconds_per_job)))

    def _max_groups(self) -> int:
        """Return the largest number of groups to submit at a time."""
        self._refresh_workers()
        return self._max_pending or max(
            2, _GROUPS_PER_THREAD * sum(self._threads_by_worker.values())
        )

    def _submit(self, jobs: list[Job]) -> Any:
        workers = None  # any of them
        if self._excluded:
            workers = [name for name in self._threads_by_worker if name not in self._excluded]
        future = self._client.submit(
            dask_worker.run_jobs, self._spec_future, jobs, workers=workers, pure=False
        )
        self._pending[future] = jobs
        self._completed.add(future)
        return future

    def _collect(self) -> Iterator[Outcome]:
        """Yield the outcomes that have arrived; if there are none, wait for a moment."""
        if self._suspects and self._running_suspect is None:
            self._running_suspect = self._submit([self._suspects.pop()])
        if not self._completed.has_ready():
            time.sleep(_POLL_SECONDS)
            self._refresh_workers()
            yield from self._collect_undelivered()
        for future, result in self._completed.next_batch(block=False):
            yield from self._finish(future, result)

    def _collect_undelivered(self) -> Iterator[Outcome]:
        """Yield the outcomes of failed futures that `as_completed` has not delivered.

        It never delivers a future whose result was lost with its worker before it was fetched,
        and which then failed when it was computed again.
        """
        for future in [future for future in self._pending if future.status == "error"]:
            error = future.exception()
            yield from self._finish(future, (type(error), error, None))

    def _finish(self, future: Any, result: Any) -> Iterator[Outcome]:
        """Yield the outcomes of a future, unless it was finished before."""
        jobs = self._pending.pop(future, None)
        if jobs is None:
            return
        if future is self._running_suspect or future == self._running_suspect:
            self._running_suspect = None
        yield from self._outcomes_of(future, jobs, result)

    def _outcomes_of(self, future: Any, jobs: list[Job], result: Any) -> Iterator[Outcome]:
        if isinstance(result, Incompatible):
            yield from self._retry_or_fail(jobs, result)
        elif isinstance(result, list):  # delivered, even if its worker has been lost since
            for outcome in result:
                weight = _SMOOTHING_FACTOR if self._seconds_per_job else 1.0
                self._seconds_per_job += weight * (outcome.seconds - self._seconds_per_job)
                yield outcome
        elif future.status == "error":
            yield from self._retry_or_fail(jobs, result[1])
        else:
            raise ModelError(f"{self._address}: the scheduler has gone; start it and run again")

    def _retry_or_fail(
        self, jobs: list[Job], error: Incompatible | BaseException
    ) -> Iterator[Outcome]:
        """Submit jobs again, to compatible workers or each alone; yield those that have failed."""
        from distributed import KilledWorker

        if isinstance(error, Incompatible | ImportError):
            self._exclude_incompatible()
            self._submit(jobs)
            return
        for job in jobs:
            losses = self._worker_losses[job.target] = self._worker_losses.get(job.target, 0) + 1
            if isinstance(error, KilledWorker) and losses < _MAX_WORKER_LOSSES:
                self._suspects.append(job)  # one job of the group may crash any worker
                continue
            reason = f"{type(error).__name__}: {error}"
            if isinstance(error, KilledWorker):
                reason = "each worker that tried it was lost"
            yield failed_outcome(
                job, f"{job.source}: {reason}; convert the picture alone to see why"
            )

    def _exclude_incompatible(self) -> None:
        """Leave out workers that joined later and are incompatible."""
        for address, reason in self._incompatible_workers():
            if address not in self._excluded:
                self._excluded.add(address)
                self._notify(f"note: {address}: {reason}; until then it is left out")
        self._last_refresh = 0.0
        self._refresh_workers()

    def _incompatible_workers(self) -> list[tuple[str, str]]:
        with dask_client.translate_errors(self._address):
            answers = self._client.run(dask_run_spec.incompatibility, self._spec, on_error="return")
        return [
            (
                address,
                dask_client.missing_package_message(reason)
                if isinstance(reason, BaseException)
                else reason,
            )
            for address, reason in sorted(answers.items())
            if reason
        ]

    def _refresh_workers(self) -> None:
        """Request the list of workers, if the last request is some seconds old.

        Raises
        ------
        ModelError
            There have been no workers for a while.
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
        """Wait for workers, and check that all are compatible.

        Raises
        ------
        ModelError
            There are none, or one is incompatible.
        """
        from distributed import TimeoutError as DaskTimeoutError

        try:
            self._client.wait_for_workers(1, timeout=dask_client.connect_timeout())
        except DaskTimeoutError as error:
            command = f"dask worker {self._address}"
            raise ModelError(f"{self._address}: has no workers; start one: {command}") from error
        with dask_client.translate_errors(self._address):
            try:
                self._client.run_on_scheduler(dask_run_spec.versions)
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

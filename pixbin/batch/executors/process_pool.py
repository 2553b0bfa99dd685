"""Worker processes: each does one job after another, and a crash of one fails one job only.

There are processes and not threads because of the interpreter's lock: on two cores, two processes
convert 1.8 times as fast as one, two threads 1.4 times.

The pool starts Python itself rather than through `multiprocessing`. So a program that uses it
needs no `if __name__ == "__main__"`, and a worker whose parent is killed ends after its job, as
its pipes are closed. See docs/decisions/031-process-pool.md for the alternatives.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, NamedTuple

from pixbin.batch.executors.child_process import (
    ChildEndedError,
    ChildProcess,
    NoMemoryError,
    TimeIsUpError,
)
from pixbin.batch.executors.memory_limit import set_memory_limit
from pixbin.batch.jobs import NO_LIMITS, Job, Outcome, failed_outcome, run_job
from pixbin.batch.state.fingerprint import Recipe
from pixbin.batch.storage import open_storage
from pixbin.batch.storage.base import FileSignature, OutputStorage
from pixbin.catalog.limits import DEFAULT, InputLimits, WorkLimits

_JOBS_PER_PROCESS = 2  #: jobs submitted for each process, so that none is idle
#: Outputs that are stored on the disk together, as that takes hardly longer than for one of them.
_GROUP = 16
_GROUP_SECONDS = 0.1  #: the longest time that a finished output waits for others


class WorkerConfig(NamedTuple):
    """The data that a worker process gets before its first job."""

    recipe: Recipe
    output: str  #: path or URL of the output folder
    parent_pid: int  #: the process that submits the jobs; after its end, no job is started
    overwrite: bool = True  #: existing outputs may be replaced
    working_directory: str | None = None  #: for relative paths; None is that of the parent
    limits: WorkLimits = NO_LIMITS  #: on each job
    is_staging: bool = False  #: outputs only get their names when the parent publishes them


class WorkerProcess(ChildProcess):
    """A worker process, started by its first job."""

    def __init__(self, config: WorkerConfig) -> None:
        super().__init__(prepare_jobs, config, config.working_directory)
        self._limits = config.limits

    def run_job(self, job: Job) -> Outcome:
        """Do one job; if the process dies, the job fails, and the next job starts a new process."""
        try:
            outcome = self.answer(job, self._limits.seconds)
        except TimeIsUpError:
            return failed_outcome(job, str(self._limits.time_error(job.source)))
        except NoMemoryError:
            return failed_outcome(job, str(self._limits.memory_error(job.source)))
        except ChildEndedError as error:
            return failed_outcome(job, f"{job.source}: its process {error}")
        assert isinstance(outcome, Outcome)
        return outcome


class ProcessPool:
    """A number of worker processes, each with a thread that waits for it.

    Another thread publishes the outputs in groups, each as soon as it is stored on the disk. So no
    process waits for the disk, and a group waits once. Databases call this group commit.
    """

    def __init__(self, config: WorkerConfig, count: int) -> None:
        self._count = count
        self._config = config._replace(is_staging=True)
        self._store = open_storage(config.output, overwrite=config.overwrite)
        self._thread_local = threading.local()
        self._workers: list[WorkerProcess] = []
        self._threads = ThreadPoolExecutor(count, "pixbin-worker")
        self._publisher = ThreadPoolExecutor(1, "pixbin-publisher")
        self._staged: list[Outcome] = []  #: of the next group
        self._staged_since = 0.0
        self._publishing: Future[list[Outcome]] | None = None
        self._is_aborted = False

    def __enter__(self) -> ProcessPool:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._is_aborted = kind is not None
        if self._is_aborted:
            for worker in self._workers:
                worker.kill()
        self._threads.shutdown(cancel_futures=True)
        self._publisher.shutdown(cancel_futures=True)
        for worker in self._workers:
            worker.close()

    def __call__(
        self, jobs: Iterable[Job | Outcome], is_stopped: Callable[[], bool]
    ) -> Iterator[Outcome]:
        """Yield an outcome for each job, as it becomes ready; outcomes among the jobs pass through.

        Only a few jobs are taken from the stream in advance. After a stop, running jobs still
        finish.
        """
        running: set[Future[Outcome]] = set()
        for job in jobs:
            if is_stopped():
                break
            if isinstance(job, Outcome):
                yield job
                continue
            running.add(self._threads.submit(self._run_job, job))
            while self._is_full(running) and not is_stopped():
                yield from self._finish_some(running)
        while running or self._staged or self._publishing:
            if is_stopped():
                running = {future for future in running if not future.cancel()}
            yield from self._finish_some(running)

    def _is_full(self, running: Sized) -> bool:
        most = _JOBS_PER_PROCESS * self._count
        return len(running) >= most or len(self._staged) >= _GROUP

    def _finish_some(self, running: set[Future[Outcome]]) -> Iterator[Outcome]:
        """Wait until a job is done or a group published; yield outcomes, or put them into a group.

        The next group is published when it is complete, or has waited long, or nothing can come.
        """
        waiting: set[Future[Any]] = {*running}
        seconds = None
        if self._publishing:
            waiting.add(self._publishing)
        elif self._staged:
            seconds = max(0.0, self._staged_since + _GROUP_SECONDS - time.monotonic())
        done, _ = wait(waiting, seconds, FIRST_COMPLETED)
        for future in running & done:
            outcome = future.result()
            if not outcome.staged:
                yield outcome
                continue
            self._staged_since = self._staged_since if self._staged else time.monotonic()
            self._staged.append(outcome)
        running -= done
        if self._publishing and self._publishing in done:
            outcomes, self._publishing = self._publishing.result(), None
            yield from outcomes
        is_due = time.monotonic() >= self._staged_since + _GROUP_SECONDS or not running
        if self._staged and not self._publishing and (is_due or len(self._staged) >= _GROUP):
            self._publishing = self._publisher.submit(self._publish, self._staged)
            self._staged = []

    def _publish(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Give outputs their names; where that fails, the job fails."""
        errors = self._store.publish([(outcome.target, outcome.staged) for outcome in outcomes])
        return [
            outcome._replace(staged="")
            if error is None
            else failed_outcome(Job(outcome.source, outcome.target), str(error))._replace(
                is_retryable=True
            )
            for outcome, error in zip(outcomes, errors, strict=True)
        ]

    def _run_job(self, job: Job) -> Outcome:
        if not hasattr(self._thread_local, "worker"):
            self._thread_local.worker = WorkerProcess(self._config)
            self._workers.append(self._thread_local.worker)
        worker: WorkerProcess = self._thread_local.worker
        if self._is_aborted:
            worker.kill()
        return worker.run_job(job)


class InProcessExecutor:
    """An executor without processes: it does one job after another in this process."""

    def __init__(self, config: WorkerConfig) -> None:
        self._recipe = config.recipe
        self._store = open_storage(config.output, overwrite=config.overwrite)

    def __enter__(self) -> InProcessExecutor:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __call__(
        self, jobs: Iterable[Job | Outcome], is_stopped: Callable[[], bool]
    ) -> Iterator[Outcome]:
        """Yield an outcome for each job, one by one; outcomes among the jobs pass through."""
        for job in jobs:
            if is_stopped():
                break
            yield job if isinstance(job, Outcome) else run_job(job, self._recipe, self._store)


class StagingStore(NamedTuple):
    """A store for one job that keeps an output in the work folder until it is published."""

    store: OutputStorage
    names: list[str]  #: of the staged output

    def read(
        self,
        source: str,
        known_signature: FileSignature | None = None,
        limits: InputLimits = DEFAULT,
    ) -> tuple[bytes, FileSignature]:
        """Return the content of a source file, and its signature when it was read."""
        return self.store.read(source, known_signature, limits)

    def write(self, target: str, data: bytes) -> None:
        """Stage an output."""
        self.names.append(self.store.stage(target, data))


def prepare_jobs(config: WorkerConfig) -> Callable[[Job], Outcome | None]:
    """Return the function that does a job in a worker process; None as its result ends that."""
    set_memory_limit(config.limits.memory)
    store = open_storage(config.output, overwrite=config.overwrite)

    def do_job(job: Job) -> Outcome | None:
        with store.job_lock():
            if os.getppid() != config.parent_pid:
                return None  # another run may have started already
            staging = StagingStore(store, [])
            job_store = staging if config.is_staging else store
            outcome = run_job(job, config.recipe, job_store, config.limits)
            if outcome.has_no_memory:  # libraries may be damaged: the next job gets a new process
                raise MemoryError
            return outcome._replace(staged="".join(staging.names))

    return do_job

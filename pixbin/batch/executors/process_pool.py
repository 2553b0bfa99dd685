"""Worker processes: each does one job after another, and a crash of one fails one job only.

There are processes and not threads because of the interpreter's lock: on two cores, two processes
convert 1.8 times as fast as one, two threads 1.4 times.

The pool starts Python itself rather than through `multiprocessing`. So a program that uses it
needs no `if __name__ == "__main__"`, and a worker whose parent is killed ends after its job, as
its pipes are closed. See docs/decisions/031-process-pool.md for the alternatives.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import IO, Any, NamedTuple

from pixbin.batch.jobs import Job, Outcome, failed_outcome, run_job
from pixbin.batch.state.fingerprint import Recipe
from pixbin.batch.storage import open_storage

_PROGRAM = (
    "import sys; sys.path[:] = {path!r}; "
    "from pixbin.batch.executors.process_pool import serve_jobs; serve_jobs()"
)
#: One thread converts one picture. Its memory is kept for the next picture, not returned to the
#: system: requesting 48 MB for each photograph would take a fifth of the whole time.
_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "PILLOW_BLOCKS_MAX": "4",  # blocks of 16 MB
    "MALLOC_MMAP_THRESHOLD_": str(1 << 25),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 27),
}
_JOBS_PER_PROCESS = 2  #: jobs submitted for each process, so that none is idle


class WorkerConfig(NamedTuple):
    """The data that a worker process gets before its first job."""

    recipe: Recipe
    output: str  #: path or URL of the output folder
    parent_pid: int  #: the process that submits the jobs; after its end, no job is started
    overwrite: bool = True  #: existing outputs may be replaced
    working_directory: str | None = None  #: for relative paths; None is that of the parent


class WorkerProcess:
    """A worker process, started by its first job."""

    def __init__(self, config: WorkerConfig) -> None:
        self._config = config
        self._process: subprocess.Popen[bytes] | None = None
        self._is_killed = False

    def run_job(self, job: Job) -> Outcome:
        """Do one job; if the process dies, the job fails, and the next job starts a new process."""
        process = self._process = self._process or self._start()
        if self._is_killed:
            process.kill()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            _send(process.stdin, job)
            outcome = pickle.load(process.stdout)
        except (OSError, EOFError, pickle.UnpicklingError):
            self._process = None
            return failed_outcome(job, f"{job.source}: its process {_exit_message(process)}")
        assert isinstance(outcome, Outcome)
        return outcome

    def kill(self) -> None:
        """End the process at once, or as soon as it has started; its job fails."""
        self._is_killed = True
        if process := self._process:
            process.kill()

    def close(self) -> None:
        """End the process when it is idle; no job may be running."""
        process, self._process = self._process, None
        if process is not None:
            process.communicate()

    def _start(self) -> subprocess.Popen[bytes]:
        program = _PROGRAM.format(path=sys.path)
        own_group: dict[str, Any] = {"process_group": 0} if os.name == "posix" else {}
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**_ENVIRONMENT, **os.environ},
            cwd=self._config.working_directory,
            **own_group,  # so that Ctrl-C reaches the parent alone
        )
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            _send(process.stdin, self._config)
        return process


class ProcessPool:
    """A number of worker processes, each with a thread that waits for it."""

    def __init__(self, config: WorkerConfig, count: int) -> None:
        self._count = count
        self._config = config
        self._thread_local = threading.local()
        self._workers: list[WorkerProcess] = []
        self._threads = ThreadPoolExecutor(count, "pixbin-worker")
        self._is_aborted = False

    def __enter__(self) -> ProcessPool:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._is_aborted = kind is not None
        if self._is_aborted:
            for worker in self._workers:
                worker.kill()
        self._threads.shutdown(cancel_futures=True)
        for worker in self._workers:
            worker.close()

    def __call__(
        self, jobs: Iterable[Job | Outcome], is_stopped: Callable[[], bool]
    ) -> Iterator[Outcome]:
        """Yield an outcome for each job, as it becomes ready; outcomes among the jobs pass through.

        Only a few jobs are taken from the stream in advance. After a stop, running jobs still
        finish.
        """
        pending: set[Future[Outcome]] = set()
        for job in jobs:
            if is_stopped():
                break
            if isinstance(job, Outcome):
                yield job
                continue
            pending.add(self._threads.submit(self._run_job, job))
            while len(pending) >= _JOBS_PER_PROCESS * self._count and not is_stopped():
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        while pending:
            if is_stopped():
                pending = {future for future in pending if not future.cancel()}
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)

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


def serve_jobs() -> None:
    """Do the jobs that come on stdin until it is closed: the main function of a worker process."""
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)  # the parent decides when to stop
    jobs, outcomes = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # The output of libraries must not reach the pipe that carries the outcomes.
    other_output = sys.stderr.fileno() if sys.stderr else os.open(os.devnull, os.O_WRONLY)
    os.dup2(other_output, sys.stdout.fileno())
    with contextlib.suppress(EOFError, BrokenPipeError):
        _serve_until_closed(jobs, outcomes, pickle.load(jobs))
    os._exit(0)


def _serve_until_closed(jobs: IO[bytes], outcomes: IO[bytes], config: WorkerConfig) -> None:
    store = open_storage(config.output, overwrite=config.overwrite)
    while True:
        job: Job = pickle.load(jobs)
        with store.job_lock():
            if os.getppid() != config.parent_pid:
                return  # another run may have started already
            outcome = run_job(job, config.recipe, store)
        _send(outcomes, outcome)


def _send(stream: IO[bytes], message: object) -> None:
    pickle.dump(message, stream, protocol=5)
    stream.flush()


def _exit_message(process: subprocess.Popen[bytes]) -> str:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
    code = process.wait()
    if code < 0:
        return f"was killed (signal {-code}); there may be too little memory: give fewer --jobs"
    return f"ended (exit code {code}); convert the picture alone to see why"

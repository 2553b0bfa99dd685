"""Worker processes: each does one job after another, and none takes the others down with it.

Processes rather than threads: on two cores two of them convert 1.8 times as fast as one, two
threads 1.4 times, for the interpreter's lock. They are children of their own making: a program
that uses this needs no guard around its main part, and a child whose parent is killed ends when
its job is done, since nobody reads what it says.
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
from pixbin.batch.storage import local_files

_PROGRAM = (
    "import sys; sys.path[:] = {path!r}; "
    "from pixbin.batch.executors.process_pool import serve_jobs; serve_jobs()"
)
#: One thread does one picture; and the memory of one is kept for the next instead of given back:
#: to get 48 megabytes anew for each photograph would take a fifth of the whole time.
_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "PILLOW_BLOCKS_MAX": "4",  # of 16 MB
    "MALLOC_MMAP_THRESHOLD_": str(1 << 25),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 27),
}
_MAX_INTERPRETED_PICTURES = 20  #: from then on, at the latest, a process runs machine code only
_JOBS_PER_PROCESS = 2  #: jobs handed out for each process, so that none waits for the next


class WorkerConfig(NamedTuple):
    """What a worker needs to know before its first job."""

    recipe: Recipe
    output: str
    parent_pid: int  #: process that hands out the jobs; without it, none is begun
    overwrite: bool = True  #: outputs that are there may be replaced
    working_directory: str | None = None  #: from which names are meant; None is that of the parent


class WorkerProcess:
    """A process of its own, or none before its first job."""

    def __init__(self, config: WorkerConfig) -> None:
        self._config = config
        self._process: subprocess.Popen[bytes] | None = None
        self._is_killed = False

    def run_job(self, job: Job) -> Outcome:
        """Do one job; if the process dies of it, say so, and have another one for the next."""
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
        """End the process at once, or as soon as it has started; its job has then failed."""
        self._is_killed = True
        if process := self._process:
            process.kill()

    def close(self) -> None:
        """Let the process end; no job may be in hand."""
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
    """A few worker processes, and the threads that wait for them."""

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
        """Turn jobs into outcomes, as they come; what is an outcome already passes through.

        Few jobs are taken from their stream at a time. When stopped, those in hand are finished.
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
                yield from (each.result() for each in done)
        while pending:
            if is_stopped():
                pending = {each for each in pending if not each.cancel()}
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            yield from (each.result() for each in done)

    def _run_job(self, job: Job) -> Outcome:
        if not hasattr(self._thread_local, "worker"):
            self._thread_local.worker = WorkerProcess(self._config)
            self._workers.append(self._thread_local.worker)
        worker: WorkerProcess = self._thread_local.worker
        if self._is_aborted:
            worker.kill()
        return worker.run_job(job)


class InProcessExecutor:
    """The process itself, which does one job after another."""

    def __init__(self, config: WorkerConfig) -> None:
        self._recipe = config.recipe
        self._store = local_files.open_storage(config.output, overwrite=config.overwrite)

    def __enter__(self) -> InProcessExecutor:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __call__(
        self, jobs: Iterable[Job | Outcome], is_stopped: Callable[[], bool]
    ) -> Iterator[Outcome]:
        """Turn jobs into outcomes, as they come; what is an outcome already passes through."""
        for job in jobs:
            if is_stopped():
                break
            yield job if isinstance(job, Outcome) else run_job(job, self._recipe, self._store)


def serve_jobs() -> None:
    """Do the jobs that come on stdin, until there are no more: what a worker process runs."""
    for each in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, each), signal.SIG_IGN)  # the parent says when to stop
    jobs, outcomes = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    elsewhere = sys.stderr.fileno() if sys.stderr else os.open(os.devnull, os.O_WRONLY)
    os.dup2(elsewhere, sys.stdout.fileno())  # what libraries may print
    with contextlib.suppress(EOFError, BrokenPipeError):
        _serve_until_closed(jobs, outcomes, pickle.load(jobs))
    os._exit(0)


def _serve_until_closed(jobs: IO[bytes], outcomes: IO[bytes], config: WorkerConfig) -> None:
    from pixbin.jit import dispatch

    store = local_files.open_storage(config.output, overwrite=config.overwrite)
    count = 0
    while True:
        job: Job = pickle.load(jobs)
        count += 1
        if count > _MAX_INTERPRETED_PICTURES or dispatch.is_compiler_loaded():
            dispatch.force_compiled()
        with store.job_lock():
            if os.getppid() != config.parent_pid:
                return  # another run may be at work already
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

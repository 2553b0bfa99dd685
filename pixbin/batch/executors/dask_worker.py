"""The part of a batch that runs inside the workers of a Dask cluster.

Each thread of a Dask worker has one worker process of pixbin, which does one job at a time. A
picture that crashes its process fails, as it does without a cluster. The Dask worker keeps running.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from pixbin.batch.executors.dask_run_spec import Incompatible, RunSpec, incompatibility
from pixbin.batch.executors.process_pool import WorkerConfig, WorkerProcess
from pixbin.batch.jobs import Job, Outcome, failed_outcome

_IDLE_SECONDS = 60.0  #: time without jobs after which the processes of a run end


class WorkerProcesses:
    """The processes of one run on one worker."""

    def __init__(self, spec: RunSpec) -> None:
        self.is_stopped = False
        self._spec = spec
        self._local = threading.local()
        self._workers: list[WorkerProcess] = []
        self._lock = threading.Lock()
        self._active_threads = 0
        self._idle_timer: threading.Timer | None = None
        self._model_folder = ""  #: holds the model that came with the data of the run

    @contextlib.contextmanager
    def borrow_worker(self) -> Iterator[WorkerProcess]:
        """Yield the process of this thread."""
        with self._lock:
            self._active_threads += 1
            if self._idle_timer:
                self._idle_timer.cancel()
            if not hasattr(self._local, "worker"):
                self._local.worker = WorkerProcess(self._worker_config())
                self._workers.append(self._local.worker)
        try:
            yield self._local.worker
        finally:
            with self._lock:
                self._active_threads -= 1
                if not self._active_threads:
                    self._idle_timer = threading.Timer(_IDLE_SECONDS, self.shut_down_idle)
                    self._idle_timer.daemon = True
                    self._idle_timer.start()

    def shut_down_idle(self) -> None:
        """End the processes, unless they have jobs again."""
        with self._lock:
            if not self._active_threads:
                self._close_workers()

    def shut_down(self, *, immediately: bool) -> None:
        """End the processes after their jobs, or immediately; then their jobs fail."""
        with self._lock:
            self.is_stopped = True
            if self._idle_timer:
                self._idle_timer.cancel()
            if immediately:
                for worker in self._workers:
                    worker.kill()
            if not self._active_threads:
                self._close_workers()

    def _close_workers(self) -> None:
        for worker in self._workers:
            worker.close()
        shutil.rmtree(self._model_folder, ignore_errors=True)
        self._workers, self._model_folder, self._local = [], "", threading.local()

    def _worker_config(self) -> WorkerConfig:
        folder = self._spec.working_directory
        recipe = self._spec.config.recipe
        if self._spec.model_bytes:
            if not self._model_folder:
                self._model_folder = tempfile.mkdtemp(prefix="pixbin-")
            path = Path(self._model_folder, "model.onnx")
            path.write_bytes(self._spec.model_bytes)
            options = dataclasses.replace(recipe.options, model=str(path))
            recipe = recipe._replace(options=options)
        return self._spec.config._replace(
            recipe=recipe,
            parent_pid=os.getpid(),
            working_directory=folder if Path(folder).is_dir() else None,
        )


_processes_by_run: dict[str, WorkerProcesses] = {}  #: processes of this worker, by run
_processes_lock = threading.Lock()


def run_jobs(spec: RunSpec, jobs: list[Job]) -> list[Outcome] | Incompatible:
    """Do a group of jobs; when the run is stopped, only finish the running one."""
    if reason := incompatibility(spec):
        return Incompatible(reason)
    with _processes_lock:
        processes = _processes_by_run.setdefault(spec.run_id, WorkerProcesses(spec))
    outcomes: list[Outcome] = []
    with processes.borrow_worker() as worker:
        for job in jobs:
            if processes.is_stopped:
                break
            outcomes.append(_run_job(worker, job))
    return outcomes


def _run_job(worker: WorkerProcess, job: Job) -> Outcome:
    try:
        return worker.run_job(job)
    except Exception as error:  # noqa: BLE001 - the exception may not be picklable
        return failed_outcome(
            job, f"{job.source}: {type(error).__name__}: {error}; look at the worker"
        )


def stop_run(run_id: str) -> None:
    """Stop a run after the running jobs."""
    with _processes_lock:
        processes = _processes_by_run.get(run_id)
    if processes:
        processes.is_stopped = True


def shut_down_run(run_id: str, immediately: bool = False) -> None:
    """End the processes of a run."""
    with _processes_lock:
        processes = _processes_by_run.pop(run_id, None)
    if processes:
        processes.shut_down(immediately=immediately)


def broadcast_spec(spec: RunSpec) -> RunSpec:
    """Return the data of a run; as the result of a task, Dask sends it to each worker once."""
    return spec

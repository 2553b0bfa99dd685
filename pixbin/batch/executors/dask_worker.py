"""What runs on the machines of a cluster: a few pictures at a time, in processes of their own.

A picture that takes its process down is a failure, as it is without a cluster; the worker of the
cluster lives on. Each thread of a worker has one process, and so does one picture at a time.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.metadata
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pixbin import __version__
from pixbin.batch.executors.process_pool import WorkerConfig, WorkerProcess
from pixbin.batch.jobs import Job, Outcome, failed_outcome

_IDLE_SECONDS = 60.0  #: seconds without work, after which the processes of a run end


class RunSpec(NamedTuple):
    """What the workers of a cluster need to know of a run; it travels to each once."""

    run_id: str  #: a name that no other run has
    config: WorkerConfig
    working_directory: str  #: from which names are meant
    probe_file: str  #: a file in the output folder that each must see; none if that is on a store
    inputs: tuple[str, ...]  #: files and folders that each must see
    model_bytes: bytes  #: of a neural model that pixbin does not ship
    versions: dict[str, str]  #: that outputs depend on


class Incompatible(NamedTuple):
    """What a worker says that must not do the work."""

    reason: str


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
        self._model_folder = ""  #: the folder of the model that came with the order

    @contextlib.contextmanager
    def borrow_worker(self) -> Iterator[WorkerProcess]:
        """Lend this thread its process."""
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
        """Let the processes end, unless there is work again."""
        with self._lock:
            if not self._active_threads:
                self._close_workers()

    def shut_down(self, *, immediately: bool) -> None:
        """End the processes; at once, what they have in hand fails."""
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
        setup = self._spec.config
        folder = (
            self._spec.working_directory if Path(self._spec.working_directory).is_dir() else None
        )
        recipe = setup.recipe
        if self._spec.model_bytes:
            if not self._model_folder:
                self._model_folder = tempfile.mkdtemp(prefix="pixbin-")
            path = Path(self._model_folder, "model.onnx")
            path.write_bytes(self._spec.model_bytes)
            options = dataclasses.replace(recipe.options, model=str(path))
            recipe = recipe._replace(options=options)
        return setup._replace(recipe=recipe, parent_pid=os.getpid(), working_directory=folder)


_processes_by_run: dict[
    str, WorkerProcesses
] = {}  #: those of this worker, by the names of their runs
_processes_lock = threading.Lock()


def run_jobs(spec: RunSpec, jobs: list[Job]) -> list[Outcome] | Incompatible:
    """Do a few jobs; when the run is stopped, no more than the one in hand."""
    if reason := incompatibility(spec):
        return Incompatible(reason)
    with _processes_lock:
        crew = _processes_by_run.setdefault(spec.run_id, WorkerProcesses(spec))
    done: list[Outcome] = []
    with crew.borrow_worker() as worker:
        for job in jobs:
            if crew.is_stopped:
                break
            done.append(_run_job(worker, job))
    return done


def _run_job(worker: WorkerProcess, job: Job) -> Outcome:
    try:
        return worker.run_job(job)
    except Exception as error:  # noqa: BLE001 - which might not come through to whom it is told
        return failed_outcome(
            job, f"{job.source}: {type(error).__name__}: {error}; look at the worker"
        )


def stop_run(run_id: str) -> None:
    """Let the pictures in hand be the last ones."""
    with _processes_lock:
        crew = _processes_by_run.get(run_id)
    if crew:
        crew.is_stopped = True


def shut_down_run(run_id: str, immediately: bool = False) -> None:
    """End the processes of a run."""
    with _processes_lock:
        crew = _processes_by_run.pop(run_id, None)
    if crew:
        crew.shut_down(immediately=immediately)


def versions() -> dict[str, str]:
    """Return the versions that outputs depend on."""
    return {"pixbin": __version__, "pillow": importlib.metadata.version("pillow")}


def incompatibility(spec: RunSpec) -> str:
    """Tell why this worker cannot do the work, if so."""
    for name, version in versions().items():
        if version != spec.versions[name]:
            return f"has {name} {version}, and not {spec.versions[name]}; install the same there"
    for name in (spec.probe_file, *spec.inputs):
        if name and not Path(spec.working_directory, name).exists():
            shown = spec.config.output if name == spec.probe_file else name
            return f"does not see {shown}; take a folder that all machines share, or a store"
    return ""


def broadcast_spec(spec: RunSpec) -> RunSpec:
    """Return the order: as a task of its own it is sent to each worker once."""
    return spec

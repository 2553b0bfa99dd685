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
from pixbin.batch.executors.process_pool import Setup, Worker
from pixbin.batch.jobs import Job, Outcome, failure

_IDLE = 60.0  #: seconds without work, after which the processes of a run end


class Order(NamedTuple):
    """What the workers of a cluster need to know of a run; it travels to each once."""

    run: str  #: a name that no other run has
    setup: Setup
    folder: str  #: from which names are meant
    witness: str  #: a file in the output folder that each must see; none if that is on a store
    sources: tuple[str, ...]  #: files and folders that each must see
    model: bytes  #: of a neural model that pixbin does not ship
    versions: dict[str, str]  #: that outputs depend on


class Refusal(NamedTuple):
    """What a worker says that must not do the work."""

    reason: str


class Crew:
    """The processes of one run on one worker."""

    def __init__(self, order: Order) -> None:
        self.is_stopped = False
        self._order = order
        self._local = threading.local()
        self._workers: list[Worker] = []
        self._lock = threading.Lock()
        self._busy = 0
        self._timer: threading.Timer | None = None
        self._models = ""  #: the folder of the model that came with the order

    @contextlib.contextmanager
    def at_work(self) -> Iterator[Worker]:
        """Lend this thread its process."""
        with self._lock:
            self._busy += 1
            if self._timer:
                self._timer.cancel()
            if not hasattr(self._local, "worker"):
                self._local.worker = Worker(self._setup())
                self._workers.append(self._local.worker)
        try:
            yield self._local.worker
        finally:
            with self._lock:
                self._busy -= 1
                if not self._busy:
                    self._timer = threading.Timer(_IDLE, self.rest)
                    self._timer.daemon = True
                    self._timer.start()

    def rest(self) -> None:
        """Let the processes end, unless there is work again."""
        with self._lock:
            if not self._busy:
                self._close()

    def finish(self, *, at_once: bool) -> None:
        """End the processes; at once, what they have in hand fails."""
        with self._lock:
            self.is_stopped = True
            if self._timer:
                self._timer.cancel()
            if at_once:
                for worker in self._workers:
                    worker.kill()
            if not self._busy:
                self._close()

    def _close(self) -> None:
        for worker in self._workers:
            worker.close()
        shutil.rmtree(self._models, ignore_errors=True)
        self._workers, self._models, self._local = [], "", threading.local()

    def _setup(self) -> Setup:
        setup = self._order.setup
        folder = self._order.folder if Path(self._order.folder).is_dir() else None
        recipe = setup.recipe
        if self._order.model:
            if not self._models:
                self._models = tempfile.mkdtemp(prefix="pixbin-")
            path = Path(self._models, "model.onnx")
            path.write_bytes(self._order.model)
            options = dataclasses.replace(recipe.options, model=str(path))
            recipe = recipe._replace(options=options)
        return setup._replace(recipe=recipe, parent=os.getpid(), folder=folder)


_crews: dict[str, Crew] = {}  #: those of this worker, by the names of their runs
_crews_lock = threading.Lock()


def perform(order: Order, jobs: list[Job]) -> list[Outcome] | Refusal:
    """Do a few jobs; when the run is stopped, no more than the one in hand."""
    if reason := misfit(order):
        return Refusal(reason)
    with _crews_lock:
        crew = _crews.setdefault(order.run, Crew(order))
    done: list[Outcome] = []
    with crew.at_work() as worker:
        for job in jobs:
            if crew.is_stopped:
                break
            done.append(_outcome(worker, job))
    return done


def _outcome(worker: Worker, job: Job) -> Outcome:
    try:
        return worker.perform(job)
    except Exception as error:  # noqa: BLE001 - which might not come through to whom it is told
        return failure(job, f"{job.source}: {type(error).__name__}: {error}; look at the worker")


def stop(run: str) -> None:
    """Let the pictures in hand be the last ones."""
    with _crews_lock:
        crew = _crews.get(run)
    if crew:
        crew.is_stopped = True


def finish(run: str, at_once: bool = False) -> None:
    """End the processes of a run."""
    with _crews_lock:
        crew = _crews.pop(run, None)
    if crew:
        crew.finish(at_once=at_once)


def versions() -> dict[str, str]:
    """Return the versions that outputs depend on."""
    return {"pixbin": __version__, "pillow": importlib.metadata.version("pillow")}


def misfit(order: Order) -> str:
    """Tell why this worker cannot do the work, if so."""
    for name, version in versions().items():
        if version != order.versions[name]:
            return f"has {name} {version}, and not {order.versions[name]}; install the same there"
    for name in (order.witness, *order.sources):
        if name and not Path(order.folder, name).exists():
            shown = order.setup.output if name == order.witness else name
            return f"does not see {shown}; take a folder that all machines share, or a store"
    return ""


def same(order: Order) -> Order:
    """Return the order: as a task of its own it is sent to each worker once."""
    return order

"""A batch from what was asked for to what became of it."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import random
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

from pixbin.batch.executors.process_pool import InProcessExecutor, ProcessPool, WorkerConfig
from pixbin.batch.jobs import Job, JobState, Outcome, Signature, Status, Store, run_job
from pixbin.batch.planning import inputs, plan
from pixbin.batch.planning.globs import FileFilter
from pixbin.batch.planning.inputs import InputFile, Notify
from pixbin.batch.planning.naming import Template
from pixbin.batch.planning.plan import BatchPlan
from pixbin.batch.run import Executor, Failures, Policy, Run
from pixbin.batch.state.fingerprint import Recipe
from pixbin.batch.state.journal import Journal
from pixbin.batch.storage import local_files
from pixbin.batch.storage.urls import MEMORY_SCHEME

_SAMPLE_SIZE = 3  #: pictures that are converted to tell what a batch will take


class BatchRequest(NamedTuple):
    """What a batch shall do."""

    inputs: list[str]  #: files and folders
    output: str  #: the folder to write to
    recipe: Recipe
    template: Template
    file_filter: FileFilter = FileFilter()
    list_file: str | None = None  #: a file of names separated by NUL, `-` is stdin
    base: str | None = None  #: the folder below which named files are mirrored
    policy: Policy = Policy()
    jobs: int | None = None  #: processes at once; None is one for each core
    is_watch: bool = False  #: goes on as files arrive; a folder without pictures is no error
    scheduler: str | None = None  #: address of the Dask cluster that does the work

    @property
    def needs_this_process(self) -> bool:
        """Whether no other process could see what is to be read or written."""
        return any(name.startswith(MEMORY_SCHEME) for name in (*self.inputs, self.output))


def available_cpus() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def make_plan(request: BatchRequest, notify: Notify) -> BatchPlan:
    """Find all sources and plan what becomes of them; see `plan.make` for what it refuses."""
    with plan.translate_sqlite_errors():
        return plan.build_plan(
            _find_inputs(request, notify), request.output, request.template, *request.recipe
        )


def _find_inputs(request: BatchRequest, notify: Notify) -> Iterator[InputFile]:
    for name in request.inputs:
        found = inputs.find_input(name, request.file_filter, request.base, request.output, notify)
        yield from found if request.is_watch else inputs.require_any(found, name)
    if request.list_file is not None:
        yield from inputs.read_list(request.list_file, request.base or os.curdir)


class Session:
    """An output folder held for one or more runs, with its journal and whoever does the work."""

    def __init__(
        self, request: BatchRequest, store: Store, journal: Journal, execute: Executor
    ) -> None:
        self._request = request
        self._store = store
        self._execute = execute
        self._recipe = journal.register_recipe(request.recipe)
        self.journal = journal
        self._failures: Failures | None = {} if request.is_watch else None

    def outcomes(self, batch_plan: BatchPlan, is_stopped: Callable[[], bool]) -> Iterator[Outcome]:
        """Carry a plan out."""
        store, policy = self._store, self._request.policy
        run = Run(batch_plan, store, self.journal, self._recipe, policy, is_stopped, self._failures)
        return run.outcomes(self._execute)


@contextlib.contextmanager
def open_session(request: BatchRequest, max_jobs: int = sys.maxsize) -> Iterator[Session]:
    """Hold the output folder; `most` are the pictures there can be.

    Raises
    ------
    OutputError
        The folder cannot be written, or another run is at work in it.
    """
    store = local_files.open_storage(request.output)
    with (
        plan.translate_sqlite_errors(),
        store.locked(),
        contextlib.closing(Journal(store.journal_log())) as journal,
    ):
        with _make_executor(request, max_jobs) as execute:
            yield Session(request, store, journal, execute)
        journal.compact()


def _make_executor(
    request: BatchRequest, max_jobs: int
) -> contextlib.AbstractContextManager[Executor]:
    """Return who does the work: a cluster, this process, or a few of its children."""
    if request.scheduler is not None:
        from pixbin.batch.executors.dask_executor import DaskExecutor

        setup = _worker_config(request, _with_shared_threads(request.recipe, available_cpus()))
        return DaskExecutor(request.scheduler, setup, request.inputs, request.jobs)
    if request.needs_this_process:
        return InProcessExecutor(_worker_config(request, request.recipe))
    count = min(request.jobs or available_cpus(), max(max_jobs, 1))
    return ProcessPool(_worker_config(request, _with_shared_threads(request.recipe, count)), count)


def _worker_config(request: BatchRequest, recipe: Recipe) -> WorkerConfig:
    return WorkerConfig(recipe, request.output, os.getpid(), request.policy.overwrite)


def _with_shared_threads(recipe: Recipe, process_count: int) -> Recipe:
    """Give a model no more threads than there are processors for each process."""
    threads = recipe.options.threads or max(1, available_cpus() // process_count)
    return recipe._replace(options=dataclasses.replace(recipe.options, threads=threads))


class CostEstimate(NamedTuple):
    """What a batch will take."""

    pictures: int
    due: int  #: that are to be converted
    failing: int  #: that cannot be, as far as is known
    source_bytes: int  #: bytes of the sources of those
    seconds: float  #: on so many processes at once
    jobs: int


class _DiscardingStore(NamedTuple):
    """A store that is read as another one, and takes nothing."""

    read: Callable[..., tuple[bytes, Signature]]
    source_status: Callable[[str], Status | None]
    target_status: Callable[[str], Status | None]
    target_digest: Callable[[str], str]

    def write(self, target: str, data: bytes) -> None:
        """Write nothing."""


def dry_run(
    request: BatchRequest, batch_plan: BatchPlan, on_step: Callable[[Job | Outcome], None]
) -> CostEstimate:
    """Show every step without doing it, and return the cost, known from a few conversions."""
    store, choose = local_files.open_storage(request.output), random.Random(0)
    nowhere = _DiscardingStore(
        store.read, store.source_status, store.target_status, store.target_digest
    )
    sample: list[Job] = []
    count = due = failing = size = 0
    with contextlib.closing(Journal(store.journal_log())) as journal:
        for step in Run(
            batch_plan, store, journal, request.recipe.fingerprint, request.policy
        ).steps():
            if isinstance(step, Job) and _is_unreadable(step, store):
                step = run_job(step, request.recipe, nowhere)
            on_step(step)
            count += 1
            if isinstance(step, Outcome):
                failing += step.state is JobState.FAILED
                continue
            size += _source_bytes(step)
            due += 1
            if len(sample) < _SAMPLE_SIZE:
                sample.append(step)
            elif (place := choose.randrange(due)) < _SAMPLE_SIZE:
                sample[place] = step
    jobs = min(request.jobs or available_cpus(), max(due, 1))
    seconds = _estimate_seconds(sample, due, request, nowhere) / jobs
    return CostEstimate(count, due, failing, size, seconds, jobs)


def _is_unreadable(job: Job, store: Store) -> bool:
    """Tell whether a source cannot be read, or is empty, without reading it."""
    if job.signature:
        return not job.signature.size
    status = store.source_status(job.source)
    if status is None or not status.signature.size:
        return True
    return os.path.exists(job.source) and not os.access(job.source, os.R_OK)


def _estimate_seconds(sample: list[Job], due: int, request: BatchRequest, store: Store) -> float:
    """Return what one process takes for so many pictures, by converting a few of them."""
    taken = [
        run_job(job._replace(known_digest=""), request.recipe, store).seconds
        for job in (*sample[:1], *sample)  # the first also loads what is needed
    ]
    return sum(taken[1:]) / max(len(sample), 1) * due


def _source_bytes(job: Job) -> int:
    if job.signature:
        return job.signature.size
    with contextlib.suppress(OSError):
        return os.stat(job.source).st_size
    return 0

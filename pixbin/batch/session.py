"""A batch from the user's request to its outcomes: plan, output folder, journal and executor."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pixbin.batch.executors.process_pool import InProcessExecutor, ProcessPool, WorkerConfig
from pixbin.batch.jobs import Job, JobState, Outcome, run_job
from pixbin.batch.planning import inputs, plan
from pixbin.batch.planning.inputs import InputFile, Notify
from pixbin.batch.planning.naming import Template
from pixbin.batch.planning.plan import BatchPlan
from pixbin.batch.run import Executor, Failures, Policy, Run
from pixbin.batch.state.fingerprint import Recipe
from pixbin.batch.state.journal import Journal
from pixbin.batch.storage import open_storage
from pixbin.batch.storage.base import FileSignature, Status, Store
from pixbin.batch.storage.globs import FileFilter
from pixbin.batch.storage.urls import MEMORY_SCHEME
from pixbin.catalog.limits import DEFAULT_WORK, WorkLimits
from pixbin.options.region_mask import MaskFolder

_SAMPLE_SIZE = 3  #: pictures that a dry run converts to estimate the time


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """Everything that a user asks of a batch."""

    inputs: list[str]  #: files and folders
    output: str  #: path or URL of the output folder
    recipe: Recipe
    template: Template
    file_filter: FileFilter = FileFilter()
    list_file: str | None = None  #: a file of names separated by NUL; `-` is stdin
    base: str | None = None  #: the folder whose sub-folders are mirrored for single files
    policy: Policy = Policy()
    jobs: int | None = None  #: number of processes; None is one for each core
    is_watch: bool = False  #: wait for more files; a folder without pictures is no error
    scheduler: str | None = None  #: address of the Dask cluster that does the work
    limits: WorkLimits = DEFAULT_WORK  #: on each picture

    @property
    def needs_this_process(self) -> bool:
        """Whether a file is in the memory of this process, out of reach for any other."""
        return any(name.startswith(MEMORY_SCHEME) for name in (*self.inputs, self.output))

    @property
    def mask_folder(self) -> MaskFolder | None:
        """The folder with a mask for each picture, if there is one."""
        mask = self.recipe.options.mask
        return mask if isinstance(mask, MaskFolder) else None

    @property
    def watched_paths(self) -> list[str]:
        """The files and folders in which a change may make more work."""
        return [*self.inputs, *([self.mask_folder.path] if self.mask_folder else [])]


def available_cpus() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def make_plan(request: BatchRequest, notify: Notify) -> BatchPlan:
    """Find all input files and plan their conversion.

    Raises
    ------
    UsageError, InputError, OutputError
        See `inputs.find_input` and `plan.build_plan`.
    """
    with plan.translate_sqlite_errors():
        return plan.build_plan(
            _find_inputs(request, notify), request.output, request.template, *request.recipe
        )


def _find_inputs(request: BatchRequest, notify: Notify) -> Iterator[InputFile]:
    for name in request.inputs:
        input_files = inputs.find_input(
            name, request.file_filter, request.base, request.output, notify
        )
        yield from input_files if request.is_watch else inputs.require_any(input_files, name)
    if request.list_file is not None:
        yield from inputs.read_list(request.list_file, request.base or os.curdir)


class BatchSession:
    """A locked output folder with its journal and executor, for one or more runs."""

    def __init__(
        self, request: BatchRequest, store: Store, journal: Journal, execute: Executor
    ) -> None:
        self._request = request
        self._store = store
        self._execute = execute
        self._fingerprint = journal.register_recipe(request.recipe)
        self.journal = journal
        self._failures: Failures | None = {} if request.is_watch else None

    def outcomes(self, batch_plan: BatchPlan, is_stopped: Callable[[], bool]) -> Iterator[Outcome]:
        """Do the jobs of a plan, and yield their outcomes as they are ready."""
        run = Run(
            batch_plan,
            self._store,
            self.journal,
            self._fingerprint,
            self._request.policy,
            is_stopped,
            self._failures,
            self._request.mask_folder,
        )
        return run.outcomes(self._execute)


@contextlib.contextmanager
def open_session(
    request: BatchRequest, notify: Notify, max_jobs: int = sys.maxsize
) -> Iterator[BatchSession]:
    """Lock the output folder, read its journal and start the executor.

    Parameters
    ----------
    notify
        Takes notes to the user.
    max_jobs
        The largest possible number of jobs; no more processes are started than that.

    Raises
    ------
    OutputError
        The folder cannot be written, or another run is at work in it.
    """
    store = open_storage(request.output)
    with (
        plan.translate_sqlite_errors(),
        store.locked(),
        contextlib.closing(Journal(store.journal_log())) as journal,
    ):
        with _make_executor(request, notify, max_jobs) as execute:
            yield BatchSession(request, store, journal, execute)
        journal.compact()


def _make_executor(
    request: BatchRequest, notify: Notify, max_jobs: int
) -> contextlib.AbstractContextManager[Executor]:
    """Return the executor for a request: a Dask cluster, this process, or a process pool."""
    if request.scheduler is not None:
        from pixbin.batch.executors.dask_executor import DaskExecutor

        config = _worker_config(request, _with_shared_threads(request.recipe, available_cpus()))
        return DaskExecutor(request.scheduler, config, request.inputs, request.jobs, notify)
    if request.needs_this_process:
        return InProcessExecutor(_worker_config(request, request.recipe))
    count = min(request.jobs or available_cpus(), max(max_jobs, 1))
    return ProcessPool(_worker_config(request, _with_shared_threads(request.recipe, count)), count)


def _worker_config(request: BatchRequest, recipe: Recipe) -> WorkerConfig:
    return WorkerConfig(
        recipe, request.output, os.getpid(), request.policy.overwrite, limits=request.limits
    )


def _with_shared_threads(recipe: Recipe, process_count: int) -> Recipe:
    """Divide the processors among the processes, for the threads of a neural model."""
    threads = recipe.options.threads or max(1, available_cpus() // process_count)
    return recipe._replace(options=dataclasses.replace(recipe.options, threads=threads))


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """The work that a batch would do."""

    pictures: int
    due: int  #: pictures that would be converted
    failing: int  #: pictures that are already known to fail
    source_bytes: int  #: size of the source files that would be read, in bytes
    seconds: float  #: estimated time with this number of processes
    jobs: int  #: number of processes


@dataclass(frozen=True, slots=True)
class _DiscardingStore:
    """A store that reads files of another store, and discards everything that is written."""

    read: Callable[..., tuple[bytes, FileSignature]]
    source_status: Callable[[str], Status | None]
    target_status: Callable[[str], Status | None]
    target_digest: Callable[[str], str]

    def write(self, target: str, data: bytes) -> None:
        """Do nothing."""


def dry_run(
    request: BatchRequest, batch_plan: BatchPlan, on_step: Callable[[Job | Outcome], None]
) -> CostEstimate:
    """Report every step without writing anything, and estimate the cost from a few conversions."""
    store, generator = open_storage(request.output), random.Random(0)
    discarding = _DiscardingStore(
        store.read, store.source_status, store.target_status, store.target_digest
    )
    sample: list[Job] = []
    count = due = failing = size = 0
    with contextlib.closing(Journal(store.journal_log())) as journal:
        fingerprint, masks = request.recipe.fingerprint, request.mask_folder
        run = Run(batch_plan, store, journal, fingerprint, request.policy, masks=masks)
        for step in run.steps():
            if isinstance(step, Job) and _is_unreadable(step, store):
                step = run_job(step, request.recipe, discarding)
            on_step(step)
            count += 1
            if isinstance(step, Outcome):
                failing += step.state is JobState.FAILED
                continue
            size += _source_bytes(step)
            due += 1
            _sample_uniformly(sample, step, due, generator)
    jobs = min(request.jobs or available_cpus(), max(due, 1))
    seconds = _estimate_seconds(sample, due, request, discarding) / jobs
    return CostEstimate(count, due, failing, size, seconds, jobs)


def _sample_uniformly(sample: list[Job], job: Job, count: int, generator: random.Random) -> None:
    """Put job number `count` into the sample at random; all jobs are equally likely to be in it.

    This is algorithm R of J. S. Vitter, Random Sampling with a Reservoir, 1985.
    """
    if len(sample) < _SAMPLE_SIZE:
        sample.append(job)
    elif (index := generator.randrange(count)) < _SAMPLE_SIZE:
        sample[index] = job


def _is_unreadable(job: Job, store: Store) -> bool:
    """Return whether a source file is empty or cannot be read, without reading it."""
    if job.signature:
        return not job.signature.size
    status = store.source_status(job.source)
    if status is None or not status.signature.size:
        return True
    return os.path.exists(job.source) and not os.access(job.source, os.R_OK)


def _estimate_seconds(sample: list[Job], due: int, request: BatchRequest, store: Store) -> float:
    """Return the time that one process needs for all due jobs, from converting the sample."""
    seconds = [
        run_job(job._replace(known_digest=""), request.recipe, store).seconds
        for job in (*sample[:1], *sample)  # the first one, not counted, loads the libraries
    ]
    return sum(seconds[1:]) / max(len(sample), 1) * due


def _source_bytes(job: Job) -> int:
    if job.signature:
        return job.signature.size
    with contextlib.suppress(OSError):
        return os.stat(job.source).st_size
    return 0

"""A batch from what was asked for to what became of it."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import random
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

from pixbin.batch.executors.process_pool import Alone, Setup, Workers
from pixbin.batch.jobs import Job, Outcome, Signature, State, Status, Store, perform
from pixbin.batch.planning import inputs, plan
from pixbin.batch.planning.globs import Wanted
from pixbin.batch.planning.inputs import Found, Tell
from pixbin.batch.planning.naming import Template
from pixbin.batch.planning.plan import Plan
from pixbin.batch.run import Executor, Failures, Policy, Run
from pixbin.batch.state.fingerprint import Recipe
from pixbin.batch.state.journal import Journal
from pixbin.batch.storage import local_files
from pixbin.batch.storage.urls import MEMORY

_SAMPLE = 3  #: pictures that are converted to tell what a batch will take


class Wish(NamedTuple):
    """What a batch shall do."""

    inputs: list[str]  #: files and folders
    output: str  #: the folder to write to
    recipe: Recipe
    template: Template
    wanted: Wanted = Wanted()
    listed: str | None = None  #: a file of names separated by NUL, `-` is stdin
    base: str | None = None  #: the folder below which named files are mirrored
    policy: Policy = Policy()
    jobs: int | None = None  #: processes at once; None is one for each core
    is_watch: bool = False  #: goes on as files arrive; a folder without pictures is no error
    scheduler: str | None = None  #: address of the Dask cluster that does the work

    @property
    def is_of_this_process(self) -> bool:
        """Whether no other process could see what is to be read or written."""
        return any(name.startswith(MEMORY) for name in (*self.inputs, self.output))


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def planned(wish: Wish, tell: Tell) -> Plan:
    """Find all sources and plan what becomes of them; see `plan.make` for what it refuses."""
    with plan.spooling():
        return plan.make(_found(wish, tell), wish.output, wish.template, *wish.recipe)


def _found(wish: Wish, tell: Tell) -> Iterator[Found]:
    for name in wish.inputs:
        found = inputs.of_input(name, wish.wanted, wish.base, wish.output, tell)
        yield from found if wish.is_watch else inputs.some(found, name)
    if wish.listed is not None:
        yield from inputs.of_list(wish.listed, wish.base or os.curdir)


class Session:
    """An output folder held for one or more runs, with its journal and whoever does the work."""

    def __init__(self, wish: Wish, store: Store, journal: Journal, execute: Executor) -> None:
        self._wish = wish
        self._store = store
        self._execute = execute
        self._recipe = journal.begin(wish.recipe)
        self.journal = journal
        self._failures: Failures | None = {} if wish.is_watch else None

    def outcomes(self, steps: Plan, is_stopped: Callable[[], bool]) -> Iterator[Outcome]:
        """Carry a plan out."""
        store, policy = self._store, self._wish.policy
        run = Run(steps, store, self.journal, self._recipe, policy, is_stopped, self._failures)
        return run.outcomes(self._execute)


@contextlib.contextmanager
def begun(wish: Wish, most: int = sys.maxsize) -> Iterator[Session]:
    """Hold the output folder; `most` are the pictures there can be.

    Raises
    ------
    OutputError
        The folder cannot be written, or another run is at work in it.
    """
    store = local_files.of(wish.output)
    with (
        plan.spooling(),
        store.held(),
        contextlib.closing(Journal(store.log())) as journal,
    ):
        with _executor(wish, most) as execute:
            yield Session(wish, store, journal, execute)
        journal.put_in_order()


def _executor(wish: Wish, most: int) -> contextlib.AbstractContextManager[Executor]:
    """Return who does the work: a cluster, this process, or a few of its children."""
    if wish.scheduler is not None:
        from pixbin.batch.executors.dask_executor import Cluster

        setup = _setup(wish, _shared(wish.recipe, cores()))
        return Cluster(wish.scheduler, setup, wish.inputs, wish.jobs)
    if wish.is_of_this_process:
        return Alone(_setup(wish, wish.recipe))
    count = min(wish.jobs or cores(), max(most, 1))
    return Workers(_setup(wish, _shared(wish.recipe, count)), count)


def _setup(wish: Wish, recipe: Recipe) -> Setup:
    return Setup(recipe, wish.output, os.getpid(), wish.policy.overwrite)


def _shared(recipe: Recipe, count: int) -> Recipe:
    """Give a model no more threads than there are processors for each process."""
    threads = recipe.options.threads or max(1, cores() // count)
    return recipe._replace(options=dataclasses.replace(recipe.options, threads=threads))


class Cost(NamedTuple):
    """What a batch will take."""

    pictures: int
    due: int  #: that are to be converted
    failing: int  #: that cannot be, as far as is known
    size: int  #: bytes of the sources of those
    seconds: float  #: on so many processes at once
    jobs: int


class _Nowhere(NamedTuple):
    """A store that is read as another one, and takes nothing."""

    read: Callable[..., tuple[bytes, Signature]]
    source: Callable[[str], Status | None]
    target: Callable[[str], Status | None]
    digest: Callable[[str], str]

    def write(self, target: str, data: bytes) -> None:
        """Write nothing."""


def foreseen(wish: Wish, steps: Plan, show: Callable[[Job | Outcome], None]) -> Cost:
    """Show every step without doing it, and return the cost, known from a few conversions."""
    store, choose = local_files.of(wish.output), random.Random(0)
    nowhere = _Nowhere(store.read, store.source, store.target, store.digest)
    sample: list[Job] = []
    count = due = failing = size = 0
    with contextlib.closing(Journal(store.log())) as journal:
        for step in Run(steps, store, journal, wish.recipe.name, wish.policy).steps():
            if isinstance(step, Job) and _is_hopeless(step, store):
                step = perform(step, wish.recipe, nowhere)
            show(step)
            count += 1
            if isinstance(step, Outcome):
                failing += step.state is State.FAILED
                continue
            size += _size(step)
            due += 1
            if len(sample) < _SAMPLE:
                sample.append(step)
            elif (place := choose.randrange(due)) < _SAMPLE:
                sample[place] = step
    jobs = min(wish.jobs or cores(), max(due, 1))
    seconds = _seconds(sample, due, wish, nowhere) / jobs
    return Cost(count, due, failing, size, seconds, jobs)


def _is_hopeless(job: Job, store: Store) -> bool:
    """Tell whether a source cannot be read, or is empty, without reading it."""
    if job.signature:
        return not job.signature.size
    status = store.source(job.source)
    if status is None or not status.signature.size:
        return True
    return os.path.exists(job.source) and not os.access(job.source, os.R_OK)


def _seconds(sample: list[Job], due: int, wish: Wish, nowhere: Store) -> float:
    """Return what one process takes for so many pictures, by converting a few of them."""
    taken = [
        perform(job._replace(known=""), wish.recipe, nowhere).seconds
        for job in (*sample[:1], *sample)  # the first also loads what is needed
    ]
    return sum(taken[1:]) / max(len(sample), 1) * due


def _size(job: Job) -> int:
    if job.signature:
        return job.signature.size
    with contextlib.suppress(OSError):
        return os.stat(job.source).st_size
    return 0

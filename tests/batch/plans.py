"""Plans of a batch, and runs over them in the process of the test."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pixbin.batch.jobs import Job, Outcome, run_job
from pixbin.batch.planning import inputs, plan
from pixbin.batch.planning.naming import Template
from pixbin.batch.planning.plan import BatchPlan
from pixbin.batch.run import Policy, Run
from pixbin.batch.state.fingerprint import Recipe
from pixbin.batch.state.journal import Journal
from pixbin.batch.storage import globs
from pixbin.batch.storage.local_files import LocalFolder
from pixbin.catalog.formats import Format
from pixbin.options import Options

RECIPE = Recipe(Options.of(size="20x16"), Format.PNG)


def never_stopped() -> bool:
    """Return False: this run is never stopped."""
    return False


def in_process_executor(output: Path) -> Callable[..., Iterator[Outcome]]:
    """Return an executor without worker processes."""

    def execute(jobs: Iterable[Job | Outcome], is_stopped: Callable[[], bool]) -> Iterator[Outcome]:
        for job in jobs:
            yield (
                job if isinstance(job, Outcome) else run_job(job, RECIPE, LocalFolder(str(output)))
            )

    return execute


def make_plan(folder: Path, output: Path) -> BatchPlan:
    """Plan the conversion of a folder."""
    files = inputs.walk(str(folder), globs.FileFilter(), str(output), print)
    return plan.build_plan(files, str(output), Template.parse("{stem}.{ext}"), *RECIPE)


def run_plan(batch_plan: BatchPlan, output: Path, journal: Journal) -> dict[str, Outcome]:
    """Do the jobs of a plan in this process; return the outcomes by the names of source files."""
    run = Run(
        batch_plan, LocalFolder(str(output)), journal, RECIPE.fingerprint, Policy(), never_stopped
    )
    outcomes = list(run.outcomes(in_process_executor(output)))
    return {Path(outcome.source).name: outcome for outcome in outcomes}

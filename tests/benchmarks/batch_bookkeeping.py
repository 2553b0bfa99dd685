"""Cost of a picture without its conversion: listing, planning, scheduling and the journal.

The page docs/how-to/large-runs.md multiplies these numbers. All are processor time, which other
work on the machine changes little.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import fsspec
from distributed import Client, as_completed

from pixbin.batch.jobs import Job, JobState, Outcome
from pixbin.batch.planning import plan
from pixbin.batch.planning.inputs import InputFile
from pixbin.batch.planning.naming import Template
from pixbin.batch.run import Policy, Run
from pixbin.batch.state.fingerprint import Recipe
from pixbin.batch.state.journal import Journal
from pixbin.batch.storage.base import FileSignature
from pixbin.batch.storage.object_store import ObjectStore
from pixbin.catalog.formats import Format
from pixbin.options import Options

COUNT = 100_000
TASKS = 2_000
RECIPE = Recipe(Options.of(size="128x"), Format.PNG)
TAG = '"0123456789abcdef0123456789abcdef"'


def listing(count: int) -> Iterator[InputFile]:
    """Yield `count` files as a listing of a bucket has them."""
    for number in range(count):
        path = f"{number // 1000:05}/{number:09}.jpg"
        yield InputFile(f"s3://bucket/photos/{path}", path, "", FileSignature(number, 0, TAG))


def skip_work(steps: Iterable[Job | Outcome], _: object) -> Iterator[Outcome]:
    """Yield outcomes of jobs without doing them."""
    for step in steps:
        assert isinstance(step, Job)
        signature = step.signature or FileSignature(0, 0)
        yield Outcome(
            *(step.source, step.target, JobState.WRITTEN, 0.1, "128x96", "128x96"),
            signature=signature,
            source_digest="0" * 64,
            output_bytes=1500,
            output_digest="0" * 64,
        )


@contextlib.contextmanager
def timed(what: str, count: int) -> Iterator[None]:
    """Print the processor time of a block, divided by `count`."""
    start = time.process_time()
    yield
    print(f"{what}: {(time.process_time() - start) / count * 1e6:.0f} us")


def bookkeeping() -> None:
    """Measure planning, running without work, and the journal."""
    files = fsspec.filesystem("memory")
    store = ObjectStore("memory://out")
    with timed("planning", COUNT):
        steps = plan.build_plan(
            listing(COUNT), "memory://out", Template.parse("{stem}.{ext}"), *RECIPE
        )
    with store.locked(), contextlib.closing(Journal(store.journal_log())) as journal:
        name = journal.register_recipe(RECIPE)
        with timed("running without work", COUNT):
            for _ in Run(steps, store, journal, name, Policy()).outcomes(skip_work):
                pass
        with timed("compacting the journal", COUNT):
            journal.compact()
        temporary = database_size(steps._database) + database_size(journal._database)
        print(f"temporary files: {temporary / COUNT:.0f} bytes")
    size = files.info("/out/.pixbin/journal.jsonl")["size"]
    print(f"journal: {size / COUNT:.0f} bytes")
    with (
        contextlib.closing(Journal(store.journal_log())) as journal,
        timed("skipping unchanged files", COUNT),
    ):
        for _ in Run(steps, store, journal, name, Policy()).steps():
            pass


def database_size(database: sqlite3.Connection) -> int:
    """Return the size of a SQLite database in bytes."""
    pages, size = (
        database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size")
    )
    return int(pages * size)


def do_nothing(*_: object) -> list[Outcome]:
    """Return no outcomes."""
    return []


def tasks() -> None:
    """Measure a scheduler process that gets groups of jobs."""
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "8799"]
    scheduler = subprocess.Popen([*command, "--no-dashboard"], stderr=subprocess.DEVNULL)
    command = [sys.executable, "-m", "distributed.cli.dask_worker", "tcp://127.0.0.1:8799"]
    worker = subprocess.Popen([*command, "--no-dashboard"], stderr=subprocess.DEVNULL)
    files = listing(32)
    jobs = [Job(file.source, file.relative_path, signature=file.signature) for file in files]
    try:
        with Client("tcp://127.0.0.1:8799", set_as_default=False) as client:
            client.wait_for_workers(1)
            before = processor_seconds(scheduler.pid)
            with timed("client, a task", TASKS):
                done = as_completed(loop=client.loop, with_results=True)
                for number in range(TASKS):
                    done.add(client.submit(do_nothing, number, jobs, pure=False))
                    if number >= 64:
                        next(done)
                for _ in done:
                    pass
            seconds = processor_seconds(scheduler.pid) - before
            print(f"scheduler, a task: {seconds / TASKS * 1e6:.0f} us")
    finally:
        scheduler.kill()
        worker.kill()


def processor_seconds(process: int) -> float:
    """Return the seconds of processor time of a process."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    bookkeeping()
    tasks()

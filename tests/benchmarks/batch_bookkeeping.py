"""What a picture costs beside its conversion: to list, to plan, to hand out, to remember.

The page docs/large-runs.md multiplies these numbers. All are processor time, which other work on
the machine changes little.
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
from pixbin.batch.storage.base import Signature
from pixbin.batch.storage.object_store import ObjectStore
from pixbin.catalog.formats import Format
from pixbin.options import Options

COUNT = 100_000
TASKS = 2_000
RECIPE = Recipe(Options.of(size="128x"), Format.PNG)
TAG = '"0123456789abcdef0123456789abcdef"'


def found(count: int) -> Iterator[InputFile]:
    """Yield what a listing tells of so many pictures."""
    for number in range(count):
        below = f"{number // 1000:05}/{number:09}.jpg"
        yield InputFile(f"s3://bucket/photos/{below}", below, "", Signature(number, 0, TAG))


def converted(steps: Iterable[Job | Outcome], _: object) -> Iterator[Outcome]:
    """Turn jobs into outcomes without doing them."""
    for step in steps:
        assert isinstance(step, Job)
        signature = step.signature or Signature(0, 0)
        yield Outcome(
            *(step.source, step.target, JobState.WRITTEN, 0.1, "128x96", "128x96"),
            signature=signature,
            source_digest="0" * 64,
            output_bytes=1500,
            output_digest="0" * 64,
        )


@contextlib.contextmanager
def timed(what: str, count: int) -> Iterator[None]:
    """Print the processor time that each of so many takes."""
    start = time.process_time()
    yield
    print(f"{what}: {(time.process_time() - start) / count * 1e6:.0f} us")


def bookkeeping() -> None:
    """Plan, go through the plan, and keep the journal."""
    store = fsspec.filesystem("memory")
    place = ObjectStore("memory://out")
    with timed("to plan", COUNT):
        steps = plan.build_plan(
            found(COUNT), "memory://out", Template.parse("{stem}.{ext}"), *RECIPE
        )
    with place.locked(), contextlib.closing(Journal(place.journal_log())) as journal:
        name = journal.register_recipe(RECIPE)
        with timed("to hand out and remember", COUNT):
            for _ in Run(steps, place, journal, name, Policy()).outcomes(converted):
                pass
        with timed("to put the journal in order", COUNT):
            journal.compact()
        print(
            f"temporary files: {(room(steps._database) + room(journal._database)) / COUNT:.0f} bytes"
        )
    size = store.info("/out/.pixbin/journal.jsonl")["size"]
    print(f"journal: {size / COUNT:.0f} bytes")
    with (
        contextlib.closing(Journal(place.journal_log())) as journal,
        timed("to find unchanged", COUNT),
    ):
        for _ in Run(steps, place, journal, name, Policy()).steps():
            pass


def room(rows: sqlite3.Connection) -> int:
    """Return the bytes of a file of SQLite's."""
    pages, size = (
        rows.execute(f"PRAGMA {each}").fetchone()[0] for each in ("page_count", "page_size")
    )
    return int(pages * size)


def nothing(*_: object) -> list[Outcome]:
    """Do no work."""
    return []


def tasks() -> None:
    """Send groups of jobs through a scheduler of its own process."""
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "8799"]
    scheduler = subprocess.Popen([*command, "--no-dashboard"], stderr=subprocess.DEVNULL)
    command = [sys.executable, "-m", "distributed.cli.dask_worker", "tcp://127.0.0.1:8799"]
    worker = subprocess.Popen([*command, "--no-dashboard"], stderr=subprocess.DEVNULL)
    jobs = [Job(each.source, each.relative_path, signature=each.signature) for each in found(32)]
    try:
        with Client("tcp://127.0.0.1:8799", set_as_default=False) as client:
            client.wait_for_workers(1)
            before = used(scheduler.pid)
            with timed("client, a task", TASKS):
                done = as_completed(loop=client.loop, with_results=True)
                for number in range(TASKS):
                    done.add(client.submit(nothing, number, jobs, pure=False))
                    if number >= 64:
                        next(done)
                for _ in done:
                    pass
            print(f"scheduler, a task: {(used(scheduler.pid) - before) / TASKS * 1e6:.0f} us")
    finally:
        scheduler.kill()
        worker.kill()


def used(process: int) -> float:
    """Return the seconds of processor time of a process."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    bookkeeping()
    tasks()

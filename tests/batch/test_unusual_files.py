"""Missing files, pipes, links, and outputs that someone else has changed."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from pixbin import readers
from pixbin.batch.executors.process_pool import WorkerConfig, WorkerProcess
from pixbin.batch.jobs import Job, JobState, Outcome, run_job
from pixbin.batch.planning.naming import Template
from pixbin.batch.run import Failures, Policy, Run
from pixbin.batch.session import BatchRequest, open_session
from pixbin.batch.session import make_plan as plan_request
from pixbin.batch.state.journal import Journal
from pixbin.batch.storage.base import STATE_FOLDER, FileSignature
from pixbin.batch.storage.local_files import LocalFolder
from pixbin.catalog.limits import DEFAULT, InputLimits
from pixbin.errors import InputError, OutputError
from pixbin.geometry import Size
from pixbin.options import Options
from tests.batch.folders import file_tree, run_states, write_photos
from tests.batch.plans import RECIPE, make_plan, never_stopped
from tests.fixtures import RunCommand

PIPE = b"a pipe or a device; give it to pixbin convert"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return a folder of two pictures."""
    return write_photos(tmp_path / "photos", ("a.png", "b.png"))


@pytest.mark.parametrize("words", [[], ["--name", "{stem}_{size}.{ext}", "-s", "2x"]])
def test_dry_run_reports_failures(
    run: RunCommand, photos: Path, tmp_path: Path, words: list[str]
) -> None:
    """A dry run reports missing and empty files as failures."""
    (photos / "empty.png").touch()
    listed = b"photos/a.png\0photos/gone.png\0photos/empty.png\0"
    words_of_run = ("batch", "--files0", "-", "out", *words)
    plan = run(*words_of_run, "--dry-run", stdin=listed)
    dry = run_states(run(*words_of_run, "--dry-run", "--json", stdin=listed))
    real = run_states(run(*words_of_run, "--json", stdin=listed))

    assert plan.returncode == 6
    assert b"failed photos/gone.png: no such file; check the name\n" in plan.stdout
    assert b"3 pictures, 1 to convert" in plan.stdout
    assert {name: report["error"] for name, report in dry.items()} == {
        name: report["error"] for name, report in real.items()
    }
    assert [report["state"] for report in dry.values()].count("failed") == 2


@pytest.mark.parametrize("words", [[], ["--name", "{stem}_{size}.{ext}", "-s", "2x"]])
@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_pipe_fails_without_waiting(
    run: RunCommand, photos: Path, tmp_path: Path, words: list[str], dry: list[str]
) -> None:
    """A named or listed pipe fails; a pipe in a folder is left out."""
    os.mkfifo(tmp_path / "pipe.png")
    os.mkfifo(photos / "pipe.png")
    (photos / "linked.png").symlink_to(tmp_path / "pipe.png")
    named = run("batch", "photos", "pipe.png", "out", *words, *dry)
    listed = run("batch", "--files0", "-", "list", *words, *dry, stdin=b"pipe.png\0/dev/zero\0")

    assert (named.returncode, listed.returncode) == (6, 6)
    printed = named.stdout + named.stderr
    assert printed.count(PIPE) == 1 + (not dry)
    assert b"/dev/zero: " + PIPE in listed.stdout + listed.stderr
    assert b"linked.png" not in printed


def test_convert_reads_and_writes_pipes(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """`convert` reads from a named pipe and writes to one."""
    for name in ("in", "out"):
        os.mkfifo(tmp_path / name)
    command = [sys.executable, "-m", "pixbin", "convert", "in", "out", "--format", "png"]
    data, outputs = (photos / "a.png").read_bytes(), []
    threads = [  # a pipe blocks until its other end is open, for ever if the command fails
        threading.Thread(target=(tmp_path / "in").write_bytes, args=(data,), daemon=True),
        threading.Thread(
            target=lambda: outputs.append((tmp_path / "out").read_bytes()), daemon=True
        ),
    ]
    process = subprocess.Popen([*command, "-s", "9x9"], cwd=tmp_path)
    for thread in threads:
        thread.start()
    run("convert", photos / "a.png", "expected.png", "-s", "9x9")

    assert process.wait(60) == 0
    threads[1].join(60)
    assert outputs == [(tmp_path / "expected.png").read_bytes()]


def test_changed_output_is_made_again(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """An output with other content of the same size is made again; one with a new time is not."""
    words = ("batch", "photos", "out", "--format", "pbm", "--name", "{stem}.pbm", "--json")
    run(*words)
    before = file_tree(tmp_path / "out")
    altered = tmp_path / "out" / "a.pbm"
    altered.write_bytes(before["a.pbm"][:-1] + b"\x5a")
    (tmp_path / "out" / "b.pbm").touch()
    states = {name: report["state"] for name, report in run_states(run(*words)).items()}

    assert states == {"photos/a.png": "written", "photos/b.png": "unchanged"}
    assert before == file_tree(tmp_path / "out")


def test_journal_of_an_early_version_is_valid(
    run: RunCommand, photos: Path, tmp_path: Path
) -> None:
    """A journal without digests of outputs, from an early version, is still valid."""
    run("batch", "photos", "out")
    journal = tmp_path / "out" / STATE_FOLDER / "journal.jsonl"
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert all(line.pop("output_sha256") for line in lines[1:])
    journal.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    (tmp_path / "out" / "a.png").touch()
    states = [
        report["state"] for report in run_states(run("batch", "photos", "out", "--json")).values()
    ]

    assert states == ["unchanged", "unchanged"]


@pytest.mark.parametrize("to", ["../elsewhere.png", "b.png"])
def test_two_outputs_linked_to_one_file_are_refused(
    run: RunCommand, photos: Path, tmp_path: Path, to: str
) -> None:
    """Links that make two outputs one file are an error before the first write."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.png").symlink_to(to)
    if to.startswith(".."):
        (out / "b.png").symlink_to(to)
    result = run("batch", "photos", "out")

    assert result.returncode == 2
    assert b"are one file there, by a link; remove it" in result.stderr
    assert not (tmp_path / "elsewhere.png").exists()


def test_two_folders_linked_to_one_folder_are_refused(
    run: RunCommand, photos: Path, tmp_path: Path
) -> None:
    """Links that make two folders of outputs one folder are an error, too."""
    write_photos(photos, ("one/x.png", "two/x.png"))
    for folder, there in (("out", tmp_path / "elsewhere"), ("other", tmp_path / "other" / "two")):
        there.mkdir(parents=True)
        (tmp_path / folder).mkdir(exist_ok=True)
        for name in ("one", "two"):
            if (tmp_path / folder / name) != there:
                (tmp_path / folder / name).symlink_to(there)
        result = run("batch", "photos", folder)

        assert result.returncode == 2
        assert b"are one file there, by a link; remove it" in result.stderr
        assert not (there / "x.png").exists()


def states_of_runs(photos: Path, output: Path, *stores: LocalFolder) -> list[list[JobState]]:
    """Return the states of runs over a watched folder, one run for each store."""
    failures: Failures = {}
    folder = LocalFolder(str(output))
    states = []
    with contextlib.closing(Journal(folder.journal_log())) as journal:
        for store in stores:

            def execute(jobs: Iterable[Job | Outcome], _: object) -> Iterator[Outcome]:
                for job in jobs:
                    yield job if isinstance(job, Outcome) else run_job(job, RECIPE, store)  # noqa: B023

            batch_plan = make_plan(photos, output)
            run = Run(
                batch_plan, store, journal, RECIPE.fingerprint, Policy(), never_stopped, failures
            )
            states.append([outcome.state for outcome in run.outcomes(execute)])
    return states


class FullFolder(LocalFolder):
    """An output folder on a full disk."""

    def write(self, target: str, data: bytes) -> None:
        """Refuse."""
        raise OutputError(f"{target}: cannot be written (No space left on device)")


def test_watched_source_is_retried_when_there_is_room(photos: Path, tmp_path: Path) -> None:
    """A failed source file waits for a change if it is bad, and is retried if the disk was full."""
    output = tmp_path / "out"
    (photos / "b.png").write_text("not a picture")
    LocalFolder(str(output)).work_folder.mkdir(parents=True)
    full, room = FullFolder(str(output)), LocalFolder(str(output))
    states = states_of_runs(photos, output, full, full, room, room)

    assert states[0] == [JobState.FAILED, JobState.FAILED]
    assert states[1] == []  # for the same reason as before
    assert states[2] == [JobState.WRITTEN]
    assert states[3] == [JobState.UNCHANGED]


class UnreadableFolder(LocalFolder):
    """A store that has no permission to read source files."""

    def read(
        self,
        source: str,
        known_signature: FileSignature | None = None,
        limits: InputLimits = DEFAULT,
    ) -> tuple[bytes, FileSignature]:
        """Refuse."""
        raise InputError(f"{source}: cannot be read (Permission denied)")


def test_watched_source_is_retried_when_it_can_be_read(photos: Path, tmp_path: Path) -> None:
    """A source file that could not be read is retried."""
    output = tmp_path / "out"
    LocalFolder(str(output)).work_folder.mkdir(parents=True)
    locked, free = UnreadableFolder(str(output)), LocalFolder(str(output))
    states = states_of_runs(photos, output, locked, locked, free)

    assert states == [[JobState.FAILED, JobState.FAILED], [], [JobState.WRITTEN, JobState.WRITTEN]]


def test_watched_source_is_retried_after_planning_failed(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A source file that could not be read while planning is retried, and reported once."""
    template = Template.parse("{stem}_{size}.{ext}")
    recipe = RECIPE._replace(options=Options.of(size="2x"))
    request = BatchRequest([str(photos)], str(tmp_path / "out"), recipe, template, is_watch=True)

    def refuse(name: str, read_options: readers.ReadOptions) -> Size:
        raise InputError(f"{name}: cannot be read (Permission denied)")

    def states() -> list[JobState]:
        with contextlib.closing(plan_request(request, print)) as batch_plan:
            return [outcome.state for outcome in session.outcomes(batch_plan, never_stopped)]

    with open_session(request, print, 1) as session:
        with monkeypatch.context() as patch:
            patch.setattr(readers, "size_of", refuse)
            assert [states(), states()] == [[JobState.FAILED, JobState.FAILED], []]
        assert [states(), states()] == [[JobState.WRITTEN] * 2, [JobState.UNCHANGED] * 2]


def test_worker_killed_while_starting_does_no_job(photos: Path, tmp_path: Path) -> None:
    """A worker that is killed before its process has started does no job."""
    output = tmp_path / "out"
    LocalFolder(str(output)).work_folder.mkdir(parents=True)
    worker = WorkerProcess(WorkerConfig(RECIPE, str(output), os.getpid()))
    worker.kill()
    outcome = worker.run_job(Job(str(photos / "a.png"), "a.png"))

    assert outcome.state is JobState.FAILED
    assert file_tree(output) == {}

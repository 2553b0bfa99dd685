"""A batch among odd files: missing ones, pipes, links, and outputs that somebody else touched."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from pixbin import readers
from pixbin.batch.executors.process_pool import WorkerConfig, WorkerProcess
from pixbin.batch.jobs import Job, JobState, Outcome, run_job
from pixbin.batch.planning.naming import Template
from pixbin.batch.run import Failures, Policy, Run
from pixbin.batch.session import BatchRequest, open_session
from pixbin.batch.session import make_plan as planned_as_wished
from pixbin.batch.state.journal import Journal
from pixbin.batch.storage.base import STATE_FOLDER, Signature
from pixbin.batch.storage.local_files import LocalFolder
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
def test_dry_run_tells_what_would_fail(
    run: RunCommand, photos: Path, tmp_path: Path, words: list[str]
) -> None:
    """A listed file that is missing, or empty, is no picture that is due."""
    (photos / "empty.png").touch()
    listed = b"photos/a.png\0photos/gone.png\0photos/empty.png\0"
    asked = ("batch", "--files0", "-", "out", *words)
    plan = run(*asked, "--dry-run", stdin=listed)
    told = run_states(run(*asked, "--dry-run", "--json", stdin=listed))
    real = run_states(run(*asked, "--json", stdin=listed))

    assert plan.returncode == 6
    assert b"failed photos/gone.png: no such file; check the name\n" in plan.stderr
    assert b"3 pictures, 1 to convert" in plan.stderr
    assert {name: each["error"] for name, each in told.items()} == {
        name: each["error"] for name, each in real.items()
    }
    assert [each["state"] for each in told.values()].count("failed") == 2


@pytest.mark.parametrize("words", [[], ["--name", "{stem}_{size}.{ext}", "-s", "2x"]])
@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_no_pipe_is_waited_for(
    run: RunCommand, photos: Path, tmp_path: Path, words: list[str], dry: list[str]
) -> None:
    """A pipe that is named or listed is a failure; in a folder it is none of the pictures."""
    os.mkfifo(tmp_path / "pipe.png")
    os.mkfifo(photos / "pipe.png")
    (photos / "linked.png").symlink_to(tmp_path / "pipe.png")
    named = run("batch", "photos", "pipe.png", "out", *words, *dry)
    listed = run("batch", "--files0", "-", "list", *words, *dry, stdin=b"pipe.png\0/dev/zero\0")

    assert (named.returncode, listed.returncode) == (6, 6)
    assert named.stderr.count(PIPE) == 1 + (not dry)
    assert b"/dev/zero: " + PIPE in listed.stderr
    assert b"linked.png" not in named.stderr


def test_convert_takes_pipes(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """One picture may come from a named pipe, and go into one."""
    for name in ("in", "out"):
        os.mkfifo(tmp_path / name)
    command = [sys.executable, "-m", "pixbin", "convert", "in", "out", "--format", "png"]
    process = subprocess.Popen([*command, "-s", "9x9"], cwd=tmp_path)
    (tmp_path / "in").write_bytes((photos / "a.png").read_bytes())
    made = (tmp_path / "out").read_bytes()
    run("convert", photos / "a.png", "expected.png", "-s", "9x9")

    assert process.wait(60) == 0
    assert made == (tmp_path / "expected.png").read_bytes()


def test_an_output_touched_by_hand(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """An output that was altered is made anew, even if it is as long; one only touched is not."""
    words = ("batch", "photos", "out", "--format", "pbm", "--name", "{stem}.pbm", "--json")
    run(*words)
    before = file_tree(tmp_path / "out")
    altered = tmp_path / "out" / "a.pbm"
    altered.write_bytes(before["a.pbm"][:-1] + b"\x5a")
    (tmp_path / "out" / "b.pbm").touch()
    states = {name: each["state"] for name, each in run_states(run(*words)).items()}

    assert states == {"photos/a.png": "written", "photos/b.png": "unchanged"}
    assert before == file_tree(tmp_path / "out")


def test_a_journal_of_an_earlier_version(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """A journal that tells less of outputs is still believed, as far as it goes."""
    run("batch", "photos", "out")
    journal = tmp_path / "out" / STATE_FOLDER / "journal.jsonl"
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert all(line.pop("output_sha256") for line in lines[1:])
    journal.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    (tmp_path / "out" / "a.png").touch()
    states = [
        each["state"] for each in run_states(run("batch", "photos", "out", "--json")).values()
    ]

    assert states == ["unchanged", "unchanged"]


@pytest.mark.parametrize("to", ["../elsewhere.png", "b.png"])
def test_two_outputs_that_are_one_file(
    run: RunCommand, photos: Path, tmp_path: Path, to: str
) -> None:
    """Links of the output folder that make one file of two outputs are found first."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.png").symlink_to(to)
    if to.startswith(".."):
        (out / "b.png").symlink_to(to)
    result = run("batch", "photos", "out")

    assert result.returncode == 2
    assert b"are one file there, by a link; remove it" in result.stderr
    assert not (tmp_path / "elsewhere.png").exists()


def test_two_folders_of_outputs_that_are_one(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """The same for folders, one of them inside or both outside of the output folder."""
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


def states_of_passes(photos: Path, output: Path, *stores: LocalFolder) -> list[list[JobState]]:
    """Return the outcomes of passes over a watched folder, each with a store of its own."""
    known: Failures = {}
    folder = LocalFolder(str(output))
    found = []
    with contextlib.closing(Journal(folder.journal_log())) as journal:
        for store in stores:

            def execute(jobs: Iterable[Job | Outcome], _: object) -> Iterator[Outcome]:
                for job in jobs:
                    yield job if isinstance(job, Outcome) else run_job(job, RECIPE, store)  # noqa: B023

            steps = make_plan(photos, output)
            run = Run(steps, store, journal, RECIPE.fingerprint, Policy(), never_stopped, known)
            found.append([outcome.state for outcome in run.outcomes(execute)])
    return found


class Full(LocalFolder):
    """An output folder without room."""

    def write(self, target: str, data: bytes) -> None:
        """Refuse."""
        raise OutputError(f"{target}: cannot be written (No space left on device)")


def test_watched_sources_are_tried_again_when_there_is_room(photos: Path, tmp_path: Path) -> None:
    """A source is given up until it changes for its own faults, not for those of the output."""
    output = tmp_path / "out"
    (photos / "b.png").write_text("not a picture")
    LocalFolder(str(output)).work_folder.mkdir(parents=True)
    full, room = Full(str(output)), LocalFolder(str(output))
    passes = states_of_passes(photos, output, full, full, room, room)

    assert passes[0] == [JobState.FAILED, JobState.FAILED]
    assert passes[1] == []  # for the same reason as before
    assert passes[2] == [JobState.WRITTEN]
    assert passes[3] == [JobState.UNCHANGED]


class Locked(LocalFolder):
    """A place whose sources may not be read."""

    def read(self, source: str, known: Signature | None = None) -> tuple[bytes, Signature]:
        """Refuse."""
        raise InputError(f"{source}: cannot be read (Permission denied)")


def test_watched_sources_are_tried_again_when_they_can_be_read(
    photos: Path, tmp_path: Path
) -> None:
    """So is a source that could not be read: permissions tell nothing of its content."""
    output = tmp_path / "out"
    LocalFolder(str(output)).work_folder.mkdir(parents=True)
    locked, free = Locked(str(output)), LocalFolder(str(output))
    passes = states_of_passes(photos, output, locked, locked, free)

    assert passes == [[JobState.FAILED, JobState.FAILED], [], [JobState.WRITTEN, JobState.WRITTEN]]


def test_watched_sources_that_could_not_be_planned(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be read while planning is planned again, and told of once."""
    template = Template.parse("{stem}_{size}.{ext}")
    recipe = RECIPE._replace(options=Options.of(size="2x"))
    wish = BatchRequest([str(photos)], str(tmp_path / "out"), recipe, template, is_watch=True)

    def refuse(name: str, wish: readers.ReadOptions) -> Size:
        raise InputError(f"{name}: cannot be read (Permission denied)")

    def states() -> list[JobState]:
        with contextlib.closing(planned_as_wished(wish, print)) as steps:
            return [each.state for each in session.outcomes(steps, never_stopped)]

    with open_session(wish, print, 1) as session:
        with monkeypatch.context() as patch:
            patch.setattr(readers, "size_of", refuse)
            assert [states(), states()] == [[JobState.FAILED, JobState.FAILED], []]
        assert [states(), states()] == [[JobState.WRITTEN] * 2, [JobState.UNCHANGED] * 2]


def test_a_worker_that_is_killed_while_it_starts(photos: Path, tmp_path: Path) -> None:
    """Who is killed before his process is there does no picture first."""
    output = tmp_path / "out"
    LocalFolder(str(output)).work_folder.mkdir(parents=True)
    worker = WorkerProcess(WorkerConfig(RECIPE, str(output), os.getpid()))
    worker.kill()
    outcome = worker.run_job(Job(str(photos / "a.png"), "a.png"))

    assert outcome.state is JobState.FAILED
    assert file_tree(output) == {}

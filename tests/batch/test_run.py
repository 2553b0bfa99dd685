"""The parts of a batch: what it plans, what it remembers, and who does the work."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from pixbin import readers
from pixbin.batch.executors.process_pool import ProcessPool, WorkerConfig, WorkerProcess
from pixbin.batch.jobs import Job, JobState, Outcome, run_job
from pixbin.batch.planning import output_paths, plan
from pixbin.batch.planning.inputs import InputFile
from pixbin.batch.planning.naming import Template
from pixbin.batch.planning.plan import BatchPlan
from pixbin.batch.run import Failures, Policy, Run
from pixbin.batch.session import BatchRequest
from pixbin.batch.session import make_plan as planned_as_wished
from pixbin.batch.state.fingerprint import Recipe
from pixbin.batch.state.journal import Journal, JournalEntry
from pixbin.batch.storage import globs, sources
from pixbin.batch.storage.base import Signature
from pixbin.batch.storage.local_files import LocalFolder
from pixbin.catalog.formats import Format
from pixbin.errors import InputError, OutputError, UsageError
from pixbin.jit import dispatch
from pixbin.options import Options
from tests.batch.folders import file_tree, write_photos
from tests.batch.plans import RECIPE, in_process_executor, make_plan, never_stopped, run_plan


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Return an output folder as a run holds it."""
    path = tmp_path / "out"
    LocalFolder(str(path)).work_folder.mkdir(parents=True)
    return path


@pytest.fixture
def journal(output: Path) -> Iterator[Journal]:
    """Return the journal of that folder."""
    folder = LocalFolder(str(output))
    with contextlib.closing(Journal(folder.journal_log())) as journal:
        yield journal


def test_endings_are_those_that_pillow_reads() -> None:
    """Folders are searched for no file that Pillow has no reader for."""
    Image.init()
    readable = {
        end[1:] for end, kind in Image.registered_extensions().items() if kind in Image.OPEN
    }

    assert globs.PICTURE_EXTENSIONS - {"mpo"} <= readable
    assert {"jpg", "jpeg", "png", "webp", "tif", "gif", "bmp", "avif"} <= globs.PICTURE_EXTENSIONS


@pytest.mark.parametrize(
    ("path", "glob", "expected"),
    [
        ("a/b.jpg", "*.jpg", True),
        ("a/b.JPG", "*.jpg", True),
        ("a/b.jpg", "a/*", True),
        ("a/b/c.jpg", "a/*", False),
        ("a/b/c.jpg", "a/**", True),
        ("a/b/c.jpg", "**/c.jpg", True),
        ("c.jpg", "**/c.jpg", True),
        ("a/b.jpg", "b.j?g", True),
        ("a/b", "b/", True),
        ("b(1).jpg", "b(1).jpg", True),
        ("b[.jpg", "b[[].jpg", True),
        ("b1.jpg", "b[0-9].jpg", True),
        ("bx.jpg", "b[!0-9].jpg", True),
        ("b].jpg", "b[]].jpg", True),
        ("b\n.jpg", "b*.jpg", True),
        ("b[.jpg", "b[.jpg", True),
    ],
)
def test_globs(path: str, glob: str, expected: bool) -> None:
    """A glob without a slash is of the name, one with a slash of the path, in any case."""
    assert globs.matches(path, glob) is expected


def test_a_plan_takes_little_memory(tmp_path: Path) -> None:
    """Twenty thousand sources are planned in less than their names would take."""
    found = (InputFile(f"photos/{n // 100}/{n}.jpg", f"{n // 100}/{n}.jpg") for n in range(20_000))
    tracemalloc.start()
    with contextlib.closing(
        plan.build_plan(found, str(tmp_path / "out"), Template.parse("{stem}.{ext}"), *RECIPE)
    ) as steps:
        count = sum(1 for _ in steps)
        _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 20_000
    assert most < 1_000_000


def test_no_room_for_the_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk where temporary files are kept is told as such."""

    def refuse(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(BatchPlan, "add", refuse)
    wish = BatchRequest(
        [str(write_photos(tmp_path / "photos"))],
        str(tmp_path / "out"),
        RECIPE,
        Template.parse("{stem}"),
    )
    with pytest.raises(OutputError, match="temporary files: cannot be written .* set TMPDIR"):
        planned_as_wished(wish, print)


def test_clashes_are_counted(tmp_path: Path) -> None:
    """Of many clashes a few are named, and the others counted."""
    found = (InputFile(f"{n}.{end}", f"{n}.{end}") for n in range(9) for end in ("jpg", "png"))
    with pytest.raises(UsageError, match=r"0.jpg and 0.png for 0.png, .* and 6 more"):
        plan.build_plan(found, str(tmp_path), Template.parse("{stem}.{ext}"), *RECIPE)


def test_names_that_differ_in_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the file system knows no case, names that differ in it alone clash."""
    monkeypatch.setattr(output_paths, "_ignores_case", lambda output: True)
    found = [InputFile("A.jpg", "A.jpg"), InputFile("a.jpg", "a.jpg")]
    with pytest.raises(UsageError, match="two sources for one output"):
        plan.build_plan(found, str(tmp_path), Template.parse("{stem}.{ext}"), *RECIPE)


def test_read_only_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sub-folder that cannot be written is found before the first write."""
    write_photos(tmp_path / "photos")
    (tmp_path / "out" / "sub").mkdir(parents=True)
    monkeypatch.setattr(os, "access", lambda path, mode: "sub" not in str(path))
    with pytest.raises(OutputError, match="out/sub: no permission to write"):
        make_plan(tmp_path / "photos", tmp_path / "out")


def test_vanished_source(tmp_path: Path, output: Path, journal: Journal) -> None:
    """A source that vanishes after it was planned is a failure of its own."""
    photos = write_photos(tmp_path / "photos")
    steps = make_plan(photos, output)
    (photos / "b.png").unlink()
    found = run_plan(steps, output, journal)

    assert found["b.png"].error == f"{photos}/b.png: no such file; check the name"
    assert {"a.png", "sub/a.png", "sub/deep/c.png"} == file_tree(output).keys()


def test_source_replaced_while_running(tmp_path: Path, output: Path, journal: Journal) -> None:
    """A source that is replaced is converted as it is read, and again if it changes later."""
    photos = write_photos(tmp_path / "photos", ("a.png", "b.png"))
    steps = make_plan(photos, output)
    (photos / "a.png").write_bytes((photos / "b.png").read_bytes())
    run_plan(steps, output, journal)
    assert file_tree(output)["a.png"] == file_tree(output)["b.png"]

    write_photos(photos, ("a.png",))
    found = run_plan(make_plan(photos, output), output, journal)
    assert (found["a.png"].state, found["b.png"].state) == (JobState.WRITTEN, JobState.UNCHANGED)
    assert file_tree(output)["a.png"] != file_tree(output)["b.png"]


def test_name_that_is_no_longer_true(tmp_path: Path, output: Path) -> None:
    """A picture whose planned name tells another size than it now has is not written."""
    write_photos(tmp_path / "photos", ("a.png",))
    job = Job(str(tmp_path / "photos" / "a.png"), "a_9x9.png", "9x9 9x9")
    outcome = run_job(job, RECIPE, LocalFolder(str(output)))

    assert outcome.error.endswith("has changed since the plan was made; run again")
    assert file_tree(output) == {}


def test_source_that_does_not_stop_changing(
    tmp_path: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A source that changes while it is read, twice, is reported."""
    write_photos(tmp_path, ("a.png",))
    times = iter(range(9))
    monkeypatch.setattr(sources, "_stat_signature", lambda status: Signature(0, next(times)))
    outcome = run_job(Job(str(tmp_path / "a.png"), "a.png"), RECIPE, LocalFolder(str(output)))

    assert "changes while it is read" in outcome.error


def test_no_room_for_an_output(
    tmp_path: Path, output: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An output that finds no room leaves nothing behind, and is made by the next run."""
    photos = write_photos(tmp_path / "photos")
    with monkeypatch.context() as patch:

        def refuse(path: Path, target: Path) -> None:
            raise OSError(28, "No space left on device")

        patch.setattr(Path, "replace", refuse)
        found = run_plan(make_plan(photos, output), output, journal)
        assert {JobState.FAILED} == {outcome.state for outcome in found.values()}
        assert all("No space left on device" in outcome.error for outcome in found.values())
    assert (file_tree(output), list(LocalFolder(str(output)).work_folder.iterdir())) == ({}, [])
    found = run_plan(make_plan(photos, output), output, journal)
    assert {JobState.WRITTEN} == {outcome.state for outcome in found.values()}


def test_killed_before_the_journal_knows(tmp_path: Path, output: Path, journal: Journal) -> None:
    """An output that was replaced and not noted is made again, whichever way it is wanted."""
    photos = write_photos(tmp_path / "photos", ("a.png",))
    run_plan(make_plan(photos, output), output, journal)

    def killed(jobs: Iterable[Job | Outcome], is_stopped: Callable[[], bool]) -> Iterator[Outcome]:
        list(in_process_executor(output)(jobs, is_stopped))
        return iter(())

    other = Run(make_plan(photos, output), LocalFolder(str(output)), journal, "another", Policy())
    assert not list(other.outcomes(killed))
    found = run_plan(make_plan(photos, output), output, journal)
    again = run_plan(make_plan(photos, output), output, journal)

    assert [found["a.png"].state, again["a.png"].state] == [JobState.WRITTEN, JobState.UNCHANGED]


def test_outputs_stay_in_their_folder(tmp_path: Path) -> None:
    """No source's own name leads out of the output folder, nor to the journal."""
    template = Template.parse("{suffix}/{stem}/x.{ext}")

    assert template.output_path("sub/a.bmp", {"ext": "png"}) == "sub/bmp/a/x.png"
    assert template.output_path("a", {"ext": "png"}) == "a/x.png"
    for name in ("...", "...b", ".pixbin"):
        with pytest.raises(InputError, match="no name for its output"):
            template.output_path(name, {"ext": "png"})


def test_a_file_that_came_meanwhile_is_kept(tmp_path: Path) -> None:
    """Where nothing may be replaced, nothing is, even if it was not there at first."""
    (tmp_path / "a.png").write_bytes(b"mine")
    folder = LocalFolder(str(tmp_path), overwrite=False)
    folder.work_folder.mkdir(parents=True)
    with pytest.raises(OutputError):
        folder.write("a.png", b"new")

    assert (tmp_path / "a.png").read_bytes() == b"mine"


def test_a_source_complete_after_it_failed(tmp_path: Path, output: Path, journal: Journal) -> None:
    """A watched source that is completed just after it was read is tried again."""
    photos = write_photos(tmp_path / "photos", ("a.png",))
    whole = (photos / "a.png").read_bytes()
    (photos / "a.png").write_bytes(whole[:50])
    known: Failures = {}

    def late(jobs: Iterable[Job | Outcome], is_stopped: Callable[[], bool]) -> Iterator[Outcome]:
        for outcome in in_process_executor(output)(jobs, is_stopped):
            (photos / "a.png").write_bytes(whole)
            yield outcome

    def states() -> list[JobState]:
        steps, store = make_plan(photos, output), LocalFolder(str(output))
        run = Run(steps, store, journal, RECIPE.fingerprint, Policy(), never_stopped, known)
        return [outcome.state for outcome in run.outcomes(late)]

    assert [states(), states()] == [[JobState.FAILED], [JobState.WRITTEN]]


def test_no_room_for_the_journal(tmp_path: Path, output: Path, journal: Journal) -> None:
    """A journal that cannot be written is told of; the pictures are written all the same."""
    photos = write_photos(tmp_path / "photos")
    LocalFolder(str(output)).journal_log().path.symlink_to("/dev/full")
    run_plan(make_plan(photos, output), output, journal)

    assert journal.write_error == "No space left on device"
    assert len(file_tree(output)) == 4


def test_journal_after_a_short_write(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is appended after a line that was cut short stands on a line of its own."""
    folder, write = LocalFolder(str(output)), os.write
    entry = JournalEntry("a.png", "a.jpg", Signature(1, 2), "digest", "recipe", 3, "1x1", "1x1")
    with contextlib.closing(Journal(folder.journal_log())) as journal:
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", lambda file, data: write(file, data[:20]))
            journal.add(entry)
        journal.add(entry._replace(target="b.png"))
    with contextlib.closing(Journal(folder.journal_log())) as journal:
        found = journal.find("a.png"), journal.find("b.png")

    assert found == (None, entry._replace(target="b.png"))


def test_a_recent_time_is_not_trusted(tmp_path: Path, output: Path) -> None:
    """A source that changed a moment ago may change again without another time."""
    write_photos(tmp_path, ("a.png",))
    _, signature = LocalFolder(str(output)).read(str(tmp_path / "a.png"))
    os.utime(tmp_path / "a.png", (time.time(), int(time.time()) - 10))
    _, old = LocalFolder(str(output)).read(str(tmp_path / "a.png"))

    assert signature.modified_ns == -1
    assert old.modified_ns == (tmp_path / "a.png").stat().st_mtime_ns


@pytest.mark.parametrize("field", dataclasses.fields(Options), ids=lambda field: field.name)
def test_recipes_tell_options_apart(field: dataclasses.Field[object]) -> None:
    """Every option that can change an output makes another recipe."""
    words = {
        "size": "9x9", "grid": "9x9", "block": 3, "fit": "contain", "gravity": "north",
        "method": "otsu", "threshold": 9, "matrix": "[[0, 0.5], [0.5, 0]]", "provider": "cuda",
        "serpentine": False, "radius": 3, "structure": 0, "dot": "line", "angle": 1,
        "frequency": 0.1, "seed": 1, "strength": 0.5, "tone": "perceptual", "decode": "fast",
        "enhance": 0,
        "brightness": 0.1, "contrast": 0.1, "gamma": 2, "sharpen": 1, "edges": 1, "invert": True,
        "background": "red", "alpha": "mask", "channels": "rgb", "ink": "navy", "paper": "ivory",
        "cell": "1mm", "depth": 8, "frame": 2, "steady": False, "pixel": "1:2",
        "device": "trmnl", "layout": "pages", "bit_order": "lsb", "polarity": "paper1",
        "stride": 99, "rotate": 90, "flip": "both", "header": "size8", "symbol": "cat",
    }  # fmt: skip
    if field.name in ("threads", "model"):
        pytest.skip("changes no output, or is told by its content")
    other = Recipe(Options.of(**{field.name: words[field.name]}), Format.PNG)

    assert other.fingerprint != Recipe(Options(), Format.PNG).fingerprint
    assert json.dumps(other.settings)


def test_a_worker_that_dies(tmp_path: Path, output: Path) -> None:
    """A picture whose process is killed is a failure; the next one gets another process."""
    write_photos(tmp_path, ("a.png", "b.png"))
    worker = WorkerProcess(WorkerConfig(RECIPE, str(output), os.getpid()))
    first = worker.run_job(Job(str(tmp_path / "a.png"), "a.png"))
    assert worker._process is not None
    worker._process.send_signal(signal.SIGSTOP)  # it must not take the next job first
    worker._process.kill()
    second = worker.run_job(Job(str(tmp_path / "b.png"), "b.png"))
    third = worker.run_job(Job(str(tmp_path / "b.png"), "b.png"))
    worker.close()

    assert (first.state, third.state) == (JobState.WRITTEN, JobState.WRITTEN)
    assert "was killed (signal 9)" in second.error


def test_a_worker_without_its_parent(tmp_path: Path, output: Path) -> None:
    """A process whose parent has gone before it began leaves everything to the next run."""
    write_photos(tmp_path, ("a.png",))
    worker = WorkerProcess(WorkerConfig(RECIPE, str(output), os.getpid() + 1))
    outcome = worker.run_job(Job(str(tmp_path / "a.png"), "a.png"))

    assert "its process ended (exit code 0)" in outcome.error
    assert file_tree(output) == {}


@pytest.mark.parametrize("_", range(4))
def test_workers_that_are_abandoned(tmp_path: Path, output: Path, _: int) -> None:
    """What ends a run early is what is told, whatever the workers were at."""
    photos = write_photos(tmp_path / "photos", tuple(f"{number}.png" for number in range(12)))
    jobs = list(make_plan(photos, output))
    setup = WorkerConfig(RECIPE, str(output), os.getpid())
    with pytest.raises(KeyboardInterrupt), ProcessPool(setup, 2) as workers:
        for number, _outcome in enumerate(workers(jobs, never_stopped)):
            if number == 3:
                raise KeyboardInterrupt


def test_workers_take_few_jobs_ahead(tmp_path: Path, output: Path) -> None:
    """Jobs are taken from their stream as they are done, not all at once."""
    write_photos(tmp_path, ("a.png",))
    taken = 0

    def jobs() -> Iterator[Job]:
        nonlocal taken
        for number in range(40):
            taken += 1
            yield Job(str(tmp_path / "a.png"), f"{number}.png")

    ahead = []
    with ProcessPool(WorkerConfig(RECIPE, str(output), os.getpid()), 2) as workers:
        for count, _ in enumerate(workers(jobs(), never_stopped), 1):
            ahead.append(taken - count)

    assert len(file_tree(output)) == 40
    assert max(ahead) <= 4


def test_machine_code_makes_the_same_picture(tmp_path: Path, output: Path) -> None:
    """A process that settles for machine code goes on with the same bytes."""
    write_photos(tmp_path, ("a.png",))
    with ProcessPool(WorkerConfig(RECIPE, str(output), os.getpid()), 1) as workers:
        jobs = (Job(str(tmp_path / "a.png"), f"{number}.png") for number in range(24))
        assert all(each.state is JobState.WRITTEN for each in workers(jobs, never_stopped))

    assert len({*file_tree(output).values()}) == 1
    assert not dispatch.is_forced()


def test_size_of_a_picture_on_its_side(tmp_path: Path) -> None:
    """The size read from a file's head is that of the upright picture."""
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 30)).save(tmp_path / "a.jpg", exif=exif)

    assert readers.size_of(str(tmp_path / "a.jpg")) == (30, 40)


def test_watch(tmp_path: Path) -> None:
    """--watch converts what is there, then what arrives, until it is interrupted."""
    photos, out = write_photos(tmp_path / "photos", ("a.png",)), tmp_path / "out"
    command = [sys.executable, "-m", "pixbin", "batch", "photos", "out", "-s", "20x", "--watch"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE)

    def appears(name: str) -> bool:
        end = time.monotonic() + 60
        while not (out / name).exists() and time.monotonic() < end and process.poll() is None:
            time.sleep(0.02)
        return (out / name).exists()

    assert appears("a.png")
    write_photos(photos, ("sub/b.png",))
    (photos / "bad.png").write_text("not a picture")
    assert appears("sub/b.png")
    (tmp_path / "c.png").write_bytes((photos / "a.png").read_bytes())
    (tmp_path / "c.png").rename(photos / "c.png")
    assert appears("c.png")
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)

    assert process.returncode == 130
    assert told.count(b"failed photos/bad.png: not a picture") == 1
    assert b"3 written, 1 failed" in told
    assert {"a.png", "sub/b.png", "c.png"} == file_tree(out).keys()


def test_watch_without_its_library(tmp_path: Path) -> None:
    """Without watchdog, --watch says what to install."""
    write_photos(tmp_path / "photos")
    program = "import sys; sys.modules['watchdog'] = None; from pixbin.cli.app import app; app()"
    words = ["batch", "photos", "out", "--watch"]
    result = subprocess.run(
        [sys.executable, "-c", program, *words], cwd=tmp_path, capture_output=True, check=False
    )

    assert result.returncode == 5
    assert b"pip install 'pixbin[watch]'" in result.stderr

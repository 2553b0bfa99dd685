"""Plans, journals, runs and worker processes, without the command line."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
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
from pixbin.batch.session import make_plan as plan_request
from pixbin.batch.state.fingerprint import Recipe
from pixbin.batch.state.journal import Journal, JournalEntry
from pixbin.batch.storage import globs, sources
from pixbin.batch.storage.base import FileSignature
from pixbin.batch.storage.local_files import LocalFolder
from pixbin.catalog.formats import Format
from pixbin.catalog.limits import OPTION_NAMES
from pixbin.errors import InputError, OutputError, UsageError
from pixbin.jit import dispatch
from pixbin.options import Options
from tests.batch.folders import file_tree, write_photos
from tests.batch.plans import RECIPE, in_process_executor, make_plan, never_stopped, run_plan


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Return an output folder with its work folder, as during a run."""
    path = tmp_path / "out"
    LocalFolder(str(path)).work_folder.mkdir(parents=True)
    return path


@pytest.fixture
def journal(output: Path) -> Iterator[Journal]:
    """Yield the journal of that folder."""
    folder = LocalFolder(str(output))
    with contextlib.closing(Journal(folder.journal_log())) as journal:
        yield journal


def test_extensions_are_those_that_pillow_reads() -> None:
    """The extensions that folders are searched for are all ones that Pillow can read."""
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
def test_glob_matches_name_or_path(path: str, glob: str, expected: bool) -> None:
    """A glob without a slash is compared with the name, one with a slash with the path."""
    assert globs.matches(path, glob) is expected


def test_plan_takes_little_memory(tmp_path: Path) -> None:
    """Planning 20,000 source files takes less memory than their names would."""
    counts, most = [], 0
    for number in (1, 20_000):  # modules are imported with the first file
        files = (InputFile(f"{n // 100}/{n}.jpg", f"{n // 100}/{n}.jpg") for n in range(number))
        tracemalloc.start()
        with contextlib.closing(
            plan.build_plan(files, str(tmp_path / "out"), Template.parse("{stem}.{ext}"), *RECIPE)
        ) as batch_plan:
            counts.append(sum(1 for _ in batch_plan))
            _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert counts == [1, 20_000]
    assert most < 1_000_000


def test_full_disk_for_temporary_files_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error says so when the disk for temporary files is full."""

    def refuse(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(BatchPlan, "add", refuse)
    request = BatchRequest(
        [str(write_photos(tmp_path / "photos"))],
        str(tmp_path / "out"),
        RECIPE,
        Template.parse("{stem}"),
    )
    with pytest.raises(OutputError, match="temporary files: cannot be written .* set TMPDIR"):
        plan_request(request, print)


def test_collisions_are_counted(tmp_path: Path) -> None:
    """The message about many collisions names a few and counts the others."""
    files = (InputFile(f"{n}.{end}", f"{n}.{end}") for n in range(9) for end in ("jpg", "png"))
    with pytest.raises(UsageError, match=r"0.jpg and 0.png for 0.png, .* and 6 more"):
        plan.build_plan(files, str(tmp_path), Template.parse("{stem}.{ext}"), *RECIPE)


def test_names_that_differ_in_case_collide_where_case_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a file system that ignores case, names that differ in case only collide."""
    monkeypatch.setattr(output_paths, "_ignores_case", lambda output: True)
    files = [InputFile("A.jpg", "A.jpg"), InputFile("a.jpg", "a.jpg")]
    with pytest.raises(UsageError, match="two sources for one output"):
        plan.build_plan(files, str(tmp_path), Template.parse("{stem}.{ext}"), *RECIPE)


def test_read_only_folder_is_an_error_before_the_first_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sub-folder without write permission is an error before the first write."""
    write_photos(tmp_path / "photos")
    (tmp_path / "out" / "sub").mkdir(parents=True)
    monkeypatch.setattr(os, "access", lambda path, mode: "sub" not in str(path))
    with pytest.raises(OutputError, match="out/sub: no permission to write"):
        make_plan(tmp_path / "photos", tmp_path / "out")


def test_missing_source_fails_alone(tmp_path: Path, output: Path, journal: Journal) -> None:
    """A source file that disappears after planning fails; the others are converted."""
    photos = write_photos(tmp_path / "photos")
    batch_plan = make_plan(photos, output)
    (photos / "b.png").unlink()
    outcomes = run_plan(batch_plan, output, journal)

    assert outcomes["b.png"].error == f"{photos}/b.png: no such file; check the name"
    assert {"a.png", "sub/a.png", "sub/deep/c.png"} == file_tree(output).keys()


def test_source_replaced_after_planning_is_converted_as_it_is(
    tmp_path: Path, output: Path, journal: Journal
) -> None:
    """A replaced source file is converted with its new content, and again if it changes later."""
    photos = write_photos(tmp_path / "photos", ("a.png", "b.png"))
    batch_plan = make_plan(photos, output)
    (photos / "a.png").write_bytes((photos / "b.png").read_bytes())
    run_plan(batch_plan, output, journal)
    assert file_tree(output)["a.png"] == file_tree(output)["b.png"]

    write_photos(photos, ("a.png",))
    outcomes = run_plan(make_plan(photos, output), output, journal)
    assert (outcomes["a.png"].state, outcomes["b.png"].state) == (
        JobState.WRITTEN,
        JobState.UNCHANGED,
    )
    assert file_tree(output)["a.png"] != file_tree(output)["b.png"]


def test_changed_size_in_a_planned_name_fails(tmp_path: Path, output: Path) -> None:
    """A picture is not written if its size differs from the one in its planned name."""
    write_photos(tmp_path / "photos", ("a.png",))
    job = Job(str(tmp_path / "photos" / "a.png"), "a_9x9.png", "9x9 9x9")
    outcome = run_job(job, RECIPE, LocalFolder(str(output)))

    assert outcome.error.endswith("has changed since the plan was made; run again")
    assert file_tree(output) == {}


def test_source_that_keeps_changing_fails(
    tmp_path: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A source file that changes each time it is read fails."""
    write_photos(tmp_path, ("a.png",))
    times = iter(range(9))
    monkeypatch.setattr(sources, "_stat_signature", lambda status: FileSignature(0, next(times)))
    outcome = run_job(Job(str(tmp_path / "a.png"), "a.png"), RECIPE, LocalFolder(str(output)))

    assert "changes while it is read" in outcome.error


def test_output_without_room_is_written_by_the_next_run(
    tmp_path: Path, output: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An output that does not fit on the disk leaves nothing, and the next run writes it."""
    photos = write_photos(tmp_path / "photos")
    with monkeypatch.context() as patch:

        def refuse(path: Path, target: Path) -> None:
            raise OSError(28, "No space left on device")

        patch.setattr(Path, "replace", refuse)
        outcomes = run_plan(make_plan(photos, output), output, journal)
        assert {JobState.FAILED} == {outcome.state for outcome in outcomes.values()}
        assert all("No space left on device" in outcome.error for outcome in outcomes.values())
    assert (file_tree(output), list(LocalFolder(str(output)).work_folder.iterdir())) == ({}, [])
    outcomes = run_plan(make_plan(photos, output), output, journal)
    assert {JobState.WRITTEN} == {outcome.state for outcome in outcomes.values()}


def test_output_replaced_without_a_journal_line_is_made_again(
    tmp_path: Path, output: Path, journal: Journal
) -> None:
    """An output that was replaced before the journal was written is made again."""
    photos = write_photos(tmp_path / "photos", ("a.png",))
    run_plan(make_plan(photos, output), output, journal)

    def killed(jobs: Iterable[Job | Outcome], is_stopped: Callable[[], bool]) -> Iterator[Outcome]:
        list(in_process_executor(output)(jobs, is_stopped))
        return iter(())

    other = Run(make_plan(photos, output), LocalFolder(str(output)), journal, "another", Policy())
    assert not list(other.outcomes(killed))
    outcomes = run_plan(make_plan(photos, output), output, journal)
    again = run_plan(make_plan(photos, output), output, journal)

    assert [outcomes["a.png"].state, again["a.png"].state] == [JobState.WRITTEN, JobState.UNCHANGED]


def test_outputs_stay_in_their_folder(tmp_path: Path) -> None:
    """The name of a source file cannot lead out of the output folder or to the journal."""
    template = Template.parse("{suffix}/{stem}/x.{ext}")

    assert template.output_path("sub/a.bmp", {"ext": "png"}) == "sub/bmp/a/x.png"
    assert template.output_path("a", {"ext": "png"}) == "a/x.png"
    for name in ("...", "...b", ".pixbin"):
        with pytest.raises(InputError, match="no name for its output"):
            template.output_path(name, {"ext": "png"})


def test_new_file_is_kept_without_overwriting(tmp_path: Path) -> None:
    """With overwriting off, a file that appeared after planning is kept."""
    (tmp_path / "a.png").write_bytes(b"mine")
    folder = LocalFolder(str(tmp_path), overwrite=False)
    folder.work_folder.mkdir(parents=True)
    with pytest.raises(OutputError):
        folder.write("a.png", b"new")

    assert (tmp_path / "a.png").read_bytes() == b"mine"


def test_watched_source_completed_after_a_failure_is_retried(
    tmp_path: Path, output: Path, journal: Journal
) -> None:
    """A watched source file that is completed just after it was read is tried again."""
    photos = write_photos(tmp_path / "photos", ("a.png",))
    whole = (photos / "a.png").read_bytes()
    (photos / "a.png").write_bytes(whole[:50])
    failures: Failures = {}

    def late(jobs: Iterable[Job | Outcome], is_stopped: Callable[[], bool]) -> Iterator[Outcome]:
        for outcome in in_process_executor(output)(jobs, is_stopped):
            (photos / "a.png").write_bytes(whole)
            yield outcome

    def states() -> list[JobState]:
        batch_plan, store = make_plan(photos, output), LocalFolder(str(output))
        run = Run(batch_plan, store, journal, RECIPE.fingerprint, Policy(), never_stopped, failures)
        return [outcome.state for outcome in run.outcomes(late)]

    assert [states(), states()] == [[JobState.FAILED], [JobState.WRITTEN]]


def test_journal_without_room_does_not_stop_the_run(
    tmp_path: Path, output: Path, journal: Journal
) -> None:
    """If the journal cannot be written, the error is kept and the pictures are written."""
    photos = write_photos(tmp_path / "photos")
    LocalFolder(str(output)).journal_log().path.symlink_to("/dev/full")
    run_plan(make_plan(photos, output), output, journal)

    assert journal.write_error == "No space left on device"
    assert len(file_tree(output)) == 4


def test_line_after_an_incomplete_line_is_intact(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that is appended after an incomplete line starts on a new line."""
    folder, write = LocalFolder(str(output)), os.write
    entry = JournalEntry("a.png", "a.jpg", FileSignature(1, 2), "digest", "recipe", 3, "1x1", "1x1")

    def fill_disk(file: int, data: bytes) -> int:
        if len(data) < 50:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(file, data[:-49])

    with contextlib.closing(Journal(folder.journal_log())) as journal:
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", fill_disk)
            journal.add(entry)
        assert journal.write_error == "No space left on device"
        journal.add(entry._replace(target="b.png"))
    with contextlib.closing(Journal(folder.journal_log())) as journal:
        entries = journal.find("a.png"), journal.find("b.png")

    assert entries == (None, entry._replace(target="b.png"))


def test_recent_time_is_left_out_of_the_signature(tmp_path: Path, output: Path) -> None:
    """The time of a source file that has just changed is not part of its signature."""
    write_photos(tmp_path, ("a.png",))
    _, signature = LocalFolder(str(output)).read(str(tmp_path / "a.png"))
    os.utime(tmp_path / "a.png", (time.time(), int(time.time()) - 10))
    _, old = LocalFolder(str(output)).read(str(tmp_path / "a.png"))

    assert signature.modified_ns == -1
    assert old.modified_ns == (tmp_path / "a.png").stat().st_mtime_ns


@pytest.mark.parametrize("field", dataclasses.fields(Options), ids=lambda field: field.name)
def test_each_option_changes_the_fingerprint(field: dataclasses.Field[object]) -> None:
    """Each option that can change an output changes the fingerprint."""
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
        "compress": "rle", "frames": "1..8",
        "intent": "graphic", "crop": "1,1,5,5", "zoom": 2, "exposure": 2, "detail": 2, "relief": 0,
        "sheet": "8x", "sheet_data": "array", "sprite_mask": "plus", "embed_recipe": True,
        "power": 0.5, "full_power": 255, "feed": 900, "pitch": "0.2mm", "bed": "300x200",
        "medium": "riso", "dot_gain": "25:40 50:70", "darkness": 0.9, "min_dot": 2,
        "min_gap": "0.1mm",
    }  # fmt: skip
    if field.name in ("threads", "model", *OPTION_NAMES):
        pytest.skip("threads change no output, and the content of a model counts, not its name")
    if field.name in ("mask", "method_inside", "method_outside"):
        pytest.skip("they need a mask; tests/batch/test_masks.py has a test")
    if field.name == "refine":
        pytest.skip("it needs a model; tests/neural/test_refine.py has a test")
    if field.name not in words:  # a newer option
        assert field.name in Recipe(Options(), Format.PNG).settings
        return
    other = Recipe(Options.of(**{field.name: words[field.name]}), Format.PNG)

    assert other.fingerprint != Recipe(Options(), Format.PNG).fingerprint
    assert json.dumps(other.settings)


def test_killed_worker_fails_one_job(tmp_path: Path, output: Path) -> None:
    """A picture whose process is killed fails; the next one gets a new process."""
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


def test_worker_without_its_parent_does_nothing(tmp_path: Path, output: Path) -> None:
    """A worker whose parent has ended does no job."""
    write_photos(tmp_path, ("a.png",))
    worker = WorkerProcess(WorkerConfig(RECIPE, str(output), os.getpid() + 1))
    outcome = worker.run_job(Job(str(tmp_path / "a.png"), "a.png"))

    assert "its process ended (exit code 0)" in outcome.error
    assert file_tree(output) == {}


@pytest.mark.parametrize("_", range(4))
def test_exception_ends_the_pool(tmp_path: Path, output: Path, _: int) -> None:
    """The exception that ends a run early is passed on, whatever the workers are doing."""
    photos = write_photos(tmp_path / "photos", tuple(f"{number}.png" for number in range(12)))
    jobs = list(make_plan(photos, output))
    config = WorkerConfig(RECIPE, str(output), os.getpid())
    with pytest.raises(KeyboardInterrupt), ProcessPool(config, 2) as workers:
        for number, _outcome in enumerate(workers(jobs, never_stopped)):
            if number == 3:
                raise KeyboardInterrupt


def test_workers_take_few_jobs_ahead(tmp_path: Path, output: Path) -> None:
    """Jobs are taken from the stream as others are done, not all at once."""
    write_photos(tmp_path, ("a.png",))
    taken = 0

    def jobs() -> Iterator[Job]:
        nonlocal taken
        for number in range(120):
            taken += 1
            yield Job(str(tmp_path / "a.png"), f"{number}.png")

    ahead = []
    with ProcessPool(WorkerConfig(RECIPE, str(output), os.getpid()), 2) as workers:
        for count, _ in enumerate(workers(jobs(), never_stopped), 1):
            ahead.append(taken - count)

    assert len(file_tree(output)) == 120
    assert max(ahead) <= 4 + 2 * 16  # that run or wait, and two groups: one is being stored


def test_compiled_code_writes_the_same_bytes(tmp_path: Path, output: Path) -> None:
    """A process that switches to compiled code writes the same bytes."""
    write_photos(tmp_path, ("a.png",))
    recipe = RECIPE._replace(options=Options.of(size="160x120"))
    assert 160 * 120 < dispatch.MAX_INTERPRETED_OPERATIONS < 8 * 160 * 120
    with ProcessPool(WorkerConfig(recipe, str(output), os.getpid()), 1) as workers:
        jobs = (Job(str(tmp_path / "a.png"), f"{number}.png") for number in range(8))
        assert all(outcome.state is JobState.WRITTEN for outcome in workers(jobs, never_stopped))

    assert len({*file_tree(output).values()}) == 1


def test_size_is_that_of_the_upright_picture(tmp_path: Path) -> None:
    """The size read from the header is that of the upright picture."""
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 30)).save(tmp_path / "a.jpg", exif=exif)

    assert readers.size_of(str(tmp_path / "a.jpg")) == (30, 40)


def test_watch_converts_new_files(tmp_path: Path) -> None:
    """--watch converts existing pictures, then new ones, until it is interrupted."""
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
    _, stderr = process.communicate(timeout=60)

    assert process.returncode == 130
    assert stderr.count(b"failed photos/bad.png: not a picture") == 1
    assert b"3 written, 1 failed" in stderr
    assert {"a.png", "sub/b.png", "c.png"} == file_tree(out).keys()


def test_watch_without_its_library(tmp_path: Path) -> None:
    """Without the library watchdog, --watch says what to install."""
    write_photos(tmp_path / "photos")
    program = "import sys; sys.modules['watchdog'] = None; from pixbin.cli.app import app; app()"
    words = ["batch", "photos", "out", "--watch"]
    result = subprocess.run(
        [sys.executable, "-c", program, *words], cwd=tmp_path, capture_output=True, check=False
    )

    assert result.returncode == 5
    assert b"pip install 'pixbin[watch]'" in result.stderr

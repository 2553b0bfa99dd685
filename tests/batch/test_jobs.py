"""One job at a time: errors of any kind are its outcome, never the end of the batch."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from pixbin import file_conversion
from pixbin.batch import jobs
from pixbin.batch.jobs import Job, JobState, run_job
from pixbin.batch.state.fingerprint import Recipe
from pixbin.batch.storage.local_files import LocalFolder
from pixbin.catalog.formats import Format
from pixbin.catalog.limits import WorkLimits
from pixbin.options import Options
from tests.batch.folders import write_photos
from tests.fixtures import RunCommand


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """Return a job that would succeed."""
    return Job(str(write_photos(tmp_path / "photos", ("a.png",)) / "a.png"), "a.png")


@pytest.mark.parametrize(
    ("error", "message", "has_no_memory"),
    [
        (
            ZeroDivisionError("seven"),
            "a bug in pixbin (ZeroDivisionError: seven); convert it with --debug and report it",
            False,
        ),
        (MemoryError(), "needs more than --max-memory 100000000", True),
    ],
    ids=lambda value: type(value).__name__,
)
def test_any_error_is_the_outcome(
    job: Job,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    message: str,
    has_no_memory: bool,
) -> None:
    """A bug or a lack of memory is the failure of one picture, which it names."""

    def fail(*_: object) -> object:
        raise error

    recipe, folder = Recipe(Options(), Format.PNG), LocalFolder(str(tmp_path / "out"))
    with folder.locked():
        done = run_job(job, recipe, folder)
    monkeypatch.setattr(file_conversion, "from_bytes", fail)
    failed = run_job(job, recipe, folder, WorkLimits(memory=100_000_000))

    assert (done.state, failed.state) == (JobState.WRITTEN, JobState.FAILED)
    assert failed.error.startswith(f"{job.source}: {message}")
    assert (failed.has_no_memory, failed.is_retryable) == (has_no_memory, False)


def test_auto_takes_the_grid_of_the_name(job: Job) -> None:
    """A name such as {grid} was made from the planned grid, which `auto` must then keep."""
    planned = job._replace(expected_sizes="96x64 48x32")

    def grid(job: Job, **settings: str) -> object:
        return jobs._with_planned_grid(job, Options.of(**settings)).grid

    assert grid(planned, method="auto") == Options.of(grid="48x32").grid
    assert grid(planned, method="auto", block="2") is None
    assert grid(planned, method="atkinson") is None
    assert grid(job, method="auto") is None


def test_names_with_the_grid_of_auto(run: RunCommand, tmp_path: Path) -> None:
    """The grid in the name is that of the picture, whatever `auto` would have chosen later."""
    write_photos(tmp_path / "photos", ("a.png",))
    result = run("batch", "photos", "out", "--method", "auto", "--name", "{stem}-{grid}.{ext}")
    (path,) = (tmp_path / "out").glob("*.png")
    columns, rows = map(int, path.stem.removeprefix("a-").split("x"))
    with Image.open(path) as image:
        width, height = image.size

    assert result.returncode == 0, result.stderr
    assert (width % columns, height % rows) == (0, 0)


def test_output_folder_among_the_inputs_by_a_link(run: RunCommand, tmp_path: Path) -> None:
    """Outputs would become inputs of the next run; nothing is written."""
    write_photos(tmp_path / "photos", ("a.png",))
    (tmp_path / "out").mkdir()
    (tmp_path / "photos" / "link").symlink_to(tmp_path / "out")
    result = run("batch", "photos", "out")

    assert result.returncode == 2
    assert b"link: is the output folder, by a link; write elsewhere" in result.stderr
    assert not [*(tmp_path / "out").glob("*.png")]

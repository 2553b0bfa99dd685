"""A loss of power at any moment of a batch: the journal never names an output that is not there."""

from __future__ import annotations

import errno
import itertools
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pixbin.batch import session
from pixbin.batch.jobs import JobState
from pixbin.batch.planning.naming import DEFAULT_TEMPLATE, Template
from pixbin.batch.session import BatchRequest
from pixbin.batch.state.fingerprint import Recipe
from pixbin.batch.storage.local_files import LocalFolder
from pixbin.catalog.formats import Format
from pixbin.files import atomic
from pixbin.options import Options
from tests.faults.disk_model import Event, RecordedDisk, remains

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
CHOICES = [*itertools.product([True, False], repeat=2)]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Return a folder of pictures, with sub-folders."""
    folder = tmp_path / "in"
    for number in range(12):
        path = folder / ("", "b", "b/c")[number % 3] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 255, (24, 24), np.uint8)
        Image.fromarray(pixels).save(path)
    return folder


def run_batch(pictures: Path, output: Path, size: str) -> None:
    """Convert all pictures with two processes."""
    recipe = Recipe(Options.of(size=size), Format.PNG)
    template = Template.parse(DEFAULT_TEMPLATE)
    request = BatchRequest([str(pictures)], str(output), recipe, template, jobs=2)
    plan = session.make_plan(request, print)
    with session.open_session(request, print) as opened:
        outcomes = [*opened.outcomes(plan, lambda: False)]
    plan.close()
    assert {outcome.state for outcome in outcomes} == {JobState.WRITTEN}
    assert len(outcomes) == 12


def faults_of(events: list[Event]) -> list[str]:
    """Return what is wrong after a loss of power, at each moment and with each choice."""
    faults = []
    for count in range(len(events) + 1):
        for keeps_lines, keeps_names in CHOICES:
            disk = remains(events[:count], keeps_lines=keeps_lines, keeps_names=keeps_names)
            faults += [
                f"{output} after {count} events, {keeps_lines=}, {keeps_names=}"
                for output, digest in disk.entries.items()
                if disk.outputs.get(output) != digest
            ]
            faults += [
                f"{output} has a name and no data after {count} events"
                for output, digest in disk.outputs.items()
                if digest is None and output.endswith(".png")
            ]
    return faults


def test_journal_names_only_what_is_stored(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of new outputs, and of outputs that replace others."""
    disk = RecordedDisk(tmp_path / "out", monkeypatch)
    run_batch(pictures, tmp_path / "out", "20x")
    count = len(disk.events)
    run_batch(pictures, tmp_path / "out", "16x")

    assert faults_of(disk.events) == []
    assert sum(event.kind == "named" and event.path.endswith(".png") for event in disk.events) == 24
    end = remains(disk.events[:count], keeps_lines=False, keeps_names=False)
    assert len(end.entries) == 12


@pytest.mark.parametrize("left_out", ["files", "folders", "journal"])
def test_the_model_sees_what_is_left_out(
    left_out: str, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without one kind of storing, the test above would fail."""
    disk = RecordedDisk(tmp_path / "out", monkeypatch)
    real = atomic.sync_path

    def sync_path(path: Path) -> None:
        kind = "folders" if path.is_dir() else "journal" if path.suffix == ".jsonl" else "files"
        if kind != left_out:
            real(path)

    monkeypatch.setattr(atomic, "sync_path", sync_path)
    run_batch(pictures, tmp_path / "out", "20x")
    run_batch(pictures, tmp_path / "out", "16x")

    assert faults_of(disk.events) != []


def test_convert_stores_its_file_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file of `convert` has its data on the disk before it has its name."""
    for is_new in (True, False):
        with monkeypatch.context() as patch:
            disk = RecordedDisk(tmp_path, patch)
            atomic.write(tmp_path / "a.png", b"new")
        kinds = [event.kind for event in disk.events]
        assert kinds[0] == "file stored", kinds
        assert set(kinds[1:]) == {"named"}, is_new
    monkeypatch.delattr(os, "O_TMPFILE")
    disk = RecordedDisk(tmp_path, monkeypatch)
    atomic.write(tmp_path / "a.png", b"newer")

    assert [event.kind for event in disk.events] == ["file stored", "named"]


def test_a_group_is_stored_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All outputs of a group have their data before the first gets its name; folders come once."""
    output = LocalFolder(str(tmp_path))
    with output.locked():
        staged = [(f"b/{name}.png", output.stage(f"b/{name}.png", b"new")) for name in "xyz"]
        disk = RecordedDisk(tmp_path, monkeypatch)
        errors = output.publish(staged)
        kinds = [event.kind for event in disk.events]

    assert errors == [None] * 3
    assert kinds == ["file stored"] * 3 + ["named"] * 3 + ["folder stored"] * 2
    assert [event.path for event in disk.events[-2:]] == ["b", "."]


def test_one_of_a_group_fails_alone(tmp_path: Path) -> None:
    """An output that cannot get its name leaves the others of its group as they are."""
    output = LocalFolder(str(tmp_path))
    with output.locked():
        staged = [(f"{name}.png", output.stage(f"{name}.png", b"new")) for name in "xyz"]
        (tmp_path / "y.png").mkdir()
        errors = output.publish(staged)
        left = [*output.work_folder.iterdir()]

    assert [error is None for error in errors] == [True, False, True]
    assert "y.png" in str(errors[1])
    assert [(tmp_path / f"{name}.png").read_bytes() for name in "xz"] == [b"new"] * 2
    assert not left


def test_a_folder_that_cannot_be_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If names cannot be stored, all outputs in that folder fail, and no others."""
    output = LocalFolder(str(tmp_path))
    real = atomic.sync_path

    def sync_path(path: Path) -> None:
        if path.name == "b":
            raise OSError(errno.EIO, "Input/output error")
        real(path)

    with output.locked():
        names = ["a.png", "b/x.png", "b/y.png"]
        staged = [(name, output.stage(name, b"new")) for name in names]
        monkeypatch.setattr(atomic, "sync_path", sync_path)
        errors = output.publish(staged)

    assert [str(error) for error in errors][1:] == [
        f"{tmp_path / name}: cannot be written (Input/output error); choose another place"
        for name in names[1:]
    ]
    assert errors[0] is None

"""Runs that are repeated, interrupted or killed, and disks that are full."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from pixbin.batch.storage.base import STATE_FOLDER
from pixbin.batch.storage.local_files import LocalFolder
from tests.batch.folders import FileTree, file_tree, run_states, write_photos
from tests.fixtures import RunCommand
from tests.sparse import sparse

WORDS = ("-s", "24x", "-b", "1")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return a folder of four pictures, made some time ago."""
    return write_photos(tmp_path / "photos")


def states(run: RunCommand, *words: str) -> dict[str, str]:
    """Run again, and return the state of each source file."""
    reports = run_states(run("batch", "photos", "out", *WORDS, "--json", *words))
    return {name.removeprefix("photos/"): str(report["state"]) for name, report in reports.items()}


def all_files(folder: Path) -> FileTree:
    """Return all files of a folder, including the journal."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def spawn(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """Start a batch from `photos` to `out`."""
    command = [sys.executable, "-m", "pixbin", "batch", "photos", "out", *WORDS, *words]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def handles_signals(process_id: int) -> bool:
    """Return whether a process has handlers for SIGINT and SIGTERM (Linux)."""
    status = Path(f"/proc/{process_id}/status").read_text()
    (caught,) = (line for line in status.splitlines() if line.startswith("SigCgt:"))
    both = 1 << signal.SIGINT - 1 | 1 << signal.SIGTERM - 1
    return int(caught.split()[1], 16) & both == both


def wait_until(condition: object, process: subprocess.Popen[bytes]) -> None:
    """Wait until a condition is true, or the process has ended; two minutes at most."""
    assert callable(condition)
    deadline = time.monotonic() + 120
    while not condition() and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_second_run_converts_what_is_missing_or_changed(
    run: RunCommand, photos: Path, tmp_path: Path
) -> None:
    """A second run converts only what is missing, changed or incomplete."""
    run("batch", "photos", "out", *WORDS)
    out = tmp_path / "out"
    (out / "sub" / "a.png").unlink()
    (out / "sub" / "deep" / "c.png").write_bytes(b"torn")
    old = (out / "a.png").stat().st_mtime_ns
    (photos / "b.png").write_bytes((photos / "a.png").read_bytes())
    reports = run_states(run("batch", "photos", "out", *WORDS, "--json"))

    assert old == (out / "a.png").stat().st_mtime_ns
    assert (out / "a.png").read_bytes() == (out / "b.png").read_bytes()
    assert {name: report["state"] for name, report in reports.items()} == {
        "photos/a.png": "unchanged",
        "photos/b.png": "written",
        "photos/sub/a.png": "written",
        "photos/sub/deep/c.png": "written",
    }


def test_new_time_alone_is_no_change(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """A source file with a new time only is not converted again; the journal gets the time."""
    run("batch", "photos", "out", *WORDS)
    old = (tmp_path / "out" / "b.png").stat().st_mtime_ns
    os.utime(photos / "b.png", (1, 1))

    assert states(run)["b.png"] == "unchanged"
    assert old == (tmp_path / "out" / "b.png").stat().st_mtime_ns
    assert (
        b'"modified_ns": 1000000000,'
        in (tmp_path / "out" / STATE_FOLDER / "journal.jsonl").read_bytes()
    )


def test_other_content_of_the_same_size_is_a_change(run: RunCommand, photos: Path) -> None:
    """A source file with the same size and other content is converted again."""
    data = bytearray((photos / "b.png").read_bytes())
    run("batch", "photos", "out", *WORDS)
    data[-1] ^= 1  # in the checksum of the end
    (photos / "b.png").write_bytes(data)
    os.utime(photos / "b.png", (2, 2))

    assert states(run)["b.png"] == "written"


def test_other_options_convert_everything_again(run: RunCommand, photos: Path) -> None:
    """Other options convert everything again; another number of jobs or threads does not."""
    first = states(run)
    same = states(run, "--jobs", "1", "--threads", "1")
    other = states(run, "--method", "otsu")

    assert {"written"} == set(first.values()) == set(other.values())
    assert {"unchanged"} == set(same.values())


def test_other_version_converts_everything_again(
    run: RunCommand, photos: Path, tmp_path: Path
) -> None:
    """Outputs of another version of pixbin are made again."""
    states(run)
    journal = tmp_path / "out" / STATE_FOLDER / "journal.jsonl"
    name = journal.read_text().split('"')[3]
    journal.write_text(journal.read_text().replace(name, "0" * 16))

    assert {"written"} == set(states(run).values())


def test_other_source_of_the_same_size_and_time_is_converted(
    run: RunCommand, tmp_path: Path
) -> None:
    """A source file of the same name, size and time in another folder is converted."""
    for name, level in (("one", 0), ("two", 255)):
        (tmp_path / name).mkdir()
        Image.new("L", (9, 9), level).save(tmp_path / name / "a.bmp")
        os.utime(tmp_path / name / "a.bmp", (1, 1))
    run("batch", "one", "out", *WORDS)
    reports = run_states(run("batch", "two", "out", *WORDS, "--json"))
    again = run_states(run("batch", "two", "out", *WORDS, "--json"))

    assert [report["state"] for report in reports.values()] == ["written"]
    assert [report["state"] for report in again.values()] == ["unchanged"]


def test_force_converts_everything_again(run: RunCommand, photos: Path) -> None:
    """--force converts everything again."""
    states(run)

    assert {"written"} == set(states(run, "--force").values())


@pytest.mark.parametrize(
    "damage", sparse([b"[1]\nnull\n{}\n\xff\xfe\n", b"", b"{", b'{"output": 3}'], every=4)
)
def test_damaged_lines_are_skipped(
    run: RunCommand, photos: Path, tmp_path: Path, damage: bytes
) -> None:
    """Damaged and incomplete lines are skipped, and their outputs made again."""
    run("batch", "photos", "out", *WORDS)
    expected = all_files(tmp_path / "out")
    journal = tmp_path / "out" / STATE_FOLDER / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:3]) + damage + lines[-1][:-20])
    new_states = states(run)

    assert sorted(new_states.values()) == ["unchanged", "unchanged", "written", "written"]
    assert expected == all_files(tmp_path / "out")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_finishes_running_jobs(
    run: RunCommand, photos: Path, tmp_path: Path, number: int
) -> None:
    """Ctrl-C and SIGTERM finish the running jobs, report, and exit with 130."""
    write_photos(photos, tuple(f"more/{index}.png" for index in range(150)))
    process = spawn(tmp_path)
    wait_until(lambda: (tmp_path / "out" / "a.png").exists(), process)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=60)
    made = file_tree(tmp_path / "out")

    assert process.returncode == 130
    assert b"interrupted; started pictures are finished, run again for the rest" in stderr
    assert b" written" in stderr
    assert 0 < len(made) < 154
    assert not (tmp_path / "out" / STATE_FOLDER / "work").exists()
    assert list(states(run).values()).count("unchanged") == len(made)
    assert len(file_tree(tmp_path / "out")) == 154


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_while_planning_stops_at_once(photos: Path, tmp_path: Path, number: int) -> None:
    """A signal during planning stops at once."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pixbin", "batch", "--files0", "-", "out"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    wait_until(lambda: handles_signals(process.pid), process)
    time.sleep(0.1)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=60)

    assert process.returncode == 130
    assert stderr == b"error: interrupted; no incomplete file was left\n"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kills", sparse([2, 6], every=2))
def test_killed_run_is_completed_by_the_next(
    run: RunCommand, photos: Path, tmp_path: Path, kills: int
) -> None:
    """Kills leave complete files only, and the next run gives the same folder as without kills."""
    write_photos(photos, tuple(f"more/{index}.png" for index in range(60)))
    run("batch", "photos", "undisturbed", *WORDS)
    expected = all_files(tmp_path / "undisturbed")
    pick, out, made = random.Random(5), tmp_path / "out", 0
    for _ in range(kills):
        count = made + pick.randint(1, 9)
        process = spawn(tmp_path, "--quiet")
        wait_until(lambda count=count: len(file_tree(out)) >= count, process)
        process.kill()
        process.communicate()
        assert file_tree(out).items() <= expected.items()
        made = len(file_tree(out))
        assert made < len(expected)
    run("batch", "photos", "out", *WORDS)

    assert expected == all_files(tmp_path / "out")


def test_incomplete_files_of_a_killed_run_are_removed(
    run: RunCommand, photos: Path, tmp_path: Path
) -> None:
    """Incomplete files of a killed run are removed by the next run."""
    work = tmp_path / "out" / STATE_FOLDER / "work"
    work.mkdir(parents=True)
    (work / ".pixbin-1234").write_bytes(b"half")
    run("batch", "photos", "out", *WORDS)

    assert not work.exists()


def test_second_run_at_the_same_time_is_refused(
    run: RunCommand, photos: Path, tmp_path: Path
) -> None:
    """A second run in the same output folder is refused."""
    folder = LocalFolder(str(tmp_path / "out"))
    with folder.locked():
        result = run("batch", "photos", "out")
        folder.write("first.png", b"whole")  # where the second has cleared nothing away

    assert result.returncode == 4
    assert b"out: another run is at work there; wait for its end" in result.stderr
    assert run("batch", "photos", "out").returncode == 0


def test_run_waits_for_workers_of_a_killed_run(tmp_path: Path) -> None:
    """The next run waits for the job of a worker that outlives its run."""
    folder = LocalFolder(str(tmp_path / "out"))
    folder.work_folder.mkdir(parents=True)
    order = []

    def next_run() -> None:
        with folder.locked():
            order.append("next run")

    with folder.job_lock():
        thread = threading.Thread(target=next_run)
        thread.start()
        time.sleep(0.1)
        order.append("worker")
    thread.join()

    assert order == ["worker", "next run"]


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """Mount a file system of this size; skip the test without the permission to mount."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("may not mount a file system")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_outputs_without_room_are_written_later(
    run: RunCommand, photos: Path, tmp_path: Path
) -> None:
    """Outputs that do not fit on the disk fail, and are written when there is room."""
    write_photos(photos, tuple(f"more/{index}.png" for index in range(30)))
    run("batch", "photos", "enough", "--format", "pbm-plain", "-s", "200x", "-b", "1")
    with small_disk(tmp_path / "disk", "400k"):
        words = ("photos", "disk/out", "--format", "pbm-plain", "-s", "200x", "-b", "1")
        full = run("batch", *words)
        made = file_tree(tmp_path / "disk" / "out")
        expected = file_tree(tmp_path / "enough")

        assert full.returncode == 6
        assert b"No space left on device" in full.stderr
        assert 0 < len(made) < len(expected)
        assert made.items() <= expected.items()
        assert not (tmp_path / "disk" / "out" / STATE_FOLDER / "work").exists()
        subprocess.run(["mount", "-o", "remount,size=8m", str(tmp_path / "disk")], check=True)
        assert run("batch", *words).returncode == 0
        assert expected == file_tree(tmp_path / "disk" / "out")


def test_read_only_disk_is_an_error_before_the_first_job(
    run: RunCommand, photos: Path, tmp_path: Path
) -> None:
    """A folder that cannot be written is an error before the first job."""
    with small_disk(tmp_path / "disk", "1m"):
        subprocess.run(["mount", "-o", "remount,ro", str(tmp_path / "disk")], check=True)
        result = run("batch", "photos", "disk/out")

    assert result.returncode == 4
    assert b"no permission to write in disk; choose another place" in result.stderr

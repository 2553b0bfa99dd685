"""A batch that is run again, interrupted, killed, or finds no room."""

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
    """Run once more, and return what became of each source."""
    found = run_states(run("batch", "photos", "out", *WORDS, "--json", *words))
    return {name.removeprefix("photos/"): str(each["state"]) for name, each in found.items()}


def whole(folder: Path) -> FileTree:
    """Return all files of a folder, the journal too."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def spawn(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """Start a batch from `photos` to `out`."""
    command = [sys.executable, "-m", "pixbin", "batch", "photos", "out", *WORDS, *words]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def until(condition: object, process: subprocess.Popen[bytes]) -> None:
    """Wait until something is so, or the process has ended."""
    assert callable(condition)
    while not condition() and process.poll() is None:
        time.sleep(0.005)


def test_only_what_is_missing_or_changed(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """The second run does what is missing, changed, or was cut short; the rest it leaves alone."""
    run("batch", "photos", "out", *WORDS)
    out = tmp_path / "out"
    (out / "sub" / "a.png").unlink()
    (out / "sub" / "deep" / "c.png").write_bytes(b"torn")
    old = (out / "a.png").stat().st_mtime_ns
    (photos / "b.png").write_bytes((photos / "a.png").read_bytes())
    found = run_states(run("batch", "photos", "out", *WORDS, "--json"))

    assert old == (out / "a.png").stat().st_mtime_ns
    assert (out / "a.png").read_bytes() == (out / "b.png").read_bytes()
    assert {name: report["state"] for name, report in found.items()} == {
        "photos/a.png": "unchanged",
        "photos/b.png": "written",
        "photos/sub/a.png": "written",
        "photos/sub/deep/c.png": "written",
    }


def test_content_counts_where_only_the_time_changed(
    run: RunCommand, photos: Path, tmp_path: Path
) -> None:
    """A source that was only touched is not converted again, and its new time is remembered."""
    run("batch", "photos", "out", *WORDS)
    old = (tmp_path / "out" / "b.png").stat().st_mtime_ns
    os.utime(photos / "b.png", (1, 1))

    assert states(run)["b.png"] == "unchanged"
    assert old == (tmp_path / "out" / "b.png").stat().st_mtime_ns
    assert (
        b'"modified_ns": 1000000000,'
        in (tmp_path / "out" / STATE_FOLDER / "journal.jsonl").read_bytes()
    )


def test_same_size_and_other_content(run: RunCommand, photos: Path) -> None:
    """A source of the same length but other content is converted again."""
    data = bytearray((photos / "b.png").read_bytes())
    run("batch", "photos", "out", *WORDS)
    data[-1] ^= 1  # in the checksum of the end
    (photos / "b.png").write_bytes(data)
    os.utime(photos / "b.png", (2, 2))

    assert states(run)["b.png"] == "written"


def test_other_options_do_all_again(run: RunCommand, photos: Path) -> None:
    """Options and format count; the number of jobs and of threads does not."""
    first = states(run)
    same = states(run, "--jobs", "1", "--threads", "1")
    other = states(run, "--method", "otsu")

    assert {"written"} == set(first.values()) == set(other.values())
    assert {"unchanged"} == set(same.values())


def test_other_version_does_all_again(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """What another version of pixbin made is made anew."""
    states(run)
    journal = tmp_path / "out" / STATE_FOLDER / "journal.jsonl"
    name = journal.read_text().split('"')[3]
    journal.write_text(journal.read_text().replace(name, "0" * 16))

    assert {"written"} == set(states(run).values())


def test_other_source_of_the_same_size_and_time(run: RunCommand, tmp_path: Path) -> None:
    """What is in the place of an output was made of one source, and not of its twin."""
    for name, level in (("one", 0), ("two", 255)):
        (tmp_path / name).mkdir()
        Image.new("L", (9, 9), level).save(tmp_path / name / "a.bmp")
        os.utime(tmp_path / name / "a.bmp", (1, 1))
    run("batch", "one", "out", *WORDS)
    found = run_states(run("batch", "two", "out", *WORDS, "--json"))
    again = run_states(run("batch", "two", "out", *WORDS, "--json"))

    assert [each["state"] for each in found.values()] == ["written"]
    assert [each["state"] for each in again.values()] == ["unchanged"]


def test_force_does_all_again(run: RunCommand, photos: Path) -> None:
    """--force asks nothing."""
    states(run)

    assert {"written"} == set(states(run, "--force").values())


@pytest.mark.parametrize(
    "damage", sparse([b"[1]\nnull\n{}\n\xff\xfe\n", b"", b"{", b'{"output": 3}'], every=4)
)
def test_damaged_journal(run: RunCommand, photos: Path, tmp_path: Path, damage: bytes) -> None:
    """Lines that make no sense are skipped, a torn one too; what they told of is done again."""
    run("batch", "photos", "out", *WORDS)
    expected = whole(tmp_path / "out")
    journal = tmp_path / "out" / STATE_FOLDER / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:3]) + damage + lines[-1][:-20])
    found = states(run)

    assert sorted(found.values()) == ["unchanged", "unchanged", "written", "written"]
    assert expected == whole(tmp_path / "out")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(run: RunCommand, photos: Path, tmp_path: Path, number: int) -> None:
    """Ctrl-C and SIGTERM finish the pictures in hand, report, and exit with 130."""
    write_photos(photos, tuple(f"more/{each}.png" for each in range(150)))
    process = spawn(tmp_path)
    until(lambda: (tmp_path / "out" / "a.png").exists(), process)
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    made = file_tree(tmp_path / "out")

    assert process.returncode == 130
    assert b"interrupted; all that was begun is finished, run again for the rest" in told
    assert b" written" in told
    assert 0 < len(made) < 154
    assert not (tmp_path / "out" / STATE_FOLDER / "work").exists()
    assert list(states(run).values()).count("unchanged") == len(made)
    assert len(file_tree(tmp_path / "out")) == 154


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_while_planning(photos: Path, tmp_path: Path, number: int) -> None:
    """Before the first picture there is nothing to finish: it stops at once."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pixbin", "batch", "--files0", "-", "out"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    handled = f"/proc/{process.pid}/status"
    until(lambda: f"SigCgt:\t{1 << 14 | 2:016x}" in Path(handled).read_text(), process)
    time.sleep(0.1)
    process.send_signal(number)
    _, told = process.communicate(timeout=60)

    assert process.returncode == 130
    assert told == b"error: interrupted; nothing half-written was left\n"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("times", sparse([2, 6], every=2))
def test_killed_at_any_moment(run: RunCommand, photos: Path, tmp_path: Path, times: int) -> None:
    """However often it is killed, whole files are left, and the next run completes to the same."""
    write_photos(photos, tuple(f"more/{each}.png" for each in range(60)))
    run("batch", "photos", "undisturbed", *WORDS)
    expected = whole(tmp_path / "undisturbed")
    pick, out, made = random.Random(5), tmp_path / "out", 0
    for _ in range(times):
        wanted = made + pick.randint(1, 9)
        process = spawn(tmp_path, "--quiet")
        until(lambda wanted=wanted: len(file_tree(out)) >= wanted, process)
        process.kill()
        process.communicate()
        assert file_tree(out).items() <= expected.items()
        made = len(file_tree(out))
        assert made < len(expected)
    run("batch", "photos", "out", *WORDS)

    assert expected == whole(tmp_path / "out")


def test_leftovers_of_a_killed_run_are_cleared(
    run: RunCommand, photos: Path, tmp_path: Path
) -> None:
    """Files that were not whole yet when a run was killed are removed by the next."""
    work = tmp_path / "out" / STATE_FOLDER / "work"
    work.mkdir(parents=True)
    (work / ".pixbin-1234").write_bytes(b"half")
    run("batch", "photos", "out", *WORDS)

    assert not work.exists()


def test_one_run_at_a_time(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """A second run on the same output folder is refused while the first is at work."""
    folder = LocalFolder(str(tmp_path / "out"))
    with folder.locked():
        result = run("batch", "photos", "out")
        folder.write("first.png", b"whole")  # where the second has cleared nothing away

    assert result.returncode == 4
    assert b"out: another run is at work there; wait for its end" in result.stderr
    assert run("batch", "photos", "out").returncode == 0


def test_a_run_waits_for_workers_of_a_killed_one(tmp_path: Path) -> None:
    """A worker that outlives its run finishes its picture before the next run begins."""
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
    """Mount a file system of so many bytes, or skip the test where one may not."""
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


def test_disk_full(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """When the disk is full, what could not be written is reported, and done when there is room."""
    write_photos(photos, tuple(f"more/{each}.png" for each in range(30)))
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


def test_read_only_disk(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """A folder that cannot be written is an error before the work."""
    with small_disk(tmp_path / "disk", "1m"):
        subprocess.run(["mount", "-o", "remount,ro", str(tmp_path / "disk")], check=True)
        result = run("batch", "photos", "disk/out")

    assert result.returncode == 4
    assert b"no permission to write in disk; choose another place" in result.stderr

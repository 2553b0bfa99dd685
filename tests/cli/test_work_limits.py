"""Limits on the work: what takes too long, or needs too much memory, is given up with one line."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pixbin.batch.executors.memory_limit import IS_SUPPORTED
from pixbin.batch.executors.process_pool import WorkerConfig, WorkerProcess
from pixbin.batch.jobs import Job, JobState
from pixbin.batch.state.fingerprint import Recipe
from pixbin.catalog.formats import Format
from pixbin.catalog.limits import WorkLimits
from pixbin.errors import ModelError, OutputError, UsageError, is_lack_of_memory
from pixbin.options import Options
from tests.benchmarks.pictures import photograph
from tests.fixtures import RunCommand

SLOW = ("--size", "2000x2000", "--block", "1", "--method", "direct-binary-search")
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot copy processes")
needs_limit = pytest.mark.skipif(not IS_SUPPORTED, reason="the system has no limit of memory")

needs_children = pytest.mark.skipif(
    not Path(f"/proc/self/task/{os.getpid()}/children").exists(),
    reason="the system does not list the children of a process",
)


def worker_of(process: subprocess.Popen[bytes]) -> int:
    """Return the number of the process that another one has started, when it has."""
    path, end = Path(f"/proc/{process.pid}/task/{process.pid}/children"), time.monotonic() + 60
    while not (numbers := path.read_text().split()) and time.monotonic() < end:
        time.sleep(0.01)
    return int(numbers[0])


def names(folder: Path) -> list[str]:
    """Return the sorted names of what is in a folder."""
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Return a small picture."""
    path = tmp_path / "in" / "a.png"
    path.parent.mkdir()
    Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16)).save(path)
    return path


@pytest.fixture
def large(picture: Path) -> Path:
    """Return a picture of 48 million pixels, which needs more than 144 MB."""
    path = picture.with_name("large.png")
    Image.fromarray(np.zeros((6000, 8000, 3), np.uint8)).save(path, compress_level=1)
    return path


@pytest.fixture
def photo(picture: Path) -> Path:
    """Return a photograph that takes 3 MB and more to decode."""
    path = picture.with_name("photo.jpg")
    photograph(1000, 1000).save(path, quality=90)
    return path


@needs_fork
class TestConvert:
    """The options of `convert`."""

    def test_within_the_limits(self, run: RunCommand, tmp_path: Path, picture: Path) -> None:
        """Within limits, the bytes, the report and the exit code are the same."""
        plain = run("convert", picture, "a.png", "--json")
        limits = ["--timeout", "60", *(["--max-memory", "4G"] if IS_SUPPORTED else [])]
        limited = run("convert", picture, "b.png", "--json", *limits)
        missing = run("convert", "missing.png", "c.png", *limits)

        assert (plain.returncode, limited.returncode, missing.returncode) == (0, 0, 3)
        assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
        assert missing.stderr == b"error: missing.png: no such file; check the name\n"

    def test_too_slow(self, run: RunCommand, tmp_path: Path, picture: Path) -> None:
        """A picture that takes too long ends with 3, and the old output stays."""
        (tmp_path / "o.png").write_bytes(b"old")
        result = run("convert", picture, "o.png", *SLOW, "--timeout", "0.3")

        assert result.returncode == 3
        assert (
            result.stderr
            == f"error: {picture}: takes more than --timeout 0.3 s; raise it\n".encode()
        )
        assert (tmp_path / "o.png").read_bytes() == b"old"
        assert names(tmp_path) == ["in", "o.png"]

    def test_too_slow_in_json(self, run: RunCommand, picture: Path) -> None:
        """With --json, the report has the error."""
        result = run("convert", picture, "o.png", *SLOW, "--timeout", "0.3", "--json")

        assert result.returncode == 3
        assert b'"exit_code": 3' in result.stdout

    @needs_limit
    def test_too_much_memory(self, run: RunCommand, tmp_path: Path, large: Path) -> None:
        """A picture that needs too much memory ends with 3."""
        result = run("convert", large, "o.png", "--max-memory", "150M")

        assert result.returncode == 3, result.stderr
        assert b"large.png: needs more than --max-memory 150000000; raise it" in result.stderr
        assert names(tmp_path) == ["in"]

    @needs_limit
    @pytest.mark.parametrize("refine", ["0", "5"])
    @pytest.mark.parametrize("limit", ["100M", "118M", "130M"])
    def test_too_little_memory_for_a_model(
        self, run: RunCommand, tmp_path: Path, photo: Path, limit: str, refine: str
    ) -> None:
        """Wherever a model or the decoder gets no memory, the line names the option.

        onnxruntime may also crash while it loads; then the line says that its process was killed.
        """
        words = ("--method", "neural", "--grid", "128x", "--refine", refine, "--max-memory", limit)
        result = run("convert", photo, "o.png", *words)

        assert result.returncode == 3, result.stderr
        line = result.stderr.splitlines()[-1].decode()
        assert line.startswith(f"error: {photo}: ")
        assert f"--max-memory {limit[:-1]}000000" in line
        assert names(tmp_path) == ["in"]

    @needs_limit
    def test_damage_within_the_limit(self, run: RunCommand, photo: Path) -> None:
        """A damaged picture is called so if there is memory left."""
        photo.write_bytes(photo.read_bytes()[:20_000])
        result = run("convert", photo, "o.png", "--max-memory", "2G")

        assert result.returncode == 3
        assert b"damaged" in result.stderr

    def test_a_signal_reaches_the_work(self, tmp_path: Path) -> None:
        """SIGTERM to the process that waits ends the one that works."""
        with subprocess.Popen(
            [sys.executable, "-m", "pixbin", "convert", "-", "o.png", "--timeout", "60"],
            cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE,
        ) as process:  # fmt: skip
            assert process.stdin is not None
            process.stdin.write(b"P5 4096 4096 255\n" + bytes(1 << 18))  # more than a pipe holds
            process.stdin.flush()  # so the program has read a part
            process.terminate()
            process.wait(60)
            message = process.communicate(timeout=60)[1]

        assert process.returncode == 130
        assert message.count(b"interrupted; no incomplete file was left") == 1

    @needs_children
    def test_work_that_is_killed(self, tmp_path: Path) -> None:
        """The line says that the system killed the work, as Linux does when memory is short."""
        words = ["convert", "-", "o.png", "--timeout", "60", "--max-memory", "4G"]
        with subprocess.Popen(
            [sys.executable, "-m", "pixbin", *words],
            cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE,
        ) as process:  # fmt: skip
            os.kill(worker_of(process), signal.SIGKILL)
            message = process.communicate(timeout=60)[1]

        assert (process.returncode, message) == (
            3,
            b"error: stdin: its process was killed (signal 9); "
            b"raise --max-memory 4000000000, if that is the reason\n",
        )
        assert names(tmp_path) == []

    @needs_children
    def test_work_that_does_not_end(self, tmp_path: Path) -> None:
        """A process that does not react to an interruption is killed after a second."""
        with subprocess.Popen(
            [sys.executable, "-m", "pixbin", "convert", "-", "o.png", "--timeout", "60"],
            cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE,
        ) as process:  # fmt: skip
            worker = worker_of(process)
            os.kill(worker, signal.SIGSTOP)
            process.send_signal(signal.SIGINT)
            message = process.communicate(timeout=60)[1]

        assert process.returncode == 130
        assert message == b"error: interrupted; no incomplete file was left\n"
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)


def test_none_is_no_limit(run: RunCommand, tmp_path: Path, picture: Path) -> None:
    """`none` switches a limit off, and the picture is the same."""
    plain = run("convert", picture, "a.png")
    without = run("convert", picture, "b.png", "--timeout", "none", "--max-memory", " None ")

    assert (plain.returncode, without.returncode, without.stderr) == (0, 0, plain.stderr)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@pytest.mark.parametrize(
    "words",
    [
        *(["--timeout", text] for text in ("0", "-1", "soon", "1e9", "nan", "")),
        *(["--max-memory", text] for text in ("1M", "0", "much", "-1G")),
    ],
    ids=" ".join,
)
def test_wrong_limits(run: RunCommand, picture: Path, words: list[str]) -> None:
    """A limit that is no number, or that nothing could keep, is refused before the work."""
    for command in (["convert", picture, "o.png"], ["batch", picture, "out"]):
        result = run(*command, *words)

        assert result.returncode == 2
        assert b"or none" in result.stderr


@needs_fork
def test_stream_counts_each_frame(tmp_path: Path) -> None:
    """The time of a frame does not run while the next one is awaited."""
    frame = b"P5 64 48 255\n" + bytes(64 * 48)
    with subprocess.Popen(
        [sys.executable, "-m", "pixbin", "stream", "--timeout", "0.7", "--size", "64x48"],
        cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(frame)
        process.stdin.flush()
        assert process.stdout.read(4)
        time.sleep(1.0)  # longer than the limit
        process.stdin.write(frame)
        _, message = process.communicate(timeout=60)

    assert (process.returncode, message) == (0, b"")


@needs_fork
def test_slow_frame(run: RunCommand) -> None:
    """A frame that takes too long ends the stream with 3."""
    frame = b"P5 640 480 255\n" + bytes(range(256)) * 1200
    result = run("stream", *SLOW, "--timeout", "0.3", stdin=frame)

    assert result.returncode == 3
    assert b"stdin: takes more than --timeout 0.3 s; raise it" in result.stderr


def make_worker(output: Path, limits: WorkLimits, **options: object) -> WorkerProcess:
    """Return a worker process of a batch."""
    output.mkdir()
    recipe = Recipe(Options.of(**options), Format.PNG)
    return WorkerProcess(WorkerConfig(recipe, str(output), os.getpid(), limits=limits))


def test_slow_picture_of_a_batch(tmp_path: Path, picture: Path) -> None:
    """A picture that takes too long fails; its process is ended, and the next job starts one."""
    worker = make_worker(tmp_path / "out", WorkLimits(60), size="2000x2000", block=1, method="dbs")
    job = Job(str(picture), "a.png")
    worker._limits = WorkLimits(0.3)
    slow = worker.run_job(job)
    assert worker._process is None
    worker._limits = WorkLimits(60)
    missing = worker.run_job(job._replace(source="missing.png"))
    worker.close()

    assert slow.state is JobState.FAILED
    assert slow.error == f"{picture}: takes more than --timeout 0.3 s; raise it"
    assert "no such file" in missing.error
    assert not [*(tmp_path / "out").iterdir()]


def test_deadline_without_poll(
    tmp_path: Path, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where pipes cannot be polled, as on Windows, a thread ends the process."""
    monkeypatch.delattr(select, "poll", raising=False)
    worker = make_worker(tmp_path / "out", WorkLimits(0.3), size="2000x2000", block=1, method="dbs")
    outcome = worker.run_job(Job(str(picture), "a.png"))
    worker.close()

    assert "takes more than --timeout 0.3 s" in outcome.error


@needs_limit
def test_memory_of_a_batch(run: RunCommand, tmp_path: Path, picture: Path, large: Path) -> None:
    """A picture that needs too much memory fails; the others are done."""
    result = run("batch", picture.parent, "out", "--max-memory", "150M", "--jobs", "1")

    assert result.returncode == 6, result.stderr
    assert b"large.png: needs more than --max-memory 150000000; raise it" in result.stderr
    assert (tmp_path / "out" / "a.png").exists()
    assert not (tmp_path / "out" / "large.png").exists()


@needs_limit
def test_memory_of_a_model_in_a_batch(run: RunCommand, photo: Path) -> None:
    """Each picture fails with the same line: after a lack of memory comes a new process."""
    copies = [photo.with_name(f"{name}.jpg") for name in "xyz"]
    for copy in copies:
        copy.write_bytes(photo.read_bytes())
    words = ("--method", "neural", "--grid", "128x", "--max-memory", "100M", "--jobs", "1")
    result = run("batch", *copies, "out", *words, "--base", photo.parent, "--json")
    outcomes = [json.loads(line) for line in result.stdout.splitlines()]

    assert result.returncode == 6, result.stderr
    reasons = [outcome["error"].partition(": ")[2] for outcome in outcomes]
    assert len(reasons) == 3
    for reason in reasons:  # onnxruntime may also crash while it loads
        assert reason.startswith(("needs more than --max-memory 100000000;", "its process was"))
    assert b"OpenBLAS" not in result.stderr


@pytest.mark.parametrize(
    "text",
    [
        "Exception during initialization: std::bad_alloc",
        "[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : Failed to allocate memory for requested "
        "buffer of size 67108864",
    ],
)
def test_lack_of_memory_in_the_words_of_a_library(text: str) -> None:
    """The messages of onnxruntime on lack of memory count as lack of memory."""
    with pytest.raises(ModelError) as raised:
        try:
            raise RuntimeError(text)
        except RuntimeError as error:
            raise ModelError("fails on 8x8 cells") from error

    assert is_lack_of_memory(raised.value)


def test_lack_of_memory_behind_another_error() -> None:
    """An error that a lack of memory led to counts as one."""
    with pytest.raises(OutputError) as raised:
        try:
            raise MemoryError
        except MemoryError as error:
            raise OutputError("a.png: cannot be written") from error

    assert is_lack_of_memory(raised.value)
    assert not is_lack_of_memory(UsageError("x"))


@pytest.mark.parametrize(
    ("name", "size", "code"),
    [
        ("o.escpos", "600000x1", 4),
        ("o.zpl", "900000x1", 4),
        ("o.tspl", "600000x1", 4),
        ("o.cat", "392x1", 4),
        ("o.ql", "1300x1", 4),
        ("o.h", "256x8", 2),
        ("o.ico", "257x1", 4),
        ("o.gif", "65536x1", 4),
        ("o.webp", "16384x1", 4),
        ("o.c", "65536x1", 4),
    ],
)
def test_formats_refuse_sizes_before_the_work(
    run: RunCommand, tmp_path: Path, picture: Path, name: str, size: str, code: int
) -> None:
    """A picture that a format cannot hold is refused by the plan already."""
    kinds = {"o.c": ["--format", "lvgl"], "o.h": ["--format", "arduboy"]}
    result = run("convert", picture, name, "--size", size, "--dry-run", *kinds.get(name, []))

    assert result.returncode == code, result.stderr
    assert result.stderr.count(b"\n") == 1
    assert names(tmp_path) == ["in"]

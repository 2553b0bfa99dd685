"""`pixbin batch --scheduler` on a real Dask cluster: a scheduler and workers on loopback."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import Client

from pixbin.batch.executors import dask_run_spec, dask_worker
from pixbin.batch.executors.process_pool import WorkerConfig
from pixbin.batch.jobs import Job
from pixbin.batch.state.fingerprint import Recipe
from pixbin.batch.storage.local_files import LocalFolder
from pixbin.catalog.formats import Format
from pixbin.neural import model_card
from pixbin.options import Options
from tests.batch.folders import file_tree, run_states, write_photos
from tests.fixtures import RunCommand
from tests.oracles.s3_server import S3Bucket
from tests.sparse import sparse

WORDS = ("-s", "24x", "-b", "1")
JOURNAL = ".pixbin/journal.jsonl"
HASTY = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "3s"}  #: who does not wait for long
QUIET = {
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__GIL__ENABLED": "False",
}


class Cluster:
    """A scheduler and its workers, each a process."""

    def __init__(self, folder: Path, env: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self._count = 0
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", env=env)
        (self.address,) = self._said("scheduler", r"Scheduler at:\s+(tcp://\S+)")

    def add(self, *words: str, env: dict[str, str] | None = None) -> str:
        """Start a worker with one thread, and return its address when it has joined."""
        usual = ("--nthreads", "1", "--no-nanny")
        worker = self._start("worker", self.address, *usual, *words, env=env)
        (address,) = self._said(f"worker-{self._count}", r"Start worker at:\s+(tcp://\S+)")
        self._said(f"worker-{self._count}", r"Registered to:\s+(tcp://\S+)")
        self.workers[address] = worker
        return address

    def remove(self, address: str) -> None:
        """End a worker."""
        worker = self.workers.pop(address)
        worker.kill()
        worker.wait()

    def close(self) -> None:
        """End all."""
        for process in (*self.workers.values(), self.scheduler):
            process.kill()
            process.wait()

    def _start(
        self, kind: str, *words: str, env: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        self._count += kind == "worker"
        name = f"worker-{self._count}" if kind == "worker" else kind
        command = [sys.executable, "-m", "distributed.cli.dask_" + kind, *words]
        with (self.folder / name).open("wb") as log:
            return subprocess.Popen(
                [*command, "--no-dashboard"],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                env={**os.environ, **QUIET, **(env or {})},
            )

    def _said(self, name: str, pattern: str) -> list[str]:
        end = time.monotonic() + 60
        while not (found := re.findall(pattern, (self.folder / name).read_text())):
            assert time.monotonic() < end, (self.folder / name).read_text()
            time.sleep(0.05)
        return found[:1]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Return a scheduler with two workers."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.add()
        cluster.add()
        yield cluster
    finally:
        cluster.close()


def aged(folder: Path, count: int) -> Path:
    """Return a folder of so many pictures, made some time ago."""
    write_photos(folder, tuple(f"{n % 7}/{n:03}.png" for n in range(count)))
    for path in folder.rglob("*.png"):
        os.utime(path, (1, 1))
    return folder


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return a folder of eighty pictures."""
    return aged(tmp_path / "photos", 80)


def reports(result: subprocess.CompletedProcess[bytes]) -> dict[str, dict[str, object]]:
    """Return what --json said, by source, but for what differs each time."""
    found = run_states(result)
    for each in found.values():
        del each["seconds"]
        each["output"] = str(each["output"]).partition("/")[2]
    return found


def start(folder: Path, cluster: Cluster, *words: str) -> subprocess.Popen[bytes]:
    """Start a batch from `photos` to `out` on a cluster."""
    command = [sys.executable, "-m", "pixbin", "batch", "photos", "out", *WORDS]
    return subprocess.Popen(
        [*command, "--scheduler", cluster.address, *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **HASTY},
    )


def until_made(folder: Path, count: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until so many outputs are there, or the process has ended."""
    while process.poll() is None and len(list((folder / "out").rglob("*.png"))) < count:
        time.sleep(0.01)


def test_a_worker_is_killed(run: RunCommand, cluster: Cluster, tmp_path: Path) -> None:
    """Two hundred pictures, one of two workers killed midway: all as it is without a cluster."""
    photos = aged(tmp_path / "photos", 200)
    (photos / "0" / "bad.png").write_text("not a picture")
    os.utime(photos / "0" / "bad.png", (1, 1))
    local = run("batch", "photos", "local", *WORDS, "--json")
    address, victim = cluster.workers.popitem()
    with Client(cluster.address, set_as_default=False) as client:
        process = start(tmp_path, cluster, "--json")
        until_made(tmp_path, 10, process)
        while not client.processing(workers=[address])[address]:
            assert process.poll() is None
        victim.send_signal(signal.SIGSTOP)
        in_hand = client.processing(workers=[address])[address]
    made = len(file_tree(tmp_path / "out"))
    victim.kill()
    told, said = process.communicate(timeout=100)
    victim.wait()
    cluster.add()

    assert in_hand
    assert 10 <= made < 200
    assert (process.returncode, local.returncode) == (6, 6), said
    assert b"200 written, 1 failed" in said
    assert file_tree(tmp_path / "local") == file_tree(tmp_path / "out")
    assert (tmp_path / "local" / JOURNAL).read_bytes() == (tmp_path / "out" / JOURNAL).read_bytes()
    assert reports(local) == reports(subprocess.CompletedProcess([], 0, told, said))
    assert not (tmp_path / "out" / ".pixbin" / "work").exists()


def test_interrupted(cluster: Cluster, photos: Path, tmp_path: Path) -> None:
    """Ctrl-C finishes the pictures in hand and reports; run again, it completes."""
    process = start(tmp_path, cluster)
    until_made(tmp_path, 5, process)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    made = len(file_tree(tmp_path / "out"))
    again = start(tmp_path, cluster)
    _, resumed = again.communicate(timeout=60)

    assert (process.returncode, again.returncode) == (130, 0)
    assert b"interrupted; all that was begun is finished, run again for the rest" in said
    assert f"{made} written".encode() in said
    assert 0 < made < 80
    assert f"{80 - made} written, {made} unchanged".encode() in resumed


PRELOADED = {
    "another version": (
        "from pixbin.batch.executors import dask_run_spec\n"
        "dask_run_spec.versions = lambda: {'pixbin': '0.0.9'}\n",
        "has pixbin 0.0.9, and not ",
    ),
    "no pixbin": (
        "import sys\nsys.modules.update({name: None for name in ('pixbin', 'pixbin.batch')})\n",
        "has no pixbin ",
    ),
}


@pytest.mark.parametrize("kind", PRELOADED)
def test_unfit_workers_are_refused(
    cluster: Cluster, photos: Path, tmp_path: Path, kind: str
) -> None:
    """A worker that would not make the same bytes is refused before anything is done."""
    program, message = PRELOADED[kind]
    (tmp_path / "preload.py").write_text(program)
    address = cluster.add("--preload", str(tmp_path / "preload.py"))
    process = start(tmp_path, cluster)
    _, said = process.communicate(timeout=60)
    cluster.remove(address)

    assert process.returncode == 5
    assert said.startswith(f"error: {address}: {message}".encode())
    assert said.count(b"\n") == 1
    assert not file_tree(tmp_path / "out")


def test_an_unfit_worker_that_comes_later(cluster: Cluster, photos: Path, tmp_path: Path) -> None:
    """It is left out with a word, and the others do the work."""
    (tmp_path / "preload.py").write_text(PRELOADED["another version"][0])
    process = start(tmp_path, cluster)
    until_made(tmp_path, 1, process)
    for worker in cluster.workers.values():
        worker.send_signal(signal.SIGSTOP)
    others = list(cluster.workers.values())
    address = cluster.add("--preload", str(tmp_path / "preload.py"))
    for worker in others:
        worker.send_signal(signal.SIGCONT)
    _, said = process.communicate(timeout=100)
    cluster.remove(address)

    assert process.returncode == 0
    assert f"note: {address}: has pixbin 0.0.9, and not".encode() in said
    assert b"80 written" in said


def test_without_workers_or_scheduler(tmp_path: Path) -> None:
    """Who is not there is named after a while, with what to start; nothing hangs."""
    aged(tmp_path / "photos", 3)
    cluster = Cluster(tmp_path)
    try:
        nobody, said = (process := start(tmp_path, cluster)).communicate(timeout=60)
        assert (process.returncode, nobody) == (5, b"")
        start_one = f"has no workers; start one: dask worker {cluster.address}"
        assert f"error: {cluster.address}: {start_one}\n".encode() == said
    finally:
        cluster.close()
    process = start(tmp_path, cluster)
    _, said = process.communicate(timeout=60)

    assert process.returncode == 5
    assert said.startswith(f"error: {cluster.address}: no scheduler answers; start one".encode())
    assert said.count(b"\n") == 1


@pytest.mark.parametrize("victim", sparse(["workers", "scheduler"], every=2))
def test_all_is_lost_midway(tmp_path: Path, victim: str) -> None:
    """Without workers, or without the scheduler, a run ends with a word; the next one goes on."""
    aged(tmp_path / "photos", 80)
    for message, is_last in (
        ("has gone" if victim == "scheduler" else "have gone", False),
        ("", True),
    ):
        cluster = Cluster(tmp_path)
        try:
            cluster.add()
            process = start(tmp_path, cluster)
            if not is_last:
                until_made(tmp_path, 5, process)
                if victim == "scheduler":
                    cluster.scheduler.kill()
                else:
                    cluster.remove(next(iter(cluster.workers)))
            _, said = process.communicate(timeout=60)
        finally:
            cluster.close()
        assert (process.returncode, message in said.decode()) == (0 if is_last else 5, True), said

    assert b"unchanged" in said
    assert len(file_tree(tmp_path / "out")) == 80


def test_a_picture_that_takes_workers_down(tmp_path: Path) -> None:
    """It has failed after a few workers; the pictures that were with it are made."""
    aged(tmp_path / "photos", 9)
    (tmp_path / "preload.py").write_text(
        "import os, signal\n"
        "from pixbin.batch.executors.process_pool import WorkerProcess\n"
        "def perform(self, job, usual=WorkerProcess.run_job):\n"
        "    if job.source.endswith('003.png'):\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return usual(self, job)\n"
        "WorkerProcess.run_job = perform\n"
    )
    cluster = Cluster(tmp_path, {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"})
    try:
        for _ in range(5):
            cluster.add("--preload", str(tmp_path / "preload.py"))
        process = start(tmp_path, cluster)
        _, said = process.communicate(timeout=100)
    finally:
        cluster.close()

    assert process.returncode == 6
    assert b"8 written, 1 failed" in said
    assert b"3/003.png: each worker that tried it was lost" in said
    assert len(file_tree(tmp_path / "out")) == 8


def test_from_store_to_store(
    run: RunCommand, tmp_path: Path, s3_bucket: S3Bucket, s3_environment: dict[str, str]
) -> None:
    """Workers read from a store and write to it; the journal is that of a local run."""
    cluster = Cluster(tmp_path)
    url = f"s3://{s3_bucket.name}"
    try:
        cluster.add(env=s3_environment)
        words = ["batch", f"{url}/photos", f"{url}/out", *WORDS, "--scheduler", cluster.address]
        result = run(*words, env=s3_environment)
        again = run(*words, "--json", env=s3_environment)
    finally:
        cluster.close()
    local = run("batch", f"{url}/photos", f"{url}/local", *WORDS, env=s3_environment)

    assert (result.returncode, again.returncode, local.returncode) == (0, 0, 0), result.stderr
    assert s3_bucket.outputs() == s3_bucket.outputs("local/")
    assert s3_bucket.get(f"out/{JOURNAL}") == s3_bucket.get(f"local/{JOURNAL}")
    assert {each["state"] for each in run_states(again).values()} == {"unchanged"}


def test_what_workers_must_see(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that does not share the folder is refused, and so is one with other libraries."""
    folder = LocalFolder(str(tmp_path / "out"))
    folder.work_folder.mkdir(parents=True)
    monkeypatch.chdir(aged(tmp_path / "photos", 1))
    setup = WorkerConfig(Recipe(Options.of(size="20x"), Format.PNG), str(tmp_path / "out"), 0)
    order = dask_run_spec.make_run_spec(setup, ["0", "s3://bucket/photos"])
    elsewhere = order._replace(working_directory=str(tmp_path))
    other = order._replace(versions={**order.versions, "pillow": "1.0"})

    assert dask_run_spec.incompatibility(order) == ""
    assert dask_run_spec.incompatibility(elsewhere).startswith(
        "does not see 0; take a folder that all"
    )
    assert "pillow" in dask_run_spec.incompatibility(other)
    shutil.rmtree(folder.work_folder)
    assert dask_run_spec.incompatibility(order).startswith(
        f"does not see {tmp_path}/out; take a folder"
    )


def test_a_model_travels(tmp_path: Path) -> None:
    """A model of one's own goes with the order: a worker need not see its file."""
    photos = aged(tmp_path / "photos", 1)
    out = LocalFolder(str(tmp_path / "out"))
    out.work_folder.mkdir(parents=True)
    shutil.copy(model_card.find_model("ink").path, tmp_path / "mine.onnx")
    options = Options.of(size="20x", model=str(tmp_path / "mine.onnx"))
    setup = WorkerConfig(Recipe(options, Format.PNG), str(tmp_path / "out"), 0)
    order = dask_run_spec.make_run_spec(setup, [])
    (tmp_path / "mine.onnx").unlink()
    outcomes = dask_worker.run_jobs(order, [Job(str(photos / "0" / "000.png"), "a.png")])
    dask_worker.shut_down_run(order.run_id)

    assert isinstance(outcomes, list)
    assert [outcome.error for outcome in outcomes] == [""]
    assert file_tree(tmp_path / "out").keys() == {"a.png"}


def test_without_its_library(tmp_path: Path) -> None:
    """Without Dask, it is said what to install."""
    aged(tmp_path / "photos", 1)
    program = "import sys; sys.modules['distributed'] = None; from pixbin.cli.app import app; app()"
    words = ["batch", "photos", "out", "--scheduler", "tcp://127.0.0.1:1"]
    result = subprocess.run(
        [sys.executable, "-c", program, *words], cwd=tmp_path, capture_output=True, check=False
    )

    assert result.returncode == 5
    assert b"pip install 'pixbin[cluster]'" in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["photos", "out", "--scheduler", "nonsense://x"], "no address"),
        (["memory://photos", "out", "--scheduler", "tcp://x:1"], "memory:// is of this process"),
    ],
)
def test_wrong_words(run: RunCommand, tmp_path: Path, words: list[str], message: str) -> None:
    """What cannot be meant is said before anything is tried."""
    aged(tmp_path / "photos", 1)
    result = run("batch", *words)

    assert (result.returncode, message in result.stderr.decode()) == (2, True), result.stderr

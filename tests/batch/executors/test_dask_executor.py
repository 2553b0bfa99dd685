"""`pixbin batch --scheduler` on a real Dask cluster: a scheduler and workers of this machine."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest
from distributed import Client, KilledWorker

from pixbin.batch.executors import dask_run_spec, dask_worker
from pixbin.batch.executors.dask_executor import DaskExecutor
from pixbin.batch.executors.process_pool import WorkerConfig
from pixbin.batch.jobs import Job, failed_outcome
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
    """A scheduler and its workers, in processes of their own."""

    def __init__(self, folder: Path, env: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self._count = 0
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", env=env)
        (self.address,) = self._wait_for_log("scheduler", r"Scheduler at:\s+(tcp://\S+)")

    def add(self, *words: str, env: dict[str, str] | None = None) -> str:
        """Start a worker with one thread, and return its address when it has joined."""
        usual = ("--nthreads", "1", "--no-nanny")
        worker = self._start("worker", self.address, *usual, *words, env=env)
        (address,) = self._wait_for_log(f"worker-{self._count}", r"Start worker at:\s+(tcp://\S+)")
        self._wait_for_log(f"worker-{self._count}", r"Registered to:\s+(tcp://\S+)")
        self.workers[address] = worker
        return address

    def remove(self, address: str) -> None:
        """End a worker."""
        worker = self.workers.pop(address)
        worker.kill()
        worker.wait()

    def close(self) -> None:
        """End the workers, in good order if they still have a scheduler, and the scheduler."""
        if self.scheduler.poll() is None:
            for process in self.workers.values():
                process.terminate()  # its coverage is written at exit
            for process in self.workers.values():
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(10)
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

    def _wait_for_log(self, name: str, pattern: str) -> list[str]:
        end = time.monotonic() + 60
        while not (matches := re.findall(pattern, (self.folder / name).read_text())):
            assert time.monotonic() < end, (self.folder / name).read_text()
            time.sleep(0.05)
        return matches[:1]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Yield a scheduler with two workers."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.add()
        cluster.add()
        yield cluster
    finally:
        cluster.close()


def write_old_photos(folder: Path, count: int) -> Path:
    """Write this number of pictures with an old modification time; return the folder."""
    write_photos(folder, tuple(f"{n % 7}/{n:03}.png" for n in range(count)))
    for path in folder.rglob("*.png"):
        os.utime(path, (1, 1))
    return folder


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return a folder of eighty pictures."""
    return write_old_photos(tmp_path / "photos", 80)


def reports(result: subprocess.CompletedProcess[bytes]) -> dict[str, dict[str, object]]:
    """Return the JSON reports by source, without the values that differ between runs."""
    reports = run_states(result)
    for report in reports.values():
        del report["seconds"]
        report["output"] = str(report["output"]).partition("/")[2]
    return reports


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


def wait_for_outputs(folder: Path, count: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until there is this number of outputs, or the process has ended."""
    while process.poll() is None and len(list((folder / "out").rglob("*.png"))) < count:
        time.sleep(0.01)


def test_killed_worker_changes_nothing(run: RunCommand, cluster: Cluster, tmp_path: Path) -> None:
    """When one of two workers is killed, the result is still that of a run without a cluster."""
    photos = write_old_photos(tmp_path / "photos", 200)
    (photos / "0" / "bad.png").write_text("not a picture")
    os.utime(photos / "0" / "bad.png", (1, 1))
    local = run("batch", "photos", "local", *WORDS, "--json")
    address, victim = cluster.workers.popitem()
    with Client(cluster.address, set_as_default=False) as client:
        process = start(tmp_path, cluster, "--json")
        wait_for_outputs(tmp_path, 10, process)
        while not client.processing(workers=[address])[address]:
            assert process.poll() is None
        victim.send_signal(signal.SIGSTOP)
        in_hand = client.processing(workers=[address])[address]
    made = len(file_tree(tmp_path / "out"))
    victim.kill()
    stdout, stderr = process.communicate(timeout=100)
    victim.wait()
    cluster.add()

    assert in_hand
    assert 10 <= made < 200
    assert (process.returncode, local.returncode) == (6, 6), stderr
    assert b"200 written, 1 failed" in stderr
    assert file_tree(tmp_path / "local") == file_tree(tmp_path / "out")
    assert (tmp_path / "local" / JOURNAL).read_bytes() == (tmp_path / "out" / JOURNAL).read_bytes()
    assert reports(local) == reports(subprocess.CompletedProcess([], 0, stdout, stderr))
    assert not (tmp_path / "out" / ".pixbin" / "work").exists()


def test_signal_finishes_running_jobs(cluster: Cluster, photos: Path, tmp_path: Path) -> None:
    """Ctrl-C finishes the running jobs and reports; the next run completes the batch."""
    process = start(tmp_path, cluster)
    wait_for_outputs(tmp_path, 5, process)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    made = len(file_tree(tmp_path / "out"))
    again = start(tmp_path, cluster)
    _, resumed = again.communicate(timeout=60)

    assert (process.returncode, again.returncode) == (130, 0)
    assert b"interrupted; started pictures are finished, run again for the rest" in stderr
    assert f"{made} written".encode() in stderr
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
def test_incompatible_workers_are_refused(
    cluster: Cluster, photos: Path, tmp_path: Path, kind: str
) -> None:
    """A worker that would not write the same bytes is refused before the first job."""
    program, message = PRELOADED[kind]
    (tmp_path / "preload.py").write_text(program)
    address = cluster.add("--preload", str(tmp_path / "preload.py"))
    process = start(tmp_path, cluster)
    _, stderr = process.communicate(timeout=60)
    cluster.remove(address)

    assert process.returncode == 5
    assert stderr.startswith(f"error: {address}: {message}".encode())
    assert stderr.count(b"\n") == 1
    assert not file_tree(tmp_path / "out")


def test_incompatible_worker_that_joins_later_is_left_out(
    cluster: Cluster, photos: Path, tmp_path: Path
) -> None:
    """An incompatible worker that joins later is left out with a note."""
    (tmp_path / "preload.py").write_text(PRELOADED["another version"][0])
    process = start(tmp_path, cluster)
    wait_for_outputs(tmp_path, 1, process)
    for worker in cluster.workers.values():
        worker.send_signal(signal.SIGSTOP)
    others = list(cluster.workers.values())
    address = cluster.add("--preload", str(tmp_path / "preload.py"))
    for worker in others:
        worker.send_signal(signal.SIGCONT)
    _, stderr = process.communicate(timeout=100)
    cluster.remove(address)

    assert process.returncode == 0
    assert f"note: {address}: has pixbin 0.0.9, and not".encode() in stderr
    assert b"80 written" in stderr


def test_missing_workers_or_scheduler_are_an_error(tmp_path: Path) -> None:
    """Without workers or a scheduler, the run ends with an error that says what to start."""
    write_old_photos(tmp_path / "photos", 3)
    cluster = Cluster(tmp_path)
    try:
        nobody, stderr = (process := start(tmp_path, cluster)).communicate(timeout=60)
        assert (process.returncode, nobody) == (5, b"")
        start_one = f"has no workers; start one: dask worker {cluster.address}"
        assert f"error: {cluster.address}: {start_one}\n".encode() == stderr
    finally:
        cluster.close()
    process = start(tmp_path, cluster)
    _, stderr = process.communicate(timeout=60)

    assert process.returncode == 5
    assert stderr.startswith(f"error: {cluster.address}: no scheduler answers; start one".encode())
    assert stderr.count(b"\n") == 1


@pytest.mark.parametrize("victim", sparse(["workers", "scheduler"], every=2))
def test_loss_of_the_cluster_ends_the_run(tmp_path: Path, victim: str) -> None:
    """A run that loses all workers or the scheduler ends with an error; the next one goes on."""
    write_old_photos(tmp_path / "photos", 80)
    for message, is_last in (
        ("has gone" if victim == "scheduler" else "have gone", False),
        ("", True),
    ):
        cluster = Cluster(tmp_path)
        try:
            cluster.add()
            process = start(tmp_path, cluster)
            if not is_last:
                wait_for_outputs(tmp_path, 5, process)
                if victim == "scheduler":
                    cluster.scheduler.kill()
                else:
                    cluster.remove(next(iter(cluster.workers)))
            _, stderr = process.communicate(timeout=60)
        finally:
            cluster.close()
        assert (process.returncode, message in stderr.decode()) == (0 if is_last else 5, True), (
            stderr
        )

    assert b"unchanged" in stderr
    assert len(file_tree(tmp_path / "out")) == 80


def test_picture_that_crashes_workers_fails_alone(tmp_path: Path) -> None:
    """A picture that crashes workers fails after a few; the others of its group are converted."""
    write_old_photos(tmp_path / "photos", 9)
    (tmp_path / "preload.py").write_text(
        "import os, signal\n"
        "from pixbin.batch.executors.process_pool import WorkerProcess\n"
        "def run_job(self, job, usual=WorkerProcess.run_job):\n"
        "    if job.source.endswith('003.png'):\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return usual(self, job)\n"
        "WorkerProcess.run_job = run_job\n"
    )
    cluster = Cluster(tmp_path, {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"})
    try:
        for _ in range(7):
            cluster.add("--preload", str(tmp_path / "preload.py"))
        process = start(tmp_path, cluster)
        _, stderr = process.communicate(timeout=100)
    finally:
        cluster.close()

    assert process.returncode == 6
    assert b"8 written, 1 failed" in stderr
    assert b"3/003.png: each worker that tried it was lost" in stderr
    assert len(file_tree(tmp_path / "out")) == 8


def test_failed_future_that_is_never_delivered_is_collected() -> None:
    """A result that was lost with its worker, and failed when computed again, is not waited for."""
    job = Job("a.png", "a.out")
    executor = DaskExecutor.__new__(DaskExecutor)
    executor._pending, executor._suspects = {}, []
    executor._running_suspect, executor._worker_losses = None, {}
    future = Mock(status="error", exception=lambda: KilledWorker("run_jobs", Mock(), 0))
    executor._pending[future] = [job]

    assert list(executor._collect_undelivered()) == []
    assert executor._suspects == [job]
    assert list(executor._finish(future, None)) == []  # a late delivery changes nothing
    assert executor._suspects == [job]


def test_delivered_result_counts_though_its_worker_is_lost() -> None:
    """A group that was delivered is done, whatever becomes of its future afterwards."""
    outcome = failed_outcome(Job("a.png", "a.out"), "damaged")
    executor = DaskExecutor.__new__(DaskExecutor)
    executor._seconds_per_job = 0.0

    assert list(executor._outcomes_of(Mock(status="lost"), [], [outcome])) == [outcome]


def test_workers_read_and_write_objects(
    run: RunCommand, tmp_path: Path, s3_bucket: S3Bucket, s3_environment: dict[str, str]
) -> None:
    """Workers read and write objects; the journal is that of a local run."""
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
    assert {report["state"] for report in run_states(again).values()} == {"unchanged"}


def test_worker_must_see_folders_and_have_the_same_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that does not see the folders, or has other libraries, is refused."""
    folder = LocalFolder(str(tmp_path / "out"))
    folder.work_folder.mkdir(parents=True)
    monkeypatch.chdir(write_old_photos(tmp_path / "photos", 1))
    config = WorkerConfig(Recipe(Options.of(size="20x"), Format.PNG), str(tmp_path / "out"), 0)
    spec = dask_run_spec.make_run_spec(config, ["0", "s3://bucket/photos"])
    elsewhere = spec._replace(working_directory=str(tmp_path))
    other = spec._replace(versions={**spec.versions, "pillow": "1.0"})

    assert dask_run_spec.incompatibility(spec) == ""
    assert dask_run_spec.incompatibility(elsewhere).startswith(
        "does not see 0; take a folder that all"
    )
    assert "pillow" in dask_run_spec.incompatibility(other)
    shutil.rmtree(folder.work_folder)
    assert dask_run_spec.incompatibility(spec).startswith(
        f"does not see {tmp_path}/out; take a folder"
    )


def test_model_is_sent_to_workers(tmp_path: Path) -> None:
    """A user's model is sent with the data of the run: workers need not see its file."""
    photos = write_old_photos(tmp_path / "photos", 1)
    out = LocalFolder(str(tmp_path / "out"))
    out.work_folder.mkdir(parents=True)
    shutil.copy(model_card.find_model("ink").path, tmp_path / "mine.onnx")
    options = Options.of(size="20x", model=str(tmp_path / "mine.onnx"))
    config = WorkerConfig(Recipe(options, Format.PNG), str(tmp_path / "out"), 0)
    spec = dask_run_spec.make_run_spec(config, [])
    (tmp_path / "mine.onnx").unlink()
    outcomes = dask_worker.run_jobs(spec, [Job(str(photos / "0" / "000.png"), "a.png")])
    dask_worker.shut_down_run(spec.run_id)

    assert isinstance(outcomes, list)
    assert [outcome.error for outcome in outcomes] == [""]
    assert file_tree(tmp_path / "out").keys() == {"a.png"}


def test_missing_library_is_an_error(tmp_path: Path) -> None:
    """Without Dask, the error says what to install."""
    write_old_photos(tmp_path / "photos", 1)
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
        (["memory://photos", "out", "--scheduler", "tcp://x:1"], "memory:// exists only in this"),
    ],
)
def test_wrong_address_is_an_error(
    run: RunCommand, tmp_path: Path, words: list[str], message: str
) -> None:
    """A wrong address is an error before the first attempt to connect."""
    write_old_photos(tmp_path / "photos", 1)
    result = run("batch", *words)

    assert (result.returncode, message in result.stderr.decode()) == (2, True), result.stderr

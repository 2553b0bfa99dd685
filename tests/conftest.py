"""Fixtures for all tests, and how many examples Hypothesis tries."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from PIL import Image

from pixbin.jit import dispatch
from tests.fixtures import RunCommand, kernels_run_as, sample_image

if TYPE_CHECKING:
    from tests.oracles.s3_server import S3Bucket

for profile, max_examples in (("quick", 25), ("all", 100)):
    hypothesis.settings.register_profile(
        profile, deadline=None, derandomize=True, max_examples=max_examples
    )


def pytest_configure(config: pytest.Config) -> None:
    """Try fewer examples where the exhaustive tests are left out; no test reports to anybody."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # for tests that import onnxruntime
    is_quick = "not exhaustive" in config.option.markexpr
    hypothesis.settings.load_profile("quick" if is_quick else "all")


@pytest.fixture(scope="session", autouse=True)
def machine_code_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the user's own cache out of the tests; all processes of pytest share one."""
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    kept = os.environ.get("PIXBIN_TEST_CACHE")  # by mutation tests, from one run to the next
    os.environ["PIXBIN_CACHE_DIR"] = kept or str(folder / "machine-code")
    # Users do not set it, and it hides errors that appear only when a stream is flushed at exit.
    os.environ.pop("PYTHONUNBUFFERED", None)


@pytest.fixture(autouse=True)
def interpreted_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the work of kernels before a test, as if each test had a process of its own."""
    monkeypatch.setattr(dispatch, "_operations_so_far", 0)


@pytest.fixture
def compiled() -> Iterator[None]:
    """Run kernels of any size as machine code."""
    with kernels_run_as(machine_code=True):
        yield


@pytest.fixture
def run(tmp_path: Path) -> RunCommand:
    """Return a function that runs `python -m pixbin` with arguments in an empty folder.

    A batch has one worker process unless an argument sets another number, because tests that run
    at the same time share few cores.
    """

    def run(
        *arguments: str | Path, stdin: bytes | None = None, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        words = [*map(str, arguments)]
        if words[:1] == ["batch"] and not {"--jobs", "-j", "--scheduler"} & {*words}:
            words[1:1] = ["--jobs", "1"]
        return subprocess.run(
            [sys.executable, "-m", "pixbin", *words],
            input=b"" if stdin is None else stdin,
            capture_output=True,
            cwd=tmp_path,
            env={**os.environ, **(env or {})},
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Return the path of a colour picture of 96 x 64 pixels with smooth shades, edges and noise."""
    path = tmp_path / "photo.png"
    Image.fromarray(sample_image(96, 64)).save(path)
    return path


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """Yield the URL of an S3 server on this machine."""
    from tests.oracles.s3_server import serve_s3

    with serve_s3() as endpoint:
        yield endpoint


@pytest.fixture
def s3_environment(s3_endpoint: str) -> dict[str, str]:
    """Return the environment variables for a process that uses this server."""
    from tests.oracles.s3_server import S3_ENVIRONMENT

    return {**S3_ENVIRONMENT, "FSSPEC_S3_ENDPOINT_URL": s3_endpoint}


@pytest.fixture
def s3_bucket(s3_endpoint: str, tmp_path: Path) -> Iterator[S3Bucket]:
    """Yield a new bucket with four pictures, two of them in sub-folders."""
    from tests.batch.folders import file_tree, write_photos
    from tests.oracles.s3_server import S3Bucket, s3_client

    client = s3_client(s3_endpoint)
    bucket = S3Bucket(client, f"bucket-{os.urandom(4).hex()}")
    bucket.put_photos(file_tree(write_photos(tmp_path / "photos")))
    yield bucket
    client.close()

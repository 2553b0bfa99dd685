"""What the tests share: pictures made on the spot, and the command line as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from tests.oracles.s3_server import S3Bucket

for name, examples in (("quick", 25), ("all", 100)):
    hypothesis.settings.register_profile(
        name, deadline=None, derandomize=True, max_examples=examples
    )

RunCommand = Callable[..., "subprocess.CompletedProcess[bytes]"]


def pytest_configure(config: pytest.Config) -> None:
    """Try fewer examples where the exhaustive tests are left out."""
    is_quick = "not exhaustive" in config.option.markexpr
    hypothesis.settings.load_profile("quick" if is_quick else "all")


@pytest.fixture(scope="session", autouse=True)
def compiled_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the user's own cache out of the tests; workers share one."""
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    os.environ["PIXBIN_CACHE_DIR"] = str(folder / "machine-code")


@pytest.fixture
def run(tmp_path: Path) -> RunCommand:
    """RunCommand `python -m pixbin` with these words in a folder of the test's own.

    A batch has one worker process unless the words say more: all tests share few cores.
    """

    def run(
        *words: str | Path, stdin: bytes | None = None, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        spelled = [*map(str, words)]
        if spelled[:1] == ["batch"] and not {"--jobs", "-j", "--scheduler"} & {*spelled}:
            spelled[1:1] = ["--jobs", "1"]
        return subprocess.run(
            [sys.executable, "-m", "pixbin", *spelled],
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
    """Return a colour picture of 96 x 64 pixels with smooth shades, edges and noise."""
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
    from tests.batch.test_batch_command import file_tree, write_photos
    from tests.oracles.s3_server import S3Bucket, s3_client

    client = s3_client(s3_endpoint)
    bucket = S3Bucket(client, f"bucket-{os.urandom(4).hex()}")
    bucket.put_photos(file_tree(write_photos(tmp_path / "photos")))
    yield bucket
    client.close()


def sample_image(width: int, height: int) -> np.ndarray:
    """Return a smooth, edged and slightly noisy RGB picture, uint8[height, width, 3]."""
    noise = np.random.default_rng(7).normal(0, 8, (height, width, 3))
    y, x = np.mgrid[:height, :width] / max(width, height)
    disk = 90 * ((x - 0.4) ** 2 + (y - 0.3) ** 2 < 0.03)
    planes = np.dstack((200 * x + disk, 150 * y + disk, 255 * (1 - x) * 0.7))
    return np.clip(planes + noise, 0, 255).astype(np.uint8)

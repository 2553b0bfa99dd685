"""`pixbin serve` as a process: its address, its end, and no cost when it is not used."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures import RunCommand
from tests.test_structure import loaded


@contextlib.contextmanager
def start(*arguments: str | Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Start a service on a free port; a test that fails ends it."""
    command = [sys.executable, "-m", "pixbin", "serve", *map(str, arguments), "--port", "0"]
    pipe = subprocess.PIPE
    variables = {**os.environ, **environment}
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=variables) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_after_the_present_request(folder: Path, number: signal.Signals) -> None:
    """A request that has begun gets its answer; then the process ends with code 0."""
    with start(folder, "--size", "20x", PIXBIN_TOKEN="a-long-secret-word") as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        query = "convert?file=a.png&token=a-long-secret-word"
        slow = "&size=800x800&block=1&method=direct-binary-search"
        with urllib.request.urlopen(f"{address}{query}") as reply:
            assert reply.read().startswith(b"\x89PNG")
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"{address}files")
        bodies: list[bytes] = []

        def load() -> None:
            with urllib.request.urlopen(f"{address}{query}{slow}") as reply:
                bodies.append(reply.read())

        thread = threading.Thread(target=load)
        thread.start()
        metrics = f"{address}metrics?token=a-long-secret-word"
        while thread.is_alive():
            with urllib.request.urlopen(metrics) as reply:
                if b"pixbin_active_requests 2" in reply.read():
                    break
            time.sleep(0.02)
        process.send_signal(number)
        thread.join()
        _, errors = process.communicate(timeout=60)

    assert bodies[0].startswith(b"\x89PNG")
    assert (process.returncode, errors) == (0, "")
    with pytest.raises(OSError, match=r"refused|timed out"):
        urllib.request.urlopen(f"{address}health", timeout=5)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["missing"], 3, b"missing: no such folder"),
        (["photo.png"], 3, b"photo.png: a file; name a folder"),
        ([".", "--gamma", "x"], 2, b"gamma x"),
        ([".", "--format", "jpeg"], 2, b"lossy"),
        ([".", "--matrix", "-"], 2, b"matrix -"),
        ([".", "--host", "0.0.0.0"], 2, b"PIXBIN_TOKEN"),
        ([".", "--token", "short"], 2, b"12 ASCII characters"),
        ([".", "--allow-host", "http://pi.local"], 2, b"write a name without port"),
        ([".", "--max-upload", "5MB"], 2, b"'5MB' is not a whole number"),
        ([".", "--max-upload", "0"], 2, b"0 is not from 1 to 1024"),
        ([".", "--token", "a-long-secret-word", "--no-token"], 2, b"--no-token"),
        ([".", "--allow-url", "http://x.org"], 2, b"--allow-url"),
        ([".", "--public-url", "x.org"], 2, b"--public-url"),
        ([".", "--host", "203.0.113.1", "--no-token", "--port", "0"], 4, b"cannot be used"),
    ],
)
def test_errors_end_the_start(
    run: RunCommand, photo: Path, arguments: list[str], code: int, message: bytes
) -> None:
    """Wrong arguments give an error before anything is served."""
    result = run("serve", *arguments)

    assert (result.returncode, result.stdout) == (code, b""), result.stderr
    assert message in result.stderr


def test_costs_nothing_when_it_is_not_used(photo: Path) -> None:
    """The command line imports neither the service nor a server."""
    report = (
        "import pixbin.cli.app, sys; "
        "sys.modules = {n.replace('pixbin.', '', 1): 0 for n in sys.modules}"
    )

    assert loaded(report, photo.parent) & {"serve", "web", "http", "socketserver"} == set()

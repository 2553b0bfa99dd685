"""Conversions that take too long, need too much memory, or crash end alone; the service goes on."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pixbin.catalog.limits import WorkLimits
from pixbin.serve.service import ServeLimits
from tests.benchmarks.pictures import photograph
from tests.serve.client import make_folder, open_service

QUICK = "/convert?file=a.png&size=20x"
SLOW = "/convert?file=a.png&size=1024x1024&block=1&method=direct-binary-search"


def test_slow_picture(tmp_path: Path) -> None:
    """A picture that takes too long gets 504; the next one is converted by a new process."""
    folder = make_folder(tmp_path / "pictures")
    limits = ServeLimits(jobs=1, work=WorkLimits(seconds=60))
    with open_service(folder, limits=limits) as client:
        plain = client.get(QUICK)
        workers = client.server.pictures._converter._workers
        assert workers is not None
        workers._limits = WorkLimits(seconds=0.2)
        slow = client.get(SLOW)
        workers._limits = WorkLimits(seconds=60)
        again = client.get("/convert?file=b.png&size=20x")

    assert (plain.status, slow.status, again.status) == (200, 504, 200)
    assert b"takes more than 0.2 s" in slow.body
    assert b"--timeout" in slow.body


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such limit")
def test_picture_that_needs_too_much_memory(tmp_path: Path) -> None:
    """A picture beyond the memory limit gets 422, in the words of the option."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    Image.fromarray(np.zeros((7000, 7000, 3), np.uint8)).save(folder / "large.png")
    limits = ServeLimits(jobs=1, work=WorkLimits(memory=160_000_000))
    with open_service(folder, limits=limits) as client:
        reply = client.get("/convert?file=large.png&size=20x")

    assert reply.status == 422
    assert b"needs more than --max-memory 160000000" in reply.body


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such limit")
def test_model_that_gets_too_little_memory(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each of two pictures gets 422, and no library prints a line.

    onnxruntime may also crash while it loads. Then the process of the picture was killed.
    """
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("a.jpg", "b.jpg"):
        photograph(1000, 1000).save(folder / name, quality=90)
    limits = ServeLimits(jobs=1, work=WorkLimits(memory=100_000_000))
    with open_service(folder, limits=limits) as client:
        replies = [
            client.get(f"/convert?file={name}&grid=128x&method=neural")
            for name in ("a.jpg", "b.jpg")
        ]

    assert [reply.status for reply in replies] == [422, 422]
    for reply in replies:
        assert re.search(rb"needs more than --max-memory 100000000|was killed", reply.body)
    assert not capfd.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="uses a signal of POSIX")
def test_crash(tmp_path: Path) -> None:
    """A process that crashes costs one answer."""
    folder = make_folder(tmp_path / "pictures")
    limits = ServeLimits(jobs=1, work=WorkLimits(seconds=60))
    with open_service(folder, limits=limits) as client:
        client.get(QUICK)
        workers = client.server.pictures._converter._workers
        assert workers is not None
        process = workers._processes[0]._process
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        process.send_signal(signal.SIGSEGV)
        process.send_signal(signal.SIGCONT)
        process.wait(30)
        crashed = client.get("/convert?file=b.png&size=20x")
        again = client.get("/convert?file=b.png&size=20x")

    assert (crashed.status, again.status) == (422, 200)
    assert b"was killed (signal 11)" in crashed.body


def test_errors_are_those_of_the_picture(tmp_path: Path) -> None:
    """An error of another process is answered as one of this process."""
    folder = make_folder(tmp_path / "pictures")
    (folder / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n damaged")
    with open_service(folder) as plain:
        expected = plain.get("/convert?file=bad.png"), plain.get("/convert?file=a.png&size=9999x")
    with open_service(folder, limits=ServeLimits(work=WorkLimits(seconds=60))) as client:
        actual = client.get("/convert?file=bad.png"), client.get("/convert?file=a.png&size=9999x")

    assert [(each.status, each.body) for each in actual] == [
        (each.status, each.body) for each in expected
    ]

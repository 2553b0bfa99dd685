"""Commands open no socket of the internet: neither pixbin nor a library of it in any language."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tests.oracles import no_internet, onnx_models

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in no_internet.SYSTEM_CALLS,
    reason="needs filters of system calls of Linux",
)

#: Variables that switch off the reports of onnxruntime: pixbin must not depend on them.
QUIET_VARIABLES = {"CI", "GITHUB_ACTIONS", "TF_BUILD", "ORT_RUNNING_UNIT_TESTS"}

DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">'
    '<text y="30">a</text><image href="http://192.0.2.1/a.png" width="9" height="9"/></svg>'
)
FILM = b"YUV4MPEG2 W8 H8 F25:1 Cmono\n" + 2 * (b"FRAME\n" + bytes(range(64)))
SMALL_NETWORK = "--device cpu --threads 1 --batch 1 --patch 8 --channels 4,6,8 --dilations 1"


def run_offline(
    folder: Path, *words: str | Path, telemetry: str | None = None, data: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run Python with arguments in a folder that is the home, too, without the internet."""
    environment = {name: value for name, value in os.environ.items() if name not in QUIET_VARIABLES}
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    environment |= {"HOME": str(folder)}
    environment.pop("XDG_CACHE_HOME", None)
    if telemetry is not None:
        environment["ORT_DISABLE_TELEMETRY"] = telemetry
    return subprocess.run(
        [sys.executable, no_internet.__file__, sys.executable, *words],
        cwd=folder,
        env=environment,
        input=data,
        capture_output=True,
        timeout=120,
        check=False,
    )


def assert_runs_offline(folder: Path, line: str) -> None:
    """Run a command line of pixbin; it succeeds and writes no file into the home."""
    done = run_offline(folder, "-m", "pixbin", *line.split())

    assert done.returncode == 0, done.stderr.decode()
    assert not (folder / ".cache").exists()


def test_filter_ends_a_program_that_opens_a_socket(tmp_path: Path) -> None:
    """The tests below can fail: the filter ends a program at a socket, also in its children."""
    direct = run_offline(tmp_path, "-c", "import socket; socket.socketpair(); socket.socket()")
    child = "import subprocess, sys; raise SystemExit(subprocess.run([sys.executable, '-c', "
    child += "'import socket; socket.socket(socket.AF_INET6)']).returncode)"

    assert direct.returncode == -no_internet.ENDED_BY
    assert run_offline(tmp_path, "-c", child).returncode not in (0, 1)


@pytest.mark.parametrize(
    "lines",
    [
        "convert photo.png a.png --size 32x32; verify a.png --size 32x32",
        "convert photo.png a.png --size 32x32 -m neural",
        "convert photo.png a.png --size 32x32 -m neural --refine 1 --gravity face",
        "convert photo.png a.png --size 32x32 -m auto --gravity subject",
        "convert photo.png a.png --size 32x32 --model own.onnx; models own.onnx --verify",
        "convert photo.png a.h --size 32x32; decode a.h b.png",
        "convert drawing.svg a.gif --size 32x32 --edges 1",
        "compare photo.png sheet.png --size 32x32 --methods fs,bayer8,neural",
        "batch photo.png out --size 16x16 -m neural --jobs 2; batch photo.png out2 --size 16x16",
        "show photo.png",
        "methods; devices; models; presets",
        "ramp ramp.png",
        "mcp .",
    ],
)
def test_commands_open_no_socket(lines: str, photo: Path, tmp_path: Path) -> None:
    """Commands with files of this machine end well where the internet is forbidden.

    The filter holds in their child processes, too: the workers of a batch, the renderer of SVG.
    """
    onnx_models.save(tmp_path / "own.onnx", onnx_models.card(name="own"))
    (tmp_path / "drawing.svg").write_text(DRAWING)
    for line in lines.split("; "):
        assert_runs_offline(tmp_path, line)


def test_stream_opens_no_socket(tmp_path: Path) -> None:
    """Frames from stdin are converted, too."""
    done = run_offline(tmp_path, "-m", "pixbin", "stream", "--size", "8x8", data=FILM)

    assert (done.returncode, done.stdout.count(b"P4\n8 8\n")) == (0, 2), done.stderr.decode()


@pytest.mark.exhaustive
def test_training_opens_no_socket(photo: Path, tmp_path: Path) -> None:
    """A data set is made, and a small model is trained and exported, without the internet."""
    assert_runs_offline(tmp_path, "dataset prepare photo.png set --cells 20 --scenes 2")
    assert_runs_offline(tmp_path, f"train set own.onnx --steps 1 {SMALL_NETWORK}")


def test_runtime_reports_only_if_the_user_wants_it(photo: Path, tmp_path: Path) -> None:
    """A value of the variable that the user has set is kept; 1 is set where there is none."""
    program = (
        "import os; from pixbin.neural.onnx_session import import_runtime; import_runtime();"
        "print(os.environ['ORT_DISABLE_TELEMETRY'])"
    )

    assert run_offline(tmp_path, "-c", program).stdout == b"1\n"
    assert run_offline(tmp_path, "-c", program, telemetry="0").stdout == b"0\n"

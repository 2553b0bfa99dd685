"""Commands open no socket of the internet: neither pixbin nor a library of it in any language."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tests.oracles import no_internet

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in no_internet.SYSTEM_CALLS,
    reason="needs filters of system calls of Linux",
)

#: Variables that switch off the reports of onnxruntime: pixbin must not depend on them.
QUIET_VARIABLES = {"CI", "GITHUB_ACTIONS", "TF_BUILD", "ORT_RUNNING_UNIT_TESTS"}


def run_offline(
    folder: Path, *words: str | Path, telemetry: str | None = None
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
    "line",
    [
        "convert photo.png a.png --size 32x32",
        "convert photo.png a.png --size 32x32 -m neural",
        "compare photo.png sheet.png --size 32x32 --methods fs,bayer8",
        "show photo.png",
        "methods",
        "models",
    ],
)
def test_commands_open_no_socket(line: str, photo: Path, tmp_path: Path) -> None:
    """Commands with files of this machine end well where the internet is forbidden."""
    assert_runs_offline(tmp_path, line)


def test_batch_with_a_model_opens_no_socket(photo: Path, tmp_path: Path) -> None:
    """The worker processes of a batch, which run the model, open none either."""
    assert_runs_offline(tmp_path, "batch photo.png out --size 16x16 -m neural --jobs 2")


def test_runtime_reports_only_if_the_user_wants_it(photo: Path, tmp_path: Path) -> None:
    """A value of the variable that the user has set is kept; 1 is set where there is none."""
    program = (
        "import os; from pixbin.neural.onnx_session import import_runtime; import_runtime();"
        "print(os.environ['ORT_DISABLE_TELEMETRY'])"
    )

    assert run_offline(tmp_path, "-c", program).stdout == b"1\n"
    assert run_offline(tmp_path, "-c", program, telemetry="0").stdout == b"0\n"

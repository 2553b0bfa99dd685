"""Start and exit of the process: exit codes, and the ordinary way under PIXBIN_DEBUG."""

from __future__ import annotations

from pathlib import Path

import pytest

from pixbin.errors import ExitCode
from tests.fixtures import RunCommand

PROGRAM = "import atexit\natexit.register(print, 'shutdown')\n"


@pytest.mark.parametrize(("debug", "printed"), [("1", b"shutdown\n"), ("", b"")])
def test_debug_ends_in_the_ordinary_way(
    run: RunCommand, tmp_path: Path, debug: str, printed: bytes
) -> None:
    """PIXBIN_DEBUG=1 lets `atexit` functions run, which the fast exit leaves out."""
    (tmp_path / "sitecustomize.py").write_text(PROGRAM)
    env = {"PYTHONPATH": str(tmp_path), "PIXBIN_DEBUG": debug}
    good, bad = run("--version", env=env), run("convert", "a.png", "b.png", env=env)

    assert (good.returncode, bad.returncode) == (0, 3)
    assert good.stdout.endswith(b"\n" + printed)
    assert bad.stdout == printed


def test_exit_codes_have_meanings() -> None:
    """Every exit code is a number with a sentence for the documentation."""
    assert [code.value for code in ExitCode] == [0, 1, 2, 3, 4, 5, 6, 130, 141]
    assert ExitCode(5) is ExitCode.MODEL
    assert all(code.meaning.endswith(".") for code in ExitCode)

"""The commands `dataset` and `train`, called in the process of the test."""

from __future__ import annotations

import pytest

from pixbin.cli.app import app


def run_command(*arguments: object) -> None:
    """Run a command, which must succeed."""
    assert not app([str(argument) for argument in arguments], standalone_mode=False)


def run_refused_command(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    """Run a command that must fail; return its exit code and its error message."""
    code = app([str(argument) for argument in arguments], standalone_mode=False)
    lines = capsys.readouterr().err.splitlines()
    (line,) = [line for line in lines if line.startswith("error: ")]
    return code, line.removeprefix("error: ")

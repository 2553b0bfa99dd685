"""Answers that are given before Typer is imported are those that Typer gives."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pixbin.cli import quick
from tests.fixtures import RunCommand


def shell(name: str, line: str, action: str = "") -> dict[str, str]:
    """Return the variables that a shell sets to complete a line."""
    words = line.split(" ")
    return {
        "_PIXBIN_COMPLETE": f"complete_{name}",
        **{"COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1)},
        **{"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": action},
    }


@pytest.mark.parametrize(
    "variables",
    [
        shell("bash", "pixbin st"),
        shell("zsh", "pixbin "),
        shell("zsh", "pixbin zz"),
        shell("fish", "pixbin ", "get-args"),
        shell("fish", "pixbin st", "is-args"),
        shell("fish", "pixbin zz", "is-args"),
    ],
)
def test_completions_are_those_of_typer(run: RunCommand, variables: dict[str, str]) -> None:
    """Names of commands, with the lines of help as each shell wants them."""
    program = "from pixbin.cli.app import app; app(prog_name='pixbin')"
    command = [sys.executable, "-c", program]
    env = {**os.environ, **variables}
    typers = subprocess.run(command, env=env, capture_output=True, check=False)
    ours = run(env=variables)

    assert quick.completions(variables) is not None
    assert (ours.returncode, ours.stdout) == (typers.returncode, typers.stdout)


@pytest.mark.parametrize(
    "variables",
    [
        shell("bash", "pixbin -"),
        shell("bash", "pixbin convert "),
        shell("zsh", "pixbin convert"[:-1] + " x"),
        shell("fish", "pixbin s"),
        shell("pwsh", "pixbin s"),
        {"_PIXBIN_COMPLETE": "source_bash"},
    ],
)
def test_other_completions_are_left_to_typer(variables: dict[str, str]) -> None:
    """Options, values, other shells and the scripts themselves."""
    assert quick.completions(variables) is None


def test_the_version(run: RunCommand) -> None:
    """It is answered alone; with other words, Typer looks at the line."""
    answer = run("--version", "convert").stdout

    assert run("--version", env={"_PIXBIN_COMPLETE": ""}).stdout == answer
    assert run("-V").stdout == answer


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_version_that_cannot_be_written() -> None:
    """A full device is an error of the output, with a message."""
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "pixbin", "--version"]
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)

    assert result.returncode == 4
    assert result.stderr.startswith(b"error: stdout: cannot be written")

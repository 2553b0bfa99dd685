"""A start costs no more than was recorded: modules, lines and calls; see `start_up`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests import start_up
from tests.start_up import Start

RECORD: dict[str, Any] = json.loads(start_up.GOLDEN.read_text())
IS_SAME_PYTHON = start_up.versions()["python"] == RECORD["versions"]["python"]
HAS_SAME_VERSIONS = start_up.versions() == RECORD["versions"]
MOST_WORK = 1.05  #: of what was recorded
MOST_OTHER_MODULES = 1.25  #: of what was recorded, with other versions of Python and libraries

NEVER = {"numba", "llvmlite", "onnxruntime", "onnx", "torch", "scipy", "pydantic", "mcp", "dask"}
NEVER |= {"click", "unittest", "fsspec", "watchdog"}
TERMINAL = {"rich"}  #: Typer loads it for help
PICTURES = {"numpy", "PIL"}
COMMAND_LINE = {"typer", "inspect", "asyncio", "multiprocessing"}
ABSENT = {
    "version": NEVER | TERMINAL | PICTURES | COMMAND_LINE | {"typing", "re", "dataclasses", "json"},
    "help": NEVER | PICTURES,
    "convert": NEVER | TERMINAL | {"typer", "asyncio", "multiprocessing"},
    "convert-bayer8": NEVER | TERMINAL | {"typer", "asyncio", "multiprocessing"},
    "batch": NEVER | TERMINAL | PICTURES,
}
ADVICE = (
    "import modules where they are used, and only if they are; if the work is worth it, write new "
    "numbers by `python -m tests.start_up --write`"
)


@pytest.fixture(scope="module")
def starts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Start]:
    """Return what each command does."""
    folder = tmp_path_factory.mktemp("start-up")
    start_up.make_pictures(folder)
    return {command: start_up.measure(command, folder) for command in start_up.COMMANDS}


@pytest.mark.parametrize("command", start_up.COMMANDS)
def test_no_more_modules_are_loaded(command: str, starts: dict[str, Start]) -> None:
    """The package's own modules are counted exactly, those of others as far as versions allow."""
    start, recorded = starts[command], RECORD["commands"][command]
    most = recorded["other_modules"] * (1 if HAS_SAME_VERSIONS else MOST_OTHER_MODULES)

    assert len(start.own) <= recorded["own_modules"], f"{ADVICE}\n{start.own}"
    assert len(start.others) <= most, f"{ADVICE}\n{start.others}"
    assert set(start.plugins) <= {*recorded["plugins"]}, ADVICE


@pytest.mark.parametrize("command", start_up.COMMANDS)
def test_heavy_modules_are_not_loaded(command: str, starts: dict[str, Start]) -> None:
    """No compiler, model or library for terminals, and none for pictures where there is none."""
    assert {name.split(".")[0] for name in starts[command].others} & ABSENT[command] == set()


@pytest.mark.skipif(not IS_SAME_PYTHON, reason="lines are counted otherwise by this Python")
@pytest.mark.parametrize("command", sorted({*start_up.COMMANDS} - start_up.TIMED))
def test_no_more_work_is_done(command: str, starts: dict[str, Start]) -> None:
    """The package runs at most 5 % more lines, and with the same libraries 5 % more calls."""
    start, recorded = starts[command], RECORD["commands"][command]

    assert 0 < start.lines <= recorded["lines"] * MOST_WORK, ADVICE
    if HAS_SAME_VERSIONS:
        assert 0 < start.calls <= recorded["calls"] * MOST_WORK, ADVICE


def test_counts_see_a_module_and_its_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests above can fail: a command that does more has more modules, lines and calls."""
    start_up.make_pictures(tmp_path)
    less = start_up.measure("version", tmp_path)
    monkeypatch.setitem(start_up.COMMANDS, "version", ["--version", "convert"])
    more = start_up.measure("version", tmp_path)

    assert {*less.own} < {*more.own}
    assert "typer" in more.others
    assert "typer" not in less.others
    assert more.lines > MOST_WORK * less.lines
    assert more.calls > MOST_WORK * less.calls

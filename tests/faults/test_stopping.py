"""A signal at a random moment: one exit code, old outputs whole, nothing left.

`python -m tests.faults.stopping 600` tries many more moments.
"""

from __future__ import annotations

import random
import signal
import sys
from pathlib import Path

import pytest

from tests.faults import stopping
from tests.sparse import sparse

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
ROWS = [(command, number) for command in stopping.COMMANDS for number in stopping.SIGNALS]


@pytest.mark.parametrize(("command", "number"), sparse(ROWS, every=6))
def test_signals(tmp_path: Path, command: stopping.StoppedCommand, number: signal.Signals) -> None:
    """The command ends as the documentation says."""
    generator = random.Random(f"{command.name} {number}")
    delay = generator.uniform(0, 0.7 * command.seconds)
    _, fault = stopping.check(tmp_path / "folder", command, number, delay)

    assert not fault


@pytest.mark.exhaustive
@pytest.mark.parametrize("number", stopping.SIGNALS)
def test_a_stopped_training_goes_on(tmp_path: Path, number: signal.Signals) -> None:
    """A signal between two checkpoints leaves the last one whole; `--resume` ends the run."""
    pytest.importorskip("torch")
    delay = random.Random(f"train {number}").uniform(0, 0.5)
    since = stopping.TRAIN.resumed_from
    code, fault = stopping.check(tmp_path / "folder", stopping.TRAIN, number, delay, since=since)

    assert not fault
    assert code == {signal.SIGKILL: -signal.SIGKILL, signal.SIGPIPE: 0}.get(number, 130)

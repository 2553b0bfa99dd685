"""Which way a kernel runs, and what the interpreter does with its arrays."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from pixbin.jit import dispatch
from pixbin.jit.dispatch import Bytes, Floats, Int32s


def halve(values: Floats, counts: Int32s, marks: Bytes, size: int, factor: float) -> None:
    """Change arrays of three types."""
    for index in range(size):
        values[index] *= factor
        counts[index] //= 2
        marks[index] = 1 - marks[index]


@pytest.mark.parametrize("operations", [0, 1 << 60], ids=["interpreted", "compiled"])
def test_arrays_are_changed_in_place(operations: int) -> None:
    """Arrays of several types and two dimensions hold the result, in both ways."""
    values = np.arange(6.0).reshape(2, 3)
    counts, marks = np.arange(6, dtype=np.int32), np.zeros(6, np.uint8)
    dispatch.run_kernel(halve, operations, values, counts, marks, 6, 0.5)

    assert np.array_equal(np.arange(6.0).reshape(2, 3) / 2, values)
    assert counts.tolist() == [0, 0, 1, 1, 2, 2]
    assert marks.tolist() == [1] * 6


def test_small_work_is_interpreted() -> None:
    """The limit itself is still small."""
    assert not dispatch.runs_compiled(dispatch.MAX_INTERPRETED_OPERATIONS)
    assert dispatch.runs_compiled(dispatch.MAX_INTERPRETED_OPERATIONS + 1)


def report(program: str) -> list[str]:
    """Return what a new process prints after a program; it begins without the compiler."""
    program = f"from pixbin.jit import dispatch; {program}"
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()


def test_forcing_compiles_small_work_too() -> None:
    """From then on every kernel of the process runs as machine code."""
    program = (
        "print(dispatch.is_forced(), dispatch.runs_compiled(1), dispatch.prefers_compiled(False));"
        "dispatch.force_compiled();"
        "print(dispatch.is_forced(), dispatch.runs_compiled(1), dispatch.prefers_compiled(False))"
    )

    assert report(program) == ["False"] * 3 + ["True"] * 3


def test_preloading_loads_the_compiler_for_large_work_only() -> None:
    """Large work is then worth machine code elsewhere too."""
    program = (
        "dispatch.preload(1); print(dispatch.is_compiler_loaded());"
        "dispatch.preload(1 << 30); print(dispatch.is_compiler_loaded());"
        "print(dispatch.prefers_compiled(True), dispatch.prefers_compiled(False))"
    )

    assert report(program) == ["False", "True", "True", "False"]

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


def test_a_process_switches_when_its_work_has_grown() -> None:
    """Small work is interpreted until all of it together has passed the limit."""
    half = dispatch.MAX_INTERPRETED_OPERATIONS // 2

    assert [dispatch.takes_machine_code(half) for _ in range(3)] == [False, False, True]
    assert dispatch.takes_machine_code(1)


def test_large_work_is_compiled_at_once() -> None:
    """One kernel may be beyond the limit alone."""
    assert dispatch.takes_machine_code(dispatch.MAX_INTERPRETED_OPERATIONS + 1)


def report(program: str) -> list[str]:
    """Return what a new process prints after a program; it begins without the compiler."""
    program = f"from pixbin.jit import dispatch; {program}"
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()


def test_preloading_loads_the_compiler_for_large_work_only() -> None:
    """Work is large by itself, or after other work."""
    program = (
        "print(dispatch.is_compiler_loaded()); half = dispatch.MAX_INTERPRETED_OPERATIONS // 2;"
        "dispatch.preload(half + 1); print(dispatch.is_compiler_loaded());"
        "dispatch.takes_machine_code(half);"
        "dispatch.preload(half + 1); print(dispatch.is_compiler_loaded())"
    )

    assert report(program) == ["False", "False", "True"]

"""A kernel to compile, and an empty cache for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pixbin.catalog.families import ErrorDiffusion
from pixbin.catalog.methods import Method
from pixbin.color.quanta import FULL_SCALE
from pixbin.dither import error_diffusion
from pixbin.jit import machine_code
from pixbin.jit.dispatch import Floats

CELLS = np.random.default_rng(1).integers(0, FULL_SCALE + 1, (300, 300)).astype(np.int32)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the cache folder for this test; it does not exist yet."""
    monkeypatch.setenv("PIXBIN_CACHE_DIR", str(tmp_path))
    forget_kernels(monkeypatch)
    return tmp_path / "kernels"


def forget_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the next call of every kernel go to the cache, as in a new process."""
    monkeypatch.setattr(machine_code, "_compiled_kernels", {})
    monkeypatch.setattr(machine_code, "_assembled", {})


def diffused() -> np.ndarray:
    """Return a picture that machine code of the plain loop has made."""
    family = Method.FLOYD_STEINBERG.family
    assert isinstance(family, ErrorDiffusion)
    return error_diffusion.PlainDiffusion(CELLS.shape[1], family, True, 1.0).decide(CELLS)


# LLVM makes a call of `memset` of the inner loop. The division has a check that could raise.
def clear_and_divide(values: Floats, rows: int, stride: int, divisor: int) -> None:
    """Set all values to 0, and the first of each row to its number divided by the divisor."""
    for row in range(rows):
        for index in range(stride):
            values[row * stride + index] = 0.0
        values[row * stride] = row / divisor


def cleared() -> np.ndarray:
    """Return values that a kernel with calls of other functions has made."""
    values = np.ones((4, 50))
    machine_code.call(clear_and_divide, values, *values.shape, 4)
    return values

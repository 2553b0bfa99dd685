"""Machine code is made once, kept, and never trusted blindly."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pixbin.catalog.families import ErrorDiffusion
from pixbin.catalog.methods import Method
from pixbin.color.quanta import FULL_SCALE
from pixbin.dither import direct_binary_search, error_diffusion
from pixbin.jit import object_cache

CELLS = np.random.default_rng(1).integers(0, FULL_SCALE + 1, (300, 300)).astype(np.int32)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty cache folder that is used for this test."""
    monkeypatch.setenv("PIXBIN_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(object_cache, "_compiled_kernels", {})
    return tmp_path / "cache"


def diffused() -> np.ndarray:
    """Run the machine code."""
    family = Method.FLOYD_STEINBERG.family
    assert isinstance(family, ErrorDiffusion)
    return error_diffusion.diffuse(CELLS, family, True, 1.0)


def test_kept_code_is_loaded_without_numba(cache: Path) -> None:
    """The second process gets the same result and never imports Numba."""
    expected = diffused()
    program = (
        "import sys; from tests.jit import test_object_cache; paper = test_object_cache.diffused();"
        "print('numba' in sys.modules, paper.tobytes().hex())"
    )
    environment = {**os.environ, "PIXBIN_CACHE_DIR": str(cache)}
    command = [sys.executable, "-c", program]
    printed = subprocess.run(command, env=environment, capture_output=True, check=True).stdout

    assert f"False {expected.tobytes().hex()}" == printed.decode().strip()


def test_damaged_code_is_not_run(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kept file that is cut short or changed is made anew."""
    expected = diffused()
    (kept,) = cache.iterdir()
    whole = kept.read_bytes()
    for damaged in (whole[:100], b"", whole[:-1] + bytes([whole[-1] ^ 1])):
        kept.write_bytes(damaged)
        monkeypatch.setattr(object_cache, "_compiled_kernels", {})
        assert np.array_equal(expected, diffused())
        digest, content = kept.read_bytes()[:32], kept.read_bytes()[32:]
        assert hashlib.sha256(content).digest() == digest


def test_unwritable_cache_only_costs_time(cache: Path) -> None:
    """Without a place to keep code, it is compiled and run all the same."""
    cache.write_text("a file where the folder should be")

    assert diffused().mean() == pytest.approx(CELLS.mean() / FULL_SCALE, abs=0.01)


def test_constants_are_part_of_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Code is made anew when a number it was compiled with changes."""
    before = object_cache._cache_key(direct_binary_search._direct_binary_search_loop)
    monkeypatch.setattr(direct_binary_search, "TOGGLE_MARGIN", 3.0)

    assert before != object_cache._cache_key(direct_binary_search._direct_binary_search_loop)


def test_nothing_but_the_code_is_left(cache: Path) -> None:
    """The cache holds whole files only."""
    diffused()

    assert [len(file.name) for file in cache.iterdir()] == [len("diffusion-") + 32]

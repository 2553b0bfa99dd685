"""Machine code is compiled once and stored, and damaged code is not run."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pixbin.dither import direct_binary_search
from pixbin.jit import machine_code, object_cache
from tests.jit.kernels import cleared, diffused, forget_kernels


def test_stored_code_is_loaded_without_numba(cache: Path) -> None:
    """The second process gets the same result and never imports Numba."""
    expected = diffused()
    program = (
        "import sys; from tests.jit import kernels; paper = kernels.diffused();"
        "print('numba' in sys.modules, paper.tobytes().hex())"
    )
    environment = {**os.environ, "PIXBIN_CACHE_DIR": str(cache.parent)}
    command = [sys.executable, "-c", program]
    printed = subprocess.run(command, env=environment, capture_output=True, check=True).stdout

    assert f"False {expected.tobytes().hex()}" == printed.decode().strip()


def test_stored_code_may_call_functions_of_the_system(cache: Path) -> None:
    """A loop that becomes a call of `memset` also runs where Numba is not imported."""
    expected = cleared()
    program = "from tests.jit import kernels; print(kernels.cleared().tolist())"
    environment = {**os.environ, "PIXBIN_CACHE_DIR": str(cache.parent)}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)

    assert (done.returncode, done.stdout.decode().strip()) == (0, str(expected.tolist()))
    assert expected[:, 0].tolist() == [0, 0.25, 0.5, 0.75]
    assert not expected[:, 1:].any()


def test_damaged_code_is_compiled_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stored file that is cut short or changed is replaced."""
    expected = diffused()
    (stored,) = cache.iterdir()
    whole = stored.read_bytes()
    for damaged in (whole[:100], b"", whole[:-1] + bytes([whole[-1] ^ 1])):
        stored.write_bytes(damaged)
        forget_kernels(monkeypatch)
        assert np.array_equal(expected, diffused())
        digest, content = stored.read_bytes()[:32], stored.read_bytes()[32:]
        assert hashlib.sha256(content).digest() == digest
        assert [stored] == list(cache.iterdir())


def test_unwritable_cache_only_costs_time(cache: Path) -> None:
    """A kernel is compiled and run even if its code cannot be stored."""
    cache.write_text("a file where the folder should be")

    assert np.array_equal(diffused(), diffused())
    assert cache.read_text() == "a file where the folder should be"


def test_constants_are_part_of_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Code is compiled again when a number that it was compiled with changes."""
    kernel = direct_binary_search._direct_binary_search_loop
    before = object_cache.cache_key(kernel, machine_code.captured_constants(kernel))
    monkeypatch.setattr(direct_binary_search, "TOGGLE_MARGIN", 3.0)

    assert before != object_cache.cache_key(kernel, machine_code.captured_constants(kernel))


def test_cache_holds_whole_files_only(cache: Path) -> None:
    """There is one file for one kernel, named after it, and no temporary file."""
    diffused()

    (stored,) = cache.iterdir()
    name, _, digest = stored.name.rpartition("-")
    assert name == "error_diffusion_loop"
    assert len(digest) == 32


def test_folder_that_the_group_can_write_to_has_a_private_one_inside(cache: Path) -> None:
    """A mask such as 002 makes the outer folder unfit; machine code is stored all the same."""
    cache.parent.chmod(0o775)
    diffused()

    assert cache.stat().st_mode & 0o777 == 0o700
    assert [*cache.iterdir()]

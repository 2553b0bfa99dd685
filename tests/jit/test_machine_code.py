"""Kernels still run if the functions that the object cache rests on change."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import numba
import numpy as np
import pytest
from llvmlite import binding as llvm

from pixbin.dither import error_diffusion
from pixbin.jit import machine_code, object_cache
from pixbin.jit.dispatch import Floats, Int32s
from tests.fixtures import FLOYD_STEINBERG
from tests.jit.kernels import CELLS, diffused, forget_kernels


@pytest.fixture(autouse=True)
def numba_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep Numba's own cache out of the source folder, in this process and in new ones."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "numba"))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "numba"))


def numba_compiles(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """Return a spy on Numba's compiler, whose calls are counted."""
    spy = Mock(wraps=numba.cfunc)
    monkeypatch.setattr(numba, "cfunc", spy)
    return spy


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (llvm, "create_mcjit_compiler"),
        (llvm, "get_host_cpu_features"),
        (llvm, "initialize_native_target"),
        (llvm.Target, "from_triple"),
        (llvm, "ObjectFileRef"),
    ],
)
def test_missing_function_of_llvmlite_leaves_numba(
    owner: object, name: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without one of these functions Numba compiles, with its own cache."""
    expected = diffused()
    forget_kernels(monkeypatch)
    object_cache._processor.cache_clear()
    monkeypatch.delattr(owner, name)
    spy = numba_compiles(monkeypatch)

    assert np.array_equal(expected, diffused())
    assert {"cache": True} in [call.kwargs for call in spy.call_args_list]
    monkeypatch.undo()
    object_cache._processor.cache_clear()


@pytest.mark.parametrize("error", [AttributeError, ImportError, TypeError, NotImplementedError])
def test_failing_object_cache_leaves_numba(
    error: type[Exception], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a changed function raises, the kernel runs with the same result."""
    expected = diffused()
    forget_kernels(monkeypatch)
    monkeypatch.setattr(object_cache, "load_or_compile", Mock(side_effect=error("changed")))

    assert np.array_equal(expected, diffused())


def test_object_cache_that_cannot_be_imported_leaves_numba(cache: Path) -> None:
    """An llvmlite without `binding` is noticed at import, and kernels run all the same."""
    program = (
        "import sys; sys.modules['pixbin.jit.object_cache'] = None;"
        "from tests.jit import kernels; from pixbin.jit import machine_code;"
        "print(machine_code.object_cache, kernels.diffused().tobytes().hex())"
    )
    command = [sys.executable, "-c", program]
    printed = subprocess.run(command, capture_output=True, check=True).stdout

    assert f"None {diffused().tobytes().hex()}" == printed.decode().strip()


def test_numba_without_a_writable_cache_compiles_in_memory(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numba refuses to cache where it cannot write; the kernel runs without."""
    expected = diffused()
    forget_kernels(monkeypatch)
    monkeypatch.setattr(machine_code, "object_cache", None)
    compile_plainly = numba.cfunc

    def refuse_cache(signature: str, *, cache: bool = False) -> object:
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return compile_plainly(signature)

    monkeypatch.setattr(numba, "cfunc", refuse_cache)

    assert np.array_equal(expected, diffused())


def test_fault_of_a_kernel_is_not_hidden(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that cannot be compiled raises, in both ways."""

    def broken(values: Floats) -> None:
        values[0] = unknown  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(numba.core.errors.NumbaError):
        machine_code.call(broken, np.zeros(1))
    monkeypatch.setattr(machine_code, "object_cache", None)
    with pytest.raises(numba.core.errors.NumbaError):
        machine_code.call(broken, np.zeros(1))


def test_strided_arrays_are_passed_by_address(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways hand over where an array begins, so that kernels may walk its memory."""

    def copy_reversed(values: Int32s, copy: Int32s, count: int) -> None:
        for index in range(count):
            copy[index] = values[-index]

    numbers = np.arange(5, dtype=np.int32)
    for module in (object_cache, None):
        monkeypatch.setattr(machine_code, "object_cache", module)
        forget_kernels(monkeypatch)
        copy = np.zeros(5, np.int32)
        machine_code.call(copy_reversed, numbers[::-1], copy, 5)
        assert copy.tolist() == [4, 3, 2, 1, 0]


DOUBLE = """define void @double(i64 %values, i64 %count) {
entry:
  %pointer = inttoptr i64 %values to ptr
  %value = load i32, ptr %pointer
  %doubled = mul i32 %value, 2
  store i32 %doubled, ptr %pointer
  ret void
}
"""


def test_text_runs_from_the_cache_as_well(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function in the language of LLVM is made once, and stored under its name."""
    numbers = np.array([5], np.int32)
    for expected in (10, 20):
        forget_kernels(monkeypatch)
        assert machine_code.call_text("double", (1,), lambda: DOUBLE, numbers, 1)
        assert numbers[0] == expected
        (stored,) = cache.iterdir()
        assert stored.name.startswith("double-")
        monkeypatch.setattr(object_cache, "_assemble", Mock(side_effect=AssertionError))


@pytest.mark.parametrize("fault", ["instruction", "LLVM", "module"])
def test_text_that_cannot_run_changes_nothing(
    fault: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An LLVM that does not know an instruction, an old one, or none is answered by False."""
    if fault == "module":
        monkeypatch.setattr(machine_code, "object_cache", None)
    elif fault == "LLVM":
        monkeypatch.setattr(llvm, "llvm_version_info", (15, 0, 7))
    text = DOUBLE.replace("mul i32", "multiply i32") if fault == "instruction" else DOUBLE
    numbers = np.array([5], np.int32)

    for _ in range(2):
        assert not machine_code.call_text("double", (1,), lambda: text, numbers, 1)
    assert numbers[0] == 5


def test_error_diffusion_runs_without_vectors(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the language of LLVM, the plain loop gives the same result."""
    vectors = error_diffusion.diffuse(CELLS, FLOYD_STEINBERG, True, 1.0)
    forget_kernels(monkeypatch)
    failing = Mock(side_effect=RuntimeError("expected type"))
    monkeypatch.setattr(object_cache, "load_or_assemble", failing)

    assert np.array_equal(vectors, error_diffusion.diffuse(CELLS, FLOYD_STEINBERG, True, 1.0))
    failing.assert_called_once()

"""Kernels as machine code, compiled once for this machine.

Numba compiles a kernel; its machine code is kept in the user's cache folder. Later runs load
that code by llvmlite alone, in a tenth of the time that importing Numba and reading its own
cache would take.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from llvmlite import __version__ as llvmlite_version
from llvmlite import binding as llvm

_NUMBA_TYPES = {
    "Floats": "CPointer(float64)",
    "Int64s": "CPointer(int64)",
    "Int32s": "CPointer(int32)",
    "Bytes": "CPointer(uint8)",
    "int": "intp",
    "float": "float64",
}
_C_TYPES = {"int": ctypes.c_ssize_t, "float": ctypes.c_double}  # all others are pointers

Kernel = Callable[..., None]
CompiledKernel = tuple[Callable[..., None], object]  #: a callable, and what must live as long as it

_compiled_kernels: dict[tuple[object, ...], CompiledKernel] = {}


def call(kernel: Kernel, *arguments: Any) -> None:
    """Run a kernel as machine code, without the interpreter's lock."""
    made_of = kernel.__code__, *_captured_constants(kernel)
    if made_of not in _compiled_kernels:
        key = _cache_key(kernel)
        _compiled_kernels[made_of] = _load(kernel, key) or _compile(kernel, key)
    code, _ = _compiled_kernels[made_of]
    code(*(each.ctypes.data if isinstance(each, np.ndarray) else each for each in arguments))


def cache_folder() -> Path:
    """Return where machine code is kept; PIXBIN_CACHE_DIR overrides the usual place."""
    if folder := os.environ.get("PIXBIN_CACHE_DIR"):
        return Path(folder)
    from platformdirs import user_cache_path

    return user_cache_path("pixbin", appauthor=False)


def _cache_key(kernel: Kernel) -> str:
    """Name what the machine code depends on: the kernel, the compiler and the processor."""
    code = kernel.__code__
    parts = (
        (
            code.co_code,
            code.co_consts,
            code.co_names,
            code.co_varnames,
            _captured_constants(kernel),
        ),
        (kernel.__annotations__, sys.implementation.cache_tag, llvmlite_version),
        _processor(),
    )
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()
    return f"{kernel.__name__}-{digest[:32]}"


def _captured_constants(kernel: Kernel) -> list[object]:
    """Return the numbers from outside that a kernel is compiled with."""
    constants = [cell.cell_contents for cell in kernel.__closure__ or ()]
    named = (kernel.__globals__.get(name) for name in kernel.__code__.co_names)
    return constants + [value for value in named if isinstance(value, int | float)]


def _argument_types(kernel: Kernel) -> list[str]:
    return [name for argument, name in kernel.__annotations__.items() if argument != "return"]


def _ctypes_function(kernel: Kernel, address: int) -> Callable[..., None]:
    types: list[Any] = [_C_TYPES.get(name, ctypes.c_void_p) for name in _argument_types(kernel)]
    function: Callable[..., None] = ctypes.CFUNCTYPE(None, *types)(address)
    return function


def _compile(kernel: Kernel, key: str) -> CompiledKernel:
    import numba

    types = ", ".join(_NUMBA_TYPES[name] for name in _argument_types(kernel))
    compiled = numba.cfunc(f"void({types})")(kernel)
    machine_code = _target_machine().emit_object(llvm.parse_assembly(compiled.inspect_llvm()))
    _store(key, compiled.native_name.encode() + b"\n" + machine_code)
    assert compiled.address is not None
    return _ctypes_function(kernel, compiled.address), compiled


def _store(key: str, content: bytes) -> None:
    """Write machine code to the cache folder, if that can be written."""
    try:
        folder = cache_folder()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            file.write(hashlib.sha256(content).digest() + content)
        Path(file.name).replace(folder / key)
    except OSError:
        return  # a cache that cannot be kept only costs time


def _load(kernel: Kernel, key: str) -> CompiledKernel | None:
    """Return the machine code kept earlier, or None where there is none or it is damaged."""
    try:
        kept = (cache_folder() / key).read_bytes()
    except OSError:
        return None
    digest, content = kept[:32], kept[32:]
    if hashlib.sha256(content).digest() != digest:
        return None
    name, _, machine_code = content.partition(b"\n")
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target_machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(machine_code))
    engine.finalize_object()
    address: int = engine.get_function_address(name.decode())
    return _ctypes_function(kernel, address), engine


def _target_machine() -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=_cpu_features(), opt=3, jit=True
    )


@lru_cache
def _processor() -> tuple[str, str, str]:
    return llvm.get_process_triple(), llvm.get_host_cpu_name(), _cpu_features()


def _cpu_features() -> str:
    features: str = llvm.get_host_cpu_features().flatten()
    return features

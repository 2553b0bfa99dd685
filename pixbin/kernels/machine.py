"""Run a kernel: interpreted when the work is small, as machine code when it is large.

A kernel is a plain Python function over flat arrays and numbers, annotated with the types
below. The interpreter and the compiled code do the same IEEE 754 operations in the same
order, so the result does not depend on which of the two ran.

Numba compiles a kernel once for this machine; its machine code is kept in the user's cache
folder. Later runs load that code by llvmlite alone in a tenth of the time that importing
Numba and its own cache would take.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, MutableSequence
from pathlib import Path
from typing import Any

import numpy as np

Floats = MutableSequence[float]  #: a flat float64 array, or a list
Bytes = MutableSequence[int]  #: a flat uint8 array, or a list
Kernel = Callable[..., None]

INTERPRETED_STEPS = 1 << 16  #: below this many cells, loading machine code takes longer

_NUMBA_TYPES = {
    "Floats": "CPointer(float64)",
    "Bytes": "CPointer(uint8)",
    "int": "intp",
    "float": "float64",
}
_C_TYPES = {
    "Floats": ctypes.c_void_p,
    "Bytes": ctypes.c_void_p,
    "int": ctypes.c_ssize_t,
    "float": ctypes.c_double,
}

_loaded: dict[str, tuple[Any, object]] = {}  # code by key, with what must stay alive for it


def run(kernel: Kernel, steps: int, *arguments: Any) -> None:
    """Call a kernel that takes this many steps; its arrays (C order) are changed in place."""
    if steps <= INTERPRETED_STEPS:
        interpret(kernel, *arguments)
    else:
        execute(kernel, *arguments)


def interpret(kernel: Kernel, *arguments: Any) -> None:
    """Run a kernel in the interpreter, on lists, whose elements it reads fastest."""
    lists = [each.ravel().tolist() if _is_array(each) else each for each in arguments]
    kernel(*lists)
    for array, changed in zip(arguments, lists, strict=True):
        if _is_array(array):
            array.flat = changed


def execute(kernel: Kernel, *arguments: Any) -> None:
    """Run a kernel as machine code, without the interpreter's lock."""
    key = _key(kernel)
    if key not in _loaded:
        _loaded[key] = _load(kernel, key) or _compile(kernel, key)
    code, _ = _loaded[key]
    code(*(each.ctypes.data if _is_array(each) else each for each in arguments))


def cache_folder() -> Path:
    """Return where machine code is kept; PIXBIN_CACHE_DIR overrides the usual place."""
    if folder := os.environ.get("PIXBIN_CACHE_DIR"):
        return Path(folder)
    from platformdirs import user_cache_path

    return user_cache_path("pixbin", appauthor=False)


def _is_array(argument: object) -> bool:
    return isinstance(argument, np.ndarray)


def _key(kernel: Kernel) -> str:
    """Name what the machine code depends on: the kernel, the compiler and the processor."""
    import llvmlite
    from llvmlite import binding as llvm

    code = kernel.__code__
    constants = [cell.cell_contents for cell in kernel.__closure__ or ()]
    parts = (
        (code.co_code, code.co_consts, code.co_names, code.co_varnames, constants),
        kernel.__annotations__,
        (sys.implementation.cache_tag, llvmlite.__version__, llvm.get_process_triple()),
        (llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()),
    )
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()
    return f"{kernel.__name__}-{digest[:32]}"


def _prototype(kernel: Kernel) -> Any:
    names = [name for key, name in kernel.__annotations__.items() if key != "return"]
    return ctypes.CFUNCTYPE(None, *(_C_TYPES[name] for name in names))


def _compile(kernel: Kernel, key: str) -> tuple[Any, object]:
    import numba

    names = [name for name in kernel.__annotations__.values() if name != "None"]
    signature = f"void({', '.join(_NUMBA_TYPES[name] for name in names)})"
    compiled = numba.cfunc(signature)(kernel)
    _keep(key, compiled.native_name, _machine_code(compiled.inspect_llvm()))
    return _prototype(kernel)(compiled.address), compiled


def _machine_code(assembly: str) -> bytes:
    from llvmlite import binding as llvm

    code: bytes = _target_machine().emit_object(llvm.parse_assembly(assembly))
    return code


def _target_machine() -> Any:
    from llvmlite import binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        jit=True,
    )


def _keep(key: str, name: str, code: bytes) -> None:
    """Write machine code to the cache folder, if that can be written."""
    content = name.encode() + b"\n" + code
    try:
        folder = cache_folder()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            file.write(hashlib.sha256(content).digest() + content)
        Path(file.name).replace(folder / key)
    except OSError:
        return  # a cache that cannot be kept only costs time


def _load(kernel: Kernel, key: str) -> tuple[Any, object] | None:
    """Return the machine code kept earlier, or None where there is none or it is damaged."""
    try:
        kept = (cache_folder() / key).read_bytes()
    except OSError:
        return None
    digest, content = kept[:32], kept[32:]
    if hashlib.sha256(content).digest() != digest:
        return None
    from llvmlite import binding as llvm

    name, _, code = content.partition(b"\n")
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target_machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return _prototype(kernel)(engine.get_function_address(name.decode())), engine

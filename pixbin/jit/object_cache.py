"""Machine code of kernels, kept in the user's cache folder.

Numba compiles a kernel, and its object code goes to a file. Later processes load that file with
llvmlite alone. This takes a tenth of the time that importing Numba and reading its own cache
would take. See docs/decisions for the figures.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from llvmlite import __version__ as llvmlite_version
from llvmlite import binding as llvm

from pixbin.jit import private_files

Kernel = Callable[..., None]

MIN_LLVM = 17, 0, 0  #: that understands `vector_text`; llvmlite 0.45 has LLVM 20, 0.44 has 15

#: Functions of Numba that machine code calls to raise an error, which kernels never do.
_ERROR_HELPERS = (
    "NRT_Free",
    "numba_do_raise",
    "numba_gil_ensure",
    "numba_gil_release",
    "numba_runtime_build_excinfo_struct",
    "numba_unpickle",
)


def load_or_compile(kernel: Kernel, signature: str, constants: list[object]) -> tuple[int, object]:
    """Return the machine code of a kernel, from the cache if it is there.

    Parameters
    ----------
    kernel : function
    signature : str
        Its C signature, as Numba writes it.
    constants : list
        Values from outside the kernel that it is compiled with.

    Returns
    -------
    int, object
        The address of the function, and the object that must be kept alive while it is in use.
    """
    folder, key = cache_folder(), cache_key(kernel, constants)
    return _load(folder, key) or _compile(kernel, signature, folder, key)


def load_or_assemble(
    name: str, variant: tuple[object, ...], make_text: Callable[[], str]
) -> tuple[int, object]:
    """Return the machine code of a function in the language of LLVM, from the cache if it is there.

    Parameters
    ----------
    name : str
        The function.
    variant : tuple
        Everything that its text depends on.
    make_text : function
        Returns a module without errors; see `vector_text`.

    Returns
    -------
    int, object
        As `load_or_compile`.

    Raises
    ------
    RuntimeError
        This LLVM does not understand the text.
    """
    if llvm.llvm_version_info < MIN_LLVM:  # it would print a warning
        raise RuntimeError(f"LLVM {llvm.llvm_version_info} does not know the type `ptr`")
    parts = (name, variant, llvmlite_version, _processor())
    folder, key = cache_folder(), f"{name}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"
    return _load(folder, key) or _assemble(make_text(), name, folder, key)


def cache_folder() -> Path:
    """Return the folder for machine code, in PIXBIN_CACHE_DIR or in the user's cache folder.

    It is a folder of its own, made with mode 0700: the one around it may have been made by the
    user with a mask that lets the group write, which would make it unfit.
    """
    if folder := os.environ.get("PIXBIN_CACHE_DIR"):
        return Path(folder) / "kernels"
    from platformdirs import user_cache_path

    return user_cache_path("pixbin", appauthor=False) / "kernels"


def cache_key(kernel: Kernel, constants: list[object]) -> str:
    """Return a file name made of everything that machine code depends on, such as the processor."""
    code = kernel.__code__
    parts = (
        (code.co_code, code.co_consts, code.co_names, code.co_varnames, constants),
        (kernel.__annotations__, sys.implementation.cache_tag, llvmlite_version),
        _processor(),
    )
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()
    return f"{kernel.__name__}-{digest[:32]}"


def _compile(kernel: Kernel, signature: str, folder: Path, key: str) -> tuple[int, object]:
    import numba

    compiled = numba.cfunc(signature)(kernel)
    machine_code = _target_machine().emit_object(llvm.parse_assembly(compiled.inspect_llvm()))
    _write(folder, key, compiled.native_name.encode() + b"\n" + machine_code)
    assert compiled.address is not None
    return compiled.address, compiled


def _assemble(text: str, name: str, folder: Path, key: str) -> tuple[int, object]:
    machine_code = _target_machine().emit_object(llvm.parse_assembly(text))
    content = name.encode() + b"\n" + machine_code
    _write(folder, key, content)
    linked = _link(content)
    if linked is None:
        raise RuntimeError(f"{name} is not in its own machine code")
    return linked


def _write(folder: Path, key: str, content: bytes) -> None:
    private_files.write(folder, key, hashlib.sha256(content).digest() + content)


def _load(folder: Path, key: str) -> tuple[int, object] | None:
    """Return the machine code stored earlier; None if there is none or it is damaged."""
    stored = private_files.read(folder, key)
    if stored is None:
        return None
    digest, content = stored[:32], stored[32:]
    return _link(content) if hashlib.sha256(content).digest() == digest else None


def _link(content: bytes) -> tuple[int, object] | None:
    """Make a function and its machine code, as they are stored, ready to run."""
    name, _, machine_code = content.partition(b"\n")
    _declare_error_helpers()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target_machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(machine_code))
    engine.finalize_object()
    address = int(engine.get_function_address(name.decode()))
    return (address, engine) if address else None


def _declare_error_helpers() -> None:
    """Give the helpers an address, if Numba has not: one that ends the process.

    LLVM looks up all names of a file at once. If one has no address, none gets one, and the first
    call of another function, such as the `memset` that LLVM makes of a loop, is a crash.
    """
    fatal = ctypes.cast(ctypes.pythonapi.Py_FatalError, ctypes.c_void_p).value
    for name in _ERROR_HELPERS:
        if llvm.address_of_symbol(name) is None:
            llvm.add_symbol(name, fatal)


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

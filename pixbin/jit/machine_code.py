"""Call kernels as machine code, from pixbin's own cache or else by Numba.

The usual way is `object_cache`: Numba compiles a kernel once, and later processes load the
result without importing Numba. This uses internal parts of Numba and llvmlite that may change. If
they fail, Numba compiles the kernel and keeps it in its own cache. That way needs only the public
parts of Numba, and takes about a second longer in every process.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np

try:
    from pixbin.jit import object_cache
except (ImportError, AttributeError):  # this llvmlite lacks functions that it uses
    object_cache = None  # type: ignore[assignment]

Kernel = Callable[..., None]
#: A function that takes addresses and numbers, and the object that its machine code belongs to.
CompiledKernel = tuple[Callable[..., None], object]

_NUMBA_TYPES = {
    "Floats": "CPointer(float64)",
    "Int64s": "CPointer(int64)",
    "Int32s": "CPointer(int32)",
    "Bytes": "CPointer(uint8)",
    "int": "intp",
    "float": "float64",
}
_C_TYPES = {"int": ctypes.c_ssize_t, "float": ctypes.c_double}  # all others are pointers

#: Errors of a Numba or llvmlite that differs from what `object_cache` was written for.
_INTERNALS_CHANGED = (AttributeError, ImportError, TypeError, RuntimeError)

_compiled_kernels: dict[tuple[object, ...], CompiledKernel] = {}
_assembled: dict[tuple[object, ...], CompiledKernel | None] = {}  #: None where LLVM is too old


def call(kernel: Kernel, *arguments: Any) -> None:
    """Run a kernel as machine code, without the interpreter's lock.

    Parameters
    ----------
    kernel : function
        Annotated with the types of `dispatch`; compiled or loaded at its first call.
    *arguments
        Numbers, and arrays of any shape and strides, of which the kernel gets the address of
        the first element.
    """
    identity = kernel.__code__, *captured_constants(kernel)
    if identity not in _compiled_kernels:
        _compiled_kernels[identity] = _prepare(kernel)
    function, _ = _compiled_kernels[identity]
    function(*_addresses(arguments))


def call_text(
    name: str, variant: tuple[object, ...], make_text: Callable[[], str], *arguments: Any
) -> bool:
    """Run a function in the language of LLVM, without the interpreter's lock.

    Parameters
    ----------
    name : str
        The function. Its arguments are addresses and numbers, all of them i64.
    variant : tuple
        Numbers and other values that print as they are. Text of the same name and variant is the
        same, in all versions of pixbin.
    make_text : function
        Returns the module of the function; see `vector_text`. It is called only where no machine
        code has been stored.
    *arguments
        Arrays and numbers, as for `call`.

    Returns
    -------
    bool
        False if the LLVM that is installed cannot run it. Then nothing was changed.
    """
    identity = name, variant
    if identity not in _assembled:
        _assembled[identity] = _prepare_text(name, variant, make_text, len(arguments))
    assembled = _assembled[identity]
    if assembled is None:
        return False
    function, _ = assembled
    function(*_addresses(arguments))
    return True


def _addresses(arguments: tuple[Any, ...]) -> list[Any]:
    return [
        argument.ctypes.data if isinstance(argument, np.ndarray) else argument
        for argument in arguments
    ]


def captured_constants(kernel: Kernel) -> list[object]:
    """Return the values from outside a kernel that it is compiled with."""
    constants = [cell.cell_contents for cell in kernel.__closure__ or ()]
    named = (kernel.__globals__.get(name) for name in kernel.__code__.co_names)
    return constants + [value for value in named if isinstance(value, int | float)]


def numba_signature(kernel: Kernel) -> str:
    """Return the C signature of a kernel, as Numba writes it.

    Examples
    --------
    >>> from pixbin.jit.dispatch import Bytes
    >>> def clear(marks: Bytes, count: int) -> None: ...
    >>> numba_signature(clear)
    'void(CPointer(uint8), intp)'
    """
    return f"void({', '.join(_NUMBA_TYPES[name] for name in _argument_types(kernel))})"


def _prepare(kernel: Kernel) -> CompiledKernel:
    address, owner = _compile_cached(kernel) or _compile_by_numba(kernel)
    types: list[Any] = [_C_TYPES.get(name, ctypes.c_void_p) for name in _argument_types(kernel)]
    return ctypes.CFUNCTYPE(None, *types)(address), owner


def _prepare_text(
    name: str, variant: tuple[object, ...], make_text: Callable[[], str], count: int
) -> CompiledKernel | None:
    if object_cache is None:
        return None
    try:
        address, owner = object_cache.load_or_assemble(name, variant, make_text)
    except _INTERNALS_CHANGED:
        return None
    return ctypes.CFUNCTYPE(None, *[ctypes.c_ssize_t] * count)(address), owner


def _compile_cached(kernel: Kernel) -> tuple[int, object] | None:
    """Return the address of a kernel and its owner; None if Numba must do it alone."""
    if object_cache is None:
        return None
    try:
        return object_cache.load_or_compile(
            kernel, numba_signature(kernel), captured_constants(kernel)
        )
    except _INTERNALS_CHANGED:
        return None  # an error in the kernel itself is raised again when Numba compiles it


def _compile_by_numba(kernel: Kernel) -> tuple[int, object]:
    """Return the address of a kernel and its owner, by Numba's public interface only."""
    import numba

    # `cfunc` is `njit` for a function that takes pointers: strided arrays need no copy.
    try:
        compiled = numba.cfunc(numba_signature(kernel), cache=True)(kernel)
    except RuntimeError:  # neither the package nor the user's folder can be written
        compiled = numba.cfunc(numba_signature(kernel))(kernel)
    assert compiled.address is not None
    return compiled.address, compiled


def _argument_types(kernel: Kernel) -> list[str]:
    return [name for argument, name in kernel.__annotations__.items() if argument != "return"]

"""Run a kernel: interpreted when the work is small, as machine code when it is large.

A kernel is a plain Python function over flat arrays and numbers, annotated with the types
below. It returns nothing and writes its result into one of its arrays. The interpreter and the
machine code do the same IEEE 754 operations in the same order, so the result does not depend
on which of the two ran.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, MutableSequence
from typing import Any

import numpy as np

Floats = MutableSequence[float]  #: a flat float64 array, or a list
Int64s = MutableSequence[int]  #: a flat int64 array, or a list
Int32s = MutableSequence[int]  #: a flat int32 array, or a list
Bytes = MutableSequence[int]  #: a flat uint8 array, or a list
Kernel = Callable[..., None]

#: One operation is one run of a kernel's innermost line: about 0.1 microseconds in the
#: interpreter. Up to this many, loading machine code would take longer than interpreting.
MAX_INTERPRETED_OPERATIONS = 1 << 16
PICTURES_BEFORE_COMPILING = 20  #: a longer run is worth machine code for small pictures too

_COMPILER = "pixbin.jit.machine_code"
_is_forced = False  #: whether every kernel runs as machine code


def run_kernel(kernel: Kernel, operations: int, *arguments: Any) -> None:
    """Run a kernel in the faster of the two ways.

    Parameters
    ----------
    kernel : function
        Annotated with `Floats`, `Int64s`, `Int32s`, `Bytes`, `int` and `float` only.
    operations : int
        About how many times its innermost line runs.
    *arguments
        Arrays in C order, of any shape and of the types that the kernel declares, are changed
        in place. Types are not checked: a wrong one reads or writes other memory.

    Examples
    --------
    >>> def double(values: Floats, count: int) -> None:
    ...     for index in range(count):
    ...         values[index] *= 2
    >>> values = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> run_kernel(double, 4, values, 4)
    >>> values
    array([[2., 4.],
           [6., 8.]])
    """
    if runs_compiled(operations):
        from pixbin.jit import machine_code

        machine_code.call(kernel, *arguments)
    else:
        interpret(kernel, *arguments)


def runs_compiled(operations: int) -> bool:
    """Return whether a kernel of this size runs as machine code."""
    return operations > MAX_INTERPRETED_OPERATIONS or _is_forced


def interpret(kernel: Kernel, *arguments: Any) -> None:
    """Run a kernel in the interpreter, on lists, whose elements it reads fastest."""
    lists = [
        argument.ravel().tolist() if isinstance(argument, np.ndarray) else argument
        for argument in arguments
    ]
    kernel(*lists)
    for argument, values in zip(arguments, lists, strict=True):
        if isinstance(argument, np.ndarray):
            argument.flat[:] = values


def preload(operations: int) -> None:
    """Load the compiler now if a kernel of this size will need it; earlier stages use it, too."""
    if operations > MAX_INTERPRETED_OPERATIONS:
        importlib.import_module(_COMPILER)


def prefers_compiled(is_large: bool) -> bool:
    """Return whether machine code is the faster choice if it must not be loaded for this alone.

    Parameters
    ----------
    is_large : bool
        Whether this work is faster as machine code, if the compiler is loaded already.
    """
    return _is_forced or (is_large and is_compiler_loaded())


def is_compiler_loaded() -> bool:
    """Return whether machine code can run without the time to load the compiler."""
    return _COMPILER in sys.modules


def force_compiled() -> None:
    """Run every kernel of this process as machine code from now on, however small its work."""
    global _is_forced
    if not _is_forced:
        _is_forced = True
        importlib.import_module(_COMPILER)


def is_forced() -> bool:
    """Return whether every kernel runs as machine code."""
    return _is_forced

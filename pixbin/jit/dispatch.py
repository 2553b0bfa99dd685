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

#: One operation is one run of a kernel's innermost line: 0.1 to 1 microseconds in the interpreter.
#: A process interprets up to this many in total. Then loading machine code takes less time than
#: interpreting has taken, and all further kernels run as machine code, however small their work.
MAX_INTERPRETED_OPERATIONS = 1 << 16

_COMPILER = "pixbin.jit.machine_code"
_operations_so_far = 0  #: of all kernels of this process


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
    if takes_machine_code(operations):
        from pixbin.jit import machine_code

        machine_code.call(kernel, *arguments)
    else:
        interpret(kernel, *arguments)


def takes_machine_code(operations: int) -> bool:
    """Count work that begins now, and return whether it runs as machine code."""
    global _operations_so_far
    _operations_so_far += operations
    return _operations_so_far > MAX_INTERPRETED_OPERATIONS


def interpret(kernel: Kernel, *arguments: Any) -> None:
    """Run a kernel in the interpreter, on lists, whose elements it reads fastest."""
    lists = [
        argument.ravel().tolist() if isinstance(argument, np.ndarray) else argument
        for argument in arguments
    ]
    kernel(*lists)
    for argument, values in zip(arguments, lists, strict=True):
        if isinstance(argument, np.ndarray) and argument.flags.writeable:
            argument.flat[:] = values


def preload(operations: int) -> None:
    """Load the compiler now if a kernel of this size will need it; earlier stages use it, too."""
    if _operations_so_far + operations > MAX_INTERPRETED_OPERATIONS:
        importlib.import_module(_COMPILER)


def is_compiler_loaded() -> bool:
    """Return whether machine code can run without the time to load the compiler."""
    return _COMPILER in sys.modules

"""Run a kernel: interpreted when the work is small, as machine code when it is large.

A kernel is a plain Python function over flat arrays and numbers, annotated with the types
below. The interpreter and the compiled code do the same IEEE 754 operations in the same
order, so the result does not depend on which of the two ran.
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

MAX_INTERPRETED_OPERATIONS = 1 << 16  #: below this many cells, loading machine code takes longer


_is_forced = False  #: whether so many pictures follow that machine code is always worth it


def force_compiled() -> None:
    """Run every kernel as machine code from now on: many pictures will follow."""
    global _is_forced
    _is_forced = True
    preload(MAX_INTERPRETED_OPERATIONS + 1)


def is_forced() -> bool:
    """Tell whether every kernel runs as machine code."""
    return _is_forced


def run_kernel(kernel: Kernel, operations: int, *arguments: Any) -> None:
    """Call a kernel that takes this many steps; its arrays (C order) are changed in place."""
    if operations <= MAX_INTERPRETED_OPERATIONS and not _is_forced:
        interpret(kernel, *arguments)
    else:
        from pixbin.jit import object_cache

        object_cache.call(kernel, *arguments)


def preload(operations: int) -> None:
    """Tell that a kernel will take so many steps; what runs before may use its tools, too."""
    if operations > MAX_INTERPRETED_OPERATIONS:
        importlib.import_module("pixbin.jit.object_cache")


def is_compiler_loaded() -> bool:
    """Tell whether machine code can be had without the time it takes to load its tools."""
    return "pixbin.jit.object_cache" in sys.modules


def interpret(kernel: Kernel, *arguments: Any) -> None:
    """Run a kernel in the interpreter, on lists, whose elements it reads fastest."""
    lists = [each.ravel().tolist() if _is_array(each) else each for each in arguments]
    kernel(*lists)
    for array, changed in zip(arguments, lists, strict=True):
        if _is_array(array):
            array.flat = changed


def _is_array(argument: object) -> bool:
    return isinstance(argument, np.ndarray)

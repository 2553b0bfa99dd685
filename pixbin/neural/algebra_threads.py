"""One thread for products of matrices, where the last bits of a result matter.

OpenBLAS, which NumPy's packages contain, divides a product among threads. Then the sums have
another order, and the last bits depend on the number of threads. The command line has one thread
anyway; a program that calls the library has as many as there are cores. NumPy declares no
functions that change this number. Those of its OpenBLAS have had the same names since 1.22.
Source: OpenBLAS, `cblas.h`, and MacPython/openblas-libs for the prefix and suffix of the names.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
import threading
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

_PREFIXES, _SUFFIXES = ("scipy_", ""), ("64_", "")
_lock = threading.Lock()
_users = 0  #: calls of `one_thread` that have not ended
_before = 0  #: threads before the first of them


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Let products of matrices run in one thread inside; do nothing if it is not OpenBLAS.

    It holds for the whole process, until the last of all calls has ended.
    """
    global _users, _before
    functions = _functions()
    if functions is None:
        yield
        return
    count, choose = functions
    with _lock:
        if not _users:
            _before = count()
            choose(1)
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                choose(_before)


@lru_cache(maxsize=1)
def _functions() -> tuple[Callable[[], int], Callable[[int], Any]] | None:
    """Return the functions of OpenBLAS that return and set the number of threads."""
    module = sys.modules.get("numpy._core._multiarray_umath")
    if module is None or module.__file__ is None:
        return None
    with contextlib.suppress(OSError):
        library = ctypes.CDLL(module.__file__)  # finds those of OpenBLAS, to which it is linked
        for prefix in _PREFIXES:
            for suffix in _SUFFIXES:
                names = (f"{prefix}openblas_{verb}_num_threads{suffix}" for verb in ("get", "set"))
                both = [getattr(library, name, None) for name in names]
                if all(both):
                    return both[0], both[1]  # type: ignore[return-value]
    return None

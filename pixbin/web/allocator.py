"""The C library's heaps, for processes with many short threads."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys

_M_ARENA_MAX = -8  #: of mallopt(3), from `malloc.h` of glibc
_VARIABLE = "MALLOC_ARENA_MAX"  #: with which a user sets the same


def share_one_heap() -> None:
    """Let all threads take memory from one heap, before the first of them starts.

    glibc gives new threads heaps of their own, and each keeps the most that a thread has ever
    needed. So the memory of a server with a thread for each connection grows for about half an
    hour, until there are no new heaps. Python runs one thread at a time, so they hardly wait.
    Other C libraries have no such heaps. Source: the manual of the GNU C Library, Malloc Tunable
    Parameters, `M_ARENA_MAX`.
    """
    if sys.platform != "linux" or _VARIABLE in os.environ:
        return
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)

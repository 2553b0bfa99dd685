"""A limit on the memory of a process, on systems that have one."""

from __future__ import annotations

import sys
from pathlib import Path

from pixbin.errors import InputError, ModelError, is_lack_of_memory

_ALGEBRA_SIDE = 128  #: of matrices that are so large that OpenBLAS uses its buffer
#: A library's error counts as lack of memory if less than this is left: a share of the limit, or
#: as many bytes if that is more.
_SCARCE_SHARE, _SCARCE_BYTES = 0.25, 1 << 25
#: whether the system keeps to the limit. macOS takes it and does not, Windows has none.
IS_SUPPORTED = sys.platform == "linux"


def set_memory_limit(count: int | None) -> None:
    """Limit the memory of this process to a number of bytes, if the system can.

    It is the memory that a process has for itself and may write (RLIMIT_DATA of getrlimit(2), since
    Linux 4.7). Mapped files and address space that is only reserved do not count, as compilers and
    runtimes of models reserve much more than they use.
    """
    if count is None or not IS_SUPPORTED:
        return
    import resource

    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard == resource.RLIM_INFINITY or count < hard:
        _reserve_for_algebra()
        resource.setrlimit(resource.RLIMIT_DATA, (count, hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def is_due_to_memory(error: BaseException) -> bool:
    """Return whether an error is due to too little memory, even if a library says otherwise.

    Libraries that are written in C may call a picture damaged or a model unfit if they get no
    memory. So if little is left of the limit on this process, their errors count. A damaged picture
    may then count as lack of memory; with a higher limit, the true error appears.
    """
    if is_lack_of_memory(error):
        return True
    return _is_of_library(error) and _is_scarce()


def _is_scarce() -> bool:
    """Return whether little memory is left of the limit on this process."""
    if not IS_SUPPORTED:
        return False
    import resource

    limit = resource.getrlimit(resource.RLIMIT_DATA)[0]
    if limit == resource.RLIM_INFINITY:
        return False
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    used = next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmData:"))
    return limit - used < max(_SCARCE_SHARE * limit, _SCARCE_BYTES)


def _is_of_library(error: BaseException) -> bool:
    cause = error.__cause__
    is_of_system = isinstance(cause, OSError) and cause.errno is not None
    return isinstance(error, InputError | ModelError) and cause is not None and not is_of_system


def _reserve_for_algebra() -> None:
    """Let OpenBLAS take its buffer before there is a limit.

    It keeps the buffer. If it gets none later, it ends the process with exit code 1 and a line of
    its own. Source: OpenBLAS, `driver/others/memory.c`, `blas_memory_alloc`.
    """
    import numpy as np

    square = np.ones((_ALGEBRA_SIDE, _ALGEBRA_SIDE))
    np.matmul(square, square)

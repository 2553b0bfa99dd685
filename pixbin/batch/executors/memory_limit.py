"""A limit on the memory of a process, on systems that have one."""

from __future__ import annotations

import sys

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
        resource.setrlimit(resource.RLIMIT_DATA, (count, hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))

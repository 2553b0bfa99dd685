"""Resources of a process and of all processes that it started, read from /proc.

See proc(5) of the Linux manual on `stat`, `statm`, `fd` and `task`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_MEGABYTE = 1 << 20
_RESIDENT = 1  #: field of /proc/PID/statm, in pages
_PROCESSOR = slice(11, 15)  #: fields of /proc/PID/stat after the name: own, and of ended children
_TEMPORARY = ".pixbin-"  #: beginning of the names of temporary files


class Usage(NamedTuple):
    """Sums over the process and all that it started."""

    resident: float  #: memory, in MiB; shared pages count in each process
    descriptors: int
    threads: int
    processes: int
    temporary: int  #: temporary files
    processor: float  #: seconds of processor time since the start
    own_resident: float  #: memory of the process without those that it started


def usage(process: int, temporary: int = 0) -> Usage:
    """Return what a process and all that it started use now; ended ones use nothing."""
    resident = processor = own = 0.0
    descriptors = threads = processes = 0
    for each in tree(process):
        folder = Path(f"/proc/{each}")
        with contextlib.suppress(OSError):  # it has ended meanwhile
            pages = int((folder / "statm").read_text().split()[_RESIDENT])
            ticks = (folder / "stat").read_text().rpartition(")")[2].split()[_PROCESSOR]
            descriptors += len(list((folder / "fd").iterdir()))
            threads += len(list((folder / "task").iterdir()))
            memory = pages * os.sysconf("SC_PAGE_SIZE") / _MEGABYTE
            resident += memory
            own = own or memory
            processor += sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
            processes += 1
    return Usage(resident, descriptors, threads, processes, temporary, processor, own)


def tree(process: int) -> Iterator[int]:
    """Yield the number of a process and of all that it started, and that still run."""
    yield process
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in task.read_text().split():
                yield from tree(int(child))


def temporary_files(temporary: Path, output: Path) -> list[str]:
    """Return the temporary files: all in one folder, and those in an output folder."""
    names = [path for path in temporary.rglob("*") if path.is_file()]
    for path in output.rglob(f"{_TEMPORARY}*"):
        names.append(path)
    return sorted(map(str, names))

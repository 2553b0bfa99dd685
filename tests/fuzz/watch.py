"""The watch over a worker: its end, and its time for the present input."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path
from typing import NamedTuple

from tests.fuzz.verdicts import Finding


class FuzzLimits(NamedTuple):
    """Limits of one run."""

    seconds: float = 10.0  #: of processor time
    wall_seconds: float = 90.0  #: for inputs whose work is in another process
    memory_bytes: int = 5_000_000_000  #: that the process may grow by; less than --max-memory
    address_bytes: int = 8 << 30  #: of address space


def signal_finding(status: int) -> Finding | None:
    """Return the finding of a process that a signal has ended."""
    if not os.WIFSIGNALED(status):
        return None
    name = signal.Signals(os.WTERMSIG(status)).name
    return Finding("signal", f"signal {name}", name)


class ChildWatch:
    """The end of a worker, and its time for the present input."""

    def __init__(self, pid: int, limits: FuzzLimits) -> None:
        self.pid, self._limits = pid, limits
        self._executions = -1
        self._start = self._cpu_start = 0.0

    def status(self) -> int | None:
        """Return the exit status; None while the process runs."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        return status if pid else None

    def finding_if_overdue(self, executions: int) -> Finding | None:
        """Kill the process if its present input takes too long, and return the finding."""
        if executions != self._executions:
            self._executions = executions
            self._start, self._cpu_start = time.monotonic(), _cpu_seconds(self.pid)
            return None
        wall = time.monotonic() - self._start
        cpu = _cpu_seconds(self.pid) - self._cpu_start
        if cpu <= 1.5 * self._limits.seconds and wall <= self._limits.wall_seconds:
            return None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        return Finding("hang", "hang", f"no end after {cpu:.1f} s of processor time, {wall:.1f} s")


def _cpu_seconds(pid: int) -> float:
    """Return the processor time of a process and of the ended processes that it started."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

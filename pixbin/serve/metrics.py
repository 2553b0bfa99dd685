"""Counts of requests, in the text format that Prometheus reads.

Source: Prometheus, Exposition formats, Text-based format (version 0.0.4).
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  #: seconds
_STATUS_FILE = Path("/proc/self/statm")  #: of Linux


class ServiceMetrics:
    """The requests that were answered, and the time that they took."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, int]] = Counter()
        self._buckets: Counter[float] = Counter()
        self._seconds = 0.0
        self._start = time.time()
        self._lock = threading.Lock()

    def record(self, route: str, status: int, seconds: float) -> None:
        """Count an answer; `route` is one of few names, never text of a client."""
        with self._lock:
            self._requests[route, status] += 1
            self._seconds += seconds
            for limit in BUCKETS:
                if seconds <= limit:
                    self._buckets[limit] += 1

    def text(self, values: Mapping[str, float]) -> str:
        """Return everything as text; `values` are more gauges by name."""
        with self._lock:
            lines = [*self._request_lines(), *self._time_lines()]
        gauges = {"process_start_time_seconds": self._start, **_memory(), **values}
        for name, value in gauges.items():
            kind = "counter" if name.endswith("_total") else "gauge"
            lines += [f"# TYPE {name} {kind}", f"{name} {value:.15g}"]
        return "".join(f"{line}\n" for line in lines)

    def _request_lines(self) -> Iterator[str]:
        yield "# HELP pixbin_requests_total Answers by route and status."
        yield "# TYPE pixbin_requests_total counter"
        for (route, status), count in sorted(self._requests.items()):
            yield f'pixbin_requests_total{{route="{route}",status="{status}"}} {count}'

    def _time_lines(self) -> Iterator[str]:
        name, total = "pixbin_request_seconds", self._requests.total()
        yield f"# HELP {name} Time to answer, without the time to send."
        yield f"# TYPE {name} histogram"
        for limit in BUCKETS:
            yield f'{name}_bucket{{le="{limit:g}"}} {self._buckets[limit]}'
        yield f'{name}_bucket{{le="+Inf"}} {total}'
        yield f"{name}_sum {self._seconds:.6f}"
        yield f"{name}_count {total}"


def _memory() -> dict[str, float]:
    """Return the memory of this process, where the system tells it as Linux does."""
    try:
        pages = int(_STATUS_FILE.read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return {}
    return {"process_resident_memory_bytes": float(pages * os.sysconf("SC_PAGE_SIZE"))}

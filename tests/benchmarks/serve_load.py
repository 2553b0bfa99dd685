"""Load on `pixbin serve`: 10,000 requests on the loopback address, none of which may fail.

`python -m tests.benchmarks.serve_load [REQUESTS]` starts the service in a folder of photographs and
sends requests from eight clients at once: pictures that were converted before, new conversions,
conditional requests, the playlist, and pictures in the body. It prints times and the memory of the
service, and ends with code 1 if a request failed or the memory grew.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from tests.benchmarks.pictures import photograph

REQUESTS = 10_000
CLIENTS = 8  #: half of them open a new connection for each request, as small displays do
PICTURES = 8
WARM_UP = 0.2  #: share of the requests after which the memory must be flat
MOST_GROWTH = 0.05  #: of the memory, from then on
DEVICES = ("trmnl", "ssd1306-128x64", "playdate", "waveshare-4in2")
#: kinds of requests, with their share in percent
KINDS = {"converted before": 60, "not modified": 20, "playlist": 10, "new": 8, "sent": 2}


class Sample(NamedTuple):
    """One request."""

    kind: str
    status: int
    seconds: float


class LoadClient:
    """Sends requests of all kinds, in an order that depends on its number only."""

    def __init__(self, address: str, number: int, body: bytes) -> None:
        self._host = urlsplit(address).netloc
        self._random = random.Random(number)
        self._keeps_open = number % 2 == 0
        self._body, self._number = body, number
        self._connection = http.client.HTTPConnection(self._host, timeout=60)
        self._etags: dict[str, str] = {}

    def send(self) -> Sample:
        """Send one request, and return its kind, status and time."""
        (kind,) = self._random.choices([*KINDS], [*KINDS.values()])
        method, path, headers, body = self._request(kind)
        start = time.perf_counter()
        try:
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
            data = response.read()
        except (OSError, http.client.HTTPException) as error:
            print(f"{kind}: {error!r}")
            self._connection.close()
            return Sample(kind, 0, time.perf_counter() - start)
        seconds = time.perf_counter() - start
        if "ETag" in response.headers:
            self._etags[path] = response.headers["ETag"]
        is_whole = bool(data) == (response.status != 304)
        if not self._keeps_open:
            self._connection.close()
        return Sample(kind, response.status if is_whole else 0, seconds)

    def _request(self, kind: str) -> tuple[str, str, dict[str, str], bytes | None]:
        device = self._random.choice(DEVICES)
        path = f"/convert?file={self._random.randrange(PICTURES)}.jpg&device={device}"
        match kind:
            case "not modified" if self._etags:
                path = self._random.choice([*self._etags])
                return "GET", path, {"If-None-Match": self._etags[path]}, None
            case "playlist":
                return "GET", f"/next?client={self._number}&device={device}", {}, None
            case "new":
                return "GET", f"{path}&brightness={self._random.uniform(-0.2, 0.2):.6f}", {}, None
            case "sent":
                headers = {"Content-Type": "image/jpeg"}
                return "POST", f"/convert?device={device}", headers, self._body
        return "GET", path, {}, None


@contextlib.contextmanager
def service(folder: Path) -> Iterator[str]:
    """Run a service of a folder, and yield its address; it must end well."""
    command = [sys.executable, "-m", "pixbin", "serve", str(folder), "--port", "0", "--rate", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()
        print(f"ended with code {process.wait(30)}")


def memory(address: str) -> float:
    """Return the megabytes that the service takes."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc)
    connection.request("GET", "/metrics")
    for line in connection.getresponse().read().decode().splitlines():
        if line.startswith("process_resident_memory_bytes"):
            return float(line.split()[1]) / (1 << 20)
    raise ValueError("the metrics have no memory; run this on Linux")


def run(address: str, count: int, body: bytes) -> tuple[list[Sample], list[float]]:
    """Send all requests; return them, and the memory after each twentieth of them."""
    samples: list[Sample] = []
    memories: list[float] = []
    remaining = iter(range(count))
    lock = threading.Lock()

    def work(number: int) -> None:
        client = LoadClient(address, number, body)
        while True:
            with lock:
                if next(remaining, None) is None:
                    return
            sample = client.send()
            with lock:
                samples.append(sample)
                if len(samples) % (count // 20) == 0:
                    memories.append(memory(address))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return samples, memories


def report(samples: list[Sample], memories: list[float], seconds: float) -> bool:
    """Print the result, and return whether all is well."""
    times = defaultdict(list)
    for sample in samples:
        times[sample.kind].append(1000 * sample.seconds)
    failures = [sample for sample in samples if sample.status not in (200, 304)]
    print(f"{len(samples)} requests, {len(samples) / seconds:.0f} a second, {len(failures)} failed")
    for kind, values in times.items():
        cuts = statistics.quantiles(values, n=100)
        print(f"{kind:18} {len(values):5}  median {cuts[49]:6.1f} ms  99 % {cuts[98]:6.1f} ms")
    print("memory, MB:", *(f"{value:.0f}" for value in memories))
    steady = memories[int(WARM_UP * len(memories)) :]
    middle = len(steady) // 2
    growth = statistics.median(steady[middle:]) / statistics.median(steady[:middle]) - 1
    print(f"growth from the first half to the second, after a fifth: {100 * growth:.1f} %")
    return not failures and growth < MOST_GROWTH


def main() -> None:
    """Run the load, and print the result."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(PICTURES):
            size = (1600 - 100 * number, 1000)
            photograph(*size).save(folder / f"{number}.jpg", quality=90)
        body = (folder / "7.jpg").read_bytes()
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        with service(folder) as address:
            start = time.perf_counter()
            samples, memories = run(address, count, body)
            is_well = report(samples, memories, time.perf_counter() - start)
        print(f"load {os.getloadavg()[0]:.1f}")
    sys.exit(not is_well)


if __name__ == "__main__":
    main()

"""Speed of the studio: from its start to the page, and from a change to the picture.

`python -m tests.benchmarks.studio_speed [PICTURE]` starts `pixbin studio` and speaks to it over
HTTP, as the page does. With a browser on this machine it also measures until the canvas is drawn.
Times depend on what else the machine does, so its load is printed with them.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.benchmarks.pictures import photograph

STARTS = 7
CHANGES = 25  #: of the brightness, for each line
PAUSE = 0.05  #: seconds between changes
METHODS = ("floyd-steinberg", "bayer4", "direct-binary-search", "ink", "neural")
SIZES: dict[str, tuple[dict[str, str], float]] = {
    "128 cells": ({"grid": "128x"}, 0.1),
    "400x240": ({"device": "playdate"}, 0.3),
}
PAGE_GOAL = 0.7  #: seconds


class Running(NamedTuple):
    """A studio at work."""

    address: str
    seconds: float  #: from the start of the process to the printed address


@contextlib.contextmanager
def studio(*arguments: str | Path) -> Iterator[Running]:
    """Run a studio, and end it."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "pixbin", "studio", *map(str, arguments), "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        yield Running(address, time.perf_counter() - start)
        process.terminate()


class Client:
    """One connection, kept open as browsers do."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.host, self.root = parts.netloc, parts.path
        self._connection = http.client.HTTPConnection(self.host)
        self._number = 0

    def get(self, path: str) -> bytes:
        """Return the body of a page."""
        self._connection.request("GET", self.root + path)
        return self._connection.getresponse().read()

    def draw(self, **settings: str) -> float:
        """Ask for a picture; return the seconds until it is there."""
        self._number += 1
        body: dict[str, Any] = {"picture": "0", "settings": settings, "format": "png"}
        body |= {"channel": "bench/picture", "number": self._number}
        headers = {"Content-Type": "application/json", "Origin": f"http://{self.host}"}
        start = time.perf_counter()
        self._connection.request("POST", f"{self.root}picture", json.dumps(body), headers)
        response = self._connection.getresponse()
        response.read()
        assert response.status == 200, response.status
        return time.perf_counter() - start


def measure_start(picture: Path) -> None:
    """Print the time from the start of the process to page, state and first picture."""
    rows = []
    for _ in range(STARTS):
        with studio(picture) as running:
            client, begin = Client(running.address), time.perf_counter() - running.seconds
            client.get("")
            client.get("state")
            page = time.perf_counter() - begin
            client.draw()
            rows.append((running.seconds, page, time.perf_counter() - begin))
    names = ("address printed", f"page and state (goal {PAGE_GOAL} s)", "first picture")
    for name, seconds in zip(names, zip(*rows, strict=True), strict=True):
        median = statistics.median(seconds)
        print(f"{name:32} {median:6.2f} s   {min(seconds):.2f} to {max(seconds):.2f}")


def measure_changes(picture: Path) -> None:
    """Print the time from a change to the picture, for some methods and sizes."""
    with studio(picture) as running:
        client = Client(running.address)
        client.get("state")
        for size, (settings, goal) in SIZES.items():
            for method in METHODS:
                given = {**settings, "method": method}
                client.draw(**given)  # loads a model, or compiles a kernel, for the first time
                seconds = []
                for number in range(CHANGES):
                    time.sleep(PAUSE)
                    seconds.append(client.draw(**given, brightness=f"{number / 100:g}"))
                median, worst = statistics.median(seconds), max(seconds)
                title = f"{size}, {method}"
                print(
                    f"{title:32} {1000 * median:6.0f} ms  worst {1000 * worst:4.0f}  "
                    f"goal {1000 * goal:.0f}"
                )


#: JavaScript: milliseconds from a move of the brightness slider to the drawn canvas
IN_PAGE = """async (count) => {
  const slider = document.querySelector("#option-brightness").previousElementSibling;
  const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));
  const times = [];
  for (let index = 0; index < count; index++) {
    await pause(50);
    const [before, start] = [document.body.dataset.drawn, performance.now()];
    slider.value = String(0.02 * (index + 1) - 0.5);
    slider.dispatchEvent(new Event("input"));
    while (document.body.dataset.drawn === before) await pause(1);
    times.push(performance.now() - start);
  }
  return times;
}"""


def measure_in_browser(picture: Path) -> None:
    """Print the times that a person sees: start to picture, change to picture."""
    from tests.oracles.browser import NAMES, launch

    with launch() as browser:
        if browser is None:
            print(f"no browser: {', '.join(NAMES)}, with playwright")
            return
        for size, (settings, goal) in SIZES.items():
            words = [f"--{name}={value}" for name, value in settings.items()]
            with studio(picture, *words) as running:
                page, start = browser.new_page(), time.perf_counter()
                page.goto(running.address, wait_until="commit")
                page.wait_for_selector("#option-method", state="attached")
                built = time.perf_counter() - start + running.seconds
                page.wait_for_selector("body[data-drawn]")
                drawn = time.perf_counter() - start + running.seconds
                page.wait_for_timeout(3000)  # the film strip
                times = page.evaluate(IN_PAGE, CHANGES)
                page.close()
            title = f"browser, {size}"
            print(f"{title:32} {built:6.2f} s to the controls, {drawn:.2f} s to the picture")
            print(
                f"{title + ', change':32} {statistics.median(times):6.0f} ms  "
                f"worst {max(times):4.0f}  goal {1000 * goal:.0f}"
            )


def main() -> None:
    """Measure with a photograph of 12 megapixels, or with the given picture."""
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "photograph.jpg"
        if len(sys.argv) > 1:
            picture = Path(sys.argv[1])
        else:
            photograph(4000, 3000).save(picture, quality=90)
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; medians")
        measure_start(picture)
        measure_changes(picture)
        measure_in_browser(picture)
        print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()

"""Long runs of `stream`, `batch --watch` and `serve`: memory stays flat, and nothing is left.

    python -m tests.benchmarks.long_runs --minutes 30 [--pictures FOLDER] [--broken FOLDER]

The three commands run at the same time, each with a little work for all that time. It prints a
table, and ends with code 1 if the memory grows, or a descriptor, thread, process or temporary file
is left. The least memory of each minute is fitted by a line over the last two thirds of the time:
what a picture needs while it is at work is not kept, and so does not count. The line is that of
P. K. Sen, Estimates of the Regression Coefficient Based on Kendall's Tau, 1968: the median of all
slopes.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.benchmarks.long_loads import FilmLoad, FolderLoad, Load
from tests.benchmarks.long_requests import RequestLoad
from tests.benchmarks.pictures import photograph
from tests.benchmarks.process_usage import Usage

LOADS: tuple[type[Load], ...] = (FilmLoad, FolderLoad, RequestLoad)
INTERVAL = 10.0  #: seconds between samples
REST_SECONDS = 8.0
WARM_UP = 1 / 3  #: share of the samples before the line
MOST_GROWTH, LEAST_LIMIT = 0.01, 2.0  #: in ten minutes: share of the memory, or MiB if that is more
_TEN_MINUTES = 600.0
_SAMPLES_A_MINUTE, _LEAST_POINTS = 6, 8
#: what must not be more after the last rest than after the first, and by how much it may be, as
#: pools start their threads when they need them
_HANDLES = {"descriptors": 0, "threads": 4, "processes": 0, "temporary": 0}


class Record(NamedTuple):
    """The measurements of a command."""

    samples: list[tuple[float, Usage]]  #: at their times, in seconds of work
    first_rest: Usage
    last_rest: Usage

    @property
    def low_water(self) -> list[tuple[float, float]]:
        """Time and memory when it was least, of each minute after the warm-up."""
        after = self.samples[int(WARM_UP * len(self.samples)) :]
        points = [(usage.resident, at) for at, usage in after]
        size = max(1, min(_SAMPLES_A_MINUTE, len(points) // _LEAST_POINTS))
        groups = (points[start : start + size] for start in range(0, len(points), size))
        return [(at, memory) for memory, at in map(min, groups)]


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the slope of a line through points: the median of the slopes between any two.

    >>> slope([(0, 1), (1, 3), (2, 90), (3, 7)])
    2.0
    """
    x, y = np.array(points, float).T
    first, second = np.triu_indices(len(x), 1)
    return float(np.median((y[second] - y[first]) / (x[second] - x[first])))


def measure(
    loads: Sequence[Load], count: int, wait: Callable[[float], None] = time.sleep
) -> list[Record]:
    """Let loads work for a number of samples; return what was measured of each."""
    samples: list[list[tuple[float, Usage]]] = [[] for _ in loads]
    rests: list[list[Usage]] = []
    for load in loads:
        load.begin()
    for number in range(1, count + 1):
        wait(INTERVAL)
        for load, of_load in zip(loads, samples, strict=True):
            of_load.append((number * INTERVAL, load.usage()))
        if number in (max(1, int(WARM_UP * count)), count):
            rests.append(_rest(loads, wait))
    return [
        Record(of_load, rests[0][index], rests[-1][index]) for index, of_load in enumerate(samples)
    ]


def _rest(loads: Sequence[Load], wait: Callable[[float], None]) -> list[Usage]:
    """Let loads rest for a moment; return what their commands use then."""
    for load in loads:
        load.rest()
    wait(REST_SECONDS)
    rests = [load.usage() for load in loads]
    for load in loads:
        load.go_on()
    return rests


def faults_of(record: Record) -> list[str]:
    """Return what has grown."""
    growth = slope(record.low_water) * _TEN_MINUTES
    limit = max(MOST_GROWTH * record.last_rest.resident, LEAST_LIMIT)
    faults = [f"memory grows by {growth:.2f} MB in 10 minutes"] if growth >= limit else []
    for name, spare in _HANDLES.items():
        before, after = getattr(record.first_rest, name), getattr(record.last_rest, name)
        if after > before + spare:
            faults.append(f"{name}: {before} at the first rest, {after} at the last")
    return faults


def row(load: Load, record: Record) -> str:
    """Return a row of the table."""
    memory = [value for _, value in record.low_water]
    handles = (f"{getattr(record.last_rest, name)}" for name in _HANDLES)
    cells = (
        f"`{load.name}`",
        _work_text(load),
        f"{record.samples[-1][1].processor:.0f} s",
        f"{memory[0]:.1f}, {memory[-1]:.1f} MB",
        f"{slope(record.low_water) * _TEN_MINUTES:+.2f} MB",
        *handles,
    )
    return f"| {' | '.join(cells)} |"


def _work_text(load: Load) -> str:
    return ", ".join(f"{count} {what}" for what, count in load.counts.most_common())


HEADER = (
    "| command | work | processor | memory after a third, at the end | growth in 10 min | "
    "descriptors | threads | processes | temporary files |\n" + "| --- " * 9 + "|"
)


def write_samples(path: Path, loads: Sequence[Load], records: Sequence[Record]) -> None:
    """Write all samples as a CSV file."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["command", "seconds", *Usage._fields])
        for load, record in zip(loads, records, strict=True):
            writer.writerows([load.name, at, *usage] for at, usage in record.samples)


def inputs(folder: Path, pictures: Path | None, broken: Path | None) -> tuple[list[Path], ...]:
    """Return pictures and damaged files: those in folders, or made here."""
    if pictures is None:
        pictures = folder / "pictures"
        pictures.mkdir()
        for number in range(6):
            photograph(900 + 100 * number, 700).save(pictures / f"{number}.jpg", quality=90)
    good = [path for path in sorted(pictures.iterdir()) if path.suffix in (".jpg", ".png")]
    if broken is None:
        broken = folder / "broken"
        broken.mkdir()
        data = good[0].read_bytes()
        (broken / "cut.jpg").write_bytes(data[:300])
        (broken / "text.png").write_bytes(b"no picture")
        (broken / "empty.gif").write_bytes(b"")
    return good, [path for path in sorted(broken.iterdir()) if path.is_file()]


def run(
    minutes: float,
    pictures: Path | None,
    broken: Path | None,
    samples: Path | None,
    wait_of: Callable[[Sequence[Load]], Callable[[float], None]] = lambda _: time.sleep,
) -> int:
    """Measure, print the table, and return the exit code."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = inputs(folder, pictures, broken)
        loads = [kind(folder / kind.__name__, *files) for kind in LOADS]
        records = measure(loads, max(4, round(60 * minutes / INTERVAL)), wait_of(loads))
        print(HEADER)
        failures = []
        for load, record in zip(loads, records, strict=True):
            print(row(load, record))
            failures += [f"{load.name}: {text}" for text in (*faults_of(record), *load.end())]
        if samples:
            write_samples(samples, loads, records)
    for text in failures[:50]:
        print(text)
    return int(bool(failures))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--pictures", type=Path, help="folder of pictures; default: made here")
    parser.add_argument("--broken", type=Path, help="folder of damaged files; default: made here")
    parser.add_argument("--samples", type=Path, help="CSV file to write")
    given = parser.parse_args()
    sys.exit(run(given.minutes, given.pictures, given.broken, given.samples))


if __name__ == "__main__":
    main()

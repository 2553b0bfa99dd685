"""Whole processes of pixbin and other programs, in turn, with their limits: `make bench`.

`python -m tests.benchmarks.processes [--jobs a,b] [--runs N] [--json FILE]` prints Markdown. Each
round runs every program of a job once. Times are processor times, user and system, because other
work on the machine disturbs them less. The file also holds the numbers of instructions, where
`perf` can count them. A ratio is the median over all rounds of pixbin's time to
the other's, with both quartiles. A limit is not a program: nothing that does the job is faster.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.benchmarks.process_jobs import JOBS, Job, make_pictures

DEFAULT_RUNS = 7

#: The peak of memory that the system reports counts that of the process which has started another.
#: So a small process starts it.
_LAUNCHER = """
import os, sys, time
start = time.perf_counter()
quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, usage = os.wait4(child, 0)
wall = time.perf_counter() - start
print([usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024])
sys.exit(os.waitstatus_to_exitcode(status) != 0)
"""


class Run(NamedTuple):
    """Time and memory of one process."""

    processor: float  #: seconds, user and system
    wall: float  #: seconds
    memory: float  #: peak of resident memory, in MB


def run_once(command: Sequence[str], folder: Path) -> Run:
    """Run a process in a folder, and return what it took.

    Raises
    ------
    RuntimeError
        It has failed.
    """
    launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER, *command]
    done = subprocess.run(launcher, cwd=folder, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)[:200]}: {done.stderr.decode()[-500:]}")
    return Run(*json.loads(done.stdout))


def instructions(command: Sequence[str], folder: Path) -> int | None:
    """Return the number of instructions of a process, or None if the machine does not count."""
    counting = ["perf", "stat", "--field-separator", ",", "--event", "instructions:u", "--"]
    done = subprocess.run([*counting, *command], cwd=folder, capture_output=True, check=False)
    return counted_instructions(done.stderr.decode(errors="replace"))


def counted_instructions(report: str) -> int | None:
    """Return the number in a report of `perf stat`; virtual machines often have none."""
    lines = [line.split(",") for line in report.splitlines() if "instructions" in line]
    return int(lines[-1][0]) if lines and lines[-1][0].isdecimal() else None


def measure(job: Job, folder: Path, runs: int) -> dict[str, list[Run]]:
    """Run every program of a job in turn, after one round that does not count."""
    results: dict[str, list[Run]] = {program.name: [] for program in job.programs}
    for number in range(runs + 1):
        for program in job.programs:
            result = run_once(program.command, folder)
            if number:
                results[program.name].append(result)
    return results


def ratio(ours: list[Run], theirs: list[Run]) -> tuple[float, float, float]:
    """Return the quartiles of the ratio of processor times: first, median, third."""
    ratios = [mine.processor / other.processor for mine, other in zip(ours, theirs, strict=True)]
    if len(ratios) == 1:
        return (ratios[0],) * 3
    low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return low, middle, high


def report(
    job: Job, results: dict[str, list[Run]], counts: dict[str, int | None] | None = None
) -> list[dict[str, Any]]:
    """Return the numbers of a job, a dictionary for each program."""
    rows = []
    for program in job.programs:
        runs = results[program.name]
        row: dict[str, Any] = {
            "job": job.name,
            "program": program.name,
            "kind": program.kind,
            "processor_ms": round(1000 * statistics.median(run.processor for run in runs), 1),
            "wall_ms": round(1000 * statistics.median(run.wall for run in runs), 1),
            "memory_mb": round(statistics.median(run.memory for run in runs)),
            "note": program.note,
        }
        if counts and counts[program.name] is not None:
            row["instructions"] = counts[program.name]
        if program.name != program.compared_with:
            row["ratio"] = [round(n, 2) for n in ratio(results[program.compared_with], runs)]
            row["pixbin"] = program.compared_with
        rows.append(row)
    return rows


def markdown(rows: list[dict[str, Any]]) -> str:
    """Return a table of all jobs."""
    lines = [
        "| Job | Program | Processor time | Time | Memory | pixbin takes | Note |",
        "| --- | --- | ---: | ---: | ---: | --- | --- |",
    ]
    job = ""
    for row in rows:
        times = ""
        if "ratio" in row:
            low, middle, high = row["ratio"]
            times = f"{middle:.2f} times ({low:.2f} to {high:.2f})"
        name = f"*{row['program']}*" if row["kind"] == "limit" else row["program"]
        shown_job = "" if row["job"] == job else row["job"]
        job = row["job"]
        lines.append(
            f"| {shown_job} | {name} | {row['processor_ms']:.0f} ms | {row['wall_ms']:.0f} ms "
            f"| {row['memory_mb']} MB | {times} | {row['note']} |"
        )
    return "\n".join(lines)


def machine() -> str:
    """Return the processor, the number of cores, the system and the load."""
    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        names = [line for line in information.read_text().splitlines() if "model name" in line]
        model = names[0].partition(":")[2].strip() if names else model
    python = platform.python_version()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {python}, load {load:.1f}"


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", default="", metavar="NAME,...", help="only these jobs")
    parser.add_argument("--runs", type=int, default=DEFAULT_RUNS, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers")
    arguments = parser.parse_args()
    wanted = {name for name in arguments.jobs.split(",") if name}
    jobs = [job for job in JOBS if not wanted or job.key in wanted]
    if not jobs:
        sys.exit(f"jobs are {', '.join(job.key for job in JOBS)}")
    rows: list[dict[str, Any]] = []
    where = machine()
    counts_instructions = bool(shutil.which("perf") and instructions(["true"], Path()))
    with tempfile.TemporaryDirectory(prefix="pixbin-bench-") as temporary:
        folder = Path(temporary)
        make_pictures(folder, {name for job in jobs for name in job.pictures})
        for job in jobs:
            results = measure(job, folder, min(arguments.runs, job.most_runs))
            counted = job.programs if counts_instructions else []
            counts = {program.name: instructions(program.command, folder) for program in counted}
            rows += report(job, results, counts)
    print(f"{where}\n\n{markdown(rows)}")
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": where, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()

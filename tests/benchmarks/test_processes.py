"""The benchmark of whole processes: what it measures, and how it compares."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.benchmarks import process_peers, processes
from tests.benchmarks.process_jobs import JOBS, PICTURES, Job, Program
from tests.benchmarks.processes import Run


def test_processor_time_and_memory_are_those_of_the_process(tmp_path: Path) -> None:
    """A process that computes needs processor time; one with 64 MB more has 64 MB more."""
    code = "n = 0\nfor i in range(1 << 22): n += i"
    busy = processes.run_once([sys.executable, "-c", code], tmp_path)
    large = processes.run_once([sys.executable, "-c", "b = bytes(64) * (1 << 20)"], tmp_path)
    empty = processes.run_once([sys.executable, "-c", "pass"], tmp_path)

    assert busy.processor > empty.processor > 0
    assert large.memory - empty.memory == pytest.approx(64, abs=4)


def test_failure_is_an_error(tmp_path: Path) -> None:
    """A program that fails has no time."""
    with pytest.raises(RuntimeError, match="no such thing"):
        processes.run_once([sys.executable, "-c", "raise SystemExit('no such thing')"], tmp_path)


def test_ratios_are_those_of_each_round() -> None:
    """A round in which the machine was slow counts as any other."""
    ours = [Run(time, 0, 0) for time in (2, 20, 3)]
    theirs = [Run(time, 0, 0) for time in (1, 10, 1)]

    assert processes.ratio(ours, theirs) == (2, 2, 2.5)


def test_table() -> None:
    """Programs are compared with the program of pixbin that does the same."""
    programs = [
        Program("pixbin", [], "pixbin", "pixbin"),
        Program("other", [], note="grey"),
        Program("limit: none", [], "limit"),
    ]
    times = {"pixbin": 0.3, "other": 0.1, "limit: none": 0.03}
    results = {name: [Run(time, time, 7)] for name, time in times.items()}
    rows = processes.report(Job("a", "A job", (), programs), results)

    assert processes.markdown(rows).splitlines()[2:] == [
        "| A job | pixbin | 300 ms | 300 ms | 7 MB |  |  |",
        "|  | other | 100 ms | 100 ms | 7 MB | 3.00 times (3.00 to 3.00) | grey |",
        "|  | *limit: none* | 30 ms | 30 ms | 7 MB | 10.00 times (10.00 to 10.00) |  |",
    ]


def test_instructions_are_read_from_the_report_of_perf() -> None:
    """A virtual machine may not count them."""
    counted = "1234567,,instructions:u,400000,100.00,,\n"
    refused = "<not supported>,,instructions:u,0,100.00,,\n"

    assert processes.counted_instructions(f"# started\n{counted}") == 1234567
    assert processes.counted_instructions(refused) is None
    assert processes.counted_instructions("perf: not permitted") is None


def test_other_program_of_the_same_name_does_not_take_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program counts only if its version line says that it is what it is called."""
    peer = next(peer for peer in process_peers.PEERS if peer.program == "convert")
    program = tmp_path / "convert"
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    for answer, expected in (("Converts units.", False), ("Version: ImageMagick 6.9", True)):
        program.write_text(f"#!/bin/sh\necho '{answer}'\n")
        program.chmod(0o755)
        process_peers.is_installed.cache_clear()
        assert process_peers.is_installed(peer) is expected
    process_peers.is_installed.cache_clear()


def test_jobs_are_complete() -> None:
    """Keys are unique, pictures are known, and each comparison is with a program of the job."""
    assert len({job.key for job in JOBS}) == len(JOBS)
    for job in JOBS:
        names = [program.name for program in job.programs]
        assert len({*names}) == len(names)
        assert {*job.pictures} <= PICTURES.keys()
        assert {program.compared_with for program in job.programs} <= {*names}

"""The display of a batch: counts and failures at the end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pixbin.batch.jobs import Job, JobState, Outcome, failed_outcome
from pixbin.cli.progress import MAX_LISTED_FAILURES, BatchDisplay
from tests.batch.folders import write_photos
from tests.fixtures import read_terminal

ERROR = "photos/a.png: damaged"


@pytest.mark.parametrize("target", ["a.png", ""])
def test_mended_failure_is_forgotten(capsys: pytest.CaptureFixture[str], target: str) -> None:
    """A watched source that failed, even in planning, and was then written, is no failure."""
    failed = failed_outcome(Job("photos/a.png", target), ERROR)
    mask = Outcome("photos/a.png", "a-mask.png", JobState.WRITTEN)
    written = Outcome("photos/a.png", "a.png", JobState.WRITTEN)
    display = BatchDisplay("out", lines_only=True)
    counts = []
    for outcome in (failed, failed, *[mask] * (target != ""), written):
        display.record(outcome)
        counts.append(display.counts["failed"])
    display.summarize()

    assert counts == [1, 1, *[1] * (target != ""), 0]
    assert "error:" not in capsys.readouterr().err


def test_long_lists_of_failures_are_cut(capsys: pytest.CaptureFixture[str]) -> None:
    """At most 100 failures are listed; the rest is counted."""
    display = BatchDisplay("out", quiet=True)
    for number in range(MAX_LISTED_FAILURES + 3):
        display.record(failed_outcome(Job(f"{number}.png", f"{number}.png"), f"{number}.png: bad"))
    display.summarize()
    lines = capsys.readouterr().err.splitlines()

    assert len(lines) == MAX_LISTED_FAILURES + 1
    assert lines[-1] == "error: and 3 more; --json lists all"


def test_each_kind_of_note_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Notes that differ in numbers only are one kind; the line has the first of them."""
    display = BatchDisplay("out")
    for number in range(3):
        written = Outcome(f"{number}.png", f"{number}.ql", JobState.WRITTEN)
        crop = (f"cropped to {number}x2",) if number else ()
        display.record(written._replace(notes=(*crop, f"{400 + number} of 696 dots")))
    display.summarize()
    lines = capsys.readouterr().err.splitlines()

    assert lines[-2:] == [
        "note on 3 pictures, the first: 0.png: 400 of 696 dots",
        "note on 2 pictures, the first: 1.png: cropped to 1x2",
    ]


def test_rare_notes_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """At most five kinds of notes are listed."""
    display = BatchDisplay("out")
    notes = tuple(f"is of kind {letter}" for letter in "abcdefg")
    display.record(Outcome("a.png", "a.png", JobState.WRITTEN)._replace(notes=notes))
    display.summarize()
    lines = capsys.readouterr().err.splitlines()

    assert lines[-2:] == [
        "note on 1 picture: a.png: is of kind e",
        "2 more kinds of notes; --json lists all",
    ]


def test_watch_ends_without_a_mended_failure(tmp_path: Path) -> None:
    """The summary of --watch names no failure whose source was replaced and written."""
    photos = write_photos(tmp_path / "photos", ("a.png",))
    whole = (photos / "a.png").read_bytes()
    (photos / "a.png").write_bytes(b"not a picture")
    command = [sys.executable, "-m", "pixbin", "batch", "photos", "out", "-s", "20", "--watch"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith(b"failed photos/a.png: not a picture")
        (tmp_path / "whole.png").write_bytes(whole)
        (tmp_path / "whole.png").rename(photos / "a.png")
        end = time.monotonic() + 60
        while not (tmp_path / "out" / "a.png").exists() and time.monotonic() < end:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        messages = process.stderr.read()

    assert process.returncode == 130
    assert b"1 written in" in messages
    assert b"error:" not in messages
    assert b"failed" not in messages


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_terminal_shows_a_bar_and_a_table(tmp_path: Path) -> None:
    """A terminal gets one bar with failures and rate, and at the end a table, not a line a file."""
    import pty

    photos = write_photos(tmp_path / "photos", ("a.png", "b.png"))
    (photos / "c.png").write_bytes(b"not a picture")
    ours, theirs = pty.openpty()
    words = ["batch", "photos", "out", "--size", "20", "--jobs", "1", "--method", "auto"]
    with subprocess.Popen(
        [sys.executable, "-m", "pixbin", *words],
        cwd=tmp_path,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100", "NO_COLOR": "1"},
    ) as process:
        os.close(theirs)
        printed = read_terminal(ours)
    os.close(ours)
    screen = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", printed.decode())
    lines = screen.split("\r\n")
    heading = next(line for line in lines if "written a second" in line)
    numbers = lines[lines.index(heading) + 2].split()

    assert process.returncode == 6
    assert "3/3" in screen
    assert "1 failed" in screen
    assert heading.split()[:4] == ["written", "unchanged", "kept", "failed"]
    assert numbers[:4] == ["2", "0", "0", "1"]
    assert "error: photos/c.png: not a picture" in screen
    assert not any(line.startswith("1/3") for line in lines)
    assert sum(int(count) for count in re.findall(r"\((\d+)\)", screen)) == 2  # choices of auto

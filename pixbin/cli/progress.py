"""Progress of a batch: a bar, lines or JSON, and the summary at the end."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from pixbin.batch import reports
from pixbin.catalog.picture_kinds import AUTO_NOTE
from pixbin.cli import console
from pixbin.cli.reports import to_json

if TYPE_CHECKING:
    from pixbin.batch.jobs import Outcome

MAX_LISTED_FAILURES = 100  #: failures in the summary; JSON has all
MAX_LISTED_NOTES = 5  #: kinds of notes in the summary; JSON has all
_MAX_NOTE_KINDS = 100  #: that are counted, so that memory does not grow with the pictures
_NUMBERS = re.compile(r"[0-9][0-9.]*")  #: in which notes of one kind differ


class BatchDisplay:
    """A display that counts outcomes and prints each: as a bar on a terminal, else as a line."""

    def __init__(
        self,
        output: str,
        *,
        as_json: bool = False,
        quiet: bool = False,
        lines_only: bool = False,
        is_joined: bool = False,
    ) -> None:
        self.counts = {"written": 0, "unchanged": 0, "kept": 0, "failed": 0}
        self.sources: dict[str, str] = {}  #: sources of the parts of one file, by their targets
        self._output = output
        self._as_json = as_json
        self._quiet = quiet
        self._lines_only = lines_only
        self._is_joined = is_joined  #: whether the outputs are parts of one file
        self._failures: dict[tuple[str, str], str] = {}  #: errors by source and target
        self._notes: dict[str, tuple[str, int]] = {}  #: first note and count, by kind
        self._choices: Counter[str] = Counter()  #: pictures by what `auto` chose
        self._start = time.perf_counter()
        self._total = 0
        self._bar: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._close()

    def add_total(self, total: int) -> None:
        """Add a number of pictures to come, and start the bar."""
        self._total += total
        if console.is_stderr_terminal() and not self._quiet and not self._lines_only:
            self._bar = _make_progress_bar()
            self._bar.add_task("", total=total, failed="")
            self._bar.start()

    def record(self, outcome: Outcome) -> None:
        """Count an outcome and print it."""
        self._forget_failure(outcome)
        self.counts[outcome.state] += 1
        if self._is_joined:
            self.sources[outcome.target] = outcome.source
        if outcome.choice:
            self._choices[outcome.choice] += 1
        self._count_notes(outcome)
        if outcome.error and (self._lines_only or len(self._failures) < MAX_LISTED_FAILURES):
            self._failures[outcome.source, outcome.target] = outcome.error
        if self._as_json:
            console.print_stdout(to_json(self._report(outcome)))
            console.flush_stdout()  # a program that reads the lines wants each at once
        if self._bar:
            failed = self.counts["failed"]
            self._bar.update(0, advance=1, failed=f"{failed} failed" if failed else "")
        elif not self._quiet and not self._as_json and outcome.state != "unchanged":
            of_all = "" if self._lines_only else f"{sum(self.counts.values())}/{self._total} "
            console.print_stderr(f"{of_all}{self._line(outcome)}")

    def _report(self, outcome: Outcome) -> dict[str, Any]:
        return reports.outcome_report(outcome, self._output, is_joined=self._is_joined)

    def _count_notes(self, outcome: Outcome) -> None:
        notes = [note for note in outcome.notes if not note.startswith(AUTO_NOTE)]
        for kind, note in {_NUMBERS.sub("#", note): note for note in notes}.items():
            if kind in self._notes or len(self._notes) < _MAX_NOTE_KINDS:
                first, count = self._notes.get(kind, (f"{outcome.source}: {note}", 0))
                self._notes[kind] = first, count + 1

    def _line(self, outcome: Outcome) -> str:
        return reports.outcome_line(outcome, self._output, is_joined=self._is_joined)

    def _forget_failure(self, outcome: Outcome) -> None:
        """Forget an earlier failure of a watched source, which has been tried again.

        If not even its plan was possible, the failure has no target.
        """
        for target in {outcome.target, ""}:
            if self._failures.pop((outcome.source, target), None):
                self.counts["failed"] -= 1

    def summarize(self, *closing_lines: str) -> None:
        """Print the counts, and the failures with their reasons."""
        self._close()
        seconds = time.perf_counter() - self._start
        if not self._quiet:
            words = {"written": reports.CONVERTED} if self._is_joined else {}
            _print_summary({words.get(k, k): n for k, n in self.counts.items()}, seconds)
            if self._choices:
                console.print_stderr(f"{AUTO_NOTE}{_counted(self._choices)}")
            for line in _note_lines(self._notes):
                console.print_stderr(line)
        listed = [*self._failures.values()][:MAX_LISTED_FAILURES]
        for failure in listed:
            console.print_stderr(f"error: {failure}")
        if (more := self.counts["failed"] - len(listed)) > 0:
            console.print_stderr(f"error: and {more} more; --json lists all")
        for line in closing_lines:
            console.print_stderr(line)

    def _close(self) -> None:
        if self._bar:
            self._bar.stop()
            self._bar = None


def _note_lines(notes: Mapping[str, tuple[str, int]]) -> list[str]:
    """Return a line for each kind of note, the most frequent kind first."""
    by_count = sorted(notes.values(), key=lambda note: -note[1])
    lines = [
        f"note on {reports.picture_count(count)}{', the first' if count > 1 else ''}: {first}"
        for first, count in by_count[:MAX_LISTED_NOTES]
    ]
    if len(by_count) > MAX_LISTED_NOTES:
        lines.append(f"{len(by_count) - MAX_LISTED_NOTES} more kinds of notes; --json lists all")
    return lines


def _counted(choices: Counter[str]) -> str:
    """Return choices of `auto` with their numbers of pictures, the most frequent one first."""
    return ", ".join(f"{choice} ({count})" for choice, count in choices.most_common())


def _make_progress_bar() -> Any:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        """A column of the rate, in pictures per second."""

        def render(self, task: Task) -> Text:
            """Return the rate as text."""
            return Text(f"{task.speed or 0:.1f}/s")

    return Progress(
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
        TextColumn("[red]{task.fields[failed]}"),
        console=Console(stderr=True),
        transient=True,
    )


def _print_summary(counts: dict[str, int], seconds: float) -> None:
    done = counts.get("written", counts.get("converted", 0))
    rate = f"{done / seconds:.1f} a second" if done and seconds else ""
    if not console.is_stderr_terminal():
        words = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
        summary = f"{words or 'nothing to do'} in {seconds:.1f} s"
        console.print_stderr(f"{summary}, {rate}" if rate else summary)
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(*counts, "seconds", "written a second", box=SIMPLE_HEAD)
    table.add_row(*map(str, counts.values()), f"{seconds:.1f}", rate.partition(" ")[0])
    Console(stderr=True).print(table)

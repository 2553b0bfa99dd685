"""A campaign: workers for one entry after another, their findings saved and made smaller."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

from tests.fuzz import minimise, worker
from tests.fuzz.entry import FuzzEntry
from tests.fuzz.verdicts import Finding
from tests.fuzz.watch import ChildWatch, FuzzLimits, signal_finding
from tests.fuzz.worker import (
    FoundInput,
    SharedInput,
    WorkerReport,
    WorkOrder,
)

MOST_RESTARTS = 40  #: of the workers of one entry
_POLL_SECONDS = 0.05
_NAME_PATTERN = re.compile(r"(.+?)--(\d+)--")


@dataclass
class EntryResult:
    """The numbers and the findings of one entry."""

    name: str
    executions: int = 0
    refused: int = 0
    traits: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    peak_bytes: int = 0
    findings: dict[str, FoundInput] = field(default_factory=dict)  #: by signature

    def add(self, report: WorkerReport) -> None:
        """Add the numbers of a worker that has ended."""
        self.executions += report.executions
        self.refused += report.refused
        self.traits = max(self.traits, report.traits)
        self.slowest = max(self.slowest, report.slowest)
        self.peak_bytes = max(self.peak_bytes, report.peak_bytes)

    def __str__(self) -> str:
        rate = self.executions / max(self.seconds, 0.001)
        return (
            f"{self.name:<16} {self.executions:>9} runs {rate:>7.0f}/s {self.refused:>9} refused "
            f"{self.traits:>5} outcomes {self.slowest:>6.2f} s at most "
            f"{self.peak_bytes >> 20:>5} MB {len(self.findings):>3} findings"
        )


class Campaign:
    """Fuzzes entries, one after another.

    Parameters
    ----------
    seed : int
        Inputs are the same for the same seed.
    folder : Path
        Inputs with findings are saved here.
    limits : FuzzLimits
    log : function
        Takes a line for people.
    """

    def __init__(
        self, seed: int, folder: Path, limits: FuzzLimits, log: Callable[[str], None]
    ) -> None:
        self._seed, self._folder, self._limits, self._log = seed, folder, limits, log

    def run(
        self,
        entries: Sequence[FuzzEntry],
        seconds: float,
        corpus: Iterable[bytes] = (),
        most: int | None = None,
    ) -> list[EntryResult]:
        """Share the time among entries by their weights, and return their results."""
        files = [*corpus]
        results = []
        end = time.monotonic() + seconds
        for index, entry in enumerate(entries):
            share = entry.weight / sum(each.weight for each in entries[index:])
            given = max(0.2, share * (end - time.monotonic()))
            results.append(self._run_entry(entry, given, files, most))
            self._log(str(results[-1]))
        return results

    def _run_entry(
        self, entry: FuzzEntry, seconds: float, files: Sequence[bytes], most: int | None
    ) -> EntryResult:
        result, number = EntryResult(entry.name), 0
        seeds = [*entry.seeds(), *(data for data in files if data.startswith(entry.starts))]
        if not seeds:  # a library is missing
            return result
        start = time.monotonic()
        stop_at = start + seconds
        for _ in range(MOST_RESTARTS):
            rest = None if most is None else most - result.executions
            if time.monotonic() >= stop_at or rest == 0:
                break
            order = WorkOrder(entry, seeds, self._seed, number, stop_at, rest, self._limits)
            number = self._run_worker(order, result) + 1
        result.seconds = time.monotonic() - start
        self._save(entry, result)
        return result

    def _run_worker(self, order: WorkOrder, result: EntryResult) -> int:
        """Run a worker to its end, and return the number of its last input."""
        shared, (receiver, sender) = SharedInput(), Pipe(duplex=False)
        watch = ChildWatch(worker.start(order, shared, sender), order.limits)
        sender.close()
        status, hang, is_reported = None, None, False
        while status is None:
            is_reported |= self._receive(receiver, result)
            hang = hang or watch.finding_if_overdue(shared.read()[0])
            status = watch.status()
        is_reported |= self._receive(receiver, result)
        executions, number, choice, data = shared.read()
        if not is_reported:
            result.add(WorkerReport(executions + 1, 0, 0, 0.0, 0))
        finding = hang or signal_finding(status)
        if finding is not None:
            self._note(result, FoundInput(finding, data, choice, number))
        return number

    def _receive(self, receiver: Connection, result: EntryResult) -> bool:
        """Take what a worker has sent; return whether its report was there."""
        is_reported = False
        try:
            while receiver.poll(_POLL_SECONDS):
                message = receiver.recv()
                if isinstance(message, FoundInput):
                    self._note(result, message)
                elif isinstance(message, WorkerReport):
                    result.add(message)
                    is_reported = True
                else:
                    raise message
        except EOFError:
            time.sleep(_POLL_SECONDS)
        return is_reported

    def _note(self, result: EntryResult, found: FoundInput) -> None:
        signature = found.finding.signature
        if signature not in result.findings:
            self._log(f"{result.name}: {found.finding.kind}: {signature}")
            result.findings[signature] = found

    def _save(self, entry: FuzzEntry, result: EntryResult) -> None:
        """Write the inputs with findings, made smaller if that is quick."""
        for found in result.findings.values():
            data = minimise.smaller(entry, found, self._limits)
            path = saved_path(self._folder, entry, found.finding, found.choice, data)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            path.with_suffix(".txt").write_text(found.finding.detail, errors="replace")
            self._log(f"  {os.path.relpath(path)} ({len(data)} bytes)")


def saved_path(folder: Path, entry: FuzzEntry, finding: Finding, choice: int, data: bytes) -> Path:
    """Return the name of the file for an input; it holds what `--replay` needs."""
    digest = hashlib.sha256(finding.signature.encode() + data).hexdigest()[:8]
    return folder / f"{entry.name}--{choice}--{finding.kind}-{digest}.{entry.suffix}"


def parse_name(path: Path) -> tuple[str, int]:
    """Return the entry and the choice in the name of a saved input.

    >>> parse_name(Path("gif--7--slow-12ab.bin"))
    ('gif', 7)
    """
    match = _NAME_PATTERN.match(path.name)
    if match is None:
        raise ValueError(f"{path}: a name such as gif--7--slow.bin is needed")
    return match[1], int(match[2])

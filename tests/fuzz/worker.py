"""A worker: a forked process that mutates and runs inputs, one after another.

It writes each input into shared memory before it runs it. So the parent knows the input on which
it crashed or did not end.
"""

from __future__ import annotations

import contextlib
import gc
import mmap
import os
import random
import signal
import struct
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple, NoReturn

from tests.fuzz.entry import CHOICES, FuzzEntry
from tests.fuzz.mutations import MAX_INPUT_BYTES
from tests.fuzz.verdicts import Finding, Verdict, judge
from tests.fuzz.watch import ChildWatch, FuzzLimits, signal_finding

MOST_SEEDS = 600  #: kept by one entry, with those that had new results
MOST_SEED_BYTES = 8192  #: of an input that is kept; changing larger ones takes long
_SHARED_HEAD = struct.Struct("<QQQQ")  #: executions, number, choice, length
_SEED_SHARE = 0.01  #: of runs without a mutation
_MORE_HANDLES = 8  #: open files that are no finding
_HANDLE_CHECK = 500  #: executions between counts of open files


class SharedInput:
    """The input that a worker runs, in memory that its parent sees."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _SHARED_HEAD.size + MAX_INPUT_BYTES)

    def write(self, executions: int, number: int, choice: int, data: bytes) -> None:
        """Write the input, and how many have ended."""
        self._memory[_SHARED_HEAD.size : _SHARED_HEAD.size + len(data)] = data
        _SHARED_HEAD.pack_into(self._memory, 0, executions, number, choice, len(data))

    def read(self) -> tuple[int, int, int, bytes]:
        """Return executions, number, choice and data."""
        executions, number, choice, length = _SHARED_HEAD.unpack_from(self._memory)
        data = self._memory[_SHARED_HEAD.size : _SHARED_HEAD.size + length]
        return executions, number, choice, data


class FoundInput(NamedTuple):
    """An input with a finding."""

    finding: Finding
    data: bytes
    choice: int
    number: int


class WorkerReport(NamedTuple):
    """The numbers of a worker at its end."""

    executions: int
    refused: int
    traits: int  #: different outcomes
    slowest: float  #: in seconds of processor time
    peak_bytes: int  #: of memory, beyond that at the start


class WorkOrder(NamedTuple):
    """The task of a worker."""

    entry: FuzzEntry
    seeds: Sequence[bytes]
    seed: int
    first: int  #: number of the first input
    stop_at: float  #: on the clock of `time.monotonic`
    most: int | None = None  #: executions
    limits: FuzzLimits = FuzzLimits()


class NoiseFile:
    """The file that stdout and stderr of a worker go to; libraries may not write there."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - open to the end
        self._handle = self._file.fileno()
        os.dup2(self._handle, 1)
        os.dup2(self._handle, 2)

    def take(self) -> bytes:
        """Return what was written since the last call."""
        if sys.stdout is not None:
            sys.stdout.flush()
        if not os.fstat(self._handle).st_size:
            return b""
        written = os.pread(self._handle, 4000, 0)
        os.ftruncate(self._handle, 0)
        os.lseek(self._handle, 0, os.SEEK_SET)
        return written


def start(order: WorkOrder, shared: SharedInput, connection: Connection) -> int:
    """Fork a worker, and return its process number."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        _run_child(order, shared, connection)
    return pid


def _run_child(order: WorkOrder, shared: SharedInput, connection: Connection) -> NoReturn:
    code = 70
    try:
        with prepared_process(order.limits):
            connection.send(_work(order, shared, connection))
        code = 0
    except BaseException as error:  # noqa: BLE001 - the parent reports it
        with contextlib.suppress(Exception):
            connection.send(error if isinstance(error, Exception) else RuntimeError(repr(error)))
    finally:
        os._exit(code)


@contextlib.contextmanager
def prepared_process(limits: FuzzLimits) -> Iterator[None]:
    """Set limits, and work in a new empty folder."""
    import resource

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (limits.address_bytes, hard))
    with tempfile.TemporaryDirectory(prefix="pixbin-fuzz-") as folder:
        (Path(folder) / "work").mkdir()
        os.chdir(Path(folder) / "work")
        os.environ["PIXBIN_CONFIG_DIR"] = str(Path(folder) / "config")
        yield
        os.chdir("/")


def _work(order: WorkOrder, shared: SharedInput, connection: Connection) -> WorkerReport:
    noise, judged = NoiseFile(), 0
    entry, pool = order.entry, list(order.seeds)
    traits: set[str] = set()
    refused, slowest = 0, 0.0
    base_memory = peak = _peak_memory()
    handles, signatures = 0, set[str]()
    number = order.first
    while time.monotonic() < order.stop_at and (order.most is None or judged < order.most):
        chance = random.Random(f"{order.seed} {entry.name} {number}")
        choice = chance.randrange(CHOICES)
        data = chance.choice(pool)
        if number >= len(order.seeds) and chance.random() > _SEED_SHARE:
            data = entry.mutate(chance, data, pool)
        elif number < len(order.seeds):
            data = order.seeds[number]
        data = data[:MAX_INPUT_BYTES]
        shared.write(judged, number, choice, data)
        before = time.process_time()
        verdict = judge(entry, data, choice)
        seconds = time.process_time() - before
        judged += 1
        slowest = max(slowest, seconds)
        grown = _peak_memory() - peak
        peak += grown
        finding = verdict.finding or _measured(order.limits, seconds, peak - base_memory, grown)
        finding = finding or _noise_finding(noise.take())
        if judged % _HANDLE_CHECK == 1:
            count = _open_files()
            if handles and count > handles + _MORE_HANDLES:
                gc.collect()  # of files in cycles, which are closed later
                count = _open_files()
            if handles and count > handles + _MORE_HANDLES:
                finding = finding or Finding("handles", "handles", _names_of_open_files())
            handles = handles or count
        if finding is not None and finding.signature not in signatures:
            signatures.add(finding.signature)
            connection.send(FoundInput(finding, data, choice, number))
        refused += not verdict.trait.startswith("done")
        if verdict.trait not in traits:
            traits.add(verdict.trait)
            if len(data) <= MOST_SEED_BYTES:
                _keep(pool, data, chance)
        number += 1
        if finding is not None and finding.kind == "memory":
            break
    shared.write(judged, number - 1, 0, b"")
    return WorkerReport(judged, refused, len(traits), slowest, peak - base_memory)


def _open_files() -> int:
    """Return the number of open files; 0 where the system does not say it."""
    folder = Path("/proc/self/fd")
    return len([*folder.iterdir()]) if folder.is_dir() else 0


def _names_of_open_files() -> str:
    """Return what is open, one name a line."""
    names = []
    for path in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            names.append(str(path.readlink()))
    return "\n".join(sorted(names))


def _keep(pool: list[bytes], data: bytes, chance: random.Random) -> None:
    if len(pool) < MOST_SEEDS:
        pool.append(data)
    else:
        pool[chance.randrange(len(pool) // 2, len(pool))] = data


def _peak_memory() -> int:
    """Return the most memory that this process has used, in bytes."""
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _measured(limits: FuzzLimits, seconds: float, peak: int, grown: int) -> Finding | None:
    if seconds > limits.seconds:
        return Finding("slow", "slow", f"{seconds:.1f} s of processor time")
    if grown and peak > limits.memory_bytes:
        return Finding("memory", "memory", f"{peak >> 20} MB")
    return None


def _noise_finding(written: bytes) -> Finding | None:
    if not written:
        return None
    text = written.decode("utf-8", "replace")
    line = "".join(letter for letter in text.splitlines()[-1] if not letter.isdigit())
    return Finding("noise", f"noise {line[:60]}", text)


def judge_alone(entry: FuzzEntry, data: bytes, choice: int, limits: FuzzLimits) -> Verdict:
    """Judge one input in a process of its own, which may crash."""
    from multiprocessing import Pipe

    receiver, sender = Pipe(duplex=False)
    shared = SharedInput()
    order = WorkOrder(_fixed_choice(entry, choice), [data], 0, 0, float("inf"), 1, limits)
    pid = start(order, shared, sender)
    sender.close()
    return _await_verdict(pid, receiver, limits)


def _fixed_choice(entry: FuzzEntry, choice: int) -> FuzzEntry:
    run = entry.run
    return entry._replace(run=lambda data, _: run(data, choice))


def _await_verdict(pid: int, receiver: Connection, limits: FuzzLimits) -> Verdict:
    finding: Finding | None = None
    watch = ChildWatch(pid, limits)
    status: int | None = None
    while status is None:
        while receiver.poll(0.002):
            try:
                message = receiver.recv()
            except EOFError:
                break
            if isinstance(message, FoundInput):
                finding = message.finding
            if isinstance(message, Exception):
                raise message
        finding = watch.finding_if_overdue(0) or finding
        status = watch.status()
    return Verdict("alone", finding or signal_finding(status))

"""The interface of an output storage, and the values that all storages share.

`local_files` implements it for folders of this machine, `object_store` for everything that fsspec
reaches. `open_storage` chooses between them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from pixbin.catalog.limits import DEFAULT, InputLimits
from pixbin.errors import OutputError

STATE_FOLDER = ".pixbin"  #: the folder in the output folder that holds the journal
WORK_FOLDER = "work"  #: the folder in the state folder for files that are still incomplete
JOURNAL_FILE = "journal.jsonl"  #: in the state folder

_NS_PER_SECOND = 1_000_000_000  #: nanoseconds
#: A second change within this many nanoseconds may leave the modification time as it is. File
#: systems with fractions of a second tick every few milliseconds, the others once a second or two.
_FINE_WINDOW_NS, _COARSE_WINDOW_NS = 20_000_000, 2_000_000_000


class FileSignature(NamedTuple):
    """Size, time and tag of a file: when all are equal, its content has not changed."""

    size: int  #: in bytes; -1 if unknown
    modified_ns: int  #: in nanoseconds; -1 if unknown, or too recent to reveal another change
    tag: str = ""  #: the store's tag of the content, such as an ETag; with it, the time is 0


@dataclass(frozen=True, slots=True)
class Status:
    """Information about a file that a store gives without reading it."""

    signature: FileSignature
    identity: tuple[object, ...]  #: equal for two names of one file


class JobStore(Protocol):
    """A place that one job reads its source file from and writes its output to."""

    def read(
        self,
        source: str,
        known_signature: FileSignature | None = None,
        limits: InputLimits = DEFAULT,
    ) -> tuple[bytes, FileSignature]:
        """Return the content of a source file, and its signature when it was read.

        A `known_signature` spares a request to an object store.
        """

    def write(self, target: str, data: bytes) -> None:
        """Write an output: it appears complete or not at all."""


class Store(JobStore, Protocol):
    """A place that source files are read from and outputs are written to."""

    def source_status(self, name: str) -> Status | None:
        """Return the status of a source file, or None if it is missing."""

    def target_status(self, name: str) -> Status | None:
        """Return the status of an output, or None if it is missing."""

    def target_digest(self, target: str) -> str:
        """Return the SHA-256 of an output, or an empty string if it cannot be read."""


class JournalLog(Protocol):
    """Lines that outlive a run."""

    write_error: str  #: why lines could not be written; empty if they could
    is_intact: bool  #: whether all lines came from one file, and the last one is complete
    modified_ns: int  #: time of the last change before the lines were read, in nanoseconds
    write_ahead: int  #: number of jobs that are marked as dirty together, before they run

    def lines(self) -> Iterator[bytes]:
        """Yield the stored lines, without their line ends."""

    def append(self, line: bytes) -> None:
        """Add a line; it may be lost in a crash unless `flush` follows."""

    def flush(self) -> None:
        """Store all lines, so that they outlive a loss of power."""

    def replace(self, lines: Iterator[bytes]) -> bool:
        """Replace all lines at once, and return whether that succeeded."""


class OutputStorage(Store, Protocol):
    """An output folder that a run owns, with its journal."""

    def locked(self) -> AbstractContextManager[None]:
        """Own the output folder, and remove the remains of a killed run.

        A local folder keeps other runs out. An object store has no locks: there an older run
        notices that a newer one has started, and ends.
        """

    def stage(self, target: str, data: bytes) -> str:
        """Write an output so that `publish` can give it its name; return its present name.

        The name is empty if the output has its name already.
        """

    def publish(self, outputs: Sequence[tuple[str, str]]) -> list[OutputError | None]:
        """Give staged outputs their names. They then outlive a loss of power.

        Parameters
        ----------
        outputs
            The target and the present name of each.

        Returns
        -------
        list
            For each why that is impossible; None if it has its name.
        """

    def job_lock(self) -> AbstractContextManager[None]:
        """Hold the output folder during one job, even if the run is killed meanwhile."""

    def journal_log(self) -> JournalLog:
        """Return the lines of the journal."""


def ignore_recent_mtime(signature: FileSignature) -> FileSignature:
    """Return a signature without its time, if another change now might leave that time as it is.

    Examples
    --------
    >>> ignore_recent_mtime(FileSignature(10, 1_000_000_000))
    FileSignature(size=10, modified_ns=1000000000, tag='')
    >>> ignore_recent_mtime(FileSignature(10, time.time_ns())).modified_ns
    -1
    """
    if signature.tag:
        return signature
    window = _FINE_WINDOW_NS if signature.modified_ns % _NS_PER_SECOND else _COARSE_WINDOW_NS
    is_recent = abs(time.time_ns() - signature.modified_ns) < window
    return signature._replace(modified_ns=-1) if is_recent else signature

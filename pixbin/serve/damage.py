"""Pictures that cannot be read, so that a playlist leaves them out."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from pixbin import readers
from pixbin.errors import InputError
from pixbin.serve.folders import MAX_FILE_BYTES, ServedFile
from pixbin.web import regular_file

FORGET_SECONDS = 600.0  #: after which a picture is tried again: its folder may have been away
MAX_MARKS = 10_000

_FileState = tuple[str, tuple[int, int, int]]  #: name and version


class DamageRecord:
    """The pictures that could not be read, until they change or some minutes have gone.

    The header of each picture is read once. Damage further in is known after a conversion.
    """

    def __init__(self) -> None:
        self._headers: dict[_FileState, float | None] = {}  #: when it failed; None is sound
        self._marks: dict[tuple[_FileState, str], float] = {}
        self._lock = threading.Lock()

    def leave_out(self, files: Sequence[ServedFile], fingerprint: str) -> list[ServedFile]:
        """Return the files that are not known to be damaged, in their order.

        Parameters
        ----------
        files : sequence of ServedFile
            All pictures: what is known of others is forgotten.
        fingerprint : str
            Stands for the options of the request.
        """
        now = time.monotonic()
        with self._lock:
            self._marks = {key: at for key, at in self._marks.items() if _is_recent(at, now)}
            states = [(file.label, file.version) for file in files]
            self._headers = {
                state: self._check_header(file, state, now)
                for file, state in zip(files, states, strict=True)
            }
            return [
                file
                for file, state in zip(files, states, strict=True)
                if self._headers[state] is None and (state, fingerprint) not in self._marks
            ]

    def mark(self, file: ServedFile, fingerprint: str) -> None:
        """Remember that a picture could not be read with the options of a request."""
        with self._lock:
            while len(self._marks) >= MAX_MARKS:
                del self._marks[next(iter(self._marks))]
            self._marks[(file.label, file.version), fingerprint] = time.monotonic()

    def _check_header(self, file: ServedFile, state: _FileState, now: float) -> float | None:
        """Return when the header could not be read, of a check that is kept; None if it could."""
        if state in self._headers:
            failed_at = self._headers[state]
            if failed_at is None or _is_recent(failed_at, now):
                return failed_at
        try:
            with regular_file.opened(file.path, file.label, MAX_FILE_BYTES) as opened:
                readers.size_of_open_file(opened, file.label)
        except InputError:
            return now
        return None


def _is_recent(moment: float, now: float) -> bool:
    return now - moment < FORGET_SECONDS

"""Storing of folders on the disk for several threads at once."""

from __future__ import annotations

import threading
from pathlib import Path

from pixbin.files import atomic


class SharedSync:
    """Stores the names in folders on the disk; threads that wait for the same folder share it.

    A name counts only if the storing began after the name was given. So a thread that comes while a
    folder is being stored waits for the next time, which then serves all who wait. Databases call
    this group commit.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._begun: dict[Path, int] = {}  #: how many times a folder has begun to be stored
        self._done: dict[Path, int] = {}  #: the last time that was completed
        self._failed: dict[Path, tuple[int, OSError]] = {}

    def __call__(self, folder: Path) -> None:
        """Store the names that a folder has now.

        Raises
        ------
        OSError
            They cannot be stored.
        """
        with self._condition:
            needed = self._begun.get(folder, 0) + 1
            while self._begun.get(folder, 0) < needed and self._is_busy(folder):
                self._condition.wait()
            is_mine = self._begun.get(folder, 0) < needed
            if is_mine:
                self._begun[folder] = needed
        if is_mine:
            self._store(folder, needed)
        with self._condition:
            self._condition.wait_for(lambda: self._done.get(folder, 0) >= needed)
            number, error = self._failed.get(folder, (0, None))
        if error is not None and number >= needed:
            raise error

    def _is_busy(self, folder: Path) -> bool:
        return self._begun.get(folder, 0) > self._done.get(folder, 0)

    def _store(self, folder: Path, number: int) -> None:
        error = None
        try:
            atomic.sync_path(folder)
        except OSError as reason:
            error = reason
        finally:
            with self._condition:
                self._done[folder] = number
                if error is not None:
                    self._failed[folder] = number, error
                self._condition.notify_all()

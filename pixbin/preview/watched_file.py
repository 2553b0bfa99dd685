"""A file that another program may change at any time."""

from __future__ import annotations

from pathlib import Path

_Signature = tuple[int, int, int]  #: time of the last change, size, number of the file


class WatchedFile:
    """A file that is looked at again and again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = self._last = _signature(path)

    def has_changed(self) -> bool:
        """Return whether the file has changed since the last change that was reported.

        A change is reported once it is complete: when two looks in a row see the same new file.
        """
        current = _signature(self._path)
        is_complete = current == self._last
        self._last = current
        if current is None or current == self._known or not is_complete:
            return False
        self._known = current
        return True


def _signature(path: Path) -> _Signature | None:
    """Return numbers that differ after a change, or None if there is no such file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino

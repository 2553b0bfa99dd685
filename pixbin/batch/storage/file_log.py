"""Lines of a journal in a file of this machine."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from pixbin import files
from pixbin.errors import InputError
from pixbin.files import atomic


class FileLog:
    """Lines of a local file; each is appended at once. See `base.JournalLog`."""

    write_ahead = 32  #: as `flush` waits for the disk

    def __init__(self, path: Path, work_folder: Path) -> None:
        self.path = path
        self._replacement = work_folder / path.name  #: becomes the log when it is complete
        self.write_error = ""
        self.is_intact = True
        self.modified_ns = sys.maxsize
        self._has_unstored_lines = False

    def lines(self) -> Iterator[bytes]:
        """Yield the lines of the file, if there is one."""
        line = b"\n"
        with (
            contextlib.suppress(InputError),  # there is no file before the first run
            files.translate_read_errors(str(self.path)),
            self.path.open("rb") as file,
        ):
            self.modified_ns = os.fstat(file.fileno()).st_mtime_ns
            for line in file:
                yield line.rstrip(b"\n")
        self.is_intact = line.endswith(b"\n")

    def append(self, line: bytes) -> None:
        """Add a line; it never continues an incomplete one."""
        data = (b"" if self.is_intact else b"\n") + line + b"\n"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        try:
            file = os.open(self.path, flags, 0o666)
            self._has_unstored_lines, self.is_intact = True, False
            try:
                atomic.write_all(file, data)
                self.is_intact = True
            finally:
                os.close(file)
        except OSError as error:
            self.write_error = error.strerror or str(error)

    def flush(self) -> None:
        """Store all lines on the disk."""
        if not self._has_unstored_lines:
            return
        try:
            atomic.sync_path(self.path)
            atomic.sync_path(self.path.parent)
            self._has_unstored_lines = False
        except OSError as error:
            self.write_error = error.strerror or str(error)

    def replace(self, lines: Iterator[bytes]) -> bool:
        """Write a second file, then rename it to this one; return whether that succeeded."""
        try:
            with self._replacement.open("wb") as file:
                for line in lines:
                    file.write(line + b"\n")
                file.flush()
                os.fsync(file.fileno())
            self._replacement.replace(self.path)
            atomic.sync_path(self.path.parent)
        except OSError as error:
            self.write_error = error.strerror or str(error)
            with contextlib.suppress(OSError):
                self._replacement.unlink()
            return False
        return True

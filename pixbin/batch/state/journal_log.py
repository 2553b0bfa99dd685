"""Where the lines of a journal are kept."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from pixbin import files
from pixbin.errors import InputError

JOURNAL_FILE = "journal.jsonl"


class JournalLog(Protocol):
    """Lines that outlive a run."""

    write_error: str  #: why lines could not be written, if so
    is_intact: bool  #: whether all lines that were read came from one file, and ended well
    modified_ns: int  #: of the last change before the lines were read, in nanoseconds
    write_ahead: int  #: jobs of which it is noted at once that they are about to be done

    def lines(self) -> Iterator[bytes]:
        """Yield the lines there are, without their ends."""

    def append(self, line: bytes) -> None:
        """Add a line; it may be lost in a crash unless `flush` follows."""

    def flush(self) -> None:
        """Put all lines in safety."""

    def replace(self, lines: Iterator[bytes]) -> bool:
        """Put these in the place of all lines at once, and tell whether that was possible."""


class FileLog:
    """Lines in a file of this machine, each appended as it comes."""

    write_ahead = 1

    def __init__(self, path: Path, work_folder: Path) -> None:
        self.path = path
        self._replacement = (
            work_folder / path.name
        )  #: the file that becomes the log when it is whole
        self.write_error = ""
        self.is_intact = True
        self.modified_ns = sys.maxsize

    def lines(self) -> Iterator[bytes]:
        """Yield the lines of the file, if there is one."""
        line = b"\n"
        with (
            contextlib.suppress(InputError),  # there is none yet
            files.translate_read_errors(str(self.path)),
            self.path.open("rb") as file,
        ):
            self.modified_ns = os.fstat(file.fileno()).st_mtime_ns
            for line in file:
                yield line.rstrip(b"\n")
        self.is_intact = line.endswith(b"\n")

    def append(self, line: bytes) -> None:
        """Add a line; after one that was cut short, on a line of its own."""
        data = (b"" if self.is_intact else b"\n") + line + b"\n"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        try:
            file = os.open(self.path, flags, 0o666)
            try:
                self.is_intact = os.write(file, data) == len(data)
            finally:
                os.close(file)
        except OSError as error:
            self.write_error = error.strerror or str(error)

    def flush(self) -> None:
        """Do nothing: lines are not held back."""

    def replace(self, lines: Iterator[bytes]) -> bool:
        """Write another file, then put it in the place of this one."""
        try:
            with self._replacement.open("wb") as file:
                for line in lines:
                    file.write(line + b"\n")
                file.flush()
                os.fsync(file.fileno())
            self._replacement.replace(self.path)
        except OSError as error:
            self.write_error = error.strerror or str(error)
            with contextlib.suppress(OSError):
                self._replacement.unlink(missing_ok=True)
            return False
        return True

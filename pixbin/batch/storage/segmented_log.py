"""Lines of a journal in an object store, where nothing can be appended to a file.

The journal is one large object and a few segments that were added since. Lines are held in memory
for some seconds; then the newest segment is written again, with all its lines. Readers take the
large object first and then the segments in their order. `replace` writes the large object again
and removes the segments, the oldest first.
"""

from __future__ import annotations

import contextlib
import re
import sys
import time
from collections.abc import Iterator

from pixbin.batch.storage import fsspec_files
from pixbin.batch.storage.base import JOURNAL_FILE, STATE_FOLDER
from pixbin.batch.storage.fsspec_info import modified_time_ns
from pixbin.batch.storage.globs import FileFilter
from pixbin.batch.storage.remote_folder import BLOCK_BYTES, RemoteFolder, SupersededError
from pixbin.errors import OutputError

_SEGMENT_BYTES = 1 << 22  #: size of a segment above which a new one is started
_FLUSH_SECONDS = 5.0  #: the longest time that lines are held in memory
_JOURNAL = f"{STATE_FOLDER}/{JOURNAL_FILE}"
_SEGMENTS_FOLDER = f"{STATE_FOLDER}/parts"


class SegmentedLog:
    """Lines of a large object and its segments. See `base.JournalLog`."""

    write_ahead = 500

    def __init__(self, folder: RemoteFolder) -> None:
        self.write_error = ""
        self.is_intact = True
        self.modified_ns = sys.maxsize
        self._folder = folder
        self._segment_names: list[str] = []  #: existing segments, the oldest first
        self._segment_lines: list[bytes] = []  #: all lines of the newest segment of this run
        self._segment_bytes = 0
        self._unwritten_lines = 0
        self._last_write = time.monotonic()

    def lines(self) -> Iterator[bytes]:
        """Yield the lines of the large object, then those of the segments.

        Raises
        ------
        InputError
            One of them cannot be read.
        """
        with fsspec_files.translate_read_errors(f"{self._folder.url}/{STATE_FOLDER}"):
            yield from self._read_lines(_JOURNAL)
            with contextlib.suppress(FileNotFoundError):
                self._segment_names = self._list_segments()
            for name in self._segment_names:
                self.is_intact = False
                yield from self._read_lines(f"{_SEGMENTS_FOLDER}/{name}")

    def append(self, line: bytes) -> None:
        """Add a line, and write the newest segment if it is large or old enough."""
        self._segment_lines.append(line + b"\n")
        self._segment_bytes += len(line) + 1
        self._unwritten_lines += 1
        is_large = self._segment_bytes > _SEGMENT_BYTES
        if is_large or time.monotonic() > self._last_write + _FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write the lines that are held in memory.

        Raises
        ------
        SupersededError
            A newer run has started.
        """
        self._last_write = time.monotonic()
        if not self._unwritten_lines:
            return
        if len(self._segment_lines) == self._unwritten_lines:  # the segment has not been written
            self._segment_names.append(_next_segment(self._segment_names))
        try:
            with fsspec_files.translate_write_errors(self._folder.url):
                self._folder.check_newest_run()
                name = f"{_SEGMENTS_FOLDER}/{self._segment_names[-1]}"
                self._folder.write_file(name, b"".join(self._segment_lines))
        except SupersededError:
            self._unwritten_lines = 0
            raise
        except OutputError as error:
            self.write_error = str(error)
            return
        self.write_error = ""
        self._unwritten_lines = 0
        if self._segment_bytes > _SEGMENT_BYTES:
            self._segment_lines, self._segment_bytes = [], 0

    def replace(self, lines: Iterator[bytes]) -> bool:
        """Write the large object again, remove the segments, and return whether that succeeded.

        Raises
        ------
        SupersededError
            A newer run has started.
        """
        try:
            with fsspec_files.translate_write_errors(self._folder.url):
                self._folder.check_newest_run()
                self._folder.write_chunks(_JOURNAL, (line + b"\n" for line in lines))
                self._unwritten_lines = 0
                while self._segment_names:
                    self._folder.remove(f"{_SEGMENTS_FOLDER}/{self._segment_names[0]}")
                    del self._segment_names[0]
        except SupersededError:
            raise
        except OutputError as error:
            self.write_error = str(error)
            return False
        self._segment_lines, self._segment_bytes, self.write_error = [], 0, ""
        return True

    def _list_segments(self) -> list[str]:
        folder = self._folder.root.joinpath(_SEGMENTS_FOLDER)
        names = (file.relative_path for file in fsspec_files.list_files(folder, FileFilter(("*",))))
        return sorted(name for name in names if re.fullmatch(r"\d{8}\.jsonl", name))

    def _read_lines(self, name: str) -> Iterator[bytes]:
        path = self._folder.root.joinpath(name)
        with (
            contextlib.suppress(FileNotFoundError),
            path.filesystem.open(path.path, "rb", block_size=BLOCK_BYTES) as file,
        ):
            self.modified_ns = modified_time_ns(path.info())
            for line in file:
                yield line.rstrip(b"\n")


def _next_segment(names: list[str]) -> str:
    last = int(names[-1].partition(".")[0]) if names else 0
    return f"{last + 1:08}.jsonl"

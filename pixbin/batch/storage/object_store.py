"""Outputs on another store, and their journal, where nothing can be appended to.

An object appears whole or not at all; stores that have files and folders instead get a file
elsewhere first, which is then moved. The newest of several runs in one place is the one that goes
on: there are no locks, but each run leaves a mark, and ends when it finds another one's.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sqlite3
import sys
import time
from collections.abc import Iterable, Iterator

from pixbin.batch.jobs import Signature, Status
from pixbin.batch.planning.globs import FileFilter
from pixbin.batch.planning.naming import STATE_FOLDER
from pixbin.batch.state.journal_log import JOURNAL_FILE
from pixbin.batch.storage import fsspec_files, local_files
from pixbin.errors import OutputError

#: stores where a name with slashes is all there is to a folder, and a file appears at once
_OBJECT_PROTOCOLS = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oss", "oci", "memory"}
_RUN_MARKER = f"{STATE_FOLDER}/run"  #: what tells the newest run
_SEGMENT_BYTES = 1 << 22  #: bytes of a part of the journal, from which on the next one is begun
_FLUSH_SECONDS = 5.0  #: that lines of the journal are held back at most
_BLOCK_BYTES = 1 << 23  #: bytes of a journal that are read or written at once
_SEGMENTS_FOLDER = f"{STATE_FOLDER}/parts"
_ALL_FILES = FileFilter(("*",))
_LISTING_TABLE = (
    "CREATE TABLE seen (name BLOB PRIMARY KEY, size INTEGER, time INTEGER) WITHOUT ROWID"
)


class ObjectStore:
    """A place on another store."""

    def __init__(self, url: str, *, overwrite: bool = True) -> None:
        self.url = url.rstrip("/")
        self.root = fsspec_files.remote_path(self.url)
        self._overwrite = overwrite
        self._is_object_store = not _OBJECT_PROTOCOLS.isdisjoint(self.root.protocols)
        self._run_token = b""
        self._listing: sqlite3.Connection | None = None

    def read(
        self, source: str, known_signature: Signature | None = None
    ) -> tuple[bytes, Signature]:
        """Return the content of a source, and the signature it had when it was read."""
        return local_files.read_source(source, known_signature)

    def write(self, target: str, data: bytes) -> None:
        """Write an output.

        Raises
        ------
        OutputError
            It cannot be written, or is there and shall not be replaced.
        """
        with fsspec_files.translate_write_errors(f"{self.url}/{target}"):
            if not self._overwrite and self._differs_from_existing(target, data):
                raise OutputError(
                    f"{self.url}/{target}: exists; remove it or leave out --no-overwrite"
                )
            self.write_file(target, data)

    def write_file(self, name: str, data: bytes) -> None:
        """Write a file below this place, whole or not at all."""
        place = self.root.joinpath(name)
        if self._is_object_store:
            place.filesystem.pipe_file(place.path, data)
        else:
            self.write_chunks(name, [data])

    def write_chunks(self, name: str, chunks: Iterable[bytes]) -> None:
        """Write a file of any length elsewhere, and then move it."""
        place, work = self.root.joinpath(name), self.root.joinpath(f"{STATE_FOLDER}/work")
        beside = work.joinpath(os.urandom(8).hex())
        if not self._is_object_store:
            for each in (beside, place):
                each.filesystem.makedirs(each.path.rpartition("/")[0], exist_ok=True)
        try:
            with beside.filesystem.open(beside.path, "wb", block_size=_BLOCK_BYTES) as file:
                for line in chunks:
                    file.write(line)
            place.filesystem.mv(beside.path, place.path)
        except BaseException:
            with contextlib.suppress(Exception):
                beside.filesystem.rm_file(beside.path)
            raise

    def source_status(self, name: str) -> Status | None:
        """Tell what is known of a source, if it is there."""
        return local_files.file_status(name)

    def target_status(self, name: str) -> Status | None:
        """Tell what is known of an output, if it was there when one was first asked for."""
        if self._listing is None:
            self._listing = self._list_outputs()
        query = "SELECT size, time FROM seen WHERE name = ?"
        row = self._listing.execute(query, (os.fsencode(name),)).fetchone()
        return Status(Signature(*row), (name,)) if row else None

    def target_digest(self, target: str) -> str:
        """Return the SHA-256 of an output, or nothing if it cannot be read."""
        with (
            contextlib.suppress(OutputError),
            fsspec_files.translate_write_errors(f"{self.url}/{target}"),
        ):
            return hashlib.sha256(self.root.joinpath(target).read_bytes()).hexdigest()
        return ""

    def journal_log(self) -> SegmentedLog:
        """Return where the journal is kept."""
        return SegmentedLog(self)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Leave the mark of this run, which tells earlier ones to end.

        Raises
        ------
        OutputError
            Nothing can be written there.
        """
        self._run_token = os.urandom(8).hex().encode()
        with fsspec_files.translate_write_errors(self.url):
            self.write_file(_RUN_MARKER, self._run_token)
        try:
            yield
        finally:
            with contextlib.suppress(OutputError), fsspec_files.translate_write_errors(self.url):
                if self.is_newest_run():
                    self.remove(_RUN_MARKER)

    def is_newest_run(self) -> bool:
        """Tell whether no other run has begun since."""
        try:
            return self.root.joinpath(_RUN_MARKER).read_bytes() == self._run_token
        except FileNotFoundError:
            return False

    def remove(self, name: str) -> None:
        """Remove a file below this place."""
        self.root.filesystem.rm_file(self.root.joinpath(name).path)

    @contextlib.contextmanager
    def job_lock(self) -> Iterator[None]:
        """Do nothing: a job in hand is done at once, or not at all."""
        yield

    def _differs_from_existing(self, target: str, data: bytes) -> bool:
        """Tell whether something else than this lies there."""
        place = self.root.joinpath(target)
        try:
            known = place.filesystem.info(place.path)
        except FileNotFoundError:
            return False
        return known["size"] != len(data) or place.read_bytes() != data

    def _list_outputs(self) -> sqlite3.Connection:
        rows = sqlite3.connect("", isolation_level=None)
        rows.execute(_LISTING_TABLE)
        rows.execute("BEGIN")
        missing = () if self.root.is_s3 else (FileNotFoundError,)  # S3 has no empty folders
        with fsspec_files.translate_write_errors(self.url), contextlib.suppress(*missing):
            for below, (size, *_), changed in fsspec_files.list_files(self.root, _ALL_FILES):
                row = (os.fsencode(below), size, changed)
                rows.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", row)
        return rows


class SegmentedLog:
    """A journal of one large object, and of parts that were added since.

    Lines are held back for some seconds, and then written with all others of the part they
    belong to. All parts are read after the large object, in their order; they are removed, the
    oldest first, when that has been written anew.
    """

    write_ahead = 500

    def __init__(self, store: ObjectStore) -> None:
        self.write_error = ""
        self.is_intact = True
        self.modified_ns = sys.maxsize
        self._store = store
        self._segment_names: list[str] = []  #: parts that are there, the oldest first
        self._segment_lines: list[bytes] = []  #: lines of the newest part, if this run began one
        self._segment_bytes = 0
        self._unwritten_lines = 0
        self._last_write = time.monotonic()

    def lines(self) -> Iterator[bytes]:
        """Yield all lines there are; of what cannot be read it is told by an error."""
        with fsspec_files.translate_read_errors(f"{self._store.url}/{STATE_FOLDER}"):
            yield from self._read_lines(f"{STATE_FOLDER}/{JOURNAL_FILE}")
            with contextlib.suppress(FileNotFoundError):
                found = sorted(
                    fsspec_files.list_files(self._store.root.joinpath(_SEGMENTS_FOLDER), _ALL_FILES)
                )
                self._segment_names = [
                    each.relative_path for each in found if _is_segment(each.relative_path)
                ]
            for name in self._segment_names:
                self.is_intact = False
                yield from self._read_lines(f"{_SEGMENTS_FOLDER}/{name}")

    def append(self, line: bytes) -> None:
        """Add a line, and write all that was held back if it was long enough."""
        self._segment_lines.append(line + b"\n")
        self._segment_bytes += len(line) + 1
        self._unwritten_lines += 1
        if (
            self._segment_bytes > _SEGMENT_BYTES
            or time.monotonic() > self._last_write + _FLUSH_SECONDS
        ):
            self.flush()

    def flush(self) -> None:
        """Write what was held back.

        Raises
        ------
        OutputError
            Another run has begun since.
        """
        self._last_write = time.monotonic()
        if not self._unwritten_lines:
            return
        if len(self._segment_lines) == self._unwritten_lines:  # the first lines of their part
            self._segment_names.append(_next_segment(self._segment_names))
        try:
            with fsspec_files.translate_write_errors(self._store.url):
                self._check_newest_run()
                self._store.write_file(
                    f"{_SEGMENTS_FOLDER}/{self._segment_names[-1]}", b"".join(self._segment_lines)
                )
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
        """Write the large object anew, then remove the parts."""
        try:
            with fsspec_files.translate_write_errors(self._store.url):
                self._check_newest_run()
                self._store.write_chunks(
                    f"{STATE_FOLDER}/{JOURNAL_FILE}", (line + b"\n" for line in lines)
                )
                self._unwritten_lines = 0
                while self._segment_names:
                    self._store.remove(f"{_SEGMENTS_FOLDER}/{self._segment_names[0]}")
                    del self._segment_names[0]
        except SupersededError:
            raise
        except OutputError as error:
            self.write_error = str(error)
            return False
        self._segment_lines, self._segment_bytes, self.write_error = [], 0, ""
        return True

    def _check_newest_run(self) -> None:
        if not self._store.is_newest_run():
            raise SupersededError(f"{self._store.url}: another run has begun there; this one ends")

    def _read_lines(self, name: str) -> Iterator[bytes]:
        place = self._store.root.joinpath(name)
        with (
            contextlib.suppress(FileNotFoundError),
            place.filesystem.open(place.path, "rb", block_size=_BLOCK_BYTES) as file,
        ):
            self.modified_ns = fsspec_files.modified_time_ns(place.filesystem.info(place.path))
            for line in file:
                yield line.rstrip(b"\n")


class SupersededError(OutputError):
    """Another run has begun in the same place."""


def _is_segment(name: str) -> bool:
    return re.fullmatch(r"\d{8}\.jsonl", name) is not None


def _next_segment(names: list[str]) -> str:
    last = int(names[-1].partition(".")[0]) if names else 0
    return f"{last + 1:08}.jsonl"

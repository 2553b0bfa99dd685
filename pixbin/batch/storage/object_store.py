"""An output folder in an object store.

There are no locks. When several runs use one folder, only the newest one continues: each run writes
a marker, and ends when it finds the marker of another run.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Iterator, Sequence

from pixbin.batch.storage import fsspec_files, sources
from pixbin.batch.storage.base import FileSignature, Status
from pixbin.batch.storage.globs import FileFilter
from pixbin.batch.storage.remote_folder import RemoteFolder
from pixbin.batch.storage.segmented_log import SegmentedLog
from pixbin.catalog.limits import DEFAULT, InputLimits
from pixbin.errors import OutputError

_ALL_FILES = FileFilter(("*",))
_LISTING_TABLE = (
    "CREATE TABLE listing (name BLOB PRIMARY KEY, size INTEGER, time INTEGER) WITHOUT ROWID"
)


class ObjectStore(RemoteFolder):
    """An output folder. See `base.OutputStorage`."""

    def __init__(self, url: str, *, overwrite: bool = True) -> None:
        super().__init__(url)
        self._overwrite = overwrite
        self._listing: sqlite3.Connection | None = None  #: of all outputs, in a temporary file

    def read(
        self,
        source: str,
        known_signature: FileSignature | None = None,
        limits: InputLimits = DEFAULT,
    ) -> tuple[bytes, FileSignature]:
        """Return the content of a source file, and its signature when it was read."""
        return sources.read(source, known_signature, limits)

    def write(self, target: str, data: bytes) -> None:
        """Write an output.

        Raises
        ------
        OutputError
            It cannot be written, or exists and must not be replaced.
        """
        with fsspec_files.translate_write_errors(f"{self.url}/{target}"):
            if not self._overwrite and self._differs_from_existing(target, data):
                raise OutputError(
                    f"{self.url}/{target}: exists; remove it or leave out --no-overwrite"
                )
            self.write_file(target, data)

    def stage(self, target: str, data: bytes) -> str:
        """Write an output; see `write`. A store keeps complete objects only."""
        self.write(target, data)
        return ""

    def publish(self, outputs: Sequence[tuple[str, str]]) -> list[OutputError | None]:
        """Do nothing: the outputs have their names."""
        return [None for _ in outputs]

    def source_status(self, name: str) -> Status | None:
        """Return the status of a source file, or None if it is missing."""
        return sources.status(name)

    def target_status(self, name: str) -> Status | None:
        """Return the status that an output had when outputs were first listed; None if missing."""
        if self._listing is None:
            self._listing = self._list_outputs()
        query = "SELECT size, time FROM listing WHERE name = ?"
        row = self._listing.execute(query, (os.fsencode(name),)).fetchone()
        return Status(FileSignature(*row), (name,)) if row else None

    def target_digest(self, target: str) -> str:
        """Return the SHA-256 of an output, or an empty string if it cannot be read."""
        with (
            contextlib.suppress(OutputError),
            fsspec_files.translate_write_errors(f"{self.url}/{target}"),
        ):
            return hashlib.sha256(self.root.joinpath(target).read_bytes()).hexdigest()
        return ""

    def journal_log(self) -> SegmentedLog:
        """Return the lines of the journal."""
        return SegmentedLog(self)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Write the marker of this run, so that earlier runs end.

        Raises
        ------
        OutputError
            Nothing can be written there.
        """
        with fsspec_files.translate_write_errors(self.url):
            self.start_run()
        try:
            yield
        finally:
            with contextlib.suppress(OutputError), fsspec_files.translate_write_errors(self.url):
                self.end_run()

    @contextlib.contextmanager
    def job_lock(self) -> Iterator[None]:
        """Do nothing: an object is written completely or not at all."""
        yield

    def _differs_from_existing(self, target: str, data: bytes) -> bool:
        """Return whether the output exists with another content."""
        path = self.root.joinpath(target)
        try:
            info = path.info()
        except FileNotFoundError:
            return False
        return bool(info["size"] != len(data)) or path.read_bytes() != data

    def _list_outputs(self) -> sqlite3.Connection:
        database = sqlite3.connect("", isolation_level=None)
        database.execute(_LISTING_TABLE)
        database.execute("BEGIN")
        # In a store with real folders the output folder may be missing. S3 has no folders: there,
        # a missing bucket is an error.
        tolerated = () if self.root.is_s3 else (FileNotFoundError,)
        with fsspec_files.translate_write_errors(self.url), contextlib.suppress(*tolerated):
            for file in fsspec_files.list_files(self.root, _ALL_FILES):
                row = (os.fsencode(file.relative_path), file.signature.size, file.modified_ns)
                database.execute("INSERT OR REPLACE INTO listing VALUES (?, ?, ?)", row)
        return database

"""Where outputs lie. On this machine: a folder of whole files only, one run at a time."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from pixbin import files
from pixbin.batch.jobs import Signature, Status, Store
from pixbin.batch.planning.naming import STATE_FOLDER
from pixbin.batch.state.journal_log import JOURNAL_FILE, FileLog, JournalLog
from pixbin.batch.storage import urls
from pixbin.errors import InputError, OutputError

try:
    import fcntl as _locks
except ImportError:  # Windows, where runs do not keep each other out
    _locks: Any = None  # type: ignore[no-redef]

WORK_FOLDER = "work"  #: the folder, in that of the journal, of files that are not whole yet
_READ_ATTEMPTS = 2  #: to read a source that changes meanwhile
_FINE_WINDOW_NS, _COARSE_WINDOW_NS = (
    20_000_000,
    2_000_000_000,
)  #: ns within which a change may not show in the time
_NS_PER_SECOND = 1_000_000_000  #: ns; file systems without fractions have times of whole seconds


class OutputStorage(Store, Protocol):
    """A store that a run can hold, with its journal."""

    def locked(self) -> AbstractContextManager[None]:
        """Keep other runs out, or notice them; clear away what a killed one has left."""

    def job_lock(self) -> AbstractContextManager[None]:
        """Let the next run wait until the job in hand is done, should this run be killed."""

    def journal_log(self) -> JournalLog:
        """Return where the journal is kept."""


def open_storage(output: str, *, overwrite: bool = True) -> OutputStorage:
    """Return the place that a path or URL names."""
    if not urls.is_remote(output):
        return LocalFolder(output, overwrite=overwrite)
    from pixbin.batch.storage.object_store import ObjectStore

    return ObjectStore(output, overwrite=overwrite)


def read_source(source: str, known_signature: Signature | None = None) -> tuple[bytes, Signature]:
    """Return the content of a file or of a URL, and the signature it had when it was read.

    Raises
    ------
    InputError
        It cannot be read, is empty, or does not stop changing.
    """
    if urls.is_remote(source):
        from pixbin.batch.storage import fsspec_files

        return fsspec_files.read_url(source, known_signature)
    with files.translate_read_errors(source):
        for _ in range(_READ_ATTEMPTS):
            with Path(source).open("rb") as file:
                before = _stat_signature(os.fstat(file.fileno()))
                data = file.read()
                if _stat_signature(os.fstat(file.fileno())) == before:
                    return files.require_content(data, source), ignore_recent_mtime(before)
    raise InputError(f"{source}: changes while it is read; run again when it is complete")


def file_status(name: str) -> Status | None:
    """Tell what is known of a file or of a URL, if it is there."""
    if urls.is_remote(name):
        from pixbin.batch.storage import fsspec_files

        return fsspec_files.url_status(name)
    with contextlib.suppress(OSError, ValueError):
        found = os.stat(name)
        return Status(_stat_signature(found), (found.st_dev, found.st_ino))
    return None


class LocalFolder:
    """An output folder."""

    def __init__(self, path: str, *, overwrite: bool = True) -> None:
        self.path = Path(path)
        self._overwrite = overwrite
        self.state_folder = self.path / STATE_FOLDER
        self.work_folder = self.state_folder / WORK_FOLDER

    def read(
        self, source: str, known_signature: Signature | None = None
    ) -> tuple[bytes, Signature]:
        """Return the content of a source, and the signature it had when it was read."""
        return read_source(source, known_signature)

    def write(self, target: str, data: bytes) -> None:
        """Write an output beside the journal, then put it in its place.

        Raises
        ------
        OutputError
            It cannot be written, or is there and shall not be replaced.
        """
        path = self.path / target
        with files.translate_write_errors(str(path)):
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            files.write_file(
                path, data, overwrite=self._overwrite, temporary_folder=self.work_folder
            )
        except OutputError:
            if self._overwrite or not _has_content(path, data):
                raise

    def source_status(self, name: str) -> Status | None:
        """Tell what is known of a source, if it is there."""
        return file_status(name)

    def target_status(self, name: str) -> Status | None:
        """Tell what is known of an output, if it is there."""
        return file_status(os.path.join(self.path, name))

    def journal_log(self) -> FileLog:
        """Return where the journal is kept."""
        return FileLog(self.state_folder / JOURNAL_FILE, self.work_folder)

    def target_digest(self, target: str) -> str:
        """Return the SHA-256 of an output, or nothing if it cannot be read."""
        with contextlib.suppress(OSError):
            return hashlib.sha256((self.path / target).read_bytes()).hexdigest()
        return ""

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs out of this folder, and clear away what a killed one has left.

        Raises
        ------
        OutputError
            The folder cannot be written, or another run is at work in it.
        """
        with files.translate_write_errors(str(self.path)):
            self.state_folder.mkdir(parents=True, exist_ok=True)
            lock = _open_lock(self.state_folder)
        try:
            if not _lock(lock, wait=False):
                raise OutputError(f"{self.path}: another run is at work there; wait for its end")
            try:
                self._clear_work_folder()
                yield
            finally:
                shutil.rmtree(self.work_folder, ignore_errors=True)
        finally:
            _close_lock(lock)

    @contextlib.contextmanager
    def job_lock(self) -> Iterator[None]:
        """Let the next run wait until the job in hand is done, should this run be killed."""
        lock = None
        with contextlib.suppress(FileNotFoundError):  # the run has ended: nothing can be written
            lock = _open_lock(self.work_folder)
        _lock(lock, wait=True, shared=True)
        try:
            yield
        finally:
            _close_lock(lock)

    def _clear_work_folder(self) -> None:
        with files.translate_write_errors(str(self.work_folder)):
            self.work_folder.mkdir(exist_ok=True)
            lock = _open_lock(self.work_folder)
            try:
                _lock(lock, wait=True)  # until workers that outlived their run have ended
                for path in self.work_folder.iterdir():
                    path.unlink(missing_ok=True)
            finally:
                _close_lock(lock)


def _has_content(path: Path, data: bytes) -> bool:
    """Tell whether a file is there as it was to be: by another worker that was thought lost."""
    with contextlib.suppress(OSError):
        return path.stat().st_size == len(data) and path.read_bytes() == data
    return False


def _stat_signature(status: os.stat_result) -> Signature:
    return Signature(status.st_size, status.st_mtime_ns)


def ignore_recent_mtime(signature: Signature) -> Signature:
    """Leave out a time so recent that another change might not alter it."""
    window = _FINE_WINDOW_NS if signature.modified_ns % _NS_PER_SECOND else _COARSE_WINDOW_NS
    if signature.tag:
        return signature
    is_recent = abs(time.time_ns() - signature.modified_ns) < window
    return signature._replace(modified_ns=-1) if is_recent else signature


def _open_lock(folder: Path) -> int | None:
    return os.open(folder, os.O_RDONLY) if _locks else None


def _close_lock(lock: int | None) -> None:
    if lock is not None:
        os.close(lock)


def _lock(lock: int | None, *, wait: bool, shared: bool = False) -> bool:
    """Lock an open folder; where the file system knows no locks, all goes on without."""
    if lock is None:
        return True
    kind = _locks.LOCK_SH if shared else _locks.LOCK_EX
    try:
        _locks.flock(lock, kind if wait else kind | _locks.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)
    return True

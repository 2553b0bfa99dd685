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
from pixbin.batch.planning.naming import STATE
from pixbin.batch.state.journal_log import NAME, File, Log
from pixbin.batch.storage import urls
from pixbin.errors import InputError, OutputError

try:
    import fcntl as _locks
except ImportError:  # Windows, where runs do not keep each other out
    _locks: Any = None  # type: ignore[no-redef]

WORK = "work"  #: the folder, in that of the journal, of files that are not whole yet
_TRIES = 2  #: to read a source that changes meanwhile
_FINE, _COARSE = 20_000_000, 2_000_000_000  #: ns within which a change may not show in the time
_SECOND = 1_000_000_000  #: ns; file systems without fractions have times of whole seconds


class Place(Store, Protocol):
    """A store that a run can hold, with its journal."""

    def held(self) -> AbstractContextManager[None]:
        """Keep other runs out, or notice them; clear away what a killed one has left."""

    def working(self) -> AbstractContextManager[None]:
        """Let the next run wait until the job in hand is done, should this run be killed."""

    def log(self) -> Log:
        """Return where the journal is kept."""


def of(output: str, *, overwrite: bool = True) -> Place:
    """Return the place that a path or URL names."""
    if not urls.is_remote(output):
        return Folder(output, overwrite=overwrite)
    from pixbin.batch.storage.object_store import Bucket

    return Bucket(output, overwrite=overwrite)


def read(source: str, known: Signature | None = None) -> tuple[bytes, Signature]:
    """Return the content of a file or of a URL, and the signature it had when it was read.

    Raises
    ------
    InputError
        It cannot be read, is empty, or does not stop changing.
    """
    if urls.is_remote(source):
        from pixbin.batch.storage import fsspec_files

        return fsspec_files.read(source, known)
    with files.reading_file(source):
        for _ in range(_TRIES):
            with Path(source).open("rb") as file:
                before = _signature(os.fstat(file.fileno()))
                data = file.read()
                if _signature(os.fstat(file.fileno())) == before:
                    return files.not_empty(data, source), steady(before)
    raise InputError(f"{source}: changes while it is read; run again when it is complete")


def status(name: str) -> Status | None:
    """Tell what is known of a file or of a URL, if it is there."""
    if urls.is_remote(name):
        from pixbin.batch.storage import fsspec_files

        return fsspec_files.status(name)
    with contextlib.suppress(OSError, ValueError):
        found = os.stat(name)
        return Status(_signature(found), (found.st_dev, found.st_ino))
    return None


class Folder:
    """An output folder."""

    def __init__(self, path: str, *, overwrite: bool = True) -> None:
        self.path = Path(path)
        self._overwrite = overwrite
        self.state = self.path / STATE
        self.work = self.state / WORK

    def read(self, source: str, known: Signature | None = None) -> tuple[bytes, Signature]:
        """Return the content of a source, and the signature it had when it was read."""
        return read(source, known)

    def write(self, target: str, data: bytes) -> None:
        """Write an output beside the journal, then put it in its place.

        Raises
        ------
        OutputError
            It cannot be written, or is there and shall not be replaced.
        """
        path = self.path / target
        with files.writing(str(path)):
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            files.write(path, data, overwrite=self._overwrite, work=self.work)
        except OutputError:
            if self._overwrite or not _is_made_of(path, data):
                raise

    def source(self, name: str) -> Status | None:
        """Tell what is known of a source, if it is there."""
        return status(name)

    def target(self, name: str) -> Status | None:
        """Tell what is known of an output, if it is there."""
        return status(os.path.join(self.path, name))

    def log(self) -> File:
        """Return where the journal is kept."""
        return File(self.state / NAME, self.work)

    def digest(self, target: str) -> str:
        """Return the SHA-256 of an output, or nothing if it cannot be read."""
        with contextlib.suppress(OSError):
            return hashlib.sha256((self.path / target).read_bytes()).hexdigest()
        return ""

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keep other runs out of this folder, and clear away what a killed one has left.

        Raises
        ------
        OutputError
            The folder cannot be written, or another run is at work in it.
        """
        with files.writing(str(self.path)):
            self.state.mkdir(parents=True, exist_ok=True)
            lock = _opened(self.state)
        try:
            if not _locked(lock, wait=False):
                raise OutputError(f"{self.path}: another run is at work there; wait for its end")
            try:
                self._clear()
                yield
            finally:
                shutil.rmtree(self.work, ignore_errors=True)
        finally:
            _close(lock)

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """Let the next run wait until the job in hand is done, should this run be killed."""
        lock = None
        with contextlib.suppress(FileNotFoundError):  # the run has ended: nothing can be written
            lock = _opened(self.work)
        _locked(lock, wait=True, shared=True)
        try:
            yield
        finally:
            _close(lock)

    def _clear(self) -> None:
        with files.writing(str(self.work)):
            self.work.mkdir(exist_ok=True)
            lock = _opened(self.work)
            try:
                _locked(lock, wait=True)  # until workers that outlived their run have ended
                for path in self.work.iterdir():
                    path.unlink(missing_ok=True)
            finally:
                _close(lock)


def _is_made_of(path: Path, data: bytes) -> bool:
    """Tell whether a file is there as it was to be: by another worker that was thought lost."""
    with contextlib.suppress(OSError):
        return path.stat().st_size == len(data) and path.read_bytes() == data
    return False


def _signature(status: os.stat_result) -> Signature:
    return Signature(status.st_size, status.st_mtime_ns)


def steady(signature: Signature) -> Signature:
    """Leave out a time so recent that another change might not alter it."""
    window = _FINE if signature.modified % _SECOND else _COARSE
    if signature.tag:
        return signature
    is_recent = abs(time.time_ns() - signature.modified) < window
    return signature._replace(modified=-1) if is_recent else signature


def _opened(folder: Path) -> int | None:
    return os.open(folder, os.O_RDONLY) if _locks else None


def _close(lock: int | None) -> None:
    if lock is not None:
        os.close(lock)


def _locked(lock: int | None, *, wait: bool, shared: bool = False) -> bool:
    """Lock an open folder; where the file system knows no locks, all goes on without."""
    if lock is None:
        return True
    kind = _locks.LOCK_SH if shared else _locks.LOCK_EX
    try:
        _locks.flock(lock, kind if wait else kind | _locks.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)
    return True

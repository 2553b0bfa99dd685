"""An output folder of this machine: it has only complete files, and one run at a time."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pixbin import files
from pixbin.batch.storage import sources
from pixbin.batch.storage.base import JOURNAL_FILE, STATE_FOLDER, WORK_FOLDER, FileSignature, Status
from pixbin.batch.storage.file_log import FileLog
from pixbin.catalog.limits import DEFAULT, InputLimits
from pixbin.errors import OutputError
from pixbin.files import atomic

try:
    import fcntl as _locks
except ImportError:  # Windows, where runs do not keep each other out
    _locks: Any = None  # type: ignore[no-redef]


class LocalFolder:
    """An output folder. See `base.OutputStorage`."""

    def __init__(self, path: str, *, overwrite: bool = True) -> None:
        self.path = Path(path)
        self._overwrite = overwrite
        self.state_folder = self.path / STATE_FOLDER
        self.work_folder = self.state_folder / WORK_FOLDER
        self._stored_folders: set[Path] = set()  #: whose own names are stored on the disk

    def read(
        self,
        source: str,
        known_signature: FileSignature | None = None,
        limits: InputLimits = DEFAULT,
    ) -> tuple[bytes, FileSignature]:
        """Return the content of a source file, and its signature when it was read."""
        return sources.read(source, known_signature, limits)

    def write(self, target: str, data: bytes) -> None:
        """Write an output in the work folder, then move it to its name.

        Raises
        ------
        OutputError
            It cannot be written, or exists and must not be replaced.
        """
        if staged := self.stage(target, data):
            for error in self.publish([(target, staged)]):
                if error is not None:
                    raise error

    def stage(self, target: str, data: bytes) -> str:
        """Write an output in the work folder, and return its name there.

        A device or a pipe is written at once; then the name is empty.

        Raises
        ------
        OutputError
            It cannot be written, or exists and must not be replaced.
        """
        path = self.path / target
        with files.translate_write_errors(str(path)):
            path.parent.mkdir(parents=True, exist_ok=True)
            if self._has_content(path, data):
                return ""
            files.check_writable_path(str(path), path, overwrite=self._overwrite)
            if files.is_special(path):
                path.write_bytes(data)
                return ""
            temporary = atomic.temporary_name(self.work_folder)
            try:
                atomic.write_named(temporary, data, atomic.mode_of(path), is_synced=False)
            except BaseException:
                with contextlib.suppress(OSError):
                    temporary.unlink()
                raise
        return temporary.name

    def publish(self, outputs: Sequence[tuple[str, str]]) -> list[OutputError | None]:
        """Store staged outputs on the disk, move them to their names, and store the names.

        Returns
        -------
        list
            For each why that is impossible, as it cannot be stored, or exists and must not be
            replaced; None if it has its name.
        """
        waiting = [(self.path / target, self.work_folder / staged) for target, staged in outputs]
        errors: dict[Path, OutputError] = {}
        folders: dict[Path, OSError | None] = {}

        def store_name(path: Path, _: Path) -> None:
            if path.parent not in folders:
                folders[path.parent] = self._sync_folders(path.parent)
            if error := folders[path.parent]:
                raise error

        # All begin to be written before the first one is waited for: then one wait serves for all.
        for act in (_start_to_store, _store, self._name, store_name):
            for path, temporary in waiting:
                if path in errors:
                    continue
                try:
                    with files.translate_write_errors(str(path)):
                        act(path, temporary)
                except OutputError as error:
                    errors[path] = error
                    with contextlib.suppress(OSError):  # already moved
                        temporary.unlink()
        return [errors.get(path) for path, _ in waiting]

    def _name(self, path: Path, temporary: Path) -> None:
        self._move(temporary, Path(os.path.realpath(path)))
        with contextlib.suppress(OSError):  # already renamed
            temporary.unlink()

    def _move(self, temporary: Path, target: Path) -> None:
        try:
            atomic.move(temporary, target, overwrite=self._overwrite)
        except FileExistsError:
            if not self._has_content(target, temporary.read_bytes()):
                raise
        except OSError as error:  # a target on another file system, by a link
            if error.errno != errno.EXDEV:
                raise
            atomic.write(target, temporary.read_bytes(), overwrite=self._overwrite)

    def _sync_folders(self, folder: Path) -> OSError | None:
        """Store the names in a folder, and once the folder's own name; return an error."""
        above = []
        try:
            atomic.sync_path(folder)
            while folder not in (self.path, *self._stored_folders):
                above.append(folder)
                folder = folder.parent
                atomic.sync_path(folder)
        except OSError as error:
            return error
        self._stored_folders.update(above)
        return None

    def source_status(self, name: str) -> Status | None:
        """Return the status of a source file, or None if it is missing."""
        return sources.status(name)

    def target_status(self, name: str) -> Status | None:
        """Return the status of an output, or None if it is missing."""
        return sources.local_status(os.path.join(self.path, name))

    def target_digest(self, target: str) -> str:
        """Return the SHA-256 of an output, or an empty string if it cannot be read."""
        with contextlib.suppress(OSError):
            return hashlib.sha256((self.path / target).read_bytes()).hexdigest()
        return ""

    def journal_log(self) -> FileLog:
        """Return the lines of the journal."""
        return FileLog(self.state_folder / JOURNAL_FILE, self.work_folder)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs out of this folder, and remove the remains of a killed run.

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
                with contextlib.suppress(OSError):  # the next run removes it
                    shutil.rmtree(self.work_folder)
        finally:
            _close_lock(lock)

    @contextlib.contextmanager
    def job_lock(self) -> Iterator[None]:
        """Make the next run wait for the end of this job, in case this run is killed."""
        lock = None
        with contextlib.suppress(FileNotFoundError):  # the run has ended: nothing can be written
            lock = _open_lock(self.work_folder)
        _lock(lock, wait=True, shared=True)
        try:
            yield
        finally:
            _close_lock(lock)

    def _has_content(self, path: Path, data: bytes) -> bool:
        """Return whether a file that must not be replaced has this content already.

        This happens if another worker, which was considered lost, has written it after all.
        """
        if self._overwrite:
            return False
        with contextlib.suppress(OSError):
            return path.stat().st_size == len(data) and path.read_bytes() == data
        return False

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


def _start_to_store(_: Path, temporary: Path) -> None:
    atomic.start_sync(temporary)


def _store(_: Path, temporary: Path) -> None:
    atomic.sync_path(temporary)


def _open_lock(folder: Path) -> int | None:
    return os.open(folder, os.O_RDONLY) if _locks else None


def _close_lock(lock: int | None) -> None:
    if lock is not None:
        with contextlib.suppress(OSError):  # it is closed even so
            os.close(lock)


def _lock(lock: int | None, *, wait: bool, shared: bool = False) -> bool:
    """Lock an open folder, and return False if another process holds the lock.

    On file systems without locks it returns True, and runs do not keep each other out.
    """
    if lock is None:
        return True
    mode = _locks.LOCK_SH if shared else _locks.LOCK_EX
    try:
        _locks.flock(lock, mode if wait else mode | _locks.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)
    return True

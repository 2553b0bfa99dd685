"""Files that only the user can have written.

Machine code from a file runs with the user's rights, so nobody else may change it. Folder and files
must belong to the user, must not be links, and must not be writable by group or others. If one of
these conditions fails, the file is not used, without a message. A kernel is then compiled in
memory, which costs about a second per kernel and changes no result.

Windows has neither owners nor modes of this kind. There the user's profile, in which the cache
folder lies, is private.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

_IS_POSIX = os.name == "posix"
#: No link is followed, and opening a pipe does not wait for somebody at its other end.
_SAFE = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK if _IS_POSIX else 0
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def read(folder: Path, name: str) -> bytes | None:
    """Return the content of a file; None if there is none or others may have written it."""
    if not _IS_POSIX:
        return _read_plainly(folder / name)
    try:
        with _private_folder(folder) as parent:
            descriptor = os.open(name, os.O_RDONLY | _SAFE, dir_fd=parent)
            with os.fdopen(descriptor, "rb") as file:
                return file.read() if _is_private(descriptor, stat.S_ISREG) else None
    except OSError:
        return None


def write(folder: Path, name: str, content: bytes) -> None:
    """Write a file, whole or not at all; if that cannot be done safely, do nothing.

    The folder is made if it is missing, with mode 0700; the file gets mode 0600.
    """
    with contextlib.suppress(OSError):
        if not folder.exists() and _owns_surroundings(folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if _IS_POSIX:
            with _private_folder(folder) as parent:
                _replace(name, content, parent)
        else:
            _replace_plainly(folder, name, content)


@contextlib.contextmanager
def _private_folder(folder: Path) -> Iterator[int]:
    """Open a folder of the user; files in it are opened by its descriptor, not by its name.

    Raises
    ------
    OSError
        It is missing, a link, no folder, or others can write to it.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | _SAFE)
    try:
        if not _is_private(descriptor, stat.S_ISDIR):
            raise PermissionError(f"{folder}: others can write to it")
        yield descriptor
    finally:
        os.close(descriptor)


def _is_private(descriptor: int, is_kind: Callable[[int], bool]) -> bool:
    """Return whether an open file has a kind, and belongs to and is writable by the user only."""
    status = os.fstat(descriptor)
    is_own = status.st_uid == os.geteuid() and not status.st_mode & _WRITABLE_BY_OTHERS
    return is_own and is_kind(status.st_mode)


def _owns_surroundings(folder: Path) -> bool:
    """Return whether a new folder would lie in a folder of this user or of the system.

    Under `sudo` the cache folder may be in another user's home. A folder of root would make that
    user's cache useless.
    """
    if not _IS_POSIX:
        return True
    above = next(parent for parent in folder.absolute().parents if parent.exists())
    return above.stat().st_uid in (os.geteuid(), 0)


def _replace(name: str, content: bytes, parent: int) -> None:
    temporary = f".{name}-{os.urandom(8).hex()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFE
    try:
        with os.fdopen(os.open(temporary, flags, 0o600, dir_fd=parent), "wb") as file:
            file.write(content)
        os.replace(temporary, name, src_dir_fd=parent, dst_dir_fd=parent)
    except BaseException:  # of any kind: no temporary file is left behind
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=parent)
        raise


def _read_plainly(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _replace_plainly(folder: Path, name: str, content: bytes) -> None:
    temporary = folder / f".{name}-{os.urandom(8).hex()}"
    try:
        temporary.write_bytes(content)
        temporary.replace(folder / name)
    finally:
        temporary.unlink(missing_ok=True)

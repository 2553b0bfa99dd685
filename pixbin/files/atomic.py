"""Files that appear whole or not at all: not after an error, a killed process or a loss of power.

The data go to a temporary file, which is stored on the disk (`fsync`) before it gets its name. So a
name never stands for a file whose data were lost. See T. S. Pillai and others, All File Systems Are
Not Created Equal, OSDI 2014.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from os import PathLike
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path  # late: its import would delay each start

_PREFIX = ".pixbin-"  #: of the names of temporary files
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_NEW_FILE |= getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_DEFAULT_MODE = 0o666  #: of new files, before the umask
#: errors of systems and file systems that cannot do what was asked, so that another way is taken
_UNSUPPORTED = frozenset(
    {errno.EOPNOTSUPP, errno.EINVAL, errno.EISDIR, errno.ENOENT, errno.EPERM, errno.ENOSYS}
    | {errno.EACCES, errno.EXDEV, errno.EMLINK, errno.EBADF}
)


def write(target: str | PathLike[str], data: bytes, *, overwrite: bool = True) -> None:
    """Write a file, which replaces another one only if `overwrite`.

    On Linux, the temporary file has no name. So nothing is left if the process is killed.

    Raises
    ------
    OSError
        It cannot be written. What was there before is unchanged.
    """
    if not _write_nameless(target, data, overwrite):
        from pathlib import Path

        target = Path(target)
        with temporary_file(target, data) as temporary:
            move(temporary, target, overwrite=overwrite)


@contextlib.contextmanager
def temporary_file(target: Path, data: bytes, folder: Path | None = None) -> Iterator[Path]:
    """Write a file in the folder of the target, and remove it at the end unless it was renamed."""
    temporary = temporary_name(folder or target.parent)
    try:
        write_named(temporary, data, mode_of(target))
        yield temporary
    finally:
        with contextlib.suppress(OSError):  # as after a rename; an error of before is reported
            temporary.unlink()


def temporary_name(folder: Path) -> Path:
    """Return a name in a folder that no file has."""
    return folder / _temporary_stem()


def _temporary_stem() -> str:
    return f"{_PREFIX}{os.urandom(8).hex()}"


def write_named(
    path: Path, data: bytes, mode: int | None = None, *, is_synced: bool = True
) -> None:
    """Write a new file, with these permissions, and store it on the disk unless told otherwise."""
    file = os.open(path, _NEW_FILE, _DEFAULT_MODE)
    try:
        write_all(file, data)
        if mode is not None:
            path.chmod(mode)
        if is_synced:
            sync(file)
    finally:
        os.close(file)


def move(temporary: Path, target: Path, *, overwrite: bool = True) -> None:
    """Rename a file, which replaces another one only if `overwrite`.

    Raises
    ------
    FileExistsError
        The target exists, or has appeared meanwhile, and must not be replaced.
    """
    if overwrite:
        temporary.replace(target)
        return
    try:
        target.hardlink_to(temporary)
    except FileExistsError:
        raise
    except OSError as error:  # a file system without links
        if os.path.lexists(target):
            raise FileExistsError from error
        temporary.replace(target)
    else:
        with contextlib.suppress(OSError):  # the target is complete
            temporary.unlink()


def sync(file: int) -> None:
    """Store the data of an open file on the disk.

    Raises
    ------
    OSError
        They cannot be stored. File systems that cannot store on demand raise nothing.
    """
    try:
        os.fsync(file)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EROFS):
            raise


def start_sync(path: Path) -> None:
    """Let the system begin to store a file, if it can be asked for that, and do not wait.

    On Linux this is the effect of POSIX_FADV_DONTNEED on pages that are not stored yet: see
    posix_fadvise(2), and `mm/fadvise.c` of the kernel.
    """
    if not hasattr(os, "posix_fadvise"):
        return
    file = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(file)


def sync_path(path: Path) -> None:
    """Store a file on the disk, or the names in a folder; Windows cannot do that with folders.

    Raises
    ------
    OSError
        It cannot be stored.
    """
    if os.name != "posix" and path.is_dir():
        return
    file = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        sync(file)
    finally:
        os.close(file)


def write_all(file: int, data: bytes) -> None:
    """Write all bytes; the system may take only a part at once."""
    rest = memoryview(data)
    while rest:
        count = os.write(file, rest)
        if not count:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        rest = rest[count:]


def mode_of(target: str | PathLike[str]) -> int | None:
    """Return the permissions of a file, which its successor gets; None if there is none."""
    try:
        return stat.S_IMODE(os.stat(target).st_mode) & 0o777
    except FileNotFoundError:
        return None


def _write_nameless(target: str | PathLike[str], data: bytes, overwrite: bool) -> bool:
    """Write a file that gets a name only when it is complete; return False if that is impossible.

    See open(2) and linkat(2) on O_TMPFILE.
    """
    flag = getattr(os, "O_TMPFILE", 0)
    if not flag:
        return False
    parent = os.path.dirname(target) or os.curdir
    folder = os.open(parent, os.O_PATH)  # a folder that cannot be listed will do
    try:
        try:
            file = os.open(parent, flag | os.O_WRONLY | os.O_CLOEXEC, _DEFAULT_MODE)
        except OSError as error:
            if error.errno in _UNSUPPORTED:
                return False
            raise
        try:
            write_all(file, data)
            mode = mode_of(target)
            if mode is not None:
                os.fchmod(file, mode)
            sync(file)
            return _give_name(file, folder, target, overwrite)
        finally:
            os.close(file)
    finally:
        os.close(folder)


def _give_name(file: int, folder: int, target: str | PathLike[str], overwrite: bool) -> bool:
    """Give an open file its name; return False if the system cannot do that."""
    try:
        _link(file, folder, target)
    except FileExistsError:
        if not overwrite:
            raise
    except OSError as error:
        if error.errno in _UNSUPPORTED:  # as without /proc
            return False
        raise
    else:
        return True
    temporary = os.path.join(os.path.dirname(target), _temporary_stem())
    try:
        _link(file, folder, temporary)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    return True


def _link(file: int, folder: int, path: str | PathLike[str]) -> None:
    """Give an open file a name in an open folder."""
    # A folder is given, though its name is known, as Python follows the link of /proc only then.
    os.link(
        f"/proc/self/fd/{file}", os.path.basename(path), dst_dir_fd=folder, follow_symlinks=True
    )

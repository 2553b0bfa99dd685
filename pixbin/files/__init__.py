"""Reading and writing of files: `-` is stdin or stdout, and a file appears whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from os import PathLike
from typing import TYPE_CHECKING, BinaryIO

from pixbin.errors import InputError, OutputError, without_credentials
from pixbin.files import atomic

if TYPE_CHECKING:
    from io import BufferedReader
    from pathlib import Path  # late: its import would delay each start

_CHUNK_BYTES = 1 << 22  #: that are read at once where the length of a file has a limit
MASK_SUFFIX = "-mask"  #: appended to the stem of a picture's file name
_NO_FILE = (errno.ENOENT, errno.ENOTDIR, errno.EBADF, errno.ELOOP)  #: errors of missing files
STDIO = "-"  #: the file name of stdin and of stdout


def display_name(name: str) -> str:
    """Return the name of a file for messages."""
    return "stdin" if name == STDIO else without_credentials(name) or "''"


def has_working_folder() -> bool:
    """Return whether the working folder exists; it may have been removed."""
    try:
        os.getcwd()
    except OSError:
        return False
    return True


def read_bytes(
    name: str,
    max_bytes: int | None = None,
    check: Callable[[BufferedReader, str], None] | None = None,
) -> bytes:
    """Return the content of a file or of stdin, at least one byte.

    Parameters
    ----------
    name : str
    max_bytes : int, optional
        The most that is read.
    check : function, optional
        Takes a file that is open at its start, and its name in messages, before the rest is read.
        It may raise an error; it leaves the file at its start.

    Raises
    ------
    InputError
        The file cannot be read, is empty, or is too large.
    """
    label = display_name(name)
    with translate_read_errors(label):
        if name == STDIO:
            return _read_within(_stdin(), label, max_bytes)
        with open(_plain_path(name), "rb") as file:
            if check:
                check(file, label)
            return _read_within(file, label, max_bytes, os.fstat(file.fileno()).st_size)


def _read_within(file: BinaryIO, label: str, max_bytes: int | None, expected: int = 0) -> bytes:
    """Return all bytes of a file or pipe; raise InputError if there are none or too many.

    As many bytes as expected are read at once, since joining chunks takes twice the memory.
    """
    if max_bytes is None:
        return require_content(file.read(), label)
    chunks, count = [], 0
    most = min(expected, max_bytes) + 1
    while chunk := file.read(max(most - count, _CHUNK_BYTES)):
        chunks.append(chunk)
        count += len(chunk)
        if count > max_bytes:
            raise InputError.too_large(label, max_bytes)
    return require_content(chunks[0] if len(chunks) == 1 else b"".join(chunks), label)


def require_content(data: bytes, label: str) -> bytes:
    """Return the content of a file; raise InputError if it is empty."""
    if not data:
        raise InputError(f"{label}: empty; give a picture")
    return data


@contextlib.contextmanager
def translate_read_errors(label: str) -> Iterator[None]:
    """Turn errors of the system, on a file that cannot be read, into an InputError."""
    try:
        yield
    except FileNotFoundError as error:
        advice = "check the name"
        if "://" in label:
            advice = "URLs are not read here; download it, or give its content"
        raise InputError(f"{label}: no such file; {advice}") from error
    except IsADirectoryError as error:
        raise InputError(f"{label}: a folder; name one picture in it") from error
    except (OSError, ValueError) as error:
        raise InputError(
            f"{label}: cannot be read ({error_text(error)}); check the name"
        ) from error


def _stdin() -> BinaryIO:
    if sys.stdin is None:
        raise InputError("stdin: closed; pipe a picture in, or name a file")
    return sys.stdin.buffer


def check_writable(name: str, *, overwrite: bool = True) -> None:
    """Check before the work, as well as possible, that a file can be written.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    if name == STDIO:
        if sys.stdout is None or sys.stdout.closed:
            raise OutputError("stdout: closed; redirect it to a file or a program")
        if sys.stdout.isatty():
            raise OutputError("stdout: a terminal; redirect it to a file or a program")
        return
    with translate_write_errors(name):
        check_writable_path(name, _plain_path(name), overwrite=overwrite)


def is_special(target: str | PathLike[str]) -> bool:
    """Return whether a path is a device or a pipe."""
    mode = _mode_of(target)
    return mode is not None and not stat.S_ISREG(mode)


def check_writable_path(name: str, target: str | PathLike[str], *, overwrite: bool) -> None:
    """Check whether a path can be written; see `check_writable`, which translates errors."""
    mode, parent = _mode_of(target), os.path.dirname(target) or os.curdir
    if mode is not None and stat.S_ISDIR(mode):
        raise OutputError(f"{name}: a folder; name a file in it")
    parent_mode = _mode_of(parent)
    if parent_mode is None or not stat.S_ISDIR(parent_mode):
        state = "does not exist; create it first" if parent_mode is None else "is not a folder"
        raise OutputError(f"{name}: {_normalized(parent)} {state}")
    if not overwrite and os.path.lexists(target):
        raise FileExistsError
    if not os.access(parent if mode is None else target, os.W_OK):
        raise OutputError(f"{name}: no permission to write; choose another place")


@contextlib.contextmanager
def translate_write_errors(label: str) -> Iterator[None]:
    """Turn errors of the system, on a file that cannot be written, into an OutputError."""
    try:
        yield
    except FileExistsError as error:
        raise OutputError(f"{label}: exists; remove it or leave out --no-overwrite") from error
    except (OSError, ValueError) as error:
        reason = error_text(error)
        raise OutputError(f"{label}: cannot be written ({reason}); choose another place") from error


def write_file_or_stdout(name: str, data: bytes, *, overwrite: bool = True) -> None:
    """Write a file or, for `-`, to stdout."""
    if name == STDIO:
        write_stdout(data)
    else:
        write_file(_plain_path(name), data, overwrite=overwrite)


def write_file(target: str | PathLike[str], data: bytes, *, overwrite: bool = True) -> None:
    """Write a file that appears whole or not at all, even after a loss of power.

    Raises
    ------
    OutputError
        The file cannot be written, or exists and must not be replaced.
    """
    with translate_write_errors(str(target)):
        check_writable_path(str(target), target, overwrite=overwrite)
        if is_special(target):
            with open(target, "wb") as file:  # a rename would replace it
                file.write(data)
        else:
            atomic.write(os.path.realpath(target), data, overwrite=overwrite)


def write_all_or_none(contents: Mapping[str, bytes], *, overwrite: bool = True) -> None:
    """Write files, all or none: all temporary files are complete before the first rename.

    Raises
    ------
    OutputError
        One cannot be written, exists and must not be replaced, or is not a regular file.
    """
    from pathlib import Path

    created: list[Path] = []
    with contextlib.ExitStack() as stack:
        staged = []
        for name, data in contents.items():
            stack.enter_context(translate_write_errors(name))
            check_writable_path(name, Path(name), overwrite=overwrite)
            target = Path(os.path.realpath(name))
            if is_special(target):
                raise OutputError(f"{name}: not a regular file; name one, as two are written")
            staged.append((stack.enter_context(atomic.temporary_file(target, data)), target))
        try:
            for temporary, target in staged:
                is_new = not os.path.lexists(target)
                with translate_write_errors(str(target)):
                    atomic.move(temporary, target, overwrite=overwrite)
                created += [target] * is_new
        except OutputError:
            for target in created:
                target.unlink(missing_ok=True)
            raise


def with_suffix_before_ext(name: str, suffix: str) -> str:
    """Return a path or URL with a suffix before its extension.

    >>> with_suffix_before_ext("sprites/cat.png", "-mask")
    'sprites/cat-mask.png'
    """
    from pathlib import PurePosixPath

    folder, slash, last = name.rpartition("/")
    path = PurePosixPath(last)
    return f"{folder}{slash}{path.stem}{suffix}{path.suffix}"


def stem_of(path: str) -> str:
    """Return the last part of a path or URL without its extension, as `PurePosixPath` does.

    >>> stem_of("sprites/cat.bak.png"), stem_of(".png"), stem_of("-")
    ('cat.bak', '.png', '-')
    """
    name = _last_part(path)
    return name.removesuffix(extension_of(path))


def extension_of(path: str | PathLike[str]) -> str:
    """Return the extension of a path with its dot, or an empty text, as `PurePath.suffix` does.

    >>> extension_of("sprites/cat.bak.png"), extension_of(".png"), extension_of("cat.")
    ('.png', '', '')
    """
    name = _last_part(os.fspath(path).replace(os.sep, "/"))
    dot = name.rfind(".")
    return name[dot:] if 0 < dot < len(name) - 1 else ""


def _last_part(path: str) -> str:
    """Return the last part of a path that is neither empty nor a dot."""
    return next((part for part in reversed(path.split("/")) if part not in ("", ".")), "")


def _plain_path(name: str) -> str:
    """Return a path as `pathlib` makes it of a name: without a slash or a dot at its end."""
    return _normalized(name) if name[-1:] in ("", ".", "/", "\\") else name


def _normalized(path: str) -> str:
    from pathlib import Path

    return str(Path(path))


def _mode_of(path: str | PathLike[str]) -> int | None:
    """Return the kind and permissions of a file; None if there is none, or there can be none.

    Raises
    ------
    OSError
        It cannot be known, as in a folder that must not be searched.
    """
    try:
        return os.stat(path).st_mode
    except ValueError:  # a null in the name
        return None
    except OSError as error:
        if error.errno in _NO_FILE:
            return None
        raise


def write_stdout(data: bytes) -> None:
    """Write all bytes to stdout.

    Raises
    ------
    OutputError
        The reading program has ended, or the device is full.
    """
    check_writable(STDIO)
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except (OSError, ValueError) as error:
        redirect_stdout_to_devnull()
        raise OutputError(
            f"stdout: cannot be written ({error_text(error)}); check the reading end"
        ) from error


def redirect_stdout_to_devnull() -> None:
    """Redirect stdout to devnull, so that flushing at exit raises no BrokenPipeError again."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def error_text(error: BaseException) -> str:
    """Return the message of an error in one line."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split()) or type(error).__name__

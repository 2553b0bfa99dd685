"""Reading and writing of files: `-` is stdin or stdout, and a file appears whole or not at all."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from pixbin.errors import InputError, OutputError, without_credentials
from pixbin.files import atomic

if TYPE_CHECKING:
    from io import BufferedReader

_CHUNK_BYTES = 1 << 22  #: that are read at once where the length of a file has a limit
MASK_SUFFIX = "-mask"  #: appended to the stem of a picture's file name
STDIO = "-"  #: the file name of stdin and of stdout


def display_name(name: str) -> str:
    """Return the name of a file for messages."""
    return "stdin" if name == STDIO else without_credentials(name) or "''"


def has_working_folder() -> bool:
    """Return whether the working folder exists; it may have been removed."""
    try:
        Path.cwd()
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
        with Path(name).open("rb") as file:
            if check:
                check(file, label)
            return _read_within(file, label, max_bytes)


def _read_within(file: BinaryIO, label: str, max_bytes: int | None) -> bytes:
    """Return all bytes of a file or pipe; raise InputError if there are none or too many."""
    if max_bytes is None:
        return require_content(file.read(), label)
    chunks, count = [], 0
    while chunk := file.read(_CHUNK_BYTES):
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
        check_writable_path(name, Path(name), overwrite=overwrite)


def is_special(target: Path) -> bool:
    """Return whether a path is a device or a pipe."""
    return target.exists() and not target.is_file()


def check_writable_path(name: str, target: Path, *, overwrite: bool) -> None:
    """Check whether a path can be written; see `check_writable`, which translates errors."""
    if target.is_dir():
        raise OutputError(f"{name}: a folder; name a file in it")
    if not target.parent.is_dir():
        state = "is not a folder" if target.parent.exists() else "does not exist; create it first"
        raise OutputError(f"{name}: {target.parent} {state}")
    if not overwrite and os.path.lexists(target):
        raise FileExistsError
    changed = target if target.exists() else target.parent
    if not os.access(changed, os.W_OK):
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
        write_file(Path(name), data, overwrite=overwrite)


def write_file(target: Path, data: bytes, *, overwrite: bool = True) -> None:
    """Write a file that appears whole or not at all, even after a loss of power.

    Raises
    ------
    OutputError
        The file cannot be written, or exists and must not be replaced.
    """
    with translate_write_errors(str(target)):
        check_writable_path(str(target), target, overwrite=overwrite)
        if is_special(target):
            target.write_bytes(data)  # a rename would replace it
        else:
            atomic.write(Path(os.path.realpath(target)), data, overwrite=overwrite)


def write_all_or_none(contents: Mapping[str, bytes], *, overwrite: bool = True) -> None:
    """Write files, all or none: all temporary files are complete before the first rename.

    Raises
    ------
    OutputError
        One cannot be written, exists and must not be replaced, or is not a regular file.
    """
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
    folder, slash, last = name.rpartition("/")
    path = PurePosixPath(last)
    return f"{folder}{slash}{path.stem}{suffix}{path.suffix}"


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

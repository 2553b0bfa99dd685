"""Read and write files; `-` is stdin or stdout, and a file appears whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pixbin.errors import InputError, OutputError

if TYPE_CHECKING:
    pass

MASK = "-mask"  #: what the name of a mask has more than that of its picture
STANDARD = "-"  #: in place of a file's name: stdin or stdout


def shown_name(name: str) -> str:
    """Return how messages call a file."""
    return "stdin" if name == STANDARD else name or "''"


def read_bytes(name: str) -> bytes:
    """Return the content of a file, or of stdin; not nothing."""
    shown = shown_name(name)
    with reading_file(shown):
        data = _stdin() if name == STANDARD else Path(name).read_bytes()
    return not_empty(data, shown)


def not_empty(data: bytes, shown: str) -> bytes:
    """Return the content of a file; not nothing."""
    if not data:
        raise InputError(f"{shown}: empty; give a picture")
    return data


@contextlib.contextmanager
def reading_file(shown: str) -> Iterator[None]:
    """Turn what the system raises on a file that cannot be read into an InputError."""
    try:
        yield
    except FileNotFoundError as error:
        raise InputError(f"{shown}: no such file; check the name") from error
    except IsADirectoryError as error:
        raise InputError(f"{shown}: a folder; name one picture in it") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{shown}: cannot be read ({reason(error)}); check the name") from error


def _stdin() -> bytes:
    if sys.stdin is None:
        raise InputError("stdin: closed; pipe a picture in, or name a file")
    return sys.stdin.buffer.read()


def check_target(name: str, *, overwrite: bool = True) -> None:
    """Find out before the work whether a file can be written there, as far as one can.

    Raises
    ------
    OutputError
        It cannot.
    """
    if name == STANDARD:
        if sys.stdout is None or sys.stdout.closed:
            raise OutputError("stdout: closed; redirect it to a file or a program")
        if sys.stdout.isatty():
            raise OutputError("stdout: a terminal; redirect it to a file or a program")
        return
    with writing(name):
        _check_place(name, Path(name), overwrite)


def _check_place(name: str, target: Path, overwrite: bool) -> None:
    if target.is_dir():
        raise OutputError(f"{name}: a folder; name a file in it")
    if not target.parent.is_dir():
        state = "is not a folder" if target.parent.exists() else "does not exist; create it first"
        raise OutputError(f"{name}: {target.parent} {state}")
    if not overwrite and os.path.lexists(target):
        raise FileExistsError
    place = target if target.exists() else target.parent
    if not os.access(place, os.W_OK):
        raise OutputError(f"{name}: no permission to write; choose another place")


@contextlib.contextmanager
def writing(shown: str) -> Iterator[None]:
    """Turn what the system raises on a file that cannot be written into an OutputError."""
    try:
        yield
    except FileExistsError as error:
        raise OutputError(f"{shown}: exists; remove it or leave out --no-overwrite") from error
    except (OSError, ValueError) as error:
        why = reason(error)
        raise OutputError(f"{shown}: cannot be written ({why}); choose another place") from error


def write_to(name: str, data: bytes, *, overwrite: bool = True) -> None:
    """Write a file or, for `-`, to stdout."""
    if name == STANDARD:
        write_stdout(data)
    else:
        write(Path(name), data, overwrite=overwrite)


def write(target: Path, data: bytes, *, overwrite: bool = True, work: Path | None = None) -> None:
    """Write beside the target, then put it in place: it appears whole or not at all.

    With `work`, a folder on the same file system, it is written there instead of beside it.

    Raises
    ------
    OutputError
        The file cannot be written, or exists and shall not be replaced.
    """
    with writing(str(target)):
        _check_place(str(target), target, overwrite)
        if target.exists() and not target.is_file():
            target.write_bytes(data)  # a device or a pipe takes bytes, and is never replaced
        else:
            _write_beside(Path(os.path.realpath(target)), data, overwrite, work)


def write_together(contents: Mapping[str, bytes], *, overwrite: bool = True) -> None:
    """Write files, all or none: all are whole before the first one is put in place.

    Raises
    ------
    OutputError
        One cannot be written, exists and shall not be replaced, or is no file.
    """
    placed: list[Path] = []
    with contextlib.ExitStack() as stack:
        staged = []
        for name, data in contents.items():
            stack.enter_context(writing(name))
            _check_place(name, Path(name), overwrite)
            target = Path(os.path.realpath(name))
            if target.exists() and not target.is_file():
                raise OutputError(f"{name}: not a file; name one, so that another fits beside it")
            staged.append((stack.enter_context(_staged(target, data)), target))
        try:
            for beside, target in staged:
                is_new = not os.path.lexists(target)
                with writing(str(target)):
                    _place(beside, target, overwrite)
                placed += [target] * is_new
        except OutputError:
            for target in placed:
                target.unlink(missing_ok=True)
            raise


def name_beside(name: str, ending: str) -> str:
    """Return the name of a file beside another: `sprite.png` and `-mask` make `sprite-mask.png`."""
    path = PurePosixPath(name)
    return str(path.with_name(f"{path.stem}{ending}{path.suffix}"))


def write_stdout(data: bytes) -> None:
    """Write all bytes to stdout.

    Raises
    ------
    OutputError
        Whoever reads has gone, or the device is full.
    """
    check_target(STANDARD)
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except (OSError, ValueError) as error:
        abandon_stdout()
        raise OutputError(
            f"stdout: cannot be written ({reason(error)}); check the reading end"
        ) from error


def abandon_stdout() -> None:
    """Point stdout nowhere, lest the interpreter complain once more when it exits."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write_beside(target: Path, data: bytes, overwrite: bool, work: Path | None = None) -> None:
    try:
        with _staged(target, data, work) as beside:
            _place(beside, target, overwrite)
    except OSError as error:
        if work is None or error.errno != errno.EXDEV:
            raise
        _write_beside(target, data, overwrite)  # the target is on another file system


@contextlib.contextmanager
def _staged(target: Path, data: bytes, work: Path | None = None) -> Iterator[Path]:
    """Write a file to be put in place; if it is not, it goes."""
    beside = (work or target.parent) / f".pixbin-{os.urandom(8).hex()}"
    try:
        with beside.open("xb") as file:
            file.write(data)
        if target.exists():
            beside.chmod(target.stat().st_mode & 0o777)
        yield beside
    finally:
        beside.unlink(missing_ok=True)


def _place(beside: Path, target: Path, overwrite: bool) -> None:
    if overwrite:
        beside.replace(target)
    else:
        _place_new(beside, target)


def _place_new(beside: Path, target: Path) -> None:
    """Put a file in place, or fail if another has appeared there meanwhile."""
    try:
        target.hardlink_to(beside)
    except FileExistsError:
        raise
    except OSError as error:  # a file system without links
        if os.path.lexists(target):
            raise FileExistsError from error
        beside.replace(target)


def reason(error: BaseException) -> str:
    """Return what an error says, in one line."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split()) or type(error).__name__

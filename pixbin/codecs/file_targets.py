"""Targets of `save`: a path, or a binary file that is open for writing."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path
from typing import Protocol

from pixbin import files
from pixbin.catalog.formats import Format
from pixbin.errors import ArgumentError, OutputError, UsageError


class BinaryWriter(Protocol):
    """A binary file that is open for writing, such as `io.BytesIO`."""

    def write(self, data: bytes, /) -> object:
        """Write bytes; return their number, or None."""


#: a path, or an open file
FileTarget = str | PathLike[str] | BinaryWriter


def path_of(target: FileTarget) -> str:
    """Return the path of a target; of an open file its name, or an empty text if it has none."""
    if isinstance(target, str | PathLike):
        return fspath(target)
    name = getattr(target, "name", "")
    return name if isinstance(name, str) else ""


def choose_format(target: FileTarget, name: str | None) -> Format:
    """Return the format of a name, or else of the target's name.

    Raises
    ------
    UsageError
        The format is unknown or lossy, or neither name gives one.
    """
    if name:
        return Format.named(name)
    if target is None:
        raise ArgumentError("None: not a file; give a path, or a file open for writing")
    path = path_of(target)
    if isinstance(target, str | PathLike) or Path(path).suffix:
        return Format.from_path(path)
    raise UsageError(f"{_label(target)}: its name gives no format; add one, such as format='png'")


def write(target: FileTarget, data: bytes) -> None:
    """Write a file, whole or not at all; or all bytes to an open file, which stays open.

    Raises
    ------
    OutputError
        The file cannot be written, or not to its end.
    UsageError
        It was opened as text, or is no file.
    """
    if isinstance(target, str | PathLike):
        files.write_file(Path(target), data)
        return
    label = _label(target)
    if not callable(getattr(target, "write", None)):
        raise ArgumentError(f"{label}: not a file; give a path, or a file open for writing")
    if not getattr(target, "closed", False) and not _is_writable(target):
        raise UsageError(f"{label}: opened for reading; open it in binary mode, 'wb'")
    try:
        with files.translate_write_errors(label):
            count = target.write(data)
    except TypeError as error:
        raise UsageError(f"{label}: opened as text; open it in binary mode, 'wb'") from error
    if isinstance(count, int) and count < len(data):
        raise OutputError(f"{label}: took only {count} of {len(data)} bytes; write to a buffer")


def _is_writable(target: BinaryWriter) -> bool:
    """Return whether an open file can be written to, as far as it says so."""
    is_writable = getattr(target, "writable", None)
    return not callable(is_writable) or bool(is_writable())


def _label(target: FileTarget) -> str:
    return path_of(target) or type(target).__name__

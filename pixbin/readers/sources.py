"""Sources that are files: a path, the bytes of a file, or an open binary file."""

from __future__ import annotations

from os import PathLike, fspath
from typing import Any, NamedTuple, Protocol, TypeGuard

from pixbin import files
from pixbin.catalog import limits
from pixbin.catalog.limits import InputLimits
from pixbin.errors import InputError


class BinaryReader(Protocol):
    """A binary file that is open for reading, such as `io.BytesIO`."""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes; all that remain by default."""


#: a path, the content of a file, or an open file
FileSource = str | PathLike[str] | bytes | bytearray | memoryview | BinaryReader


class FileContent(NamedTuple):
    """The content of a file, and its name in messages."""

    data: bytes
    label: str


def is_file_source(source: object) -> TypeGuard[FileSource]:
    """Return whether an object is a path, bytes, or has `read` as an open file does."""
    if isinstance(source, str | PathLike | bytes | bytearray | memoryview):
        return True
    return callable(getattr(source, "read", None))


def read_content(source: FileSource, picture_limits: InputLimits | None = None) -> FileContent:
    """Return the content of a file, from where an open file stands to its end.

    A path with `picture_limits` must be within them, and that of a picture if the file is large.

    Raises
    ------
    InputError
        The file cannot be read, is empty, was opened as text, or the source is no file.

    Examples
    --------
    >>> read_content(b"P1 1 1 0")
    FileContent(data=b'P1 1 1 0', label='bytes')
    """
    if not is_file_source(source):
        kind = type(source).__name__
        raise InputError(f"{kind}: not a file; give a path, bytes or an open file")
    if isinstance(source, str | PathLike):
        name = fspath(source)
        return FileContent(_read_path(name, picture_limits), files.display_name(name))
    if isinstance(source, bytes | bytearray | memoryview):
        return FileContent(files.require_content(bytes(source), "bytes"), "bytes")
    label = _label_of_open_file(source)
    with files.translate_read_errors(label):
        data: Any = source.read()
    if isinstance(data, str):
        raise InputError(f"{label}: opened as text; open it in binary mode, 'rb'")
    if not isinstance(data, bytes | bytearray | memoryview):
        raise InputError(f"{label}: read() returns no bytes; give a path, bytes or an open file")
    if not data:
        raise InputError(f"{label}: empty, or read to its end; call seek(0) before")
    return FileContent(bytes(data), label)


def _read_path(name: str, picture_limits: InputLimits | None) -> bytes:
    if picture_limits is None:
        return files.read_bytes(name, limits.DEFAULT.max_bytes)
    from pixbin import readers

    return readers.read_file(name, picture_limits)


def _label_of_open_file(file: object) -> str:
    """Return the name of an open file for messages; its type if it has no name."""
    name = getattr(file, "name", None)
    return name if isinstance(name, str) and name else type(file).__name__

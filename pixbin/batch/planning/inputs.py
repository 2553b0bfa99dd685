"""Where sources come from: files, folders and lists, as a stream."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pixbin import files
from pixbin.batch.jobs import Signature
from pixbin.batch.planning import output_paths
from pixbin.batch.planning.globs import FileFilter
from pixbin.batch.storage import urls
from pixbin.errors import InputError, UsageError

_CHUNK_BYTES = 1 << 16  #: bytes of a list that are read at once

PIPE_ERROR = "a pipe or a device; give it to pixbin convert"

FileId = tuple[int, int]  #: device and number of a file or folder
Notify = Callable[[str], None]


class InputFile(NamedTuple):
    """A source, and where it lies below the input folder."""

    source: str  #: as it is opened
    relative_path: str  #: path with `/`; a name alone if the file itself was named
    error: str = ""  #: why it cannot be read, if that is known
    signature: Signature | None = None  #: if that was told with the name


class SearchFolder(NamedTuple):
    """A folder on the way through an input folder."""

    path: str
    relative_path: str
    ancestors: tuple[FileId, ...]  #: itself included


def file_id(path: str) -> FileId:
    """Return what tells a file or folder from all others, whatever its name."""
    status = Path(path).stat()
    return status.st_dev, status.st_ino


def find_input(
    name: str, file_filter: FileFilter, base: str | None, output: str, notify: Notify
) -> Iterator[InputFile]:
    """Yield the file that was named, or what is in the folder that was.

    Raises
    ------
    InputError
        There is no such file or folder.
    UsageError
        The output folder lies in the input folder.
    """
    if name == files.STDIO:
        raise UsageError("-: a batch takes names; for a list on stdin give --files0 -")
    if urls.is_remote(name):
        yield from _find_url(name, file_filter, base, output)
    elif Path(name).is_dir():
        _check_output_outside(name, output)
        yield from walk(name, file_filter, output, notify)
    elif os.path.lexists(name):
        yield _named_file(name, base)
    else:
        shown = files.display_name(name)
        raise InputError(f"{shown}: no such file or folder; check the name")


def _find_url(
    url: str, file_filter: FileFilter, base: str | None, output: str
) -> Iterator[InputFile]:
    from pixbin.batch.storage import fsspec_files

    if fsspec_files.is_folder(url):
        _check_output_outside(url, output)
        with fsspec_files.translate_read_errors(url):
            for below, known, _ in fsspec_files.list_files(
                fsspec_files.remote_path(url), file_filter
            ):
                yield InputFile(urls.join_path(url, below), below, "", known)
    else:
        for _, signature, fault in fsspec_files.query_signatures([url]):
            yield InputFile(url, _relative_path(url, base), fault, signature)


def require_any(inputs: Iterator[InputFile], name: str) -> Iterator[InputFile]:
    """Yield what was found, which must be something.

    Raises
    ------
    InputError
        Nothing was found.
    """
    first = next(inputs, None)
    if first is None:
        raise InputError(f"{name}: no picture in it; --include '*' takes files of any name")
    yield first
    yield from inputs


def read_list(name: str, base: str) -> Iterator[InputFile]:
    """Yield the files of a list whose names are separated by NUL; folders in it are left out.

    Raises
    ------
    InputError
        The list cannot be read.
    """
    for is_remote, group in groupby(
        map(urls.strip_local_scheme, _list_names(name)), urls.is_remote
    ):
        if is_remote:
            from pixbin.batch.storage import fsspec_files

            for path, signature, fault in fsspec_files.query_signatures(group):
                yield InputFile(path, _relative_path(path, base), fault, signature)
        else:
            for path in group:
                if not Path(path).is_dir():
                    yield _named_file(path, base)


def _list_names(name: str) -> Iterator[str]:
    shown = files.display_name(name)
    if name == files.STDIO and sys.stdin is None:
        raise InputError("stdin: closed; pipe a list in, or name a file")
    with (
        files.translate_read_errors(shown),
        sys.stdin.buffer if name == files.STDIO else open(name, "rb") as stream,
    ):
        yield from map(os.fsdecode, _split_nul(stream))


def _split_nul(stream: BinaryIO) -> Iterator[bytes]:
    rest = b""
    while chunk := stream.read(_CHUNK_BYTES):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from filter(None, whole)
    if rest:
        yield rest


def _named_file(name: str, base: str | None) -> InputFile:
    """Return a file that was named; at a pipe or a device nobody waits."""
    is_pipe = os.path.exists(name) and not os.path.isfile(name)
    return InputFile(name, _relative_path(name, base), PIPE_ERROR if is_pipe else "")


def _relative_path(name: str, base: str | None) -> str:
    """Return a named file's place below the base, or its name if it is elsewhere."""
    if urls.is_remote(name):
        folder = "" if base is None else f"{base.rstrip('/')}/"
        is_below = bool(folder) and name.startswith(folder)
        return name.removeprefix(folder) if is_below else name.rpartition("/")[2]
    if base is not None:
        relative = os.path.relpath(os.path.abspath(name), os.path.abspath(base))
        if relative.split(os.sep)[0] != os.pardir:
            return relative.replace(os.sep, "/")
    return os.path.basename(name)


def _check_output_outside(folder: str, output: str) -> None:
    if not output_paths.is_outside(output, folder):
        raise UsageError(
            f"{output}: lies in {folder}, which is searched for pictures; write elsewhere"
        )


def walk(folder: str, file_filter: FileFilter, output: str, notify: Notify) -> Iterator[InputFile]:
    """Yield the wanted files of a folder, those behind links too; a loop of links ends."""
    has_output = not urls.is_remote(output) and Path(output).exists()
    outside = file_id(output) if has_output else None
    stack = [SearchFolder(folder, "", (file_id(folder),))]
    while stack:
        here = stack.pop()
        try:
            with os.scandir(here.path) as entries:
                for entry in entries:
                    below = f"{here.relative_path}{entry.name}"
                    if not _is_folder(entry):
                        if file_filter.accepts_file(below) and _may_be_picture(entry):
                            yield InputFile(entry.path, below)
                    elif file_filter.accepts_folder(below):
                        stack += _enter_folder(entry.path, below, here, outside, notify)
        except OSError as error:
            yield InputFile(here.path, here.relative_path, f"cannot be searched ({error.strerror})")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself, and the like
        return False


def _may_be_picture(entry: os.DirEntry[str]) -> bool:
    """Tell whether it is a file, or a link that leads nowhere; but no pipe or device."""
    try:
        return entry.is_file() or (entry.is_symlink() and not os.path.exists(entry.path))
    except OSError:
        return True


def _enter_folder(
    path: str, relative_path: str, parent: SearchFolder, output_id: FileId | None, notify: Notify
) -> list[SearchFolder]:
    """Return a folder to search, unless that would lead in a circle."""
    itself = file_id(path)
    if itself == output_id:
        raise UsageError(f"{path}: is the output folder, by a link; write elsewhere")
    if itself in parent.ancestors:
        notify(f"{path}: leads back to a folder above it; left out")
        return []
    return [SearchFolder(path, f"{relative_path}/", (*parent.ancestors, itself))]

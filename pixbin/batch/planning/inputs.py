"""Input files, found one after another in files, folders, URLs and lists."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pixbin import files
from pixbin.batch.planning import output_paths
from pixbin.batch.storage import urls
from pixbin.batch.storage.base import FileSignature
from pixbin.batch.storage.globs import FileFilter
from pixbin.errors import InputError, UsageError

_CHUNK_BYTES = 1 << 16  #: bytes of a list file that are read at once

PIPE_ERROR = "a pipe or a device; give it to pixbin convert"

FileId = tuple[int, int]  #: device and inode number of a file or folder
Notify = Callable[[str], None]  #: takes a note to the user, one line


class InputFile(NamedTuple):
    """A file to convert, before its output has a name."""

    source: str  #: path or URL
    relative_path: str  #: relative to the input folder, with `/`; the file name if it was given
    error: str = ""  #: the reason why it cannot be read, if one is known
    signature: FileSignature | None = None  #: if it came with the listing


@dataclass(frozen=True, slots=True)
class SearchFolder:
    """A folder that is still to be searched."""

    path: str
    relative_path: str  #: relative to the input folder, empty or with a final `/`
    ancestors: tuple[FileId, ...]  #: the folders above it, and itself


def file_id(path: str) -> FileId:
    """Return an identifier of a file or folder that does not depend on its name."""
    status = Path(path).stat()
    return status.st_dev, status.st_ino


def find_input(
    name: str, file_filter: FileFilter, base: str | None, output: str, notify: Notify
) -> Iterator[InputFile]:
    """Yield the named file, or the chosen files of the named folder.

    Raises
    ------
    InputError
        There is no such file or folder.
    UsageError
        The output folder is in the input folder, or the name is `-`.
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
        raise InputError(f"{files.display_name(name)}: no such file or folder; check the name")


def _find_url(
    url: str, file_filter: FileFilter, base: str | None, output: str
) -> Iterator[InputFile]:
    from pixbin.batch.storage import fsspec_files

    if fsspec_files.is_folder(url):
        _check_output_outside(url, output)
        with fsspec_files.translate_read_errors(url):
            for file in fsspec_files.list_files(fsspec_files.remote_path(url), file_filter):
                path = file.relative_path
                yield InputFile(urls.join_path(url, path), path, "", file.signature)
    else:
        for _, signature, error in fsspec_files.query_signatures([url]):
            yield InputFile(url, _relative_path(url, base), error, signature)


def require_any(inputs: Iterator[InputFile], name: str) -> Iterator[InputFile]:
    """Yield the input files of a folder, of which there must be at least one.

    Raises
    ------
    InputError
        There is none.
    """
    first = next(inputs, None)
    if first is None:
        raise InputError(f"{name}: no picture in it; --include '*' takes files of any name")
    yield first
    yield from inputs


def read_list(name: str, base: str) -> Iterator[InputFile]:
    """Yield the files of a list in which names are separated by NUL; folders are left out.

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

            for url, signature, error in fsspec_files.query_signatures(group):
                yield InputFile(url, _relative_path(url, base), error, signature)
        else:
            for path in group:
                if not Path(path).is_dir():
                    yield _named_file(path, base)


def _list_names(name: str) -> Iterator[str]:
    if name == files.STDIO and sys.stdin is None:
        raise InputError("stdin: closed; pipe a list in, or name a file")
    with (
        files.translate_read_errors(files.display_name(name)),
        sys.stdin.buffer if name == files.STDIO else open(name, "rb") as stream,
    ):
        yield from map(os.fsdecode, _split_nul(stream))


def _split_nul(stream: BinaryIO) -> Iterator[bytes]:
    incomplete = b""
    while chunk := stream.read(_CHUNK_BYTES):
        *names, incomplete = (incomplete + chunk).split(b"\0")
        yield from filter(None, names)
    if incomplete:
        yield incomplete


def _named_file(name: str, base: str | None) -> InputFile:
    """Return a file that was named; a pipe or device becomes an error, as reading it may block."""
    is_pipe = os.path.exists(name) and not os.path.isfile(name)
    return InputFile(name, _relative_path(name, base), PIPE_ERROR if is_pipe else "")


def _relative_path(name: str, base: str | None) -> str:
    """Return the path of a file relative to the base, or its name if it is elsewhere."""
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


def walk(root: str, file_filter: FileFilter, output: str, notify: Notify) -> Iterator[InputFile]:
    """Yield the chosen files of a folder, through links as well; a loop of links ends."""
    has_output = not urls.is_remote(output) and Path(output).exists()
    output_id = file_id(output) if has_output else None
    stack = [SearchFolder(root, "", (file_id(root),))]
    while stack:
        folder = stack.pop()
        try:
            with os.scandir(folder.path) as entries:
                for entry in entries:
                    path = f"{folder.relative_path}{entry.name}"
                    if not _is_folder(entry):
                        if file_filter.accepts_file(path) and _may_be_picture(entry):
                            yield InputFile(entry.path, path)
                    elif file_filter.accepts_folder(path):
                        stack += _enter_folder(entry.path, path, folder, output_id, notify)
        except OSError as error:
            message = f"cannot be searched ({error.strerror})"
            yield InputFile(folder.path, folder.relative_path, message)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # such as a link to itself
        return False


def _may_be_picture(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a file or a broken link, rather than a pipe or device."""
    try:
        return entry.is_file() or (entry.is_symlink() and not os.path.exists(entry.path))
    except OSError:
        return True


def _enter_folder(
    path: str, relative_path: str, parent: SearchFolder, output_id: FileId | None, notify: Notify
) -> list[SearchFolder]:
    """Return the folder, or nothing if it is one of the folders above it."""
    identifier = file_id(path)
    if identifier == output_id:
        raise UsageError(f"{path}: is the output folder, by a link; write elsewhere")
    if identifier in parent.ancestors:
        notify(f"{path}: leads back to a folder above it; left out")
        return []
    return [SearchFolder(path, f"{relative_path}/", (*parent.ancestors, identifier))]

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
from pixbin.batch.planning.globs import Wanted
from pixbin.batch.storage import urls
from pixbin.errors import InputError, UsageError

_CHUNK = 1 << 16  #: bytes of a list that are read at once

PIPE = "a pipe or a device; give it to pixbin convert"

Identity = tuple[int, int]  #: device and number of a file or folder
Tell = Callable[[str], None]


class Found(NamedTuple):
    """A source, and where it lies below the input folder."""

    source: str  #: as it is opened
    below: str  #: path with `/`; a name alone if the file itself was named
    fault: str = ""  #: why it cannot be read, if that is known
    signature: Signature | None = None  #: if that was told with the name


class Folder(NamedTuple):
    """A folder on the way through an input folder."""

    path: str
    below: str
    ancestors: tuple[Identity, ...]  #: itself included


def identity(path: str) -> Identity:
    """Return what tells a file or folder from all others, whatever its name."""
    status = Path(path).stat()
    return status.st_dev, status.st_ino


def of_input(
    name: str, wanted: Wanted, base: str | None, output: str, tell: Tell
) -> Iterator[Found]:
    """Yield the file that was named, or what is in the folder that was.

    Raises
    ------
    InputError
        There is no such file or folder.
    UsageError
        The output folder lies in the input folder.
    """
    if name == files.STANDARD:
        raise UsageError("-: a batch takes names; for a list on stdin give --files0 -")
    if urls.is_remote(name):
        yield from _of_url(name, wanted, base, output)
    elif Path(name).is_dir():
        _check_outside(name, output)
        yield from walk(name, wanted, output, tell)
    elif os.path.lexists(name):
        yield _named(name, base)
    else:
        shown = files.shown_name(name)
        raise InputError(f"{shown}: no such file or folder; check the name")


def _of_url(url: str, wanted: Wanted, base: str | None, output: str) -> Iterator[Found]:
    from pixbin.batch.storage import fsspec_files

    if fsspec_files.is_folder(url):
        _check_outside(url, output)
        with fsspec_files.reading(url):
            for below, known, _ in fsspec_files.listed(fsspec_files.find(url), wanted):
                yield Found(urls.join(url, below), below, "", known)
    else:
        for _, signature, fault in fsspec_files.told([url]):
            yield Found(url, _below(url, base), fault, signature)


def some(found: Iterator[Found], name: str) -> Iterator[Found]:
    """Yield what was found, which must be something.

    Raises
    ------
    InputError
        Nothing was found.
    """
    first = next(found, None)
    if first is None:
        raise InputError(f"{name}: no picture in it; --include '*' takes files of any name")
    yield first
    yield from found


def of_list(name: str, base: str) -> Iterator[Found]:
    """Yield the files of a list whose names are separated by NUL; folders in it are left out.

    Raises
    ------
    InputError
        The list cannot be read.
    """
    for is_remote, group in groupby(map(urls.plain, _names(name)), urls.is_remote):
        if is_remote:
            from pixbin.batch.storage import fsspec_files

            for path, signature, fault in fsspec_files.told(group):
                yield Found(path, _below(path, base), fault, signature)
        else:
            for path in group:
                if not Path(path).is_dir():
                    yield _named(path, base)


def _names(name: str) -> Iterator[str]:
    shown = files.shown_name(name)
    if name == files.STANDARD and sys.stdin is None:
        raise InputError("stdin: closed; pipe a list in, or name a file")
    with (
        files.reading_file(shown),
        sys.stdin.buffer if name == files.STANDARD else open(name, "rb") as stream,
    ):
        yield from map(os.fsdecode, _parts(stream))


def _parts(stream: BinaryIO) -> Iterator[bytes]:
    rest = b""
    while chunk := stream.read(_CHUNK):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from filter(None, whole)
    if rest:
        yield rest


def _named(name: str, base: str | None) -> Found:
    """Return a file that was named; at a pipe or a device nobody waits."""
    is_pipe = os.path.exists(name) and not os.path.isfile(name)
    return Found(name, _below(name, base), PIPE if is_pipe else "")


def _below(name: str, base: str | None) -> str:
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


def _check_outside(folder: str, output: str) -> None:
    if not output_paths.is_outside(output, folder):
        raise UsageError(
            f"{output}: lies in {folder}, which is searched for pictures; write elsewhere"
        )


def walk(folder: str, wanted: Wanted, output: str, tell: Tell) -> Iterator[Found]:
    """Yield the wanted files of a folder, those behind links too; a loop of links ends."""
    has_output = not urls.is_remote(output) and Path(output).exists()
    outside = identity(output) if has_output else None
    stack = [Folder(folder, "", (identity(folder),))]
    while stack:
        here = stack.pop()
        try:
            with os.scandir(here.path) as entries:
                for entry in entries:
                    below = f"{here.below}{entry.name}"
                    if not _is_folder(entry):
                        if wanted.takes_file(below) and _is_readable(entry):
                            yield Found(entry.path, below)
                    elif wanted.takes_folder(below):
                        stack += _entered(entry.path, below, here, outside, tell)
        except OSError as error:
            yield Found(here.path, here.below, f"cannot be searched ({error.strerror})")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself, and the like
        return False


def _is_readable(entry: os.DirEntry[str]) -> bool:
    """Tell whether it is a file, or a link that leads nowhere; but no pipe or device."""
    try:
        return entry.is_file() or (entry.is_symlink() and not os.path.exists(entry.path))
    except OSError:
        return True


def _entered(
    path: str, below: str, parent: Folder, outside: Identity | None, tell: Tell
) -> list[Folder]:
    """Return a folder to search, unless that would lead in a circle."""
    itself = identity(path)
    if itself == outside:
        raise UsageError(f"{path}: is the output folder, by a link; write elsewhere")
    if itself in parent.ancestors:
        tell(f"{path}: leads back to a folder above it; left out")
        return []
    return [Folder(path, f"{below}/", (*parent.ancestors, itself))]

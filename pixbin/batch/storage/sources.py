"""Source files, local or at a URL, read through the same functions."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from pixbin import files, readers
from pixbin.batch.storage import urls
from pixbin.batch.storage.base import FileSignature, Status, ignore_recent_mtime
from pixbin.catalog.limits import DEFAULT, InputLimits
from pixbin.errors import InputError

if TYPE_CHECKING:
    from pixbin.geometry import Size
    from pixbin.readers import ReadOptions

_READ_ATTEMPTS = 2  #: for a source file that changes while it is read


def read(
    source: str, known_signature: FileSignature | None = None, limits: InputLimits = DEFAULT
) -> tuple[bytes, FileSignature]:
    """Return the content of a file or URL, and its signature when it was read.

    Raises
    ------
    InputError
        It cannot be read, is empty or beyond the limits, or changes every time it is read.
    """
    if urls.is_remote(source):
        from pixbin.batch.storage import fsspec_files

        return fsspec_files.read_url(source, known_signature, limits)
    with files.translate_read_errors(source):
        for _ in range(_READ_ATTEMPTS):
            with Path(source).open("rb") as file:
                before = _stat_signature(os.fstat(file.fileno()))
                readers.check_open_file(file, source, limits)
                data = file.read()
                if _stat_signature(os.fstat(file.fileno())) == before:
                    return files.require_content(data, source), ignore_recent_mtime(before)
    raise InputError(f"{source}: changes while it is read; run again when it is complete")


def status(name: str) -> Status | None:
    """Return the status of a file or URL, or None if it is missing.

    Raises
    ------
    InputError
        The store of a URL cannot be reached.
    """
    if urls.is_remote(name):
        from pixbin.batch.storage import fsspec_files

        return fsspec_files.url_status(name)
    return local_status(name)


def local_status(path: str) -> Status | None:
    """Return the status of a file of this machine, or None if it is missing."""
    with contextlib.suppress(OSError, ValueError):
        stat = os.stat(path)
        return Status(_stat_signature(stat), (stat.st_dev, stat.st_ino))
    return None


def size_of(source: str, read_options: ReadOptions) -> Size:
    """Return the upright size of a picture, in pixels; only its header is read.

    Raises
    ------
    InputError
        It cannot be read as a picture.
    """
    if not urls.is_remote(source):
        return readers.size_of(source, read_options)
    from pixbin.batch.storage import fsspec_files

    return fsspec_files.size_of(source, read_options)


def canonical(source: str) -> str:
    """Return the unique name of a source file: its path without symbolic links, or its URL."""
    if not urls.is_remote(source):
        return os.path.realpath(source)
    from pixbin.batch.storage import fsspec_files

    return fsspec_files.remote_path(source).canonical_url


def _stat_signature(stat: os.stat_result) -> FileSignature:
    return FileSignature(stat.st_size, stat.st_mtime_ns)

"""Reading of one regular file for a client: no pipe, no device, no link in place of the file."""

from __future__ import annotations

import contextlib
import io
import os
import stat
from collections.abc import Iterator

from pixbin.errors import InputError

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)


def read(path: str, label: str, max_bytes: int) -> bytes:
    """Return the content of a file; see `opened`."""
    with opened(path, label, max_bytes) as file:
        return file.read(max_bytes)


@contextlib.contextmanager
def opened(path: str, label: str, max_bytes: int) -> Iterator[io.BufferedReader]:
    """Open a file to read it.

    Parameters
    ----------
    path : str
        A real path: a link at its end is refused.
    label : str
        Its name in messages.
    max_bytes : int

    Raises
    ------
    InputError
        It cannot be read, is no regular file, or is too large.
    """
    try:
        handle = os.open(path, _FLAGS)
        try:  # a file object cannot be made for a folder, and would leave its handle open
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode) or status.st_size > max_bytes:
                raise InputError(f"{label}: no regular file, or too large")
            with os.fdopen(handle, "rb", closefd=False) as file:
                yield file
        finally:
            os.close(handle)
    except OSError as error:
        raise InputError(f"{label}: cannot be read; check its permissions") from error

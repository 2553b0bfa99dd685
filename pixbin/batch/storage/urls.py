"""Names of files and folders: paths of this machine, and URLs of object stores."""

from __future__ import annotations

import re
from pathlib import Path

_URL_START = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_LOCAL_SCHEMES = ("file://", "local://")  #: URLs that stand for paths of this machine
MEMORY_SCHEME = "memory://"  #: a store that only this process can see


def is_remote(name: str) -> bool:
    """Return whether a name is the URL of an object store.

    Examples
    --------
    >>> is_remote("s3://bucket/photo.png"), is_remote("photos/photo.png")
    (True, False)
    """
    return "://" in name and _URL_START.match(name) is not None


def strip_local_scheme(name: str) -> str:
    """Return the path of a `file://` or `local://` URL; other names are unchanged."""
    for scheme in _LOCAL_SCHEMES:
        if name.startswith(scheme):
            return name.removeprefix(scheme)
    return name


def join_path(folder: str, name: str) -> str:
    """Return the path or URL of a file in a folder.

    Examples
    --------
    >>> join_path("s3://bucket/out/", "a.png")
    's3://bucket/out/a.png'
    """
    return f"{folder.rstrip('/')}/{name}" if is_remote(folder) else str(Path(folder, name))

"""Names of places: files and folders of this machine, and URLs of other stores."""

from __future__ import annotations

import re
from pathlib import Path

_URL_START = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_LOCAL_SCHEMES = ("file://", "local://")  #: other words for this machine
MEMORY_SCHEME = "memory://"  #: a store that only this process can see


def is_remote(name: str) -> bool:
    """Tell whether a name is a URL of another store."""
    return "://" in name and _URL_START.match(name) is not None


def strip_local_scheme(name: str) -> str:
    """Return the path of a URL of this machine; any other name as it is."""
    for start in _LOCAL_SCHEMES:
        if name.startswith(start):
            return name.removeprefix(start)
    return name


def join_path(folder: str, name: str) -> str:
    """Return what a file below a folder, or below a URL, is called."""
    return f"{folder.rstrip('/')}/{name}" if is_remote(folder) else str(Path(folder, name))

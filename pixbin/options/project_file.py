"""The `pixbin.toml` of a project: in the working folder, or the nearest folder above it.

A file that somebody else may have written is not used. It is read without being named, and it
chooses how pictures look and which model runs. Git checks the owner of a repository for the same
reason (git-config, `safe.directory`).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path  # late: its import would delay each start

NAME = "pixbin.toml"
_ROOT = 0  #: number of the user who may change every file


def find() -> Path | None:
    """Return the file; None if there is none that only its user can have written."""
    trusted = next((path for path, reason in _candidates() if not reason), None)
    if trusted is None:
        return None
    from pathlib import Path

    return Path(trusted)


def notes() -> list[str]:
    """Return a note on each file that is nearer, but not used."""
    return [
        f"{path}: not used, as it {reason}; --preset {path} uses it"
        for path, reason in _candidates()
        if reason
    ]


def working_folder() -> Path:
    """Return the working folder; a relative path, which leads nowhere, if it was removed."""
    from pathlib import Path

    return Path(_working_folder())


def _working_folder() -> str:
    try:
        return os.getcwd()
    except OSError:
        return ""


def distrust_reason(path: str | Path) -> str:
    """Return why somebody else may have written a file; empty if only its user could.

    A link counts, too: whoever owns it chooses the file. On systems without owners of files every
    file is trusted.
    """
    if not hasattr(os, "geteuid"):
        return ""
    trusted = (os.geteuid(), _ROOT)
    try:
        states = [os.lstat(path), os.stat(path)]
        folder = os.stat(os.path.dirname(path) or os.curdir)
    except OSError as error:
        return f"cannot be checked ({error.strerror})"
    if any(state.st_uid not in trusted for state in states):
        return "belongs to another user"
    if states[-1].st_mode & stat.S_IWOTH:
        return "can be changed by every user"
    if folder.st_mode & stat.S_IWOTH:
        return "is in a folder that every user can change"
    return ""


def _candidates() -> Iterator[tuple[str, str]]:
    """Yield files, the nearest first, each with the reason why it is not trusted, if any.

    The first trusted file is the last one.
    """
    folder = _working_folder()
    while True:
        path = os.path.join(folder, NAME)
        if os.path.isfile(path):  # false in a folder that cannot be searched
            yield path, (reason := distrust_reason(path))
            if not reason:
                return
        above = os.path.dirname(folder)
        if above == folder:
            return
        folder = above

"""Files that a call writes: checked before the work begins, and written all or none."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from pixbin import files
from pixbin.agents.allowed_folders import AllowedFolders
from pixbin.errors import UsageError, shortened


class OutputFiles:
    """Writes files in the allowed folders.

    Parameters
    ----------
    folders : AllowedFolders
    is_read_only : bool
        Whether no file may be written.
    """

    def __init__(self, folders: AllowedFolders, *, is_read_only: bool = False) -> None:
        self._folders = folders
        self._is_read_only = is_read_only

    def check(self, names: Iterable[str], source: str = "", *, overwrite: bool) -> dict[str, Path]:
        """Return the real path of each file to write, before the work begins.

        Raises
        ------
        UsageError
            It is outside of the folders, exists, or is the source.
        OutputError
            It cannot be written.
        """
        paths: dict[str, Path] = {}
        for name in names:
            if self._is_read_only:
                raise UsageError(
                    f"{shortened(name)}: this server writes no files; leave out output"
                )
            path = self._folders.target(name)
            if source and path == self._folders.source(source):
                raise UsageError(f"{name}: is the source itself; name another output")
            if os.path.exists(path) and not overwrite:  # noqa: PTH110 - never fails
                raise UsageError(f"{name}: exists; name another output, or set overwrite to true")
            files.check_writable(str(path))
            paths[name] = path
        return paths

    def write(self, contents: Mapping[Path, bytes]) -> None:
        """Write files by their real paths, all or none.

        Raises
        ------
        OutputError
            One cannot be written.
        """
        if len(contents) > 1:
            files.write_all_or_none({str(path): data for path, data in contents.items()})
        else:
            for path, data in contents.items():
                files.write_file(path, data)

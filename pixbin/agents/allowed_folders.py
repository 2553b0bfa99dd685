"""The files that a client may name: those below the folders of the command line, and no others."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

from pixbin import files
from pixbin.batch.storage.globs import FileFilter
from pixbin.errors import InputError, UsageError
from pixbin.web import regular_file

MAX_FILE_BYTES = 64 << 20  #: of one file that is read
_MAX_NAME_LENGTH = 1000


class AllowedFolders:
    """The folders that a client may use; all links are followed before a path is compared."""

    def __init__(self, names: list[str], max_bytes: int = MAX_FILE_BYTES) -> None:
        """Take the folders.

        Raises
        ------
        InputError
            One is no folder.
        """
        for name in names:
            if not Path(name).is_dir():
                problem = "a file" if Path(name).exists() else "no such folder"
                raise InputError(f"{name}: {problem}; name a folder that a client may use")
        self._roots = [Path(os.path.realpath(name)) for name in names]
        self._max_bytes = max_bytes

    @property
    def roots(self) -> list[str]:
        """The real paths of the folders."""
        return [*map(str, self._roots)]

    def source(self, name: str) -> Path:
        """Return the real path of a file; a relative name is looked up below each folder.

        Raises
        ------
        UsageError
            It is outside of the folders, by its path or by a link, or it is hidden.
        InputError
            There is no such file.
        """
        paths = [self._check(path, name) for path in self._candidates(name)]
        for path in paths:
            if os.path.exists(path):  # noqa: PTH110 - never fails
                return path
        where = ", ".join(self.roots)
        raise InputError(f"{name}: no such file in {where}; the tool `pictures` lists the pictures")

    def read(self, name: str) -> bytes:
        """Return the content of a file, at least one byte.

        Raises
        ------
        UsageError, InputError
            As `source` does; or it cannot be read, is no regular file, is empty or too large.
        """
        data = regular_file.read(str(self.source(name)), name, self._max_bytes)
        return files.require_content(data, name)

    def target(self, name: str) -> Path:
        """Return the real path of a file to write; a relative name is below the first folder.

        Raises
        ------
        UsageError
            It is outside of the folders, by its path or by a link, or it is hidden.
        """
        return self._check(self._candidates(name)[0], name)

    def pictures(self, limit: int) -> list[str]:
        """Return the names of pictures, by their extensions: below the first folder relative ones.

        Links are left out, and so is what is hidden.
        """
        names = itertools.chain.from_iterable(map(self._walk, self._roots))
        return [*itertools.islice(names, limit)]

    def _walk(self, root: Path) -> Iterator[str]:
        chooser = FileFilter()
        for parent, folders, names in os.walk(root):
            folders[:] = sorted(name for name in folders if chooser.accepts_folder(name))
            for name in sorted(filter(chooser.accepts_file, names)):
                path = Path(parent, name)
                if not path.is_symlink() and name.isprintable():
                    yield str(path.relative_to(root) if root == self._roots[0] else path)

    def _candidates(self, name: str) -> list[Path]:
        if not name or len(name) > _MAX_NAME_LENGTH or not name.isprintable():
            raise UsageError(f"{name[:60]!r}: no name of a file")
        return [root / name for root in self._roots]  # an absolute name replaces the root

    def _check(self, path: Path, name: str) -> Path:
        """Return the real path of a file, if it is below a folder and nothing in it is hidden."""
        try:
            real = Path(os.path.realpath(path))
        except (OSError, ValueError) as error:
            raise UsageError(f"{name}: no name of a file") from error
        root = next((root for root in self._roots if real.is_relative_to(root)), None)
        if root is None:
            allowed = ", ".join(self.roots)
            raise UsageError(f"{name}: outside of the allowed folders; use files in {allowed}")
        if any(part.startswith(".") for part in real.relative_to(root).parts):
            raise UsageError(f"{name}: hidden; rename it, or use another file")
        return real

"""Unique names in the output folder, to detect two jobs that would write one file.

Two names can mean one file: they may differ only in upper and lower case, or one may be a symbolic
link. This depends on the folder and its file system.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from pixbin import files
from pixbin.batch.storage import urls
from pixbin.batch.storage.sources import canonical
from pixbin.errors import OutputError


class OutputPaths(Protocol):
    """The names in an output folder."""

    def target_key(self, target: str) -> bytes:
        """Return a key that is equal for all spellings of one output."""

    def canonical(self, source: str) -> str:
        """Return the unique name of a source file."""

    def source_key(self, source: str) -> bytes:
        """Return the key of an output that would replace this source file.

        A source file elsewhere gets a key that no output has.
        """

    def symlink_target(self, target: str) -> bytes | None:
        """Return the key of the file that a link leads an output to; None without a link."""

    def check_writable(self, folders: Iterable[str], is_target: Callable[[bytes], bool]) -> None:
        """Check that files can be made in these folders, named relative to the output folder.

        `is_target` returns whether a key is that of an output.

        Raises
        ------
        OutputError
            They cannot be made, or an output has the name of an existing folder.
        """


def output_paths(output: str) -> OutputPaths:
    """Return the names in an output folder, given its path or URL."""
    return RemoteOutputPaths(output) if urls.is_remote(output) else LocalOutputPaths(output)


class LocalOutputPaths:
    """The names in a folder of this machine. See `OutputPaths`."""

    def __init__(self, output: str) -> None:
        self._output = output
        self._root = os.path.join(os.path.realpath(output), "")
        self._ignores_case = _ignores_case(output)
        self._canonical_folder = lru_cache(maxsize=16)(os.path.realpath)
        self._may_have_links = os.path.isdir(output)

    def target_key(self, target: str) -> bytes:
        """Return a name as the file system compares it."""
        if self._ignores_case:
            target = unicodedata.normalize("NFC", target).casefold()
        return os.fsencode(target)

    def canonical(self, source: str) -> str:
        """Return a path without links; the folder's own links are resolved once."""
        if urls.is_remote(source):
            return canonical(source)
        folder, name = os.path.split(source)
        path = os.path.join(self._canonical_folder(folder), name)
        return os.path.realpath(path) if os.path.islink(path) else path

    def source_key(self, source: str) -> bytes:
        """Return the key of a path without links, relative to the output folder if it is in it."""
        return self.target_key(self.canonical(source).removeprefix(self._root))

    def symlink_target(self, target: str) -> bytes | None:
        """Return the key of the file that a link leads an output to; None without a link."""
        if not self._may_have_links:
            return None
        key = self.source_key(f"{self._root}{target}")
        return None if key == self.target_key(target) else key

    def check_writable(self, folders: Iterable[str], is_target: Callable[[bytes], bool]) -> None:
        """Check all folders that exist."""
        check_folder_writable(self._output)
        for folder in folders:
            self._check_no_folder_in_the_way(os.path.join(self._output, folder), is_target)
        self._check_no_folder_in_the_way(self._output, is_target)

    def _check_no_folder_in_the_way(self, folder: str, is_target: Callable[[bytes], bool]) -> None:
        if not os.path.lexists(folder):
            return
        check_folder_writable(folder)
        with files.translate_write_errors(folder), os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir() and is_target(self._key_of(entry.path)):
                    raise OutputError(f"{entry.path}: a folder, where a picture is to be written")

    def _key_of(self, path: str) -> bytes:
        return self.target_key(os.path.relpath(path, self._output).replace(os.sep, "/"))


class RemoteOutputPaths:
    """The names in a folder of an object store. See `OutputPaths`."""

    def __init__(self, output: str) -> None:
        self._root = f"{canonical(output).rstrip('/')}/"

    def target_key(self, target: str) -> bytes:
        """Return the name unchanged: object stores compare letter by letter."""
        return os.fsencode(target)

    def canonical(self, source: str) -> str:
        """Return a path without links, or a URL with the usual scheme of its store."""
        return canonical(source)

    def source_key(self, source: str) -> bytes:
        """Return a URL, relative to the output folder if it is in it."""
        return os.fsencode(self.canonical(source).removeprefix(self._root))

    def symlink_target(self, target: str) -> bytes | None:
        """Return None: object stores have no links."""

    def check_writable(self, folders: Iterable[str], is_target: Callable[[bytes], bool]) -> None:
        """Do nothing: the run writes its marker first, and that fails before the first output."""


def is_outside(output: str, folder: str) -> bool:
    """Return whether an output folder is neither an input folder nor below it."""
    inner, outer = (canonical(name).rstrip("/") or "/" for name in (output, folder))
    return inner != outer and not inner.startswith(os.path.join(outer, ""))


def check_folder_writable(folder: str) -> None:
    """Check that files can be made in a folder or, if it is missing, that it can be made.

    Raises
    ------
    OutputError
        The files or the folder cannot be made.
    """
    with files.translate_write_errors(folder):
        existing = _nearest_existing(Path(folder))
        if not existing.is_dir():
            raise OutputError(f"{folder}: {existing} is not a folder; choose another place")
        if not os.access(existing, os.W_OK | os.X_OK):
            raise OutputError(
                f"{folder}: no permission to write in {existing}; choose another place"
            )


def _nearest_existing(path: Path) -> Path:
    """Return a path, or its nearest parent that exists; a broken link counts."""
    while not os.path.lexists(path) and path != path.parent:
        path = path.parent
    return path


def _ignores_case(output: str) -> bool:
    """Return whether upper and lower case name one file where the output folder is or will be."""
    path = Path(os.path.abspath(output))
    while not path.exists() and path != path.parent:
        path = path.parent
    other_case = path.with_name(path.name.swapcase()) if path.name else path
    try:
        return other_case != path and other_case.samefile(path)
    except OSError:
        return False

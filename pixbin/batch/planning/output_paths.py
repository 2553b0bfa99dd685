"""What a plan knows of the place that outputs are written to: which names are one file there."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from pixbin import files
from pixbin.batch.storage import urls
from pixbin.errors import OutputError


class OutputPaths(Protocol):
    """Where outputs lie."""

    def target_key(self, target: str) -> bytes:
        """Return what is the same for all names of one output."""

    def canonical(self, source: str) -> str:
        """Return the one name of a source that may have several."""

    def source_key(self, source: str) -> bytes:
        """Return the key of a source below the output folder; of one elsewhere no output's."""

    def symlink_target(self, target: str) -> bytes | None:
        """Return the place that a link in the output folder leads an output to."""

    def check_writable(self, folders: Iterable[str], is_target: Callable[[bytes], bool]) -> None:
        """Find out whether files can be made in these folders, named from the output folder.

        Raises
        ------
        OutputError
            They cannot, or a folder lies where a file shall be.
        """


def output_paths(output: str) -> OutputPaths:
    """Return what is known of an output folder, by its path or URL."""
    return RemoteOutputPaths(output) if urls.is_remote(output) else LocalOutputPaths(output)


def canonical(source: str) -> str:
    """Return the one name of a source: its path without links, or its URL."""
    if not urls.is_remote(source):
        return os.path.realpath(source)
    from pixbin.batch.storage import fsspec_files

    return fsspec_files.remote_path(source).canonical_url


class LocalOutputPaths:
    """A folder of this machine."""

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
        """Return a path without links; of its folder it is worked out once."""
        if urls.is_remote(source):
            return canonical(source)
        folder, name = os.path.split(source)
        path = os.path.join(self._canonical_folder(folder), name)
        return os.path.realpath(path) if os.path.islink(path) else path

    def source_key(self, source: str) -> bytes:
        """Return the key of a path without links: below the output folder, or from the root."""
        return self.target_key(self.canonical(source).removeprefix(self._root))

    def symlink_target(self, target: str) -> bytes | None:
        """Return where an output comes to lie, if that is elsewhere by a link."""
        if not self._may_have_links:
            return None
        place = self.source_key(f"{self._root}{target}")
        return None if place == self.target_key(target) else place

    def check_writable(self, folders: Iterable[str], is_target: Callable[[bytes], bool]) -> None:
        """Look at every folder that is there."""
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
    """A place on another store: it has neither links nor folders in the way of files."""

    def __init__(self, output: str) -> None:
        self._root = f"{canonical(output).rstrip('/')}/"

    def target_key(self, target: str) -> bytes:
        """Return a name as it is."""
        return os.fsencode(target)

    def canonical(self, source: str) -> str:
        """Return a path without links, or a URL in its first form."""
        return canonical(source)

    def source_key(self, source: str) -> bytes:
        """Return a URL from the output folder, or all of it."""
        return os.fsencode(self.canonical(source).removeprefix(self._root))

    def symlink_target(self, target: str) -> bytes | None:
        """Return None: there are no links."""

    def check_writable(self, folders: Iterable[str], is_target: Callable[[bytes], bool]) -> None:
        """Leave it to the first thing that is written, before the first output."""


def is_outside(output: str, folder: str) -> bool:
    """Tell whether an output folder lies elsewhere than in a folder of sources."""
    inner, outer = (canonical(name).rstrip("/") or "/" for name in (output, folder))
    return inner != outer and not inner.startswith(os.path.join(outer, ""))


def check_folder_writable(folder: str) -> None:
    """Find out whether files can be made in a folder, or it in the nearest one that is there.

    Raises
    ------
    OutputError
        They cannot.
    """
    with files.translate_write_errors(folder):
        place = Path(folder)
        while not os.path.lexists(place) and place != place.parent:
            place = place.parent
        if not place.is_dir():
            raise OutputError(f"{folder}: {place} is not a folder; choose another place")
        if not os.access(place, os.W_OK | os.X_OK):
            raise OutputError(f"{folder}: no permission to write in {place}; choose another place")


def _ignores_case(output: str) -> bool:
    """Tell whether two names may be one file where the output folder is, or will be."""
    place = Path(os.path.abspath(output))
    while not place.exists() and place != place.parent:
        place = place.parent
    other = place.with_name(place.name.swapcase()) if place.name else place
    try:
        return other != place and other.samefile(place)
    except OSError:
        return False

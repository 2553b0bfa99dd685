"""The pictures that clients may name: those in the folders of the command line, and no others."""

from __future__ import annotations

import os
import stat
import threading
import time
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from pixbin.batch.storage.globs import FileFilter
from pixbin.errors import InputError
from pixbin.web import regular_file
from pixbin.web.handler import RefusedError

MAX_FILES = 5000  #: that are listed
MAX_FILE_BYTES = 256 << 20  #: of one picture
LIST_SECONDS = 2.0  #: for which a list of files is kept
_MAX_LABEL_LENGTH = 1000


class MissingPictureError(RefusedError):
    """There is no such picture, or a client must not have it."""


@dataclass(frozen=True, slots=True)
class ServedFile:
    """A picture in a folder, as it was when it was looked up."""

    label: str  #: path below the folder, with `/`
    path: str  #: real path, without links
    modified: float  #: seconds since 1970 of the last change of the content, or of its name
    version: tuple[int, int, int]  #: differs after a change

    def read(self) -> bytes:
        """Return the content.

        Raises
        ------
        InputError
            It cannot be read, is no regular file any more, or is too large.
        """
        return regular_file.read(self.path, self.label, MAX_FILE_BYTES)


class ServedFolders:
    """The folders of the command line; the first one that has a file is used."""

    def __init__(self, names: list[str]) -> None:
        """Take the folders.

        Raises
        ------
        InputError
            One is no folder.
        """
        for name in names:
            if not Path(name).is_dir():
                problem = "a file" if Path(name).exists() else "no such folder"
                raise InputError(f"{name}: {problem}; name a folder with pictures")
        self._roots = [os.path.realpath(name) for name in names]
        self._filter = FileFilter()
        self._lock = threading.Lock()
        self._listed: tuple[float, list[ServedFile]] = (0.0, [])

    def get(self, label: str) -> ServedFile:
        """Return a file by its path below a folder.

        Raises
        ------
        MissingPictureError
            There is none, it is hidden or no picture, or its path or a link leads out. All of these
            have the same answer.
        """
        if self._is_plain(label):
            for root in self._roots:
                if (file := self._look_up(root, label)) is not None:
                    return file
        reason = f"{label[:80]}: no such picture; /files lists all"
        raise MissingPictureError(HTTPStatus.NOT_FOUND, reason)

    def files(self) -> list[ServedFile]:
        """Return all files by name, from a list that is at most two seconds old."""
        with self._lock:
            time_listed, files = self._listed
            if not time_listed or time.monotonic() - time_listed > LIST_SECONDS:
                files = self._list()
                self._listed = (time.monotonic(), files)
            return files

    def _is_plain(self, label: str) -> bool:
        parts = label.split("/")
        is_path = len(label) <= _MAX_LABEL_LENGTH and label.isprintable()
        if os.name == "nt":
            is_path = is_path and not {"\\", ":"} & {*label}
        is_visible = not any(part in ("", ".", "..") or part.startswith(".") for part in parts)
        return is_path and is_visible and self._filter.accepts_file(label)

    def _look_up(self, root: str, label: str) -> ServedFile | None:
        """Return a file if it is below a root after all links are followed."""
        try:
            path = os.path.realpath(os.path.join(root, label), strict=True)  # noqa: PTH118
            if os.path.commonpath((root, path)) != root:
                return None
            status = os.stat(path)  # noqa: PTH116 - the path is text
        except (OSError, ValueError):
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        # A file that is moved here keeps its time of change, but not that of its name.
        modified = max(status.st_mtime, status.st_ctime)
        version = (status.st_mtime_ns, status.st_size, status.st_ino)
        return ServedFile(label, path, modified, version)

    def _list(self) -> list[ServedFile]:
        files: dict[str, ServedFile] = {}
        for root in self._roots:
            for parent, folders, names in os.walk(root):
                folders[:] = sorted(each for each in folders if self._filter.accepts_folder(each))
                for name in sorted(names):
                    path = os.path.join(parent, name)  # noqa: PTH118 - as in a batch
                    label = os.path.relpath(path, root).replace(os.sep, "/")
                    if len(files) < MAX_FILES and label not in files and self._is_plain(label):
                        file = self._look_up(root, label)
                        if file:
                            files[label] = file
        return [files[label] for label in sorted(files, key=lambda each: (each.casefold(), each))]

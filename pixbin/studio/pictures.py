"""The pictures of the studio: those of the command line, and those dropped onto the page.

The page names a picture by a key from the list that it got, never by a path.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from pixbin import files
from pixbin.errors import InputError

MAX_FILES = 5000  #: of a folder that are listed
MAX_UPLOAD_BYTES = 128 << 20  #: of one picture
MAX_UPLOADED_BYTES = 512 << 20  #: of all uploaded pictures; the oldest are dropped
_MAX_NAME_LENGTH = 120
#: Beginnings of the usual pictures: PNG, JPEG, GIF and TIFF. Others are decoded to know.
_USUAL_STARTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*")


@dataclass(frozen=True, slots=True)
class SourcePicture:
    """A picture that the page may choose."""

    key: str
    label: str  #: for people
    name: str  #: for command lines: a path, or the name of a file that was uploaded
    data: bytes | None = None  #: the content of an uploaded file

    def read(self) -> bytes:
        """Return the content of the file.

        Raises
        ------
        InputError
            It cannot be read.
        """
        return files.read_bytes(self.name) if self.data is None else self.data

    @property
    def version(self) -> tuple[str, int, int]:
        """A value that changes when the file changes: key, time of change, and size."""
        if self.data is not None:
            return self.key, 0, len(self.data)
        try:
            status = os.stat(self.name)  # noqa: PTH116 - the name is text, as it was typed
        except OSError:
            return self.key, 0, 0
        return self.key, status.st_mtime_ns, status.st_size

    @property
    def report(self) -> dict[str, object]:
        """Key and names, for the page."""
        return {"key": self.key, "label": self.label, "uploaded": self.data is not None}


class PictureLibrary:
    """All pictures by key, and the folder that was named on the command line."""

    def __init__(self, name: str | None = None) -> None:
        """List the pictures of a file or folder.

        Raises
        ------
        InputError
            There is no such file, it is no picture, or there is none in the folder.
        """
        self.folder: str | None = None
        self._pictures: OrderedDict[str, SourcePicture] = OrderedDict()
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        if name == files.STDIO:
            _require_picture(self.add_upload("stdin", files.read_bytes(name)))
        elif name is not None and Path(name).is_dir():
            self.folder = name
            self._list_folder(name)
        elif name is not None:
            with files.translate_read_errors(name):
                Path(name).stat()
            _require_picture(self._add(Path(name).name, name))

    def _list_folder(self, folder: str) -> None:
        from pixbin.batch.storage.globs import FileFilter

        file_filter = FileFilter()
        for parent, folders, names in os.walk(folder):
            folders[:] = sorted(each for each in folders if file_filter.accepts_folder(each))
            for name in sorted(names):
                path = os.path.join(parent, name)  # noqa: PTH118 - paths as text, as in a batch
                if file_filter.accepts_file(name) and len(self._pictures) < MAX_FILES:
                    self._add(os.path.relpath(path, folder), path)
            if len(self._pictures) >= MAX_FILES:
                break
        if not self._pictures:
            raise InputError(f"{folder}: no pictures in this folder; name another one")

    def _add(self, label: str, name: str, data: bytes | None = None) -> SourcePicture:
        picture = SourcePicture(str(next(self._numbers)), label, name, data)
        self._pictures[picture.key] = picture
        return picture

    def add_upload(self, name: str, data: bytes) -> SourcePicture:
        """Keep a picture in memory, and drop the oldest ones if there is no room.

        Raises
        ------
        InputError
            It is empty.
        """
        label = clean_name(name)
        files.require_content(data, label)
        with self._lock:
            picture = self._add(label, label, data)
            uploads = [each for each in self._pictures.values() if each.data is not None]
            total = sum(len(each.data or b"") for each in uploads)
            for each in uploads[:-1]:
                if total <= MAX_UPLOADED_BYTES:
                    break
                total -= len(each.data or b"")
                del self._pictures[each.key]
        return picture

    def remove(self, picture: SourcePicture) -> None:
        """Forget a picture."""
        with self._lock:
            self._pictures.pop(picture.key, None)

    def get(self, key: object) -> SourcePicture:
        """Return a picture by its key.

        Raises
        ------
        InputError
            There is none, or it was dropped.
        """
        picture = self._pictures.get(key) if isinstance(key, str) else None
        if picture is None:
            raise InputError("this picture is no longer here; drop it onto the page again")
        return picture

    @property
    def reports(self) -> list[dict[str, object]]:
        """All pictures, for the page."""
        with self._lock:
            return [picture.report for picture in self._pictures.values()]


def _require_picture(picture: SourcePicture) -> None:
    """Raise InputError if a file is no picture; only unusual ones are decoded, which takes time."""
    data = picture.read()
    files.require_content(data, picture.label)
    if not data.startswith(_USUAL_STARTS):
        from pixbin import readers

        readers.read_raster(data, picture.name)


def clean_name(name: str) -> str:
    """Return the last part of a name that a browser sent, with printable characters only."""
    last = name.replace("\\", "/").rpartition("/")[2]
    printable = "".join(letter for letter in last if letter.isprintable()).strip()
    return printable[-_MAX_NAME_LENGTH:] or "picture"

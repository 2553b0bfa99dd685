"""A model of a disk that loses power: it keeps what was stored, and maybe some of the rest."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pixbin.batch.state.journal import DIRTY
from pixbin.batch.storage.base import JOURNAL_FILE, STATE_FOLDER

Names = dict[str, int]  #: inodes by name, of a folder


class Event(NamedTuple):
    """A change of the disk, in the order in which they happen."""

    kind: str  #: line, journal stored, file stored, folder stored, named
    path: str = ""  #: of a folder or an output, relative to the output folder
    inode: int = 0
    value: Any = None  #: a line; the SHA-256 of a stored file; the names in a stored folder


class RecordedDisk:
    """Records the order in which a run changes an output folder.

    A file or folder is stored by `fsync`; what it then has was read just before. Names are given by
    `os.replace` and `os.link`, lines of the journal are appended by `os.write`.
    """

    def __init__(self, root: Path, patch: pytest.MonkeyPatch) -> None:
        self._root = root
        self._journal = root / STATE_FOLDER / JOURNAL_FILE
        self._lock = threading.Lock()
        self.events: list[Event] = []
        self._fsync, self._replace = os.fsync, os.replace
        self._link, self._write = os.link, os.write
        for name in ("fsync", "replace", "link", "write"):
            patch.setattr(os, name, getattr(self, f"_record_{name}"))

    def _add(self, *fields: Any) -> None:
        with self._lock:
            self.events.append(Event(*fields))

    def _record_fsync(self, file: int) -> None:
        opened = Path(f"/proc/self/fd/{file}")
        path = opened.readlink()
        inode = os.fstat(file).st_ino
        if path.is_dir():
            names = {entry.name: entry.inode() for entry in os.scandir(path)}
            event = Event("folder stored", self._relative(path), inode, names)
        elif path == self._journal:
            event = Event("journal stored", value=sum(1 for _ in self._lines()))
        else:
            event = Event("file stored", "", inode, hashlib.sha256(opened.read_bytes()).hexdigest())
        self._fsync(file)
        self._add(*event)

    def _record_replace(self, source: Any, target: Any, **options: Any) -> None:
        inode = Path(source).stat().st_ino
        if Path(target) == self._journal:
            lines = Path(source).read_bytes().splitlines()
            self._replace(source, target, **options)
            self._add("journal replaced", "", inode, lines)
            return
        self._add("named", self._relative(Path(target)), inode)
        self._replace(source, target, **options)

    def _record_link(self, source: Any, target: Any, **options: Any) -> None:
        self._add("named", self._relative(Path(target)), Path(source).stat().st_ino)
        self._link(source, target, **options)

    def _record_write(self, file: int, data: bytes) -> int:
        if Path(f"/proc/self/fd/{file}").readlink() == self._journal:
            self._add("line", "", 0, bytes(data))
        return self._write(file, data)

    def _lines(self) -> Iterator[Event]:
        for event in self.events:
            if event.kind == "line":
                yield event

    def _relative(self, path: Path) -> str:
        if not path.is_absolute():  # in an open folder
            return path.as_posix()
        return path.relative_to(self._root).as_posix()


class Remains(NamedTuple):
    """The disk after a loss of power."""

    entries: dict[str, str]  #: SHA-256 of outputs that the journal names, unless they are dirty
    outputs: dict[str, str | None]  #: SHA-256 of outputs that have a name; None: lost data


def remains(events: list[Event], *, keeps_lines: bool, keeps_names: bool) -> Remains:
    """Return the disk after these events and a loss of power.

    Parameters
    ----------
    events : list of Event
    keeps_lines : bool
        Whether lines of the journal that were not stored are there all the same.
    keeps_names : bool
        Whether names that were not stored are there all the same.
    """
    lines: list[bytes] = []
    stored_lines: list[bytes] = []
    files: dict[int, str] = {}
    stored: dict[str, Names] = {}
    latest: dict[str, int] = {}
    for event in events:
        match event.kind:
            case "line":
                lines.append(event.value)
            case "journal stored":
                stored_lines = [*lines]
            case "journal replaced":
                lines, stored_lines = [*event.value], [*event.value]
            case "file stored":
                files[event.inode] = event.value
            case "folder stored":
                stored[event.path] = event.value
            case "named":
                latest[event.path] = event.inode
    names = latest if keeps_names else _stored_names(stored)
    entries: dict[str, str] = {}
    for line in lines if keeps_lines else stored_lines:
        record = json.loads(line)
        if "output" in record:
            is_dirty = record["recipe"] == DIRTY
            entries[record["output"]] = "" if is_dirty else record["output_sha256"]
    return Remains(
        {output: digest for output, digest in entries.items() if digest},
        {output: files.get(inode) for output, inode in names.items()},
    )


def _stored_names(stored: dict[str, Names]) -> dict[str, int]:
    """Return the inodes of all files whose folders are stored, up to the output folder."""
    found: dict[str, int] = {}
    for folder, names in stored.items():
        parts = [] if folder == "." else folder.split("/")
        above = ["/".join(parts[:count]) or "." for count in range(len(parts))]
        if all(part in stored.get(up, {}) for up, part in zip(above, parts, strict=True)):
            prefix = "" if folder == "." else f"{folder}/"
            found |= {f"{prefix}{name}": inode for name, inode in names.items()}
    return found

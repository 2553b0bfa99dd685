"""Outputs on another store, and their journal, where nothing can be appended to.

An object appears whole or not at all; stores that have files and folders instead get a file
elsewhere first, which is then moved. The newest of several runs in one place is the one that goes
on: there are no locks, but each run leaves a mark, and ends when it finds another one's.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sqlite3
import sys
import time
from collections.abc import Iterable, Iterator

from pixbin.batch.jobs import Signature, Status
from pixbin.batch.planning.globs import Wanted
from pixbin.batch.planning.naming import STATE
from pixbin.batch.state.journal_log import NAME
from pixbin.batch.storage import fsspec_files, local_files
from pixbin.errors import OutputError

#: stores where a name with slashes is all there is to a folder, and a file appears at once
_OBJECTS = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oss", "oci", "memory"}
_MARK = f"{STATE}/run"  #: what tells the newest run
_PART = 1 << 22  #: bytes of a part of the journal, from which on the next one is begun
_SECONDS = 5.0  #: that lines of the journal are held back at most
_BLOCK = 1 << 23  #: bytes of a journal that are read or written at once
_PARTS = f"{STATE}/parts"
_ALL = Wanted(("*",))
_TABLE = "CREATE TABLE seen (name BLOB PRIMARY KEY, size INTEGER, time INTEGER) WITHOUT ROWID"


class Bucket:
    """A place on another store."""

    def __init__(self, url: str, *, overwrite: bool = True) -> None:
        self.url = url.rstrip("/")
        self.place = fsspec_files.find(self.url)
        self._overwrite = overwrite
        self._has_objects = not _OBJECTS.isdisjoint(self.place.protocols)
        self._token = b""
        self._seen: sqlite3.Connection | None = None

    def read(self, source: str, known: Signature | None = None) -> tuple[bytes, Signature]:
        """Return the content of a source, and the signature it had when it was read."""
        return local_files.read(source, known)

    def write(self, target: str, data: bytes) -> None:
        """Write an output.

        Raises
        ------
        OutputError
            It cannot be written, or is there and shall not be replaced.
        """
        with fsspec_files.writing(f"{self.url}/{target}"):
            if not self._overwrite and self._has_another(target, data):
                raise OutputError(
                    f"{self.url}/{target}: exists; remove it or leave out --no-overwrite"
                )
            self.put(target, data)

    def put(self, name: str, data: bytes) -> None:
        """Write a file below this place, whole or not at all."""
        place = self.place.below(name)
        if self._has_objects:
            place.system.pipe_file(place.path, data)
        else:
            self.put_lines(name, [data])

    def put_lines(self, name: str, lines: Iterable[bytes]) -> None:
        """Write a file of any length elsewhere, and then move it."""
        place, work = self.place.below(name), self.place.below(f"{STATE}/work")
        beside = work.below(os.urandom(8).hex())
        if not self._has_objects:
            for each in (beside, place):
                each.system.makedirs(each.path.rpartition("/")[0], exist_ok=True)
        try:
            with beside.system.open(beside.path, "wb", block_size=_BLOCK) as file:
                for line in lines:
                    file.write(line)
            place.system.mv(beside.path, place.path)
        except BaseException:
            with contextlib.suppress(Exception):
                beside.system.rm_file(beside.path)
            raise

    def source(self, name: str) -> Status | None:
        """Tell what is known of a source, if it is there."""
        return local_files.status(name)

    def target(self, name: str) -> Status | None:
        """Tell what is known of an output, if it was there when one was first asked for."""
        if self._seen is None:
            self._seen = self._looked_at()
        query = "SELECT size, time FROM seen WHERE name = ?"
        row = self._seen.execute(query, (os.fsencode(name),)).fetchone()
        return Status(Signature(*row), (name,)) if row else None

    def digest(self, target: str) -> str:
        """Return the SHA-256 of an output, or nothing if it cannot be read."""
        with contextlib.suppress(OutputError), fsspec_files.writing(f"{self.url}/{target}"):
            return hashlib.sha256(self.place.below(target).content()).hexdigest()
        return ""

    def log(self) -> Parts:
        """Return where the journal is kept."""
        return Parts(self)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Leave the mark of this run, which tells earlier ones to end.

        Raises
        ------
        OutputError
            Nothing can be written there.
        """
        self._token = os.urandom(8).hex().encode()
        with fsspec_files.writing(self.url):
            self.put(_MARK, self._token)
        try:
            yield
        finally:
            with contextlib.suppress(OutputError), fsspec_files.writing(self.url):
                if self.is_newest():
                    self.remove(_MARK)

    def is_newest(self) -> bool:
        """Tell whether no other run has begun since."""
        try:
            return self.place.below(_MARK).content() == self._token
        except FileNotFoundError:
            return False

    def remove(self, name: str) -> None:
        """Remove a file below this place."""
        self.place.system.rm_file(self.place.below(name).path)

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """Do nothing: a job in hand is done at once, or not at all."""
        yield

    def _has_another(self, target: str, data: bytes) -> bool:
        """Tell whether something else than this lies there."""
        place = self.place.below(target)
        try:
            known = place.system.info(place.path)
        except FileNotFoundError:
            return False
        return known["size"] != len(data) or place.content() != data

    def _looked_at(self) -> sqlite3.Connection:
        rows = sqlite3.connect("", isolation_level=None)
        rows.execute(_TABLE)
        rows.execute("BEGIN")
        missing = () if self.place.is_s3 else (FileNotFoundError,)  # S3 has no empty folders
        with fsspec_files.writing(self.url), contextlib.suppress(*missing):
            for below, (size, *_), changed in fsspec_files.listed(self.place, _ALL):
                row = (os.fsencode(below), size, changed)
                rows.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", row)
        return rows


class Parts:
    """A journal of one large object, and of parts that were added since.

    Lines are held back for some seconds, and then written with all others of the part they
    belong to. All parts are read after the large object, in their order; they are removed, the
    oldest first, when that has been written anew.
    """

    ahead = 500

    def __init__(self, bucket: Bucket) -> None:
        self.fault = ""
        self.is_whole = True
        self.time = sys.maxsize
        self._bucket = bucket
        self._names: list[str] = []  #: parts that are there, the oldest first
        self._part: list[bytes] = []  #: lines of the newest part, if this run began one
        self._length = 0
        self._held_back = 0
        self._written = time.monotonic()

    def lines(self) -> Iterator[bytes]:
        """Yield all lines there are; of what cannot be read it is told by an error."""
        with fsspec_files.reading(f"{self._bucket.url}/{STATE}"):
            yield from self._lines_of(f"{STATE}/{NAME}")
            with contextlib.suppress(FileNotFoundError):
                found = sorted(fsspec_files.listed(self._bucket.place.below(_PARTS), _ALL))
                self._names = [each.below for each in found if _is_part(each.below)]
            for name in self._names:
                self.is_whole = False
                yield from self._lines_of(f"{_PARTS}/{name}")

    def append(self, line: bytes) -> None:
        """Add a line, and write all that was held back if it was long enough."""
        self._part.append(line + b"\n")
        self._length += len(line) + 1
        self._held_back += 1
        if self._length > _PART or time.monotonic() > self._written + _SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what was held back.

        Raises
        ------
        OutputError
            Another run has begun since.
        """
        self._written = time.monotonic()
        if not self._held_back:
            return
        if len(self._part) == self._held_back:  # the first lines of their part
            self._names.append(_next(self._names))
        try:
            with fsspec_files.writing(self._bucket.url):
                self._check_newest()
                self._bucket.put(f"{_PARTS}/{self._names[-1]}", b"".join(self._part))
        except SupersededError:
            self._held_back = 0
            raise
        except OutputError as error:
            self.fault = str(error)
            return
        self.fault = ""
        self._held_back = 0
        if self._length > _PART:
            self._part, self._length = [], 0

    def replace(self, lines: Iterator[bytes]) -> bool:
        """Write the large object anew, then remove the parts."""
        try:
            with fsspec_files.writing(self._bucket.url):
                self._check_newest()
                self._bucket.put_lines(f"{STATE}/{NAME}", (line + b"\n" for line in lines))
                self._held_back = 0
                while self._names:
                    self._bucket.remove(f"{_PARTS}/{self._names[0]}")
                    del self._names[0]
        except SupersededError:
            raise
        except OutputError as error:
            self.fault = str(error)
            return False
        self._part, self._length, self.fault = [], 0, ""
        return True

    def _check_newest(self) -> None:
        if not self._bucket.is_newest():
            raise SupersededError(f"{self._bucket.url}: another run has begun there; this one ends")

    def _lines_of(self, name: str) -> Iterator[bytes]:
        place = self._bucket.place.below(name)
        with (
            contextlib.suppress(FileNotFoundError),
            place.system.open(place.path, "rb", block_size=_BLOCK) as file,
        ):
            self.time = fsspec_files.time_of(place.system.info(place.path))
            for line in file:
                yield line.rstrip(b"\n")


class SupersededError(OutputError):
    """Another run has begun in the same place."""


def _is_part(name: str) -> bool:
    return re.fullmatch(r"\d{8}\.jsonl", name) is not None


def _next(names: list[str]) -> str:
    last = int(names[-1].partition(".")[0]) if names else 0
    return f"{last + 1:08}.jsonl"

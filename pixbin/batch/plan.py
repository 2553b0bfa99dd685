"""The plan of a batch: every source and its target, checked before anything is written.

It is kept in a file of SQLite's own making, which vanishes with it, so that a million files take
no more memory than ten.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from pixbin import files, reading
from pixbin.batch import names
from pixbin.batch.jobs import Job
from pixbin.batch.names import Template
from pixbin.batch.sources import Found
from pixbin.choices import Alpha
from pixbin.errors import InputError, OutputError, PixbinError, UsageError
from pixbin.formats import Format
from pixbin.geometry import Size
from pixbin.options import Options
from pixbin.reading import Wish

_MOST_SHOWN = 3  #: contradictions that a message lists
_TABLES = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE job (key BLOB PRIMARY KEY, target BLOB, source BLOB, shape TEXT, own BLOB,
        mask INTEGER)
        WITHOUT ROWID;
    CREATE TABLE linked (place BLOB, target BLOB, source BLOB, PRIMARY KEY (place, target))
        WITHOUT ROWID;
    CREATE TABLE folder (key BLOB PRIMARY KEY, path BLOB) WITHOUT ROWID;
    CREATE TABLE clash (source BLOB, other BLOB, target BLOB);
    CREATE TABLE fault (source BLOB, reason TEXT);
"""
_SOURCES_WRITTEN = """
    SELECT writer.source, writer.target FROM job AS read
    JOIN job AS writer ON writer.key = read.own LIMIT 1
"""
_SOURCES_LINKED = """
    SELECT linked.source, linked.target FROM job AS read
    JOIN linked ON linked.place = read.own WHERE linked.source != read.source LIMIT 1
"""
_OUTPUTS_LINKED = """
    SELECT min(target), max(target) FROM linked GROUP BY place HAVING count(DISTINCT source) > 1
    UNION ALL
    SELECT linked.target, job.target FROM linked JOIN job ON job.key = linked.place
    WHERE linked.source != job.source LIMIT 1
"""


class Plan:
    """Jobs in the order of their targets' names, and what cannot be one."""

    def __init__(self, output: str) -> None:
        self.output = output
        self._root = os.path.join(os.path.realpath(output), "")
        self._ignores_case = _ignores_case(output)
        self._rows = sqlite3.connect("", isolation_level=None)
        self._rows.executescript(_TABLES)
        self._rows.execute("BEGIN")
        self._last_folder = ""
        self._real_folder = lru_cache(maxsize=16)(os.path.realpath)
        self._may_have_links = os.path.isdir(output)

    def __len__(self) -> int:
        """Return the number of sources, those that no job could be made of included."""
        query = "SELECT (SELECT count(*) FROM job) + (SELECT count(*) FROM fault)"
        (count,) = self._rows.execute(query).fetchone()
        return int(count)

    def __iter__(self) -> Iterator[Job]:
        query = "SELECT source, target, shape, mask FROM job ORDER BY key"
        for source, target, shape, mask in self._rows.execute(query):
            yield Job(os.fsdecode(source), os.fsdecode(target), shape, is_mask=bool(mask))

    @property
    def faults(self) -> Iterator[tuple[str, str]]:
        """Sources that no job could be made of, each with the reason."""
        for source, reason in self._rows.execute("SELECT source, reason FROM fault"):
            yield os.fsdecode(source), reason

    def close(self) -> None:
        """Let go of the file that holds the plan."""
        self._rows.close()

    def add(self, source: str, target: str, shape: str = "", is_mask: bool = False) -> None:
        """Add a job, or remember that its target is another one's too."""
        key, own = self._key(target), self._place(source)
        row = (key, os.fsencode(target), os.fsencode(source), shape, own, is_mask)
        try:
            self._rows.execute("INSERT INTO job VALUES (?, ?, ?, ?, ?, ?)", row)
        except sqlite3.IntegrityError:
            self._add_clash(source, target, key)
        self._add_folders(target)
        if self._may_have_links and (place := self._place(f"{self._root}{target}")) != key:
            link = (place, os.fsencode(target), os.fsencode(source))
            self._rows.execute("INSERT OR IGNORE INTO linked VALUES (?, ?, ?)", link)

    def add_fault(self, source: str, reason: str) -> None:
        """Remember a source that no job can be made of."""
        self._rows.execute("INSERT INTO fault VALUES (?, ?)", (os.fsencode(source), reason))

    def check(self) -> None:
        """Look for contradictions, and for places where nothing can be written.

        Raises
        ------
        UsageError
            Two sources have one target or file, or a target is a source.
        OutputError
            A folder cannot be made or written, or a target's name is a folder's.
        """
        self._check_clashes()
        self._check_names()
        self._check_places()

    def _key(self, target: str) -> bytes:
        if self._ignores_case:
            target = unicodedata.normalize("NFC", target).casefold()
        return os.fsencode(target)

    def _place(self, path: str) -> bytes:
        """Return the key of a path without links: below the output folder, or from the root."""
        return self._key(self._real(path).removeprefix(self._root))

    def _real(self, source: str) -> str:
        """Return a path without links; of its folder it is worked out once."""
        folder, name = os.path.split(source)
        path = os.path.join(self._real_folder(folder), name)
        return os.path.realpath(path) if os.path.islink(path) else path

    def _add_clash(self, source: str, target: str, key: bytes) -> None:
        (other,) = self._rows.execute("SELECT source FROM job WHERE key = ?", (key,)).fetchone()
        if self._real(source) != self._real(os.fsdecode(other)):
            row = (os.fsencode(source), other, os.fsencode(target))
            self._rows.execute("INSERT INTO clash VALUES (?, ?, ?)", row)

    def _add_folders(self, target: str) -> None:
        folder = target.rpartition("/")[0]
        if folder == self._last_folder:
            return
        self._last_folder = folder
        while folder:
            row = (self._key(folder), os.fsencode(folder))
            self._rows.execute("INSERT OR IGNORE INTO folder VALUES (?, ?)", row)
            folder = folder.rpartition("/")[0]

    def _check_clashes(self) -> None:
        (count,) = self._rows.execute("SELECT count(*) FROM clash").fetchone()
        if not count:
            return
        query = "SELECT source, other, target FROM clash ORDER BY target LIMIT ?"
        found = [map(os.fsdecode, row) for row in self._rows.execute(query, (_MOST_SHOWN,))]
        shown = ", ".join(f"{other} and {source} for {target}" for source, other, target in found)
        more = f" and {count - len(found)} more" if count > len(found) else ""
        raise UsageError(
            f"two sources for one output: {shown}{more}; "
            "give --name '{stem}_{suffix}.{ext}', --exclude one, or write them apart"
        )

    def _check_names(self) -> None:
        for query in (_SOURCES_WRITTEN, _SOURCES_LINKED):
            self._check_no_source_written(query)
        if row := self._rows.execute(_OUTPUTS_LINKED).fetchone():
            target, other = map(os.fsdecode, row)
            raise UsageError(
                f"{self.output}: {target} and {other} are one file there, by a link; remove it"
            )
        query = "SELECT job.source, job.target FROM job JOIN folder ON folder.key = job.key LIMIT 1"
        if row := self._rows.execute(query).fetchone():
            source, target = map(os.fsdecode, row)
            raise OutputError(f"{source}: its output {target} is a folder of others; rename it")

    def _check_no_source_written(self, query: str) -> None:
        if row := self._rows.execute(query).fetchone():
            source, target = map(os.fsdecode, row)
            raise UsageError(
                f"{source}: would be written to {target}, which is a source too; write elsewhere"
            )

    def _check_places(self) -> None:
        check_folder(self.output)
        for (path,) in self._rows.execute("SELECT path FROM folder ORDER BY key"):
            self._check_existing(os.path.join(self.output, os.fsdecode(path)))
        self._check_existing(self.output)

    def _check_existing(self, folder: str) -> None:
        if not os.path.lexists(folder):
            return
        check_folder(folder)
        with files.writing(folder), os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir() and self._has(entry.path):
                    raise OutputError(f"{entry.path}: a folder, where a picture is to be written")

    def _has(self, path: str) -> bool:
        key = self._key(os.path.relpath(path, self.output).replace(os.sep, "/"))
        return bool(self._rows.execute("SELECT 1 FROM job WHERE key = ?", (key,)).fetchone())


def make(
    found: Iterable[Found], output: str, template: Template, options: Options, chosen: Format
) -> Plan:
    """Plan the conversion of everything found.

    Raises
    ------
    UsageError, OutputError
        The plan contradicts itself, or cannot be carried out; see `Plan.check`.
    """
    plan = Plan(output)
    fixed, wish = None, Wish(options.frame)
    if not template.needs_source(options):
        fixed = names.words(options, chosen, Size(1, 1))
    for source, below, fault in found:
        try:
            if fault:
                raise InputError(f"{source}: {fault}")
            words = fixed or names.words(options, chosen, reading.size_of(source, wish))
            target = template.target(below, words)
        except PixbinError as error:
            plan.add_fault(source, str(error))
        else:
            shape = "" if fixed else f"{words['size']} {words['grid']}"
            plan.add(source, target, shape)
            if options.keeps is Alpha.MASK:
                plan.add(source, files.name_beside(target, files.MASK), shape, is_mask=True)
    plan.check()
    return plan


@contextlib.contextmanager
def spooling() -> Iterator[None]:
    """Turn what SQLite raises when its own files find no room into an OutputError."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OutputError(
            f"temporary files: cannot be written ({error}); make room, or set TMPDIR"
        ) from error


def check_folder(folder: str) -> None:
    """Find out whether files can be made in a folder, or it in the nearest one that is there.

    Raises
    ------
    OutputError
        They cannot.
    """
    with files.writing(folder):
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

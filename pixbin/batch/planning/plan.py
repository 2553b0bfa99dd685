"""The plan of a batch: every source and its target, checked before anything is written.

It is kept in a file of SQLite's own making, which vanishes with it, so that a million files take
no more memory than ten.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator

from pixbin import files, readers
from pixbin.batch.jobs import Job, Signature
from pixbin.batch.planning import naming, output_paths
from pixbin.batch.planning.inputs import InputFile
from pixbin.batch.planning.naming import Template
from pixbin.batch.storage import urls
from pixbin.catalog.enums import Alpha
from pixbin.catalog.formats import Format
from pixbin.errors import InputError, OutputError, PixbinError, UsageError
from pixbin.geometry import Size
from pixbin.options import Options
from pixbin.readers import ReadOptions

_MAX_LISTED = 3  #: contradictions that a message lists
_TABLES = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE job (
        key BLOB PRIMARY KEY, target BLOB, source BLOB, shape TEXT, own BLOB,
        size INTEGER, modified INTEGER, tag TEXT, mask INTEGER
    ) WITHOUT ROWID;
    CREATE TABLE linked (place BLOB, target BLOB, source BLOB, PRIMARY KEY (place, target))
        WITHOUT ROWID;
    CREATE TABLE folder (key BLOB PRIMARY KEY, path BLOB) WITHOUT ROWID;
    CREATE TABLE clash (source BLOB, other BLOB, target BLOB);
    CREATE TABLE fault (source BLOB, reason TEXT);
"""
_SOURCE_IS_OUTPUT = """
    SELECT writer.source, writer.target FROM job AS read
    JOIN job AS writer ON writer.key = read.own LIMIT 1
"""
_SOURCE_IS_LINKED_OUTPUT = """
    SELECT linked.source, linked.target FROM job AS read
    JOIN linked ON linked.place = read.own WHERE linked.source != read.source LIMIT 1
"""
_OUTPUTS_ARE_ONE_FILE = """
    SELECT min(target), max(target) FROM linked GROUP BY place HAVING count(DISTINCT source) > 1
    UNION ALL
    SELECT linked.target, job.target FROM linked JOIN job ON job.key = linked.place
    WHERE linked.source != job.source LIMIT 1
"""


class BatchPlan:
    """Jobs in the order of their targets' names, and what cannot be one."""

    def __init__(self, output: str) -> None:
        self.output = output
        self._paths = output_paths.output_paths(output)
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(_TABLES)
        self._database.execute("BEGIN")
        self._last_folder = ""

    def __len__(self) -> int:
        """Return the number of sources, those that no job could be made of included."""
        query = "SELECT (SELECT count(*) FROM job) + (SELECT count(*) FROM fault)"
        (count,) = self._database.execute(query).fetchone()
        return int(count)

    def __iter__(self) -> Iterator[Job]:
        query = "SELECT source, target, shape, mask, size, modified, tag FROM job ORDER BY key"
        for source, target, shape, mask, *known in self._database.execute(query):
            yield Job(
                os.fsdecode(source),
                os.fsdecode(target),
                shape,
                is_mask=bool(mask),
                signature=None if known[0] is None else Signature(*known),
            )

    @property
    def failures(self) -> Iterator[tuple[str, str]]:
        """Sources that no job could be made of, each with the reason."""
        for source, reason in self._database.execute("SELECT source, reason FROM fault"):
            yield os.fsdecode(source), reason

    def close(self) -> None:
        """Let go of the file that holds the plan."""
        self._database.close()

    def add(
        self,
        source: str,
        target: str,
        expected_sizes: str = "",
        signature: Signature | None = None,
        is_mask: bool = False,
    ) -> None:
        """Add a job, or remember that its target is another one's too."""
        key, own = self._paths.target_key(target), self._paths.source_key(source)
        known = signature or (None, None, None)
        row = (key, os.fsencode(target), os.fsencode(source), expected_sizes, own, *known, is_mask)
        try:
            self._database.execute("INSERT INTO job VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        except sqlite3.IntegrityError:
            self._add_collision(source, target, key)
        self._add_folders(target)
        if place := self._paths.symlink_target(target):
            link = (place, os.fsencode(target), os.fsencode(source))
            self._database.execute("INSERT OR IGNORE INTO linked VALUES (?, ?, ?)", link)

    def add_failure(self, source: str, reason: str) -> None:
        """Remember a source that no job can be made of."""
        self._database.execute("INSERT INTO fault VALUES (?, ?)", (os.fsencode(source), reason))

    def check(self) -> None:
        """Look for contradictions, and for places where nothing can be written.

        Raises
        ------
        UsageError
            Two sources have one target or file, or a target is a source.
        OutputError
            A folder cannot be made or written, or a target's name is a folder's.
        """
        self._check_collisions()
        self._check_aliases()
        self._check_folders()

    def _add_collision(self, source: str, target: str, key: bytes) -> None:
        (other,) = self._database.execute("SELECT source FROM job WHERE key = ?", (key,)).fetchone()
        if self._paths.canonical(source) != self._paths.canonical(os.fsdecode(other)):
            row = (os.fsencode(source), other, os.fsencode(target))
            self._database.execute("INSERT INTO clash VALUES (?, ?, ?)", row)

    def _add_folders(self, target: str) -> None:
        folder = target.rpartition("/")[0]
        if folder == self._last_folder:
            return
        self._last_folder = folder
        while folder:
            row = (self._paths.target_key(folder), os.fsencode(folder))
            self._database.execute("INSERT OR IGNORE INTO folder VALUES (?, ?)", row)
            folder = folder.rpartition("/")[0]

    def _check_collisions(self) -> None:
        (count,) = self._database.execute("SELECT count(*) FROM clash").fetchone()
        if not count:
            return
        query = "SELECT source, other, target FROM clash ORDER BY target LIMIT ?"
        found = [map(os.fsdecode, row) for row in self._database.execute(query, (_MAX_LISTED,))]
        shown = ", ".join(f"{other} and {source} for {target}" for source, other, target in found)
        more = f" and {count - len(found)} more" if count > len(found) else ""
        raise UsageError(
            f"two sources for one output: {shown}{more}; "
            "give --name '{stem}_{suffix}.{ext}', --exclude one, or write them apart"
        )

    def _check_aliases(self) -> None:
        for query in (_SOURCE_IS_OUTPUT, _SOURCE_IS_LINKED_OUTPUT):
            self._check_no_source_overwritten(query)
        if row := self._database.execute(_OUTPUTS_ARE_ONE_FILE).fetchone():
            target, other = map(os.fsdecode, row)
            raise UsageError(
                f"{self.output}: {target} and {other} are one file there, by a link; remove it"
            )
        query = "SELECT job.source, job.target FROM job JOIN folder ON folder.key = job.key LIMIT 1"
        if row := self._database.execute(query).fetchone():
            source, target = map(os.fsdecode, row)
            raise OutputError(f"{source}: its output {target} is a folder of others; rename it")

    def _check_no_source_overwritten(self, query: str) -> None:
        if row := self._database.execute(query).fetchone():
            source, target = map(os.fsdecode, row)
            raise UsageError(
                f"{source}: would be written to {target}, which is a source too; write elsewhere"
            )

    def _check_folders(self) -> None:
        query = "SELECT path FROM folder ORDER BY key"
        folders = (os.fsdecode(path) for (path,) in self._database.execute(query))
        self._paths.check_writable(folders, self._is_target)

    def _is_target(self, key: bytes) -> bool:
        return bool(self._database.execute("SELECT 1 FROM job WHERE key = ?", (key,)).fetchone())


def build_plan(
    inputs: Iterable[InputFile],
    output: str,
    template: Template,
    options: Options,
    output_format: Format,
) -> BatchPlan:
    """Plan the conversion of everything found.

    Raises
    ------
    UsageError, OutputError
        The plan contradicts itself, or cannot be carried out; see `Plan.check`.
    """
    plan = BatchPlan(output)
    fixed, wish = None, ReadOptions(options.frame)
    if not template.needs_source_size(options):
        fixed = naming.field_values(options, output_format, Size(1, 1))
    for source, below, fault, signature in inputs:
        try:
            if fault:
                raise InputError(f"{source}: {fault}")
            words = fixed or naming.field_values(options, output_format, _size_of(source, wish))
            target = template.output_path(below, words)
        except PixbinError as error:
            plan.add_failure(source, str(error))
        else:
            shape = "" if fixed else f"{words['size']} {words['grid']}"
            plan.add(source, target, shape, signature)
            if options.alpha_mode is Alpha.MASK:
                beside = files.with_suffix_before_ext(target, files.MASK_SUFFIX)
                plan.add(source, beside, shape, signature, is_mask=True)
    plan.check()
    return plan


def _size_of(source: str, read_options: ReadOptions) -> Size:
    if not urls.is_remote(source):
        return readers.size_of(source, read_options)
    from pixbin.batch.storage import fsspec_files

    return fsspec_files.size_of(source, read_options)


@contextlib.contextmanager
def translate_sqlite_errors() -> Iterator[None]:
    """Turn what SQLite raises when its own files find no room into an OutputError."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OutputError(
            f"temporary files: cannot be written ({error}); make room, or set TMPDIR"
        ) from error

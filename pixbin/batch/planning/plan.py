"""The plan of a batch: every source file and its target, checked before the first write.

The jobs are rows of a temporary SQLite database, so that a million files take no more memory than
ten. The database is deleted when the plan is closed.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from pixbin.batch.jobs import Job
from pixbin.batch.planning import naming, output_paths
from pixbin.batch.planning.inputs import InputFile
from pixbin.batch.planning.naming import Template
from pixbin.batch.storage import sources
from pixbin.batch.storage.base import FileSignature
from pixbin.catalog.enums import Alpha
from pixbin.catalog.formats import Format
from pixbin.codecs import sheet_options
from pixbin.errors import InputError, OutputError, PixbinError, UsageError
from pixbin.options import Options
from pixbin.readers import ReadOptions

_MAX_LISTED = 3  #: collisions that a message lists
_TABLES = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE job (
        key BLOB PRIMARY KEY, target BLOB, source BLOB, sizes TEXT, source_key BLOB,
        size INTEGER, modified INTEGER, tag TEXT, mask INTEGER
    ) WITHOUT ROWID;
    CREATE TABLE linked (key BLOB, target BLOB, source BLOB, PRIMARY KEY (key, target))
        WITHOUT ROWID;
    CREATE TABLE folder (key BLOB PRIMARY KEY, path BLOB) WITHOUT ROWID;
    CREATE TABLE collision (source BLOB, other BLOB, target BLOB);
    CREATE TABLE failure (source BLOB, reason TEXT);
"""
_SOURCE_IS_OUTPUT = """
    SELECT writer.source, writer.target FROM job AS read
    JOIN job AS writer ON writer.key = read.source_key LIMIT 1
"""
_SOURCE_IS_LINKED_OUTPUT = """
    SELECT linked.source, linked.target FROM job AS read
    JOIN linked ON linked.key = read.source_key WHERE linked.source != read.source LIMIT 1
"""
_OUTPUTS_ARE_ONE_FILE = """
    SELECT min(target), max(target) FROM linked GROUP BY key HAVING count(DISTINCT source) > 1
    UNION ALL
    SELECT linked.target, job.target FROM linked JOIN job ON job.key = linked.key
    WHERE linked.source != job.source LIMIT 1
"""


class BatchPlan:
    """Jobs in the order of their targets, and source files that cannot become a job."""

    def __init__(self, output: str) -> None:
        self.output = output
        self._paths = output_paths.output_paths(output)
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(_TABLES)
        self._database.execute("BEGIN")
        self._last_folder = ""

    def __len__(self) -> int:
        """Return the number of source files, including those that cannot become a job."""
        query = "SELECT (SELECT count(*) FROM job) + (SELECT count(*) FROM failure)"
        (count,) = self._database.execute(query).fetchone()
        return int(count)

    def __iter__(self) -> Iterator[Job]:
        query = "SELECT source, target, sizes, mask, size, modified, tag FROM job ORDER BY key"
        for source, target, sizes, mask, *signature in self._database.execute(query):
            yield Job(
                os.fsdecode(source),
                os.fsdecode(target),
                sizes,
                is_mask=bool(mask),
                signature=None if signature[0] is None else FileSignature(*signature),
            )

    @property
    def failures(self) -> Iterator[tuple[str, str]]:
        """Source files that cannot become a job, each with the reason."""
        for source, reason in self._database.execute("SELECT source, reason FROM failure"):
            yield os.fsdecode(source), reason

    def close(self) -> None:
        """Delete the database of the plan."""
        self._database.close()

    def add(
        self,
        source: str,
        target: str,
        expected_sizes: str = "",
        signature: FileSignature | None = None,
        is_mask: bool = False,
    ) -> None:
        """Add a job, or record that another job has the same target."""
        key, source_key = self._paths.target_key(target), self._paths.source_key(source)
        row = (
            *(key, os.fsencode(target), os.fsencode(source), expected_sizes, source_key),
            *(signature or (None, None, None)),
            is_mask,
        )
        try:
            self._database.execute("INSERT INTO job VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        except sqlite3.IntegrityError:
            self._add_collision(source, target, key)
        self._add_folders(target)
        if linked_key := self._paths.symlink_target(target):
            link = (linked_key, os.fsencode(target), os.fsencode(source))
            self._database.execute("INSERT OR IGNORE INTO linked VALUES (?, ?, ?)", link)

    def add_failure(self, source: str, reason: str) -> None:
        """Record a source file that cannot become a job."""
        self._database.execute("INSERT INTO failure VALUES (?, ?)", (os.fsencode(source), reason))

    def check(self) -> None:
        """Check that no two jobs conflict, and that every target can be written.

        Raises
        ------
        UsageError
            Two source files have one target, or a target is a source file.
        OutputError
            A folder cannot be made or written, or a target has the name of a folder.
        """
        self._check_collisions()
        self._check_aliases()
        self._check_folders()

    def _add_collision(self, source: str, target: str, key: bytes) -> None:
        (other,) = self._database.execute("SELECT source FROM job WHERE key = ?", (key,)).fetchone()
        if self._paths.canonical(source) != self._paths.canonical(os.fsdecode(other)):
            row = (os.fsencode(source), other, os.fsencode(target))
            self._database.execute("INSERT INTO collision VALUES (?, ?, ?)", row)

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
        (count,) = self._database.execute("SELECT count(*) FROM collision").fetchone()
        if not count:
            return
        query = "SELECT source, other, target FROM collision ORDER BY target LIMIT ?"
        rows = [[*map(os.fsdecode, row)] for row in self._database.execute(query, (_MAX_LISTED,))]
        listed = ", ".join(f"{other} and {source} for {target}" for source, other, target in rows)
        more = f" and {count - len(rows)} more" if count > len(rows) else ""
        raise UsageError(
            f"two sources for one output: {listed}{more}; "
            f"{_name_advice(rows)}--exclude one, or write them apart"
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


def _name_advice(rows: Sequence[Sequence[str]]) -> str:
    """Return a name that differs between the sources of each row; nothing if none is known."""
    pairs = [(PurePosixPath(source), PurePosixPath(other)) for source, other, _ in rows]
    if all(one.name != two.name for one, two in pairs):
        return "give --name '{stem}_{suffix}.{ext}', "
    if all(naming.parent_name(str(one)) != naming.parent_name(str(two)) for one, two in pairs):
        return "give --name '{parent}_{stem}.{ext}', "
    return ""


def build_plan(
    inputs: Iterable[InputFile],
    output: str,
    template: Template,
    options: Options,
    output_format: Format,
) -> BatchPlan:
    """Plan the conversion of all input files, and check the plan.

    Raises
    ------
    UsageError, OutputError
        Two jobs conflict, or a target cannot be written; see `BatchPlan.check`.
    """
    plan = BatchPlan(output)
    common = None  #: values of the fields, if they are equal for all input files
    if not template.needs_source_size(options):
        common = naming.common_values(options, output_format)
    for file in inputs:
        try:
            if file.error:
                raise InputError(f"{file.source}: {file.error}")
            values = common or naming.field_values(
                options, output_format, sources.size_of(file.source, ReadOptions(options.frame))
            )
            if "parent" in template.fields:
                values = {**values, "parent": naming.parent_name(file.source)}
            target = template.output_path(file.relative_path, values)
        except PixbinError as error:
            plan.add_failure(file.source, str(error))
            continue
        sizes = "" if common else f"{values['size']} {values['grid']}"
        plan.add(file.source, target, sizes, file.signature)
        if options.alpha_mode is Alpha.MASK:
            mask = sheet_options.mask_name(target)
            plan.add(file.source, mask, sizes, file.signature, is_mask=True)
        if data := sheet_options.data_name(options, target):
            plan.add(file.source, data, sizes, file.signature)
    plan.check()
    return plan


@contextlib.contextmanager
def translate_sqlite_errors() -> Iterator[None]:
    """Turn the error of SQLite that its temporary files find no room into an OutputError."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OutputError(
            f"temporary files: cannot be written ({error}); make room, or set TMPDIR"
        ) from error

"""The journal in the output folder: one line of JSON for each output of earlier runs.

A line is appended after its output is written. A run that is killed loses the lines of the last
pictures, of about a tenth of a second (in an object store, of a few seconds); the next run converts
these pictures again. An incomplete line is skipped. At the end of a run the lines are sorted.

During a run the lines are also rows of a temporary SQLite table, so that a lookup is fast and
memory does not grow with their number.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

from pixbin.batch.jobs import Outcome
from pixbin.batch.state.fingerprint import Recipe
from pixbin.batch.storage.base import FileSignature, JournalLog
from pixbin.errors import without_credentials

_TABLES = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE line (kind INTEGER, key BLOB, line BLOB, PRIMARY KEY (kind, key)) WITHOUT ROWID;
"""
DIRTY = ""  #: fingerprint of an output that a job was about to replace
_RECIPE_LINE, _OUTPUT_LINE = 0, 1  #: kinds of lines, in their order in the journal


class JournalEntry(NamedTuple):
    """The line of an output."""

    target: str
    source: str
    signature: FileSignature  #: of the source file
    source_digest: str  #: SHA-256 of the source file
    fingerprint: str  #: of the recipe
    output_bytes: int  #: size of the output, in bytes
    output_size: str  #: in pixels
    grid: str  #: in cells
    output_digest: str = ""  #: SHA-256 of the output; missing in journals of early versions
    mask_digest: str = ""  #: SHA-256 of the mask of this picture, if it lies in a folder of masks

    @classmethod
    def from_outcome(cls, outcome: Outcome, fingerprint: str) -> JournalEntry:
        """Return the entry for a written output."""
        return cls(
            outcome.target,
            without_credentials(outcome.source),
            outcome.signature,
            outcome.source_digest,
            fingerprint,
            outcome.output_bytes,
            outcome.output_size,
            outcome.grid,
            outcome.output_digest,
            outcome.mask_digest,
        )

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> JournalEntry:
        """Return the entry that a line contains."""
        signature = FileSignature(record["bytes"], record["modified_ns"], record.get("tag", ""))
        return cls(
            record["output"],
            record["source"],
            signature,
            record["sha256"],
            record["recipe"],
            record["written"],
            record["size"],
            record["grid"],
            record.get("output_sha256", ""),
            record.get("mask_sha256", ""),
        )

    @property
    def as_json(self) -> dict[str, Any]:
        """The entry as a JSON object."""
        return {
            "output": self.target,
            "source": self.source,
            "bytes": self.signature.size,
            "modified_ns": self.signature.modified_ns,
            **({"tag": self.signature.tag} if self.signature.tag else {}),
            "sha256": self.source_digest,
            "recipe": self.fingerprint,
            "written": self.output_bytes,
            "size": self.output_size,
            "grid": self.grid,
            "output_sha256": self.output_digest,
            **({"mask_sha256": self.mask_digest} if self.mask_digest else {}),
        }


class Journal:
    """The journal of an output folder.

    Parameters
    ----------
    log
        The stored lines; they are read at once.
    """

    def __init__(self, log: JournalLog) -> None:
        self._log = log
        self._has_unflushed_marks = False
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(_TABLES)
        self._database.execute("BEGIN")
        self._is_compact = True
        self._load()

    @property
    def write_error(self) -> str:
        """The reason why the journal could not be written; empty if it could."""
        return self._log.write_error

    @property
    def modified_ns(self) -> int:
        """Time of its last change before it was read, in nanoseconds."""
        return self._log.modified_ns

    @property
    def write_ahead(self) -> int:
        """Number of outputs that are marked as dirty together."""
        return self._log.write_ahead

    def find(self, target: str) -> JournalEntry | None:
        """Return the entry of an output, or None if it has none."""
        query = "SELECT line FROM line WHERE kind = ? AND key = ?"
        row = self._database.execute(query, (_OUTPUT_LINE, os.fsencode(target))).fetchone()
        return JournalEntry.from_json(json.loads(row[0])) if row else None

    def register_recipe(self, recipe: Recipe) -> str:
        """Record the recipe of a run, and return its fingerprint."""
        fingerprint = recipe.fingerprint
        query = "SELECT 1 FROM line WHERE kind = ? AND key = ?"
        if not self._database.execute(query, (_RECIPE_LINE, fingerprint.encode())).fetchone():
            self._append({"recipe": fingerprint, "settings": recipe.settings})
        return fingerprint

    def add(self, entry: JournalEntry) -> None:
        """Record a written output."""
        self._append(entry.as_json)

    def mark_dirty(self, target: str) -> None:
        """Record that an output is about to be replaced, so its entry is no longer valid."""
        entry = self.find(target)
        if entry and entry.fingerprint != DIRTY:
            self._append(entry._replace(fingerprint=DIRTY).as_json)
            self._has_unflushed_marks = True

    def flush(self) -> None:
        """Store all dirty marks, before the first of their outputs is replaced."""
        if self._has_unflushed_marks:
            self._log.flush()
            self._has_unflushed_marks = False

    def close(self) -> None:
        """Store all lines, and delete the temporary table."""
        self._log.flush()
        self._database.close()

    def compact(self) -> None:
        """Rewrite the journal: one line for each output, sorted by target."""
        if not self._is_compact:
            self._is_compact = self._log.replace(self._sorted_lines())

    def _sorted_lines(self) -> Iterator[bytes]:
        for (line,) in self._database.execute("SELECT line FROM line ORDER BY kind, key"):
            yield line

    def _load(self) -> None:
        last_key: tuple[int, bytes] = (-1, b"")
        for line in self._log.lines():
            key = self._index(line)
            self._is_compact &= key is not None and key > last_key
            last_key = key or last_key
        self._is_compact &= self._log.is_intact

    def _index(self, line: bytes) -> tuple[int, bytes] | None:
        """Put a line into the table, and return its key; None if the line is damaged."""
        try:
            content = json.loads(line)
            if "output" in content:
                JournalEntry.from_json(content)
                key = _OUTPUT_LINE, os.fsencode(content["output"])
            else:
                key = _RECIPE_LINE, content["recipe"].encode()
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None
        self._database.execute("INSERT OR REPLACE INTO line VALUES (?, ?, ?)", (*key, line))
        return key

    def _append(self, record: dict[str, Any]) -> None:
        line = json.dumps(record).encode()
        self._index(line)
        self._is_compact = False
        self._log.append(line)

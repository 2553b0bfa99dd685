"""What was done before, kept in the output folder: one line of JSON for each output.

A line is appended when an output is in its place, so that a run that is killed at any moment
loses no more than the mention of one picture (on other stores, of those of a few seconds), which
the next run then makes again. A torn line is skipped. A run that ends puts the lines in order.
While it runs, lines are looked up in a file of SQLite's own making, whatever their number.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

from pixbin.batch.jobs import Outcome, Signature
from pixbin.batch.state.fingerprint import Recipe
from pixbin.batch.state.journal_log import JournalLog

_TABLES = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE line (kind INTEGER, key BLOB, line BLOB, PRIMARY KEY (kind, key)) WITHOUT ROWID;
"""
DIRTY = ""  #: recipe of an output that was about to be replaced
_RECIPE_LINE, _OUTPUT_LINE = 0, 1  #: kinds of lines, in the order they are kept


class JournalEntry(NamedTuple):
    """What is known of an output."""

    target: str
    source: str
    signature: Signature  #: of the source it was made of
    source_digest: str  #: of that one's content
    fingerprint: str  #: name of the recipe it was made by
    output_bytes: int  #: its bytes
    output_size: str
    grid: str
    output_digest: str = ""  #: of the output; not in journals of earlier versions

    @classmethod
    def from_outcome(cls, outcome: Outcome, fingerprint: str) -> JournalEntry:
        """Return what is to be remembered of an outcome."""
        return cls(
            outcome.target,
            outcome.source,
            outcome.signature,
            outcome.source_digest,
            fingerprint,
            outcome.output_bytes,
            outcome.output_size,
            outcome.grid,
            outcome.output_digest,
        )

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> JournalEntry:
        """Read an entry from its line."""
        signature = Signature(record["bytes"], record["modified_ns"], record.get("tag", ""))
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
        )

    @property
    def as_json(self) -> dict[str, Any]:
        """The entry as it stands in the journal."""
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
        }


class Journal:
    """The journal of an output folder."""

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
        """Why the journal could not be written, if so."""
        return self._log.write_error

    @property
    def modified_ns(self) -> int:
        """Of its last change before it was read, in nanoseconds."""
        return self._log.modified_ns

    @property
    def write_ahead(self) -> int:
        """Outputs about to be replaced of which that is noted at once."""
        return self._log.write_ahead

    def find(self, target: str) -> JournalEntry | None:
        """Return what is known of an output."""
        query = "SELECT line FROM line WHERE kind = ? AND key = ?"
        row = self._database.execute(query, (_OUTPUT_LINE, os.fsencode(target))).fetchone()
        return JournalEntry.from_json(json.loads(row[0])) if row else None

    def register_recipe(self, recipe: Recipe) -> str:
        """Note the recipe of a run, and return its name."""
        name = recipe.fingerprint
        query = "SELECT 1 FROM line WHERE kind = ? AND key = ?"
        if not self._database.execute(query, (_RECIPE_LINE, name.encode())).fetchone():
            self._append({"recipe": name, "settings": recipe.settings})
        return name

    def add(self, entry: JournalEntry) -> None:
        """Note that an output is in its place."""
        self._append(entry.as_json)

    def mark_dirty(self, target: str) -> None:
        """Note that an output is about to be replaced: should the run be killed, nobody knows."""
        entry = self.find(target)
        if entry and entry.fingerprint != DIRTY:
            self._append(entry._replace(fingerprint=DIRTY).as_json)
            self._has_unflushed_marks = True

    def flush(self) -> None:
        """See to it that all doubts outlive this run."""
        if self._has_unflushed_marks:
            self._log.flush()
            self._has_unflushed_marks = False

    def close(self) -> None:
        """Let go of the file in which lines are looked up."""
        self._log.flush()
        self._database.close()

    def compact(self) -> None:
        """Write the journal anew: each output once, in the order of names."""
        if not self._is_compact:
            self._is_compact = self._log.replace(self._sorted_lines())

    def _sorted_lines(self) -> Iterator[bytes]:
        for (line,) in self._database.execute("SELECT line FROM line ORDER BY kind, key"):
            yield line

    def _load(self) -> None:
        last: tuple[int, bytes] = (-1, b"")
        for line in self._log.lines():
            key = self._index(line)
            self._is_compact &= key is not None and key > last
            last = key or last
        self._is_compact &= self._log.is_intact

    def _index(self, line: bytes) -> tuple[int, bytes] | None:
        """Make a line known, and return its key; None for one that makes no sense."""
        try:
            content = json.loads(line)
            if "output" in content:
                JournalEntry.from_json(content)
                key = _OUTPUT_LINE, os.fsencode(content["output"])
            else:
                key = _RECIPE_LINE, content["recipe"].encode()
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
        self._database.execute("INSERT OR REPLACE INTO line VALUES (?, ?, ?)", (*key, line))
        return key

    def _append(self, record: dict[str, Any]) -> None:
        line = json.dumps(record).encode()
        self._index(line)
        self._is_compact = False
        self._log.append(line)

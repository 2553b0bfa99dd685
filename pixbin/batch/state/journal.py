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
from pixbin.batch.state.journal_log import Log

_TABLES = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE line (kind INTEGER, key BLOB, line BLOB, PRIMARY KEY (kind, key)) WITHOUT ROWID;
"""
UNKNOWN = ""  #: recipe of an output that was about to be replaced
_RECIPE, _OUTPUT = 0, 1  #: kinds of lines, in the order they are kept


class Entry(NamedTuple):
    """What is known of an output."""

    target: str
    source: str
    signature: Signature  #: of the source it was made of
    digest: str  #: of that one's content
    recipe: str  #: name of the recipe it was made by
    written: int  #: its bytes
    size: str
    grid: str
    output_digest: str = ""  #: of the output; not in journals of earlier versions

    @classmethod
    def of(cls, outcome: Outcome, recipe: str) -> Entry:
        """Return what is to be remembered of an outcome."""
        return cls(
            outcome.target,
            outcome.source,
            outcome.signature,
            outcome.digest,
            recipe,
            outcome.written,
            outcome.size,
            outcome.grid,
            outcome.output_digest,
        )

    @classmethod
    def of_line(cls, line: dict[str, Any]) -> Entry:
        """Read an entry from its line."""
        signature = Signature(line["bytes"], line["modified_ns"], line.get("tag", ""))
        return cls(
            line["output"],
            line["source"],
            signature,
            line["sha256"],
            line["recipe"],
            line["written"],
            line["size"],
            line["grid"],
            line.get("output_sha256", ""),
        )

    @property
    def line(self) -> dict[str, Any]:
        """The entry as it stands in the journal."""
        return {
            "output": self.target,
            "source": self.source,
            "bytes": self.signature.size,
            "modified_ns": self.signature.modified,
            **({"tag": self.signature.tag} if self.signature.tag else {}),
            "sha256": self.digest,
            "recipe": self.recipe,
            "written": self.written,
            "size": self.size,
            "grid": self.grid,
            "output_sha256": self.output_digest,
        }


class Journal:
    """The journal of an output folder."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._has_doubts = False
        self._lines = sqlite3.connect("", isolation_level=None)
        self._lines.executescript(_TABLES)
        self._lines.execute("BEGIN")
        self._is_orderly = True
        self._read()

    @property
    def fault(self) -> str:
        """Why the journal could not be written, if so."""
        return self._log.fault

    @property
    def time(self) -> int:
        """Of its last change before it was read, in nanoseconds."""
        return self._log.time

    @property
    def ahead(self) -> int:
        """Outputs about to be replaced of which that is noted at once."""
        return self._log.ahead

    def find(self, target: str) -> Entry | None:
        """Return what is known of an output."""
        query = "SELECT line FROM line WHERE kind = ? AND key = ?"
        row = self._lines.execute(query, (_OUTPUT, os.fsencode(target))).fetchone()
        return Entry.of_line(json.loads(row[0])) if row else None

    def begin(self, recipe: Recipe) -> str:
        """Note the recipe of a run, and return its name."""
        name = recipe.name
        query = "SELECT 1 FROM line WHERE kind = ? AND key = ?"
        if not self._lines.execute(query, (_RECIPE, name.encode())).fetchone():
            self._append({"recipe": name, "settings": recipe.settings})
        return name

    def add(self, entry: Entry) -> None:
        """Note that an output is in its place."""
        self._append(entry.line)

    def doubt(self, target: str) -> None:
        """Note that an output is about to be replaced: should the run be killed, nobody knows."""
        entry = self.find(target)
        if entry and entry.recipe != UNKNOWN:
            self._append(entry._replace(recipe=UNKNOWN).line)
            self._has_doubts = True

    def settle(self) -> None:
        """See to it that all doubts outlive this run."""
        if self._has_doubts:
            self._log.flush()
            self._has_doubts = False

    def close(self) -> None:
        """Let go of the file in which lines are looked up."""
        self._log.flush()
        self._lines.close()

    def put_in_order(self) -> None:
        """Write the journal anew: each output once, in the order of names."""
        if not self._is_orderly:
            self._is_orderly = self._log.replace(self._in_order())

    def _in_order(self) -> Iterator[bytes]:
        for (line,) in self._lines.execute("SELECT line FROM line ORDER BY kind, key"):
            yield line

    def _read(self) -> None:
        last: tuple[int, bytes] = (-1, b"")
        for line in self._log.lines():
            key = self._keep(line)
            self._is_orderly &= key is not None and key > last
            last = key or last
        self._is_orderly &= self._log.is_whole

    def _keep(self, line: bytes) -> tuple[int, bytes] | None:
        """Make a line known, and return its key; None for one that makes no sense."""
        try:
            content = json.loads(line)
            if "output" in content:
                Entry.of_line(content)
                key = _OUTPUT, os.fsencode(content["output"])
            else:
                key = _RECIPE, content["recipe"].encode()
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
        self._lines.execute("INSERT OR REPLACE INTO line VALUES (?, ?, ?)", (*key, line))
        return key

    def _append(self, content: dict[str, Any]) -> None:
        line = json.dumps(content).encode()
        self._keep(line)
        self._is_orderly = False
        self._log.append(line)

"""What was done before, kept in the output folder: one line of JSON for each output.

A line is appended when an output is in its place, so that a run that is killed at any moment
loses no more than the mention of one picture, which the next run then makes again. A torn line
is skipped. A run that ends puts the lines in order. While it runs, lines are looked up in a file
of SQLite's own making, whatever their number.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pixbin import files
from pixbin.batch.jobs import Outcome, Signature
from pixbin.batch.recipe import Recipe
from pixbin.errors import InputError

NAME = "journal.jsonl"
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
        signature = Signature(line["bytes"], line["modified_ns"])
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
            "sha256": self.digest,
            "recipe": self.recipe,
            "written": self.written,
            "size": self.size,
            "grid": self.grid,
            "output_sha256": self.output_digest,
        }


class Journal:
    """The journal of an output folder."""

    def __init__(self, path: Path, work: Path) -> None:
        self.path = path
        self._new = work / path.name  #: the file that becomes the journal when it is whole
        self.time = sys.maxsize  #: of its last change before it was read, in nanoseconds
        self.fault = ""  #: why the journal could not be written, if so
        self._lines = sqlite3.connect("", isolation_level=None)
        self._lines.executescript(_TABLES)
        self._lines.execute("BEGIN")
        self._is_orderly = True
        self._is_torn = False
        self._read()

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

    def close(self) -> None:
        """Let go of the file in which lines are looked up."""
        self._lines.close()

    def put_in_order(self) -> None:
        """Write the journal anew: each output once, in the order of names."""
        if self._is_orderly:
            return
        try:
            with self._new.open("wb") as file:
                for line in self._in_order():
                    file.write(line + b"\n")
                file.flush()
                os.fsync(file.fileno())
            self._new.replace(self.path)
            self._is_orderly = True
        except OSError as error:
            self.fault = error.strerror or str(error)
            with contextlib.suppress(OSError):
                self._new.unlink(missing_ok=True)

    def _in_order(self) -> Iterator[bytes]:
        for (line,) in self._lines.execute("SELECT line FROM line ORDER BY kind, key"):
            yield line

    def _read(self) -> None:
        last: tuple[int, bytes] = (-1, b"")
        line = b"\n"
        try:
            with files.reading_file(str(self.path)), self.path.open("rb") as file:
                self.time = os.fstat(file.fileno()).st_mtime_ns
                for line in file:
                    key = self._keep(line.rstrip(b"\n"))
                    self._is_orderly &= key is not None and key > last
                    last = key or last
        except InputError:  # there is none yet
            return
        self._is_torn = not line.endswith(b"\n")
        self._is_orderly &= not self._is_torn

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
        data = (b"\n" if self._is_torn else b"") + line + b"\n"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        try:
            file = os.open(self.path, flags, 0o666)
            try:
                self._is_torn = os.write(file, data) != len(data)
            finally:
                os.close(file)
        except OSError as error:
            self.fault = error.strerror or str(error)

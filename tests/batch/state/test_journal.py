"""The journal: what a line contains, which one counts, and the order after a run."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pixbin.batch.jobs import JobState, Outcome
from pixbin.batch.state.fingerprint import Recipe
from pixbin.batch.state.journal import DIRTY, Journal, JournalEntry
from pixbin.batch.storage.base import FileSignature
from pixbin.catalog.formats import Format
from pixbin.options import Options

RECIPE = Recipe(Options(), Format.PNG)
ENTRY = JournalEntry(
    *("b/x.png", "in/b/x.jpg", FileSignature(70, 80), "s1", "f1", 90, "64x48", "32x24", "o1")
)
#: The line of this entry, as journals have contained it since output digests exist.
RECORD = {
    "output": "b/x.png",
    "source": "in/b/x.jpg",
    "bytes": 70,
    "modified_ns": 80,
    "sha256": "s1",
    "recipe": "f1",
    "written": 90,
    "size": "64x48",
    "grid": "32x24",
    "output_sha256": "o1",
}


class MemoryLog:
    """Lines in memory, with a record of what was done to them. See `base.JournalLog`."""

    write_ahead = 7
    modified_ns = 123
    write_error = "disk full"

    def __init__(self, *lines: bytes, is_intact: bool = True) -> None:
        self.stored = [*lines]
        self.is_intact = is_intact
        self.calls: list[str] = []
        self.can_be_replaced = True

    def lines(self) -> Iterator[bytes]:
        """Yield the stored lines."""
        yield from [*self.stored]

    def append(self, line: bytes) -> None:
        """Add a line."""
        self.stored.append(line)
        self.calls.append("append")

    def flush(self) -> None:
        """Record the call."""
        self.calls.append("flush")

    def replace(self, lines: Iterator[bytes]) -> bool:
        """Replace all lines, if possible."""
        self.calls.append("replace")
        if self.can_be_replaced:
            self.stored = [*lines]
        return self.can_be_replaced


def line_of(**changes: Any) -> bytes:
    """Return the line above with other values."""
    return json.dumps({**RECORD, **changes}).encode()


def test_line_has_all_values_of_an_entry() -> None:
    """Tags and digests of masks are in a line only if there are any."""
    tagged = ENTRY._replace(signature=FileSignature(70, 0, "etag"), mask_digest="m1")
    with_tag = {**RECORD, "modified_ns": 0, "tag": "etag", "mask_sha256": "m1"}

    assert ENTRY.as_json == RECORD
    assert tagged.as_json == with_tag
    assert JournalEntry.from_json(RECORD) == ENTRY
    assert JournalEntry.from_json(with_tag) == tagged


def test_line_of_an_early_version_has_no_digest_of_the_output() -> None:
    """Without the digest, it is empty, as are tag and mask."""
    early = {name: value for name, value in RECORD.items() if name != "output_sha256"}
    entry = JournalEntry.from_json(early)

    assert (entry.output_digest, entry.mask_digest, entry.signature.tag) == ("", "", "")
    assert entry == JournalEntry(*ENTRY[:8])


def test_entry_of_an_outcome_has_no_credentials() -> None:
    """The output of a job becomes an entry, without the password of its URL."""
    outcome = Outcome(
        *("s3://key:secret@bucket/x.jpg", "b/x.png", JobState.WRITTEN, 1.5, "64x48", "32x24"),
        signature=FileSignature(70, 80),
        source_digest="s1",
        output_bytes=90,
        output_digest="o1",
        mask_digest="m1",
    )
    entry = JournalEntry.from_outcome(outcome, "f1")

    assert "secret" not in entry.source
    assert entry.source.endswith("bucket/x.jpg")
    assert entry._replace(source=ENTRY.source) == ENTRY._replace(mask_digest="m1")


def test_find_gives_the_newest_line() -> None:
    """The last line of an output counts, in the log and after it was read."""
    journal = Journal(MemoryLog(line_of(), line_of(sha256="s2")))
    assert journal.find("b/x.png") == ENTRY._replace(source_digest="s2")
    assert journal.find("b/y.png") is None

    journal.add(ENTRY._replace(source_digest="s3"))
    journal.add(ENTRY._replace(target="b/y.png"))
    assert journal.find("b/x.png") == ENTRY._replace(source_digest="s3")
    assert journal.find("b/y.png") == ENTRY._replace(target="b/y.png")


def test_names_need_not_be_utf_8() -> None:
    """An output whose name is no UTF-8 has an entry, too."""
    target = b"\xff.png".decode("utf-8", "surrogateescape")
    log = MemoryLog()
    Journal(log).add(ENTRY._replace(target=target))

    assert Journal(log).find(target) == ENTRY._replace(target=target)


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"{",
        b"1",
        b"[]",
        b"null",
        b"{}",
        b"\xff",
        b'{"output": "b/x.png"}',
        b'{"output": 5}',
        b'{"recipe": 5}',
        b"[" * 100_000,
        line_of(output=None),
    ],
    ids=range(12),
)
def test_damaged_lines_are_skipped(damaged: bytes) -> None:
    """A line that says nothing changes no entry, and is left out at the end of a run."""
    log = MemoryLog(line_of(), damaged)
    journal = Journal(log)
    assert journal.find("b/x.png") == ENTRY

    journal.compact()
    assert log.stored == [line_of()]


def test_recipe_is_recorded_once() -> None:
    """A line has the settings of the recipe; later runs with the same recipe add none."""
    log = MemoryLog()
    fingerprint = Journal(log).register_recipe(RECIPE)

    assert fingerprint == RECIPE.fingerprint
    assert [json.loads(line) for line in log.stored] == [
        {"recipe": fingerprint, "settings": RECIPE.settings}
    ]
    journal = Journal(log)
    journal.register_recipe(RECIPE)
    assert len(log.stored) == 1
    journal.register_recipe(Recipe(Options.of(size="9x"), Format.PNG))
    assert len(log.stored) == 2


def test_marks_are_flushed_before_an_output_is_replaced() -> None:
    """An entry is marked once; marks are stored once; an output without an entry has none."""
    log = MemoryLog(line_of())
    journal = Journal(log)
    journal.flush()
    journal.mark_dirty("b/y.png")
    journal.flush()
    assert log.calls == []

    journal.mark_dirty("b/x.png")
    assert journal.find("b/x.png") == ENTRY._replace(fingerprint=DIRTY)
    assert json.loads(log.stored[-1]) == {**RECORD, "recipe": ""}
    journal.mark_dirty("b/x.png")
    assert log.calls == ["append"]
    journal.flush()
    journal.flush()
    assert log.calls == ["append", "flush"]


def test_values_of_the_log() -> None:
    """Error, time and number of marks are those of the log; closing stores all lines."""
    log = MemoryLog()
    journal = Journal(log)

    assert (journal.write_error, journal.modified_ns, journal.write_ahead) == ("disk full", 123, 7)
    journal.close()
    assert log.calls == ["flush"]
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        journal.find("b/x.png")


SORTED = [
    json.dumps({"recipe": "f0", "settings": {}}).encode(),
    json.dumps({"recipe": "f1", "settings": {}}).encode(),
    line_of(output="B.png"),
    line_of(output="a.png"),
    line_of(output="a/b.png"),
]


@pytest.mark.parametrize("order", [(4, 3, 2, 1, 0), (2, 0, 1, 3, 4), (0, 1, 2, 3, 4, 4)])
def test_compact_sorts_lines_once(order: tuple[int, ...]) -> None:
    """Recipes come first, then outputs, by their bytes; a second time there is nothing to do."""
    log = MemoryLog(*(SORTED[number] for number in order))
    journal = Journal(log)
    journal.compact()
    journal.compact()

    assert log.stored == SORTED
    assert log.calls == ["replace"]


@pytest.mark.parametrize("lines", [SORTED, []], ids=["lines", "none"])
def test_compact_leaves_a_sorted_log(lines: list[bytes]) -> None:
    """A log that is in order is not written again, unless a line was added or it was cut off."""
    log = MemoryLog(*lines)
    Journal(log).compact()
    assert log.calls == []

    added = Journal(log)
    added.add(ENTRY)
    added.compact()
    assert log.calls == ["append", "replace"]

    cut_off = MemoryLog(*lines, is_intact=False)
    Journal(cut_off).compact()
    assert cut_off.calls == ["replace"]


def test_compact_tries_again_after_an_error() -> None:
    """Lines that could not be replaced are replaced the next time."""
    log = MemoryLog(*SORTED[::-1])
    journal = Journal(log)
    log.can_be_replaced = False
    journal.compact()
    log.can_be_replaced = True
    journal.compact()

    assert log.stored == SORTED
    assert log.calls == ["replace", "replace"]


def test_lookups_need_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The temporary table leaves nothing in the working folder."""
    monkeypatch.chdir(tmp_path)
    journal = Journal(MemoryLog(*SORTED))
    journal.add(ENTRY)

    assert [*tmp_path.iterdir()] == []
    journal.close()

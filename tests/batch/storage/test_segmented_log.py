"""Lines of a journal in an object store: segments that grow, and one large object at the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import fsspec
import pytest

from pixbin.batch.storage import segmented_log
from pixbin.batch.storage.remote_folder import RemoteFolder, SupersededError
from pixbin.batch.storage.segmented_log import SegmentedLog
from pixbin.errors import InputError

JOURNAL = ".pixbin/journal.jsonl"
PARTS = ".pixbin/parts"


class Clock:
    """Time that passes on demand, in seconds."""

    now = 100.0

    def monotonic(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Replace the clock of the log."""
    clock = Clock()
    monkeypatch.setattr(segmented_log, "time", clock)
    return clock


@pytest.fixture
def folder() -> Iterator[RemoteFolder]:
    """Yield a folder of a store in memory, in which a run has begun."""
    folder = RemoteFolder(f"memory://{os.urandom(4).hex()}")
    folder.start_run()
    yield folder
    folder.root.filesystem.rm(folder.root.path, recursive=True)


@pytest.fixture
def log(folder: RemoteFolder) -> SegmentedLog:
    """Return the log of this folder, of which nothing was read."""
    return SegmentedLog(folder)


def content(folder: RemoteFolder) -> dict[str, bytes]:
    """Return the journal and its segments, by their names."""
    filesystem, root = fsspec.filesystem("memory"), folder.root.path
    paths = {path.removeprefix(f"{root}/"): path for path in filesystem.find(root)}
    return {
        name.removeprefix(".pixbin/"): filesystem.cat_file(path)
        for name, path in paths.items()
        if name != ".pixbin/run"
    }


def test_new_log_is_empty(log: SegmentedLog, folder: RemoteFolder) -> None:
    """Before the first run there is nothing; that is no error, and nothing is written."""
    assert [*log.lines()] == []
    assert (log.is_intact, log.write_error, log.write_ahead) == (True, "", 500)
    assert log.modified_ns == sys.maxsize
    log.flush()
    assert content(folder) == {}


def test_lines_wait_for_five_seconds(log: SegmentedLog, folder: RemoteFolder, clock: Clock) -> None:
    """Then all lines since the start of the segment are written."""
    log.append(b"one")
    clock.now += 5
    log.append(b"two")
    assert content(folder) == {}
    clock.now += 0.1
    log.append(b"three")
    assert content(folder) == {"parts/00000001.jsonl": b"one\ntwo\nthree\n"}

    clock.now += 5
    log.append(b"four")
    assert content(folder) == {"parts/00000001.jsonl": b"one\ntwo\nthree\n"}
    log.flush()
    assert content(folder) == {"parts/00000001.jsonl": b"one\ntwo\nthree\nfour\n"}


def test_flush_without_lines_restarts_the_wait(
    log: SegmentedLog, folder: RemoteFolder, clock: Clock
) -> None:
    """The five seconds count from the last flush, even of nothing."""
    clock.now += 4
    log.flush()
    clock.now += 4
    log.append(b"one")

    assert content(folder) == {}


def test_large_segments_are_followed_by_others(
    log: SegmentedLog, folder: RemoteFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A segment of more than the limit, with the ends of lines, is written and is the last."""
    monkeypatch.setattr(segmented_log, "_SEGMENT_BYTES", 8)
    log.append(b"123")
    log.append(b"456")
    assert content(folder) == {}
    log.append(b"")
    assert content(folder) == {"parts/00000001.jsonl": b"123\n456\n\n"}
    log.append(b"next")
    log.flush()
    log.append(b"last")
    assert content(folder)["parts/00000002.jsonl"] == b"next\nlast\n"
    log.append(b"more")
    log.flush()

    assert content(folder) == {
        "parts/00000001.jsonl": b"123\n456\n\n",
        "parts/00000002.jsonl": b"next\nlast\n",
        "parts/00000003.jsonl": b"more\n",
    }
    assert [*SegmentedLog(folder).lines()] == [b"123", b"456", b"", b"next", b"last", b"more"]


def test_lines_of_earlier_runs_come_first(folder: RemoteFolder) -> None:
    """The large object, then segments by number; a new run writes a new segment."""
    folder.write_file(JOURNAL, b"one\n")
    folder.write_file(f"{PARTS}/00000010.jsonl", b"four\nfi")
    folder.write_file(f"{PARTS}/00000009.jsonl", b"two\nthree\n")
    for name in ("1.jsonl", "000000011.jsonl", "00000012.json", "note", "a/00000001.jsonl"):
        folder.write_file(f"{PARTS}/{name}", b"another's\n")
    before = content(folder)
    log = SegmentedLog(folder)

    assert [*log.lines()] == [b"one", b"two", b"three", b"four", b"fi"]
    assert not log.is_intact
    assert 0 < log.modified_ns < sys.maxsize
    log.append(b"six")
    log.flush()
    assert content(folder) == {**before, "parts/00000011.jsonl": b"six\n"}


def test_one_object_is_intact(folder: RemoteFolder) -> None:
    """A log without segments need not be written again."""
    folder.write_file(JOURNAL, b"one\n")
    log = SegmentedLog(folder)

    assert [*log.lines()] == [b"one"]
    assert log.is_intact


def test_replace_removes_segments(log: SegmentedLog, folder: RemoteFolder) -> None:
    """Afterwards all lines are in the large object; later lines are in a first segment again."""
    folder.write_file(f"{PARTS}/00000004.jsonl", b"old\n")
    assert [*log.lines()] == [b"old"]
    log.append(b"one")
    log.flush()
    log.append(b"not written yet")

    assert log.replace(iter([b"a", b"b"]))
    assert content(folder) == {"journal.jsonl": b"a\nb\n"}
    log.flush()
    assert content(folder) == {"journal.jsonl": b"a\nb\n"}
    log.append(b"c")
    log.flush()
    assert content(folder) == {"journal.jsonl": b"a\nb\n", "parts/00000001.jsonl": b"c\n"}


@pytest.mark.parametrize("way", ["another segment", "the large object"])
def test_bytes_of_a_segment_count_from_zero(
    log: SegmentedLog, folder: RemoteFolder, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """A new segment is large by its own lines: eight bytes are not, nine are."""
    monkeypatch.setattr(segmented_log, "_SEGMENT_BYTES", 8)
    if way == "another segment":
        log.append(b"12345678")
    else:
        log.append(b"1234567")
        assert log.replace(iter([b"1234567"]))
    before = content(folder)
    log.append(b"")
    log.append(b"123456")
    assert content(folder) == before
    log.append(b"")

    assert b"\n123456\n\n" in content(folder).values()


def test_segment_of_just_the_limit_goes_on(
    log: SegmentedLog, folder: RemoteFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a segment of more bytes is followed by another."""
    monkeypatch.setattr(segmented_log, "_SEGMENT_BYTES", 8)
    for line in (b"1234567", b"8"):
        log.append(line)
        log.flush()

    assert content(folder) == {"parts/00000001.jsonl": b"1234567\n8\n"}


class FullFolder(RemoteFolder):
    """A folder of a store that takes nothing, at times."""

    is_full = True
    can_remove = True

    def write_file(self, name: str, data: bytes) -> None:
        """Refuse journals."""
        if self.is_full and name.startswith((JOURNAL, PARTS)):
            raise OSError("quota exceeded")
        super().write_file(name, data)

    def write_chunks(self, name: str, chunks: object) -> None:
        """Refuse journals."""
        if self.is_full:
            raise OSError("quota exceeded")
        super().write_chunks(name, chunks)  # type: ignore[arg-type]

    def remove(self, name: str) -> None:
        """Refuse, at times."""
        if not self.can_remove:
            raise OSError("not allowed")
        super().remove(name)


@pytest.fixture
def full(folder: RemoteFolder) -> FullFolder:
    """Return the same folder, which is full."""
    full = FullFolder(folder.url)
    full.start_run()
    return full


def test_lines_are_kept_while_the_store_is_full(full: FullFolder) -> None:
    """An error is reported; the lines are written as soon as that is possible."""
    log = SegmentedLog(full)
    log.append(b"one")
    log.flush()
    assert "quota exceeded" in log.write_error

    full.is_full = False
    log.append(b"two")
    log.flush()
    assert log.write_error == ""
    assert [*SegmentedLog(full).lines()] == [b"one", b"two"]


def test_replace_reports_errors(full: FullFolder) -> None:
    """A large object that cannot be written is no exception; segments stay, and it may succeed."""
    log = SegmentedLog(full)
    full.is_full = False
    log.append(b"one")
    log.flush()
    full.is_full = True
    assert log.replace(iter([b"a"])) is False
    assert "quota exceeded" in log.write_error
    assert content(full) == {"parts/00000001.jsonl": b"one\n"}

    full.is_full, full.can_remove = False, False
    assert log.replace(iter([b"a"])) is False
    assert "not allowed" in log.write_error
    full.can_remove = True
    assert log.replace(iter([b"a"]))
    assert log.write_error == ""
    assert content(full) == {"journal.jsonl": b"a\n"}


def test_older_run_writes_nothing(log: SegmentedLog, folder: RemoteFolder) -> None:
    """When another run has begun, an error says so, and the lines of this one are dropped."""
    log.append(b"one")
    RemoteFolder(folder.url).start_run()
    with pytest.raises(SupersededError, match="another run"):
        log.flush()
    log.flush()
    with pytest.raises(SupersededError, match="another run"):
        log.replace(iter([b"a"]))

    assert content(folder) == {}


def test_unreadable_log_is_an_input_error(
    folder: RemoteFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message has the URL of the folder of the journal."""
    folder.write_file(JOURNAL, b"one\n")

    def fail(*_: object, **__: object) -> None:
        raise OSError("broken line")

    monkeypatch.setattr(folder.root.filesystem, "open", fail)
    with pytest.raises(InputError, match=rf"{folder.url}/\.pixbin: cannot be read \(broken line"):
        [*SegmentedLog(folder).lines()]

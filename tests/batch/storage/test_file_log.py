"""Lines of a journal in a local file: whole lines only, stored on demand, replaced at once."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pixbin.batch.storage.file_log import FileLog
from pixbin.files import atomic


@pytest.fixture
def log(tmp_path: Path) -> FileLog:
    """Return a log in a state folder, which has a work folder."""
    (tmp_path / "state" / "work").mkdir(parents=True)
    return FileLog(tmp_path / "state" / "journal", tmp_path / "state" / "work")


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of files and folders that were stored on the disk, in order."""
    names: list[str] = []
    monkeypatch.setattr(atomic, "sync_path", lambda path: names.append(path.name))
    return names


def test_new_log_is_empty(log: FileLog) -> None:
    """Before the first run there is no file; that is no error, and nothing is stored."""
    assert [*log.lines()] == []
    assert (log.is_intact, log.modified_ns, log.write_error) == (True, sys.maxsize, "")
    assert log.write_ahead == 32
    log.flush()
    assert log.write_error == ""
    assert not log.path.exists()


def test_lines_end_each(log: FileLog) -> None:
    """Each line ends with a line feed, and is read without it; the time is that of the file."""
    mask = os.umask(0o022)
    try:
        log.append(b"one")
    finally:
        os.umask(mask)
    log.append(b"two\r")
    os.utime(log.path, ns=(1, 5_000_000_007))

    assert log.path.read_bytes() == b"one\ntwo\r\n"
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o644
    again = FileLog(log.path, log.path.parent)
    assert [*again.lines()] == [b"one", b"two\r"]
    assert (again.is_intact, again.modified_ns) == (True, 5_000_000_007)


def test_line_never_continues_one_that_was_cut_off(log: FileLog) -> None:
    """After a line without its end, the next one begins on a line of its own, once."""
    log.path.write_bytes(b"one\ntw")
    assert [*log.lines()] == [b"one", b"tw"]
    assert not log.is_intact

    log.append(b"three")
    log.append(b"four")
    assert log.path.read_bytes() == b"one\ntw\nthree\nfour\n"


def test_line_after_a_full_disk(log: FileLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of which a part was written is followed by the end of its line."""
    log.append(b"one")
    with monkeypatch.context() as patch:

        def write_part(file: int, data: bytes) -> None:
            os.write(file, data[:2])
            raise OSError(errno.ENOSPC, "No space left on device")

        patch.setattr(atomic, "write_all", write_part)
        log.append(b"two")
    assert log.write_error == "No space left on device"

    log.append(b"three")
    assert log.path.read_bytes() == b"one\ntw\nthree\n"


def test_error_without_a_text_of_the_system(log: FileLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that has only a message of its own is reported by it, in each of the ways."""

    def fail(*_: object, **__: object) -> None:
        raise OSError("no luck")

    log.append(b"one")
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", fail)
        log.append(b"two")
    assert log.write_error == "no luck"

    log.write_error = ""
    monkeypatch.setattr(atomic, "sync_path", fail)
    log.flush()
    assert log.write_error == "no luck"

    log.write_error = ""
    assert log.replace(iter([b"two"])) is False
    assert log.write_error == "no luck"


def test_flush_stores_the_lines_and_the_name_once(log: FileLog, synced: list[str]) -> None:
    """File, then folder; not again before another line."""
    log.flush()
    assert synced == []
    log.append(b"one")
    log.flush()
    log.flush()
    assert synced == ["journal", "state"]
    log.append(b"two")
    log.flush()
    assert synced == 2 * ["journal", "state"]


def test_flush_is_tried_again_after_an_error(
    log: FileLog, synced: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines that could not be stored are still to be stored."""
    log.append(b"one")
    with monkeypatch.context() as patch:

        def fail(path: Path) -> None:
            raise OSError(errno.EIO, "Input/output error")

        patch.setattr(atomic, "sync_path", fail)
        log.flush()
    assert log.write_error == "Input/output error"
    log.flush()

    assert synced == ["journal", "state"]


def test_replace_stores_the_lines_before_the_name(
    log: FileLog, synced: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lines are complete on the disk in the work folder before they replace the others."""
    log.append(b"old")
    real, stored = os.fsync, []

    def fsync(file: int) -> None:
        replacement = log.path.parent / "work" / "journal"
        stored.append((replacement.read_bytes(), log.path.read_bytes()))
        real(file)

    monkeypatch.setattr(os, "fsync", fsync)

    assert log.replace(iter([b"a", b"b"]))
    assert stored == [(b"a\nb\n", b"old\n")]
    assert log.path.read_bytes() == b"a\nb\n"
    assert synced == ["state"]
    assert [*(log.path.parent / "work").iterdir()] == []


def test_replace_leaves_the_log_after_an_error(log: FileLog) -> None:
    """An error leaves the old lines, and nothing in the work folder."""
    log.append(b"old")

    def lines() -> Iterator[bytes]:
        yield b"a"
        raise OSError(errno.ENOSPC, "No space left on device")

    assert log.replace(lines()) is False
    assert log.write_error == "No space left on device"
    assert log.path.read_bytes() == b"old\n"
    assert [*(log.path.parent / "work").iterdir()] == []


def test_replace_without_a_work_folder(log: FileLog) -> None:
    """A folder that has vanished is an error that has a reason, not an exception."""
    (log.path.parent / "work").rmdir()

    assert log.replace(iter([b"a"])) is False
    assert log.write_error == "No such file or directory"


def test_files_are_closed(log: FileLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file of a line stays open, be it written or not."""
    opened, real = [], os.open

    def record(*arguments: Any) -> int:
        opened.append(real(*arguments))
        return opened[-1]

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "open", record)
    log.append(b"one")
    monkeypatch.setattr(atomic, "write_all", fail)
    log.append(b"two")

    assert len(opened) == 2
    for file in opened:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(file)

"""Every system call of the write path fails in turn, with every error: old outputs stay whole."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pixbin import files
from pixbin.batch.storage.base import STATE_FOLDER
from pixbin.batch.storage.local_files import LocalFolder
from pixbin.errors import OutputError
from tests.faults.system_calls import FailingCalls, each_call

OLD, NEW, MASK = b"old", b"new content", b"new mask"
SHORT_WRITE = 0
CODES = {
    "no space": errno.ENOSPC,
    "input/output error": errno.EIO,
    "no permission": errno.EACCES,
    "quota": errno.EDQUOT,
    "other file system": errno.EXDEV,
    "vanished folder": errno.ENOENT,
    "read-only": errno.EROFS,
    "short write": SHORT_WRITE,
}


@pytest.fixture(params=[True, False], ids=["nameless", "named"], autouse=True)
def _is_nameless(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write with temporary files that have no name, as on Linux, and with others."""
    if not request.param:
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    elif not hasattr(os, "O_TMPFILE"):
        pytest.skip("Linux only")


def content_of(folder: Path) -> dict[str, bytes]:
    """Return the names and bytes of all files of a folder, hidden ones too, but not its state."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in found
        if STATE_FOLDER not in path.relative_to(folder).parts
    }


def empty(folder: Path) -> None:
    """Remove all files of a folder."""
    for path in folder.iterdir():
        path.unlink()


def attempt(write: Callable[[], None], errors: list[str]) -> Callable[[FailingCalls], None]:
    """Return a run that collects the message of an OutputError; any other error is a bug."""

    def run(calls: FailingCalls) -> None:
        try:
            write()
        except OutputError as error:
            assert calls.failed or "exists" in str(error)
            errors.append(str(error))
        else:
            errors.append("")

    return run


@pytest.mark.parametrize("code", CODES.values(), ids=CODES.keys())
@pytest.mark.parametrize("exists", [True, False], ids=["old", "new"])
@pytest.mark.parametrize("overwrite", [True, False], ids=["replace", "keep"])
def test_one_file(tmp_path: Path, code: int, exists: bool, overwrite: bool) -> None:
    """A file is the old one or the new one, there is no other, and an error is one line."""
    target = tmp_path / "a.png"
    errors: list[str] = []

    def prepare() -> None:
        empty(tmp_path)
        if exists:
            target.write_bytes(OLD)

    def write() -> None:
        files.write_file(target, NEW, overwrite=overwrite)

    before = {"a.png": OLD} if exists else {}
    count = 0
    for calls in each_call(attempt(write, errors), code, prepare):
        count += bool(calls.failed)
        content, message = content_of(tmp_path), errors[-1]
        if calls.failed == "unlink":  # what cannot be removed stays
            content = {name: data for name, data in content.items() if name == "a.png"}
        expected = [before, {"a.png": NEW}] if calls.failed == "close" else [before]
        assert content in (expected if message else [{"a.png": NEW}]), calls.failed
        assert "\n" not in message

    assert count or (exists and not overwrite) or code == SHORT_WRITE
    if exists and not overwrite:
        assert "exists" in errors[-1]
    else:
        assert errors[-1] == ""
        assert content_of(tmp_path) == {"a.png": NEW}


@pytest.mark.parametrize("code", CODES.values(), ids=CODES.keys())
def test_two_files(tmp_path: Path, code: int) -> None:
    """Of a picture and its mask, no error leaves half: each is whole."""
    names = [str(tmp_path / name) for name in ("a.png", "a-mask.png")]
    errors: list[str] = []

    def write() -> None:
        files.write_all_or_none(dict(zip(names, (NEW, MASK), strict=True)))

    for calls in each_call(attempt(write, errors), code, lambda: empty(tmp_path)):
        if calls.failed == "unlink":
            continue
        whole = {"a.png": NEW, "a-mask.png": MASK}
        assert content_of(tmp_path) == ({} if errors[-1] else whole), calls.failed


@pytest.mark.parametrize("code", CODES.values(), ids=CODES.keys())
def test_output_of_a_batch(tmp_path: Path, code: int) -> None:
    """An output is the old one or the new one, and the next run removes what was left."""
    errors: list[str] = []
    folder = LocalFolder(str(tmp_path))

    def write() -> None:
        with folder.locked():
            folder.write("sub/a.png", NEW)

    def prepare() -> None:
        (tmp_path / "sub").mkdir(exist_ok=True)
        (tmp_path / "sub" / "a.png").write_bytes(OLD)

    for calls in each_call(attempt(write, errors), code, prepare):
        known = {OLD, NEW} if errors[-1] or calls.failed else {NEW}
        assert {*content_of(tmp_path)} == {"sub/a.png"}, calls.failed
        assert content_of(tmp_path)["sub/a.png"] in known
    with folder.locked():
        assert not [*folder.work_folder.iterdir()]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES, errno.ENOENT])
def test_error_of_the_journal(tmp_path: Path, code: int) -> None:
    """A line that cannot be written costs only its picture; the lines before it stay."""
    with LocalFolder(str(tmp_path)).locked():
        log = LocalFolder(str(tmp_path)).journal_log()
        log.append(b'{"recipe": "1", "settings": {}}')
        before = [*log.lines()]

        def write(_: FailingCalls) -> None:
            log.write_error = ""
            log.append(b'{"recipe": "2", "settings": {}}')
            log.flush()

        for calls in each_call(write, code):
            assert [*log.lines()][: len(before)] == before
            assert calls.failed in ("", "close") or log.write_error
        assert [*log.lines()][-1] == b'{"recipe": "2", "settings": {}}'


def test_permissions_stay_after_each_way(tmp_path: Path) -> None:
    """The file that replaces another one has its permissions, in a folder that nobody can list."""
    folder = tmp_path / "folder"
    folder.mkdir()
    target = folder / "a.png"
    target.write_bytes(OLD)
    target.chmod(0o604)
    folder.chmod(0o300)
    try:
        files.write_file(target, NEW)
        assert target.stat().st_mode & 0o777 == 0o604
        assert hashlib.sha256(target.read_bytes()).digest() == hashlib.sha256(NEW).digest()
    finally:
        folder.chmod(0o700)
    with contextlib.suppress(OSError):
        target.unlink()

"""Reading with limits, stdin and stdout, and the messages of what cannot be read or written."""

from __future__ import annotations

import builtins
import errno
import io
import os
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

from pixbin import files
from pixbin.errors import InputError, OutputError

CONTENT = bytes(range(10))


class Stream(io.TextIOWrapper):
    """A text stream over bytes, as stdin and stdout are; a terminal if said so."""

    def __init__(self, buffer: BinaryIO, *, is_terminal: bool = False) -> None:
        super().__init__(buffer)
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        """Return whether it is a terminal."""
        return self._is_terminal


class FullDevice(io.BytesIO):
    """A device that takes nothing."""

    def write(self, _: object) -> int:
        """Refuse."""
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return the path of a file of ten bytes."""
    path = tmp_path / "a.bin"
    path.write_bytes(CONTENT)
    return path


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("-", "stdin"),
        ("", "''"),
        ("a-b.png", "a-b.png"),
        ("http://user:secret@host/a.png", "http://host/a.png"),
    ],
)
def test_names_in_messages(name: str, expected: str) -> None:
    """Stdin and an empty name are readable, and credentials left out."""
    assert files.display_name(name) == expected


def test_working_folder_may_be_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that was removed is none."""
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert files.has_working_folder() is True
    if sys.platform != "win32":
        folder.rmdir()
        assert files.has_working_folder() is False


@pytest.mark.parametrize("chunk", [1, 3, 5, 10, 11])
@pytest.mark.parametrize("limit", [None, 10, 11])
def test_content_within_the_limit(
    source: Path, chunk: int, limit: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All bytes are there, however many are read at once, from a file and from stdin."""
    monkeypatch.setattr(files, "_CHUNK_BYTES", chunk)
    monkeypatch.setattr(sys, "stdin", Stream(io.BytesIO(CONTENT)))

    assert files.read_bytes(str(source), limit) == CONTENT
    assert files.read_bytes("-", limit) == CONTENT


def test_content_beyond_the_limit(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte too many is an error, and no more than one read beyond the limit is made."""
    with pytest.raises(InputError, match=r"a\.bin: larger than --max-bytes 9; raise it"):
        files.read_bytes(str(source), 9)
    monkeypatch.setattr(files, "_CHUNK_BYTES", 4)
    stdin = io.BytesIO(bytes(100))
    monkeypatch.setattr(sys, "stdin", Stream(stdin))
    with pytest.raises(InputError, match="stdin: larger than --max-bytes 9"):
        files.read_bytes("-", 9)
    assert stdin.tell() == 12


def test_file_is_read_at_once(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file within the limit is not read in pieces, as joining them takes twice the memory."""
    monkeypatch.setattr(files, "_CHUNK_BYTES", 1)
    counts: list[int] = []

    class Recorded(io.FileIO):
        def read(self, count: int | None = -1) -> bytes:
            data = super().read(count)
            counts.append(len(data))
            return data

    def open_recorded(name: str, _: str) -> Recorded:
        return Recorded(name)

    monkeypatch.setattr(builtins, "open", open_recorded)
    assert files.read_bytes(str(source), 20) == CONTENT
    assert counts == [10, 0]


def test_check_sees_the_start_of_the_file(source: Path) -> None:
    """The check gets the open file and its name; its error ends the reading."""
    seen = []

    def check(file: io.BufferedReader, label: str) -> None:
        seen.append((file.peek(3)[:3], file.tell(), label))

    assert files.read_bytes(str(source), 10, check) == CONTENT
    assert seen == [(CONTENT[:3], 0, str(source))]

    def refuse(file: io.BufferedReader, label: str) -> None:
        raise InputError(f"{label}: no")

    with pytest.raises(InputError, match="no$"):
        files.read_bytes(str(source), None, refuse)


@pytest.mark.parametrize("limit", [None, 5])
def test_empty_input(tmp_path: Path, limit: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """No bytes are an error, from a file and from stdin."""
    (tmp_path / "empty").touch()
    monkeypatch.setattr(sys, "stdin", Stream(io.BytesIO()))
    with pytest.raises(InputError, match="empty: empty; give a picture"):
        files.read_bytes(str(tmp_path / "empty"), limit)
    with pytest.raises(InputError, match="stdin: empty; give a picture"):
        files.read_bytes("-", limit)


def test_closed_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that has no stdin says so."""
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(InputError, match="stdin: closed; pipe a picture in, or name a file"):
        files.read_bytes("-")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.png", r"none\.png: no such file; check the name$"),
        ("http://host/a.png", "no such file; URLs are not read here; download it"),
        ("folder", "folder: a folder; name one picture in it$"),
        ("nul\0", r"cannot be read \(embedded null byte\); check the name$"),
        ("n" * 300, r"cannot be read \(File name too long\); check the name$"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="other messages of the system")
def test_what_cannot_be_read(
    name: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message has the name, the reason and advice."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match=message):
        files.read_bytes(name)


def test_stdout_gets_all_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are flushed at once."""

    class Flushed(io.BytesIO):
        flushed = b""

        def flush(self) -> None:
            self.flushed = self.getvalue()

    buffer = Flushed()
    monkeypatch.setattr(sys, "stdout", Stream(buffer))
    files.write_file_or_stdout("-", CONTENT)

    assert buffer.flushed == CONTENT


def test_name_of_a_file_is_a_file(tmp_path: Path) -> None:
    """A name that is not `-` is that of a file, which is kept if it must not be replaced."""
    files.write_file_or_stdout(str(tmp_path / "a"), CONTENT)
    assert (tmp_path / "a").read_bytes() == CONTENT
    files.write_file_or_stdout(str(tmp_path / "a"), b"new")
    with pytest.raises(OutputError, match="exists; remove it or leave out --no-overwrite"):
        files.write_file_or_stdout(str(tmp_path / "a"), b"newer", overwrite=False)
    assert (tmp_path / "a").read_bytes() == b"new"


def test_unusable_stdout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a terminal nor a closed stream gets bytes."""
    terminal = io.BytesIO()
    for stream, message in (
        (None, "stdout: closed; redirect it"),
        (Stream(io.BytesIO()), "stdout: closed; redirect it"),
        (Stream(terminal, is_terminal=True), "stdout: a terminal; redirect it"),
    ):
        if stream is not None and not stream.isatty():
            stream.close()
        monkeypatch.setattr(sys, "stdout", stream)
        with pytest.raises(OutputError, match=message):
            files.check_writable("-")
        with pytest.raises(OutputError, match=message):
            files.write_stdout(CONTENT)
    assert terminal.getvalue() == b""


def test_full_stdout_is_an_error_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error has its reason; from then on stdout goes nowhere, so that it is not repeated."""
    with (tmp_path / "out").open("wb", buffering=0) as target:

        class Device(FullDevice):
            def fileno(self) -> int:
                return target.fileno()

        monkeypatch.setattr(sys, "stdout", Stream(Device()))
        message = r"stdout: cannot be written \(No space left on device\); check the reading end"
        with pytest.raises(OutputError, match=message):
            files.write_stdout(CONTENT)
        os.write(target.fileno(), b"lost")

    assert (tmp_path / "out").read_bytes() == b""


def test_stdout_without_a_file_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream in memory cannot be redirected; that is no error."""
    monkeypatch.setattr(sys, "stdout", Stream(io.BytesIO()))
    files.redirect_stdout_to_devnull()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.png", "a-mask.png"),
        ("a", "a-mask"),
        ("x.y/a", "x.y/a-mask"),
        ("x.y/a.b.png", "x.y/a.b-mask.png"),
        ("/a.png", "/a-mask.png"),
        ("s3://bucket//a.png", "s3://bucket//a-mask.png"),
        (".png", ".png-mask"),
    ],
)
def test_suffix_before_the_extension(name: str, expected: str) -> None:
    """Folders stay as they are spelled."""
    assert files.with_suffix_before_ext(name, files.MASK_SUFFIX) == expected


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (OSError("only a message"), "only a message"),
        (ValueError("two\n  lines"), "two lines"),
        (KeyError(), "KeyError"),
    ],
)
def test_error_text(error: Exception, text: str) -> None:
    """The text of an error is one line, and never empty."""
    assert files.error_text(error) == text


def test_parent_that_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in place of a folder, and a folder without permission, are named."""
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"a\.png: .*file is not a folder$"):
        files.check_writable(str(tmp_path / "file" / "a.png"))
    with pytest.raises(OutputError, match=r"a\.png: .*none does not exist; create it first$"):
        files.check_writable(str(tmp_path / "none" / "a.png"))
    questions = []

    def access(path: object, mode: int) -> bool:
        questions.append((str(path), mode))
        return False

    monkeypatch.setattr(os, "access", access)
    for name in ("file", "new"):
        with pytest.raises(OutputError, match=f"{name}: no permission to write; choose another"):
            files.check_writable(str(tmp_path / name))
    assert questions == [(str(tmp_path / "file"), os.W_OK), (str(tmp_path), os.W_OK)]


def test_check_may_refuse_what_exists(tmp_path: Path) -> None:
    """Without permission to replace, even a link to nothing is in the way."""
    (tmp_path / "link").symlink_to("nothing")
    files.check_writable(str(tmp_path / "link"))
    with pytest.raises(OutputError, match="link: exists; remove it"):
        files.check_writable(str(tmp_path / "link"), overwrite=False)


def test_slashes_and_dots_at_the_end_do_not_count(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names are those of `pathlib`: the same file is read and written; no name is this folder."""
    monkeypatch.chdir(tmp_path)
    for end in ("", "/", "//", "/.", "/./"):
        assert files.read_bytes(f"{source.name}{end}") == CONTENT
        files.write_file_or_stdout(f"new{end}", end.encode() or b"-")
        assert (tmp_path / "new").read_bytes() == (end.encode() or b"-")
    for name in ("", ".", "./"):
        with pytest.raises(InputError, match="a folder; name one picture in it"):
            files.read_bytes(name)
        with pytest.raises(OutputError, match="a folder; name a file in it"):
            files.check_writable(name)


@pytest.mark.parametrize("code", [errno.ENOENT, errno.ENOTDIR, errno.EBADF, errno.ELOOP])
def test_files_that_cannot_be_there(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop of links, or a file in place of a folder, means that there is no file."""

    def stat(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "stat", stat)
    assert files.is_special("a") is False
    with pytest.raises(OutputError, match=r"a: \. does not exist; create it first"):
        files.check_writable("a")


def test_files_that_cannot_be_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other errors of the system are reported."""

    def stat(*_: object, **__: object) -> None:
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    assert files.is_special("nul\0") is False
    monkeypatch.setattr(os, "stat", stat)
    with pytest.raises(OutputError, match=r"a: cannot be written \(Permission denied\)"):
        files.check_writable("a")

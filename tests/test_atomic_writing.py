"""The steps of writing a file: names, permissions, errors of each step, and nothing left open."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixbin import files
from pixbin.errors import OutputError
from pixbin.files import atomic

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="permissions and pipes of POSIX")
DATA = b"new content"
linux_only = pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="Linux only")


def failing(code: int) -> Callable[..., Any]:
    """Return a function that fails with an error of the system."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    return fail


def names(folder: Path) -> list[str]:
    """Return the names in a folder."""
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(autouse=True)
def _no_file_stays_open() -> Iterator[None]:
    """Check after each test that no more files are open than before it."""
    folder = Path("/proc/self/fd")
    before = len([*folder.iterdir()]) if folder.exists() else 0
    yield
    assert not folder.exists() or len([*folder.iterdir()]) == before


@given(st.lists(st.sampled_from(["a", "b.c", ".", "..", "/", "é", "://"]), max_size=7).map("".join))
def test_stems_and_extensions_are_those_of_pathlib(path: str) -> None:
    """Dots at the start and end, several dots, slashes at the end: all as `pathlib` sees them."""
    pure = PurePosixPath(path)
    if sys.version_info < (3, 14) or not pure.name.endswith("."):
        assert (files.stem_of(path), files.extension_of(path)) == (pure.stem, pure.suffix)


def test_temporary_names_differ() -> None:
    """They are hidden, in the folder, of pixbin, and long enough to be the only ones."""
    one, other = (atomic.temporary_name(Path("folder")) for _ in range(2))

    assert one.parent == Path("folder")
    assert re.fullmatch(r"\.pixbin-[0-9a-f]{16}", one.name)
    assert one != other


def test_temporary_file_is_removed_unless_it_was_renamed(tmp_path: Path) -> None:
    """It is complete in the folder of the target, or in another, with the target's permissions."""
    target, other = tmp_path / "a", tmp_path / "other"
    other.mkdir()
    target.write_bytes(b"old")
    target.chmod(0o604)
    with atomic.temporary_file(target, DATA) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.read_bytes() == DATA
        assert stat.S_IMODE(temporary.stat().st_mode) == 0o604
    with atomic.temporary_file(target, DATA, other) as temporary:
        assert temporary.parent == other
        temporary.rename(target)

    assert names(tmp_path) == ["a", "other"]
    assert names(other) == []
    assert target.read_bytes() == DATA


@pytest.mark.parametrize(("mode", "expected"), [(None, 0o640), (0o606, 0o606)])
def test_written_file_is_new(tmp_path: Path, mode: int | None, expected: int) -> None:
    """A file that exists is not written to; permissions are those given, or the usual ones."""
    mask = os.umask(0o027)
    try:
        atomic.write_named(tmp_path / "a", DATA, mode)
    finally:
        os.umask(mask)
    with pytest.raises(FileExistsError):
        atomic.write_named(tmp_path / "a", b"other")

    assert (tmp_path / "a").read_bytes() == DATA
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == expected


@pytest.mark.parametrize("is_nameless", [True, False])
def test_new_files_are_not_programs(
    tmp_path: Path, is_nameless: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a umask, all may read and write a new file, and none may run it."""
    if not is_nameless:
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    mask = os.umask(0)
    try:
        atomic.write(tmp_path / "a", DATA)
    finally:
        os.umask(mask)

    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o666


def test_written_file_is_stored_unless_said_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is on the disk with its bytes."""
    stored: list[bytes] = []
    monkeypatch.setattr(os, "fsync", lambda file: stored.append(os.pread(file, 99, 0)))
    monkeypatch.setattr(atomic, "_NEW_FILE", os.O_RDWR | os.O_CREAT | os.O_EXCL)
    atomic.write_named(tmp_path / "a", DATA, is_synced=False)
    assert stored == []
    atomic.write_named(tmp_path / "b", DATA)
    assert stored == [DATA]


@pytest.mark.parametrize("is_open", [True, False], ids=["file", "path"])
@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOTSUP, errno.EROFS, errno.EIO])
def test_storing_may_be_impossible(
    tmp_path: Path, code: int, is_open: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """File systems that cannot store on demand are no error; a disk that fails is one."""
    monkeypatch.setattr(os, "fsync", failing(code))
    expected = pytest.raises(OSError, match="Input/output error")
    with expected if code == errno.EIO else contextlib.nullcontext():
        if is_open:
            atomic.sync(0)
        else:
            atomic.sync_path(tmp_path)


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_paths_are_stored(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file and a folder are opened, and that very one is stored."""
    path = tmp_path / kind
    path.mkdir() if kind == "folder" else path.touch()
    stored: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda file: stored.append(os.fstat(file).st_ino))
    atomic.sync_path(path)
    assert stored == [path.stat().st_ino]


def test_names_of_windows_folders_are_not_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There a folder cannot be opened, and a file only for writing, too."""
    (tmp_path / "a").touch()
    flags: list[int] = []

    class Windows:
        name = "nt"
        O_RDONLY, O_RDWR = os.O_RDONLY, os.O_RDWR
        close = staticmethod(os.close)
        fsync = staticmethod(os.fsync)

        @staticmethod
        def open(path: Path, flag: int) -> int:
            flags.append(flag)
            return os.open(path, flag)

    monkeypatch.setattr(atomic, "os", Windows)
    atomic.sync_path(tmp_path)
    assert flags == []
    atomic.sync_path(tmp_path / "a")
    assert flags == [os.O_RDWR]


def test_all_bytes_are_written_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system may take fewer bytes; if it takes none, that is an error."""
    written: list[bytes] = []

    def write(_: int, data: memoryview) -> int:
        written.append(bytes(data[:3]))
        return len(written[-1])

    monkeypatch.setattr(os, "write", write)
    atomic.write_all(9, b"12345678")
    assert written == [b"123", b"456", b"78"]
    atomic.write_all(9, b"")
    assert len(written) == 3
    monkeypatch.setattr(os, "write", lambda *_: 0)
    with pytest.raises(OSError, match="Input/output error"):
        atomic.write_all(9, b"1")


def test_permissions_of_a_successor(tmp_path: Path) -> None:
    """Only the nine bits of permission are kept; without a file there are none."""
    (tmp_path / "a").touch()
    (tmp_path / "a").chmod(0o4755)

    assert atomic.mode_of(tmp_path / "a") == 0o755
    assert atomic.mode_of(tmp_path / "b") is None


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("overwrite", [True, False])
@pytest.mark.parametrize("exists", [True, False])
def test_move(
    tmp_path: Path, links: bool, overwrite: bool, exists: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With and without links, a file is replaced only if it may be."""
    temporary, target = tmp_path / "temporary", tmp_path / "a"
    temporary.write_bytes(DATA)
    if exists:
        target.write_bytes(b"old")
    if not links:
        monkeypatch.setattr(os, "link", failing(errno.EPERM))
    if exists and not overwrite:
        with pytest.raises(FileExistsError):
            atomic.move(temporary, target, overwrite=overwrite)
        assert target.read_bytes() == b"old"
        assert temporary.exists()
    else:
        atomic.move(temporary, target, overwrite=overwrite)
        assert target.read_bytes() == DATA
        assert names(tmp_path) == ["a"]


def test_move_replaces_unless_said_otherwise(tmp_path: Path) -> None:
    """As the name says."""
    for name in ("temporary", "a"):
        (tmp_path / name).write_bytes(name.encode())
    atomic.move(tmp_path / "temporary", tmp_path / "a")

    assert (tmp_path / "a").read_bytes() == b"temporary"


def open_named(code: int) -> Callable[..., int]:
    """Return `os.open` that fails for files without a name."""
    real = os.open

    def open_file(path: Any, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            failing(code)()
        return real(path, flags, mode)

    return open_file


@linux_only
def test_full_disk_is_not_filled_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a file without a name cannot be made for lack of space, none is made."""
    monkeypatch.setattr(os, "open", open_named(errno.ENOSPC))
    with pytest.raises(OSError, match="No space left"):
        atomic.write(tmp_path / "a", DATA)

    assert names(tmp_path) == []


@linux_only
@pytest.mark.parametrize("step", ["file without a name", "link"])
@pytest.mark.parametrize(
    "code",
    [
        *(errno.EOPNOTSUPP, errno.EINVAL, errno.EISDIR, errno.ENOENT, errno.EPERM, errno.ENOSYS),
        *(errno.EACCES, errno.EXDEV, errno.EMLINK, errno.EBADF),
    ],
    ids=errno.errorcode.get,
)
def test_what_a_system_cannot_do_is_done_otherwise(
    tmp_path: Path, step: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without files that have no name, a file with a temporary name is renamed."""
    if step == "link":
        monkeypatch.setattr(os, "link", failing(code))
    else:
        monkeypatch.setattr(os, "open", open_named(code))
    atomic.write(tmp_path / "a", DATA)

    assert (tmp_path / "a").read_bytes() == DATA
    assert names(tmp_path) == ["a"]


@linux_only
@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("name", ["open", "link", "write", "fsync"])
def test_other_errors_leave_nothing(
    tmp_path: Path, name: str, exists: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is an error at each step, with the old file as it was."""
    if exists:
        (tmp_path / "a").write_bytes(b"old")
    with monkeypatch.context() as patch:
        patch.setattr(os, name, failing(errno.ENOSPC))
        with pytest.raises(OSError, match="No space left"):
            atomic.write(tmp_path / "a", DATA)

    assert names(tmp_path) == ["a"] * exists
    assert not exists or (tmp_path / "a").read_bytes() == b"old"


@linux_only
def test_error_of_the_rename_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An existing file is replaced by way of a temporary name, which an error removes."""
    (tmp_path / "a").write_bytes(b"old")
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", failing(errno.EIO))
        with pytest.raises(OSError, match="Input/output"):
            atomic.write(tmp_path / "a", DATA)

    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


@pytest.mark.parametrize("is_nameless", [True, False])
def test_written_file_replaces_only_if_it_may(
    tmp_path: Path, is_nameless: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In both ways, in this folder too."""
    if not is_nameless:
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    monkeypatch.chdir(tmp_path)
    atomic.write(Path("a"), DATA, overwrite=False)
    with pytest.raises(FileExistsError):
        atomic.write(Path("a"), b"newer", overwrite=False)
    assert (tmp_path / "a").read_bytes() == DATA
    atomic.write(Path("a"), b"newest")
    assert (tmp_path / "a").read_bytes() == b"newest"
    assert names(tmp_path) == ["a"]


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all files in a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("old", [(), ("a",), ("b",), ("a", "b")], ids=str)
def test_two_files_or_none(
    tmp_path: Path, old: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the second cannot get its name, a first one that is new is removed again."""
    for name in old:
        (tmp_path / name).write_bytes(b"old")
    pair = {str(tmp_path / name): name.encode() for name in ("a", "b")}
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if Path(target).name == "b":
            failing(errno.EIO)()
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replace)
        with pytest.raises(OutputError, match=r"b: cannot be written \(Input/output error\)"):
            files.write_all_or_none(pair)
    left = dict.fromkeys(old, b"old")
    assert contents(tmp_path) == (left | {"a": b"a"} if "a" in old else left)

    files.write_all_or_none(pair)
    assert contents(tmp_path) == {"a": b"a", "b": b"b"}
    with pytest.raises(OutputError, match=r"a: exists; remove it"):
        files.write_all_or_none(dict.fromkeys(pair, b"newer"), overwrite=False)
    assert contents(tmp_path) == {"a": b"a", "b": b"b"}


def test_two_files_are_checked_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing folder is named with advice; a file that appears after the check is kept, too."""
    pair = {str(tmp_path / "a"): b"a", str(tmp_path / "none" / "b"): b"b"}
    with pytest.raises(OutputError, match="none does not exist; create it first"):
        files.write_all_or_none(pair)
    assert names(tmp_path) == []

    (tmp_path / "b").write_bytes(b"old")
    monkeypatch.setattr(files, "check_writable_path", lambda *_, **__: None)
    pair = {str(tmp_path / "a"): b"a", str(tmp_path / "b"): b"b"}
    with pytest.raises(OutputError, match="b: exists; remove it"):
        files.write_all_or_none(pair, overwrite=False)
    assert contents(tmp_path) == {"b": b"old"}


def test_first_of_two_files_may_vanish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If another program has removed it already, the error is still that of the second."""
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if Path(target).name == "b":
            (tmp_path / "a").unlink()
            failing(errno.EIO)()
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(OutputError, match=r"b: cannot be written \(Input/output error\)"):
        files.write_all_or_none({str(tmp_path / "a"): b"a", str(tmp_path / "b"): b"b"})


def test_two_files_are_written_before_the_first_gets_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk while the second is written leaves the first as it was."""
    (tmp_path / "a").write_bytes(b"old")
    real, calls = atomic.write_all, []

    def write_all(file: int, data: bytes) -> None:
        calls.append(data)
        real(file, data) if len(calls) == 1 else failing(errno.ENOSPC)()

    monkeypatch.setattr(atomic, "write_all", write_all)
    with pytest.raises(OutputError, match=r"b: cannot be written \(No space left on device\)"):
        files.write_all_or_none({str(tmp_path / "a"): b"a", str(tmp_path / "b"): b"b"})

    assert contents(tmp_path) == {"a": b"old"}


def test_two_files_are_no_pipes(tmp_path: Path) -> None:
    """A pipe cannot be replaced; links are followed."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OutputError, match="pipe: not a regular file; name one, as two are"):
        files.write_all_or_none({str(tmp_path / "a"): b"a", str(tmp_path / "pipe"): b"b"})
    assert names(tmp_path) == ["pipe"]

    (tmp_path / "link").symlink_to("real")
    files.write_all_or_none({str(tmp_path / "link"): b"a", str(tmp_path / "b"): b"b"})
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"a"


def test_kinds_of_files(tmp_path: Path) -> None:
    """Devices and folders are special; regular files, and names of no file, are not."""
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")

    assert [files.is_special(tmp_path / name) for name in ("file", "none", "pipe", ".")] == [
        *(False, False, True, True)
    ]


def test_pipe_takes_the_bytes(tmp_path: Path) -> None:
    """A pipe passes on the data, and is not replaced."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        files.write_file(pipe, DATA)
        assert os.read(reader, 99) == DATA
    finally:
        os.close(reader)

    assert stat.S_ISFIFO(pipe.stat().st_mode)

"""Machine code that others could have written is neither run nor waited for."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from llvmlite import binding as llvm

from pixbin.jit import private_files
from tests.jit.kernels import diffused, forget_kernels

OTHER_USER = 12345
POSIX_ONLY = pytest.mark.skipif(os.name != "posix", reason="needs owners and modes of POSIX")
ROOT_ONLY = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root can give a file to another user"
)

pytestmark = POSIX_ONLY


def make_pipe(path: Path) -> None:
    """Replace a file by a pipe that nobody writes to."""
    path.unlink()
    os.mkfifo(path)


def make_link(path: Path) -> None:
    """Replace a file by a link to it."""
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def make_folder(path: Path) -> None:
    """Replace a file by a folder."""
    path.unlink()
    path.mkdir()


def give_away(path: Path) -> None:
    """Give a file or folder to another user."""
    os.chown(path, OTHER_USER, OTHER_USER)


def open_to_group(path: Path) -> None:
    """Let the group write."""
    path.chmod(0o720)


def open_to_others(path: Path) -> None:
    """Let everybody write."""
    path.chmod(0o702)


CHANGES = [
    pytest.param(make_link, id="link"),
    pytest.param(give_away, id="another user's", marks=ROOT_ONLY),
    pytest.param(open_to_group, id="group can write"),
    pytest.param(open_to_others, id="others can write"),
]
FILE_CHANGES = [
    *CHANGES,
    pytest.param(make_pipe, id="pipe"),
    pytest.param(make_folder, id="folder"),
]


@pytest.mark.parametrize("change", FILE_CHANGES)
def test_file_that_others_may_have_written_is_not_read(
    change: Callable[[Path], None], tmp_path: Path
) -> None:
    """Only a regular file of the user's own is read, and a pipe does not block."""
    tmp_path.chmod(0o700)
    private_files.write(tmp_path, "code", b"mine")
    assert private_files.read(tmp_path, "code") == b"mine"
    change(tmp_path / "code")

    assert private_files.read(tmp_path, "code") is None


@pytest.mark.parametrize("change", CHANGES)
def test_folder_that_others_can_write_to_is_not_used(
    change: Callable[[Path], None], tmp_path: Path
) -> None:
    """Nothing in such a folder is read, and nothing is written to it."""
    folder = tmp_path / "cache"
    private_files.write(folder, "code", b"mine")
    change(folder)
    private_files.write(folder, "code", b"changed")
    private_files.write(folder, "another", b"new")

    assert private_files.read(folder, "code") is None
    assert [path.name for path in folder.iterdir()] == ["code"]
    assert (folder / "code").read_bytes() == b"mine"


@pytest.mark.parametrize("change", FILE_CHANGES)
def test_stored_code_of_others_is_compiled_again(
    change: Callable[[Path], None], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The result is the same, the loader is not reached, and no temporary file stays."""
    expected = diffused()
    (stored,) = cache.iterdir()
    change(stored)
    before = {path.name for path in cache.iterdir()}
    forget_kernels(monkeypatch)

    def refuse(*_: object) -> None:
        raise AssertionError("code of others was loaded")

    monkeypatch.setattr(llvm, "create_mcjit_compiler", refuse)

    assert np.array_equal(expected, diffused())
    assert before == {path.name for path in cache.iterdir()}


@pytest.mark.parametrize("change", [make_pipe, make_link])
def test_entry_that_is_no_file_is_replaced(change: Callable[[Path], None], tmp_path: Path) -> None:
    """In a folder of the user's own, a new file takes the place of a pipe or a link."""
    folder = tmp_path / "cache"
    private_files.write(folder, "code", b"old")
    change(folder / "code")
    private_files.write(folder, "code", b"new")

    assert private_files.read(folder, "code") == b"new"
    assert not (folder / "code").is_symlink()


def test_modes_do_not_depend_on_the_umask(tmp_path: Path) -> None:
    """The folder gets mode 0700 and a file 0600, even where the umask allows all."""
    before = os.umask(0)
    try:
        private_files.write(tmp_path / "cache", "code", b"mine")
    finally:
        os.umask(before)

    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "cache" / "code").stat().st_mode & 0o777 == 0o600


def test_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the new file cannot take its place, the old one stays and no temporary file does."""
    folder = tmp_path / "cache"
    private_files.write(folder, "code", b"old")

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    private_files.write(folder, "code", b"new")

    assert [path.name for path in folder.iterdir()] == ["code"]
    assert private_files.read(folder, "code") == b"old"


@ROOT_ONLY
def test_no_folder_is_made_in_the_home_of_another_user(tmp_path: Path) -> None:
    """Under sudo a folder of root would make the other user's cache useless."""
    home = tmp_path / "home"
    home.mkdir()
    give_away(home)
    private_files.write(home / ".cache" / "pixbin", "code", b"mine")

    assert not list(home.iterdir())

"""A file appears whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin import files
from pixbin.errors import InputError, OutputError
from pixbin.files import atomic
from tests.fixtures import sample_image

DATA = b"new content"


def leftovers(folder: Path) -> list[str]:
    """Return the names of temporary files in a folder."""
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_existing_file_is_replaced(tmp_path: Path) -> None:
    """A finished file takes the place of the old one and keeps its permissions."""
    target = tmp_path / "a.png"
    target.write_bytes(b"old")
    target.chmod(0o640)
    files.write_file(target, DATA)

    assert target.read_bytes() == DATA
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert not leftovers(tmp_path)


def test_new_file_has_usual_permissions(tmp_path: Path) -> None:
    """A new file is as readable as the umask allows."""
    mask = os.umask(0o027)
    try:
        files.write_file(tmp_path / "a.png", DATA)
    finally:
        os.umask(mask)

    assert stat.S_IMODE((tmp_path / "a.png").stat().st_mode) == 0o640


@pytest.fixture(params=[True, False], ids=["without a name", "with a name"])
def is_nameless(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether temporary files have no name, as on Linux; if not, as elsewhere."""
    if request.param and not hasattr(os, "O_TMPFILE"):
        pytest.skip("Linux only")
    if not request.param:
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    return bool(request.param)


@pytest.mark.parametrize("exists", [False, True])
def test_no_overwrite_without_links(
    exists: bool, tmp_path: Path, is_nameless: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without hard links, a new file is still written and an old one kept."""
    target = tmp_path / "a.png"
    monkeypatch.setattr(files, "check_writable_path", lambda *_, **__: None)

    def unsupported(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", unsupported)
    if exists:
        target.write_bytes(b"old")
        with pytest.raises(OutputError, match="exists"):
            files.write_file(target, DATA, overwrite=False)
    else:
        files.write_file(target, DATA, overwrite=False)

    assert target.read_bytes() == (b"old" if exists else DATA)
    assert not leftovers(tmp_path)


def test_no_overwrite_keeps_what_is_there(tmp_path: Path) -> None:
    """Even a file that appears between the check and the write is kept."""
    target = tmp_path / "a.png"
    files.write_file(target, b"first", overwrite=False)
    with pytest.raises(OutputError, match="exists; remove it"):
        files.write_file(target, DATA, overwrite=False)
    with (
        pytest.MonkeyPatch.context() as patch,
        pytest.raises(OutputError, match="exists; remove it"),
    ):
        patch.setattr(files, "check_writable_path", lambda *_, **__: None)
        files.write_file(target, DATA, overwrite=False)

    assert target.read_bytes() == b"first"
    assert not leftovers(tmp_path)


def test_links_are_followed(tmp_path: Path) -> None:
    """A link to a file stays a link, and its file is replaced."""
    (tmp_path / "real.png").write_bytes(b"old")
    (tmp_path / "link.png").symlink_to("real.png")
    files.write_file(tmp_path / "link.png", DATA)

    assert (tmp_path / "link.png").is_symlink()
    assert (tmp_path / "real.png").read_bytes() == DATA


def test_full_device_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device is written to, not replaced, and its error is reported."""

    def replaces(*_: object, **__: object) -> None:
        pytest.fail("a file would replace the device")  # and root may do that

    monkeypatch.setattr(atomic, "write", replaces)
    monkeypatch.setattr(atomic, "move", replaces)
    with pytest.raises(OutputError, match="No space left"):
        files.write_file(Path("/dev/full"), DATA)

    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def test_longest_name(tmp_path: Path) -> None:
    """A name of 255 bytes can be written."""
    target = tmp_path / ("n" * 251 + ".png")
    files.write_file(target, DATA)

    assert target.read_bytes() == DATA


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "folder"),
        ("missing/a.png", "does not exist; create it first"),
        ("folder", "a folder; name a file in it"),
        ("nul\0.png", "null"),
        ("n" * 300 + ".png", "too long"),
    ],
)
def test_unwritable_targets(name: str, message: str, tmp_path: Path) -> None:
    """The message names the target, what is wrong, and what to do."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match=message):
        files.write_file(tmp_path / name, DATA)
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "PPM"])
def test_damage_is_an_input_error(kind: str, tmp_path: Path) -> None:
    """Cut or altered files end in an InputError or in a picture, never in another error."""
    path = tmp_path / "picture"
    Image.fromarray(sample_image(48, 32)).save(path, kind)
    whole = path.read_bytes()
    random = np.random.default_rng(0)
    refused = 0
    for trial in range(60):
        data = bytearray(whole)
        if trial % 2:
            del data[random.integers(1, len(data)) :]
        for _ in range(trial % 5):
            data[random.integers(len(data))] = random.integers(256)
        path.write_bytes(data)
        try:
            pixbin.convert(path)
        except InputError as error:
            refused += 1
            assert str(error).startswith(str(path))
    assert refused > 10

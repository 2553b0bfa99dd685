"""Nothing is written but by Save, into the folder of the command line, and by plain names."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pixbin
from pixbin.errors import OutputError
from pixbin.studio.saving import SaveFolder
from tests.batch.folders import file_tree
from tests.fixtures import RunCommand
from tests.studio.page import PageClient, Reply, open_studio


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Return an empty folder to save to."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def client(photo: Path, out: Path) -> Iterator[PageClient]:
    """Yield a client of a studio that may save."""
    with open_studio(photo, out) as client:
        yield client


def save(client: PageClient, name: object, overwrite: bool = False, **settings: Any) -> Reply:
    """Send what the Save button sends."""
    request = client.request(**settings) | {"name": name, "overwrite": overwrite}
    return client.post("save", request)


def test_saves_the_bytes_of_convert(client: PageClient, photo: Path, out: Path) -> None:
    """The file is what the pipeline makes, and nothing else is in the folder."""
    reply = save(client, "cat.png", grid="20x")

    assert reply.json == {"paths": [str(out / "cat.png")]}
    assert file_tree(out) == {"cat.png": pixbin.convert(photo, grid="20x").encode()}


def test_saves_the_mask_too(client: PageClient, out: Path) -> None:
    """With --alpha mask there are two files, as from convert."""
    save(client, "cat.png", alpha="mask")

    assert {*file_tree(out)} == {"cat.png", "cat-mask.png"}


def test_existing_files_are_kept_until_told(client: PageClient, out: Path) -> None:
    """The first answer is a question; only `overwrite` replaces, and only true is true."""
    (out / "cat.png").write_bytes(b"old")
    for overwrite in (False, "yes", 1, None):
        reply = save(client, "cat.png", overwrite)  # type: ignore[arg-type]

        assert (reply.status, reply.json["kind"]) == (422, "NameTakenError")
        assert (out / "cat.png").read_bytes() == b"old"
    assert save(client, "cat.png", True).status == 200
    assert (out / "cat.png").read_bytes() != b"old"


@pytest.mark.parametrize(
    "name",
    [
        *("../cat.png", "/tmp/cat.png", "sub/cat.png", "..\\cat.png", "C:cat.png", ".cat.png"),
        *(
            "",
            ".",
            "..",
            "cat",
            "-cat.png",
            "cat.png ",
            "cat.png\n",
            "ca\0t.png",
            "c" * 200 + ".png",
        ),
        *(None, 7, ["cat.png"], "cat.exe", "cat.html", "cat.gif"),
    ],
)
def test_names_lead_nowhere(client: PageClient, tmp_path: Path, name: object) -> None:
    """A name is a plain name with the extension of the format, or nothing is written."""
    before = {*tmp_path.rglob("*")}

    assert save(client, name).status == 422
    assert {*tmp_path.rglob("*")} == before


@pytest.mark.parametrize("is_broken", [False, True])
def test_links_are_not_followed(
    client: PageClient, out: Path, tmp_path: Path, is_broken: bool
) -> None:
    """A link in the folder that points out of it is not written through, even to replace."""
    target = tmp_path / "precious.png"
    if not is_broken:
        target.write_bytes(b"old")
    (out / "cat.png").symlink_to(target)

    assert save(client, "cat.png", True).status == 422
    assert target.exists() is not is_broken
    assert is_broken or target.read_bytes() == b"old"


def test_presets_are_saved_there_too(client: PageClient, out: Path, tmp_path: Path) -> None:
    """Not in the folder of the user's presets, which nobody allowed."""
    request = client.request(grid="20x") | {"kind": "preset", "name": "mine.toml"}

    assert client.post("save", request).status == 200
    assert file_tree(out) == {"mine.toml": b'format = "png"\ngrid = "20x"\n'}


def test_kept_presets_are_listed_and_loaded(client: PageClient, out: Path, tmp_path: Path) -> None:
    """Files of the folder that are presets, and no links; others have no effect on the page."""
    client.post("save", client.request(grid="20x") | {"kind": "preset", "name": "mine.toml"})
    (out / "project.toml").write_text("[tool]\nx = 1\n")
    (out / "damaged.toml").write_bytes(b"\xff = [")
    (tmp_path / "secret.toml").write_text('grid = "9x"\n')
    (out / "linked.toml").symlink_to(tmp_path / "secret.toml")
    loaded = [
        client.post("preset", {"name": name, "kept": True})
        for name in ("mine.toml", "linked.toml", "../secret.toml", "project.toml")
    ]

    assert client.get("state").json["kept"] == ["mine.toml"]
    assert loaded[0].json == {"settings": {"grid": "20x"}, "format": "png"}
    assert [each.status for each in loaded[1:]] == [422] * 3
    assert client.post("preset", {"name": "mine.toml"}).status == 422


@pytest.mark.parametrize("path", ["save", "folder"])
def test_without_the_option_nothing_is_written(photo: Path, path: str) -> None:
    """Then the page can only download."""
    before = {*photo.parent.rglob("*")}
    with open_studio(photo) as client:
        reply = client.post(path, client.request() | {"name": "cat.png"})
        state = client.get("state").json

    assert reply.status == 422
    assert state["saveFolder"] is None
    assert {*photo.parent.rglob("*")} == before


def test_the_folder_must_exist(tmp_path: Path) -> None:
    """A folder that is not there is refused at the start."""
    with pytest.raises(OutputError, match="no such folder"):
        SaveFolder(tmp_path / "missing")


def test_a_folder_is_converted_as_by_batch(photo: Path, out: Path, run: RunCommand) -> None:
    """All of this folder is a batch: the same files, sub-folders and journal."""
    source = photo.parent / "in"
    (source / "sub").mkdir(parents=True)
    os.link(photo, source / "a.png")
    os.link(photo, source / "sub" / "b.png")
    (source / "bad.png").write_bytes(b"no picture")
    with open_studio(source, out) as client:
        request = client.request(grid="20x")
        client.post("folder", request)
        while (progress := client.get("folder").json)["running"]:
            time.sleep(0.02)
        again = client.post("folder/stop", {}).json
    run("batch", source, "expected", "--grid", "20x")

    assert (progress["total"], progress["counts"]) == (3, {"written": 2, "failed": 1})
    assert "bad.png" in progress["messages"][0]
    assert again["running"] is False
    assert file_tree(out) == file_tree(photo.parent / "expected")


def test_a_run_keeps_files_unless_told(photo: Path, out: Path) -> None:
    """Existing files are kept; with the box ticked they are replaced."""
    source = photo.parent / "in"
    source.mkdir()
    os.link(photo, source / "a.png")
    (out / "a.png").write_bytes(b"old")
    with open_studio(source, out) as client:
        for overwrite, count in ((False, {"kept": 1}), (True, {"written": 1})):
            client.post("folder", client.request() | {"overwrite": overwrite})
            while (progress := client.get("folder").json)["running"]:
                time.sleep(0.02)

            assert progress["counts"] == count
    assert (out / "a.png").read_bytes() == pixbin.convert(photo).encode()


def test_only_a_folder_can_be_run(client: PageClient) -> None:
    """A studio that began with one picture has no folder."""
    assert "no folder" in client.post("folder", client.request()).json["error"]

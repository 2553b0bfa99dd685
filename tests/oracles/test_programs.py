"""Other programs are taken for what they prove to be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.oracles import programs


def put(folder: Path, name: str, line: str) -> Path:
    """Write a program that prints one line, whatever it is asked."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{line}'\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(
    "line", ["", "convert: a stand-in", "GraphicsMagick 1.3.40", "not ImageMagick 7"]
)
def test_a_name_proves_nothing(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that needs ImageMagick is skipped where `convert` is another program."""
    put(tmp_path / "bin", "convert", line)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    assert programs.find("convert") is None
    with pytest.raises(pytest.skip.Exception, match="convert of ImageMagick is not installed"):
        programs.imagemagick()


def test_every_folder_is_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that proves itself is found behind others of its name."""
    put(tmp_path / "first", "convert", "a stand-in")
    real = put(tmp_path / "second", "convert", "Version: ImageMagick 6.9.11-60 Q16")
    folders = (tmp_path / "missing", tmp_path / "first", tmp_path / "second")
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, folders)))

    assert programs.path("convert") == str(real)
    assert programs.imagemagick() == [str(real)]


def test_version_seven_has_one_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ImageMagick 7 starts its tools by their names."""
    seven = put(tmp_path / "bin", "magick", "Version: ImageMagick 7.1.1-43 Q16-HDRI")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    assert programs.imagemagick() == [str(seven)]
    assert programs.imagemagick("identify") == [str(seven), "identify"]


@pytest.mark.parametrize("name", [name for each in programs.PRODUCTS for name in each.programs])
def test_each_program_is_asked_for_its_version(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other words than those of its project are no proof."""
    put(tmp_path / "bin", name, f"{name} version 1")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    known = {"ffmpeg", "rsvg-convert"}  # programs whose whole version line is their own name

    assert (programs.find(name) is not None) is (name in known)


def test_a_broken_program_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be started is no program."""
    put(tmp_path / "bin", "gs", "").write_bytes(b"\0")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    assert programs.find("gs") is None


def test_the_answer_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program is asked once."""
    program = put(tmp_path / "bin", "gs", "GPL Ghostscript 10.00.0 (2022-09-21)")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    first = programs.find("gs")
    program.unlink()

    assert first == programs.find("gs") == str(program)

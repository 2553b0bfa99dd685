"""Tests of `programs`: other programs are used only if their version line proves them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.oracles import programs


def write_program(folder: Path, name: str, line: str) -> Path:
    """Write a program that prints one line, whatever its arguments."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{line}'\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(
    "line", ["", "convert: a stand-in", "GraphicsMagick 1.3.40", "not ImageMagick 7"]
)
def test_program_with_another_version_line_is_rejected(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test that needs ImageMagick is skipped where `convert` is another program."""
    write_program(tmp_path / "bin", "convert", line)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    assert programs.find("convert") is None
    with pytest.raises(pytest.skip.Exception, match="convert of ImageMagick is not installed"):
        programs.imagemagick()


def test_all_folders_of_path_are_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real program is used even if another of its name comes first on PATH."""
    write_program(tmp_path / "first", "convert", "a stand-in")
    real = write_program(tmp_path / "second", "convert", "Version: ImageMagick 6.9.11-60 Q16")
    folders = (tmp_path / "missing", tmp_path / "first", tmp_path / "second")
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, folders)))

    assert programs.path("convert") == str(real)
    assert programs.imagemagick() == [str(real)]


def test_imagemagick_7_starts_tools_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ImageMagick 7 is one program that takes the name of the tool."""
    seven = write_program(tmp_path / "bin", "magick", "Version: ImageMagick 7.1.1-43 Q16-HDRI")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    assert programs.imagemagick() == [str(seven)]
    assert programs.imagemagick("identify") == [str(seven), "identify"]


@pytest.mark.parametrize(
    "name", [name for product in programs.PRODUCTS for name in product.programs]
)
def test_name_alone_is_not_a_version_line(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line with only the name of the program is not accepted, with two exceptions."""
    write_program(tmp_path / "bin", name, f"{name} version 1")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    known = {"ffmpeg", "rsvg-convert"}  # programs whose whole version line is their own name

    assert (programs.find(name) is not None) is (name in known)


def test_program_that_cannot_start_counts_as_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that the system cannot execute is skipped."""
    write_program(tmp_path / "bin", "gs", "").write_bytes(b"\0")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    assert programs.find("gs") is None


def test_version_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The result is cached: a program that disappears later is still reported."""
    program = write_program(tmp_path / "bin", "gs", "GPL Ghostscript 10.00.0 (2022-09-21)")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    first = programs.find("gs")
    program.unlink()

    assert first == programs.find("gs") == str(program)

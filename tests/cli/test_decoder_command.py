"""`pixbin decoder` writes the code that unpacks compressed bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from pixbin.catalog.enums import Compression
from pixbin.codecs import unpackers
from tests.fixtures import RunCommand


@pytest.mark.parametrize("kind", Compression)
def test_code_on_stdout(kind: Compression, run: RunCommand) -> None:
    """Without a file, C goes to stdout."""
    assert run("decoder", kind).stdout.decode() == unpackers.c_source(kind)


def test_language_follows_the_file_name(run: RunCommand, tmp_path: Path) -> None:
    """A name that ends in .py gives MicroPython; --format gives any language."""
    assert run("decoder", "rle", "unpack.py").returncode == 0
    assert run("decoder", "rle", "unpack.h", "--format", "arduino").returncode == 0

    assert (tmp_path / "unpack.py").read_text() == unpackers.micropython_source(Compression.RLE)
    assert "pgm_read_byte(state->next++)" in (tmp_path / "unpack.h").read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("zip",), "compress zip: choose from packbits, rle, heatshrink"),
        (("walk.h", "x.png"), "walk.h: not the name of a compression; `pixbin decode` turns"),
        (("rle", "--format", "svg"), "format svg: no language of a decoder; choose from c, ard"),
    ],
)
def test_unknown_words_are_refused(words: tuple[str, ...], message: str, run: RunCommand) -> None:
    """An unknown compression or language is an error that names those there are."""
    result = run("decoder", *words)

    assert result.returncode == 2
    assert message in result.stderr.decode()


def test_the_ending_is_the_language(run: RunCommand, tmp_path: Path) -> None:
    """A sketch gets PROGMEM, and an ending of no language is refused."""
    assert run("decoder", "rle", "x.ino").returncode == 0
    assert "pgm_read_byte" in (tmp_path / "x.ino").read_text()
    refused = run("decoder", "rle", "x.lua")

    assert refused.returncode == 2
    assert b"x.lua: no language has this ending; write .h, .c, .ino or .py" in refused.stderr
    assert not (tmp_path / "x.lua").exists()
    assert run("decoder", "rle", "x.lua", "--format", "c").returncode == 0


def test_the_two_commands_point_to_each_other(run: RunCommand) -> None:
    """`decode` and `decoder` have nearly the same name, so the help of each names the other."""
    assert b"`pixbin decoder`" in run("decode", "--help").stdout
    assert b"`pixbin decode`" in run("decoder", "--help").stdout

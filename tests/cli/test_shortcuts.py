"""Command lines without a command, and other spellings that people try first."""

from __future__ import annotations

from pathlib import Path

import pytest

from pixbin.cli.shortcuts import insert_command
from tests.fixtures import RunCommand

COMMANDS, OPTIONS = ["convert", "verify"], ["--version", "-V", "--help"]


@pytest.mark.parametrize(
    "words", [["photo.png", "out.png"], ["-s", "32", "photo.png", "out.png"], ["-", "out.png"]]
)
def test_two_files_are_a_conversion(
    run: RunCommand, photo: Path, tmp_path: Path, words: list[str]
) -> None:
    """`pixbin INPUT OUTPUT` converts, also with options in front, or from stdin."""
    size = ("-s", "32") if "-s" in words else ()
    expected = run("convert", photo, "-", *size).stdout
    result = run(*words, stdin=photo.read_bytes())

    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    assert expected == (tmp_path / "out.png").read_bytes()


@pytest.mark.parametrize(
    "words",
    [
        ["verify", "a.png"],
        ["-V", "a.png"],
        ["--help"],
        ["nonsense", "a.png"],
        ["--nonsense", "verify", __file__],
        ["--nonsense", "missing.png"],
        [str(Path(__file__).parent), "out"],
        [],
    ],
)
def test_commands_and_typing_errors_stay(words: list[str]) -> None:
    """A command, an option of the program, a folder and a misspelt word are left as they are."""
    assert insert_command(words, COMMANDS, OPTIONS) == words


def test_misspelt_name_of_a_picture(run: RunCommand) -> None:
    """The message is about the file, not about a command."""
    result = run("missing.png", "out.png")

    assert result.returncode == 3
    assert result.stderr == b"error: missing.png: no such file; check the name\n"


def test_folder_alone_is_for_batch(run: RunCommand, tmp_path: Path) -> None:
    """A folder in place of a command is a usage error that names the command."""
    (tmp_path / "photos").mkdir()
    result = run("photos", "small")

    assert result.returncode == 2
    assert b"to convert a folder: pixbin batch photos OUTPUT_DIR" in result.stderr


@pytest.mark.parametrize("words", ["convert", "dataset prepare", ""])
def test_help_is_a_command(run: RunCommand, words: str) -> None:
    """`pixbin help COMMAND` prints the same page as `pixbin COMMAND --help`."""
    result = run("help", *words.split())

    assert result.returncode == 0
    assert result.stdout == run(*words.split(), "--help").stdout


def test_short_version(run: RunCommand) -> None:
    """-V is --version."""
    assert run("-V").stdout == run("--version").stdout != b""

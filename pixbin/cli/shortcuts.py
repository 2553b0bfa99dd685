"""Command lines without a command: `pixbin photo.jpg icon.png`, and `pixbin help convert`."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence

from pixbin.files import STDIO


def insert_command(
    arguments: Sequence[str], commands: Collection[str], options: Collection[str]
) -> list[str]:
    """Return arguments with the command that the user left out.

    Two files alone are a conversion, also after options of one. `help COMMAND` is the help page
    of the command.

    Parameters
    ----------
    arguments : the words after the name of the program
    commands : the names of all commands
    options : the options that stand in front of a command, such as `--version`

    Examples
    --------
    >>> insert_command(["help", "batch"], ["batch", "convert"], ["--version"])
    ['batch', '--help']
    >>> insert_command(["photo.jpg", "icon.png"], ["batch", "convert"], ["--version"])
    ['convert', 'photo.jpg', 'icon.png']
    """
    words = [*arguments]
    if not words or words[0] in commands:
        return words
    if words[0] == "help":
        return [*words[1:], "--help"]
    is_option = words[0].startswith("-") and words[0] != STDIO
    if not is_option:
        return ["convert", *words] if _is_file_name(words[0]) else words
    is_conversion = words[0] not in options and any(map(os.path.isfile, words))
    return ["convert", *words] if is_conversion and not {*words} & {*commands} else words


def _is_file_name(word: str) -> bool:
    """Return whether a word can only be a file: stdin, or a name with a point or a folder."""
    if is_folder(word):
        return False
    return word == STDIO or "." in word or "/" in word or os.path.isfile(word)  # noqa: PTH113 - as below


def is_folder(word: str) -> bool:
    """Return whether a word of the command line names a folder."""
    return os.path.isdir(word)  # noqa: PTH112 - `Path.is_dir` fails if the word is long

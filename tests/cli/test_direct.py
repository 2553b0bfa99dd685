"""The direct way to `convert` reads a line as Typer does, and leaves the rest to it."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import pytest
import typer

from pixbin.cli import commands, direct, flag_table
from pixbin.cli.app import app, load_command
from pixbin.cli.typer_compat import TyperUsageError
from pixbin.options import Options

COMMAND = load_command("convert")
SPELLINGS = sorted({word for each in COMMAND.params for word in (*each.opts, *each.secondary_opts)})
VALUES = ("8x8", "0.5", "-1", "-", "", "--", "a=b", "--size", "é")


def read_by_typer(words: list[str]) -> dict[str, Any] | None:
    """Return the parameters that Typer reads from a line; None if the line is wrong."""
    try:
        parameters: dict[str, Any] = COMMAND.make_context("convert", [*words]).params
    except (TyperUsageError, typer.Exit):
        return None
    return {name: value for name, value in parameters.items() if name != "help_all"}


def random_line(chance: random.Random) -> list[str]:
    """Return a line of two names and some flags, in every form and any order."""
    line = ["a.png", "b.png"][: chance.choice((1, 2, 2, 2))]
    for _ in range(chance.randrange(4)):
        flag, value = chance.choice(SPELLINGS), chance.choice(VALUES)
        forms = ([flag], [flag, value], [f"{flag}={value}"], [f"{flag}{value}"])
        place = chance.randrange(len(line) + 1)
        line[place:place] = chance.choice(forms)
    return line


@pytest.mark.parametrize(
    "line",
    [
        "a.png b.png",
        "a.png -o b.png -s 8x8 --edges --invert",
        "--edges 0.3 -s8x8 -t=3 a.png --no-serpentine --serpentine - --size=9 --format pbm",
        "a.png b.png -q --json --force --no-overwrite --preview --dry-run --save-preset x -p y",
        "a.png -- -b.png",
        "a.png b.png --brightness -0.5 --name x --size= -s 1",
    ],
)
def test_ordinary_lines_are_read_directly(line: str) -> None:
    """Every form of an ordinary line is read without Typer, with the same values."""
    read = direct.parse(line.split())

    assert read is not None
    assert read == read_by_typer(line.split())


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_flag_is_read_alike(spelling: str) -> None:
    """Every spelling of every flag has the same meaning for both; debugging is Typer's."""
    lines = [["a.png", "b.png", spelling], ["a.png", "b.png", spelling, "7"]]
    left_out = spelling in ("--debug", "--help-all")

    for words in lines:
        read = direct.parse(words)
        assert read == (None if left_out else read_by_typer(words))


@pytest.mark.parametrize("seed", range(150))
def test_any_line_is_read_alike_or_left_to_typer(seed: int) -> None:
    """A line that is wrong is never read; one that is read has the values that Typer gives."""
    words = random_line(random.Random(seed))
    read = direct.parse(words)

    assert read is None or read == read_by_typer(words), words


@pytest.mark.parametrize(
    "line", ["", "a.png b.png c.png", "a.png --bogus", "a.png --quiet=1", "a.png -s", "-qs 8 a.png"]
)
def test_other_lines_are_left_to_typer(line: str) -> None:
    """Wrong lines, and letters that are run together."""
    assert direct.parse(line.split()) is None


def test_words_that_windows_expands_are_left_to_typer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shells of Windows leave patterns to the program."""
    monkeypatch.setattr("os.name", "nt")

    assert direct.run(["*.png", "b.png"]) is None


def test_options_in_front_of_a_command() -> None:
    """The table knows the options of `pixbin` itself."""
    root: Any = typer.main.get_command(app)
    context = root.make_context("pixbin", ["convert"], resilient_parsing=True)
    spellings = {word for each in root.get_params(context) for word in each.opts}

    assert spellings == commands.ROOT_OPTIONS


def test_a_switch_has_no_word_for_a_value() -> None:
    """An option is a switch if its default is yes or no."""
    for field in dataclasses.fields(Options):
        assert flag_table.is_switch(field.name) == isinstance(field.default, bool)

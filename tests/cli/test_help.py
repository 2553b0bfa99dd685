"""Help pages: short for people, complete with `--help-all`, without options of no use."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from pixbin.options import SPECS, Options
from tests.fixtures import RunCommand

CONVERTING = ("convert", "batch", "show", "stream", "compare", "serve", "dataset prepare")
PACKING = {"--layout", "--bit-order", "--polarity", "--stride", "--rotate", "--flip", "--header"}
MOST_OPTIONS = 26  #: options that a first page may have


def listed(run: RunCommand, *words: str) -> list[str]:
    """Return the options that a help page lists, by their long flag."""
    page = run(*words, env={"COLUMNS": "80"}).stdout.decode()
    assert max(map(len, page.splitlines())) <= 80
    return re.findall(r"^│ (?:\*  )? *(--[a-z0-9-]+)", page, re.MULTILINE)


@pytest.mark.parametrize("command", CONVERTING)
def test_first_page_is_short(run: RunCommand, command: str) -> None:
    """--help lists the options that most people use, --help-all those and more."""
    words = command.split()
    first, full = listed(run, *words, "--help"), listed(run, *words, "--help-all")

    assert {"--help-all", "--help", "--contrast"} <= {*first}
    assert {*first} < {*full}
    assert len(first) <= MOST_OPTIONS


def test_first_page_of_convert(run: RunCommand) -> None:
    """It has the options of an ordinary conversion, and each is in the field table."""
    basic = {f"--{name}" for name, spec in SPECS.items() if spec.is_basic}
    others = {"--preset", "--quiet", "--format", "--dry-run", "--preview", "--help", "--help-all"}

    assert {*listed(run, "convert", "--help")} == basic | others


def test_full_page_has_every_option(run: RunCommand) -> None:
    """--help-all of convert lists every option of a conversion, and opposites in its text."""
    full = {*listed(run, "convert", "--help-all")}
    page = run("convert", "--help-all").stdout.decode()

    assert {f"--{field.name.replace('_', '-')}" for field in dataclasses.fields(Options)} <= full
    assert "--no-serpentine" in page


@pytest.mark.parametrize(
    ("command", "absent"),
    [
        ("show", PACKING | {"--depth", "--symbol", "--steady", "--format"}),
        ("compare", PACKING | {"--depth", "--symbol", "--steady"}),
        ("stream", PACKING | {"--depth", "--symbol", "--frame", "--decode"}),
        ("verify", PACKING | {"--depth", "--help-all"}),
        ("decode", {"--method", "--help-all"}),
    ],
)
def test_no_options_of_no_use(run: RunCommand, command: str, absent: set[str]) -> None:
    """A command lists no option that it would ignore or refuse, on any page."""
    words = ("--help",) if command in ("verify", "decode") else ("--help-all",)

    assert not absent & {*listed(run, command, *words)}


def test_hidden_options_are_accepted(run: RunCommand, photo: Path) -> None:
    """Options that a command does not list are taken as before, as a preset may have them."""
    result = run("show", photo, "--depth", "8", "--layout", "pages", "--no-steady", "-s", "9x6")

    assert (result.returncode, result.stderr) == (0, b"")


def test_help_fits_80_columns(run: RunCommand) -> None:
    """Help texts are not squeezed by a column of opposites, and nothing is in braces."""
    page = run("convert", "--help", env={"COLUMNS": "80"}).stdout.decode()

    assert "Usage: pixbin convert [OPTIONS] INPUT [OUTPUT] " in page
    assert "Dithering or threshold method; `pixbin" in page
    assert "pixbin convert photo.jpg icon.png --size 64x64 " in page

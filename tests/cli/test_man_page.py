"""The manual page: current, complete, and without fault for programs that format it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from pixbin.cli.man_page import man_page
from pixbin.options import SPECS

PAGE = Path(__file__).parents[2] / "docs" / "pixbin.1"


def test_page_is_current() -> None:
    """The page in docs is what `make man` would write now."""
    assert PAGE.read_text("utf-8") == man_page()


def test_page_has_every_option() -> None:
    """Every option of a conversion is in the page, its hyphens ready to be copied."""
    page = man_page()

    for name in SPECS:
        assert rf"\-\-{name.replace('_', chr(92) + '-')}" in page, name


@pytest.mark.parametrize(
    "command",
    [
        ("groff", "-man", "-ww", "-Tutf8", "-z"),
        ("mandoc", "-T", "lint", "-W", "warning"),
    ],
)
def test_formatters_accept_the_page(command: tuple[str, ...]) -> None:
    """Programs that format manual pages have nothing to complain about."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    result = subprocess.run([*command, str(PAGE)], capture_output=True, check=False)

    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")

"""Tests of the examples in docstrings and on pages: each runs and prints what it says."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import pytest
from PIL import Image

from tests.fixtures import ROOT


def module_name(path: Path) -> str:
    """Return the name of the module in a file of the repository."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def modules_with_examples() -> list[str]:
    """Return the modules with a prompt in a docstring, without importing any."""
    paths = sorted((ROOT / "pixbin").rglob("*.py"))
    return [module_name(path) for path in paths if ">>> " in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("name", modules_with_examples())
def test_examples_in_docstrings(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples of a module print the output that stands below them."""
    monkeypatch.chdir(tmp_path)
    # The docstring of `Options` imports the types of keywords when it is first read. A package must
    # not get new modules while `doctest` goes through its names.
    importlib.import_module("pixbin.options.settings")
    results = doctest.testmod(importlib.import_module(name))

    assert results.attempted > 0
    assert results.failed == 0


def pages_with_sessions() -> list[Path]:
    """Return the pages of the documentation with Python sessions."""
    pages = sorted((ROOT / "docs").rglob("*.md"))
    return [page for page in pages if "```pycon\n" in page.read_text("utf-8")]


@pytest.mark.parametrize("page", pages_with_sessions(), ids=lambda page: page.stem)
def test_sessions_on_pages(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sessions of a page run as one, from top to bottom, and print what it says."""
    monkeypatch.chdir(tmp_path)
    Image.open(ROOT / "examples" / "chelsea.png").reduce(3).save("cat.png")
    sessions = re.findall(r"```pycon\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    test = doctest.DocTestParser().get_doctest("\n".join(sessions), {}, page.name, None, 0)
    results = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test)

    assert results.attempted > 0
    assert results.failed == 0

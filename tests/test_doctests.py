"""Tests of the examples in docstrings: each runs and prints what it says."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

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
    results = doctest.testmod(importlib.import_module(name))

    assert results.attempted > 0
    assert results.failed == 0

"""Who may import whom, and what a start may cost."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures import ROOT

PACKAGE = ROOT / "pixbin"
HEAVY = {"numba", "llvmlite", "onnxruntime", "torch", "scipy"}


def imported(path: Path) -> set[str]:
    """Return the modules of pixbin that a file imports anywhere outside type checking."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "pixbin":
            parts = (node.module or "").split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
    return found - {"__version__"}


def test_torch_is_used_by_training_alone() -> None:
    """Only the two commands import `training`, and only there stands torch."""
    sources = {path.relative_to(PACKAGE): path for path in PACKAGE.rglob("*.py")}
    outside = {name: path for name, path in sources.items() if name.parts[0] != "training"}
    users = {name.stem for name, path in outside.items() if "training" in imported(path)}

    assert users == {"dataset", "train"}
    assert not [name for name, path in outside.items() if "import torch" in path.read_text()]


def loaded(program: str, folder: Path) -> set[str]:
    """Return the top-level modules that a program loads."""
    report = "; import sys; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    command = [sys.executable, "-c", program + report]
    printed = subprocess.run(command, capture_output=True, check=True, cwd=folder).stdout
    return set(printed.decode().split())


@pytest.mark.parametrize(
    ("program", "absent"),
    [
        ("import pixbin", HEAVY | {"numpy", "PIL", "typer", "rich"}),
        ("import pixbin.cli.app", HEAVY | {"numpy", "PIL", "rich"}),
        (
            "import pixbin; pixbin.convert('photo.png', size='64x64').save('out.png')",
            HEAVY | {"typer", "rich"},
        ),
        (
            "from pixbin.cli.app import app; app(['show', 'photo.png'], standalone_mode=False)",
            HEAVY | {"rich"},
        ),
        (
            "from pixbin.cli.app import app; app(['convert', 'photo.png', 'out.png'], "
            "standalone_mode=False)",
            HEAVY | {"rich"},
        ),
    ],
)
def test_starts_lean(program: str, absent: set[str], photo: Path) -> None:
    """Nothing is imported before it is used: no compiler for help or a small grid."""
    assert loaded(program, photo.parent) & absent == set()


def test_a_batch_starts_lean(photo: Path) -> None:
    """The process that hands out the work imports nothing that works on pictures."""
    program = (
        "from pixbin.cli.app import app; app(['batch', 'photo.png', 'out'], standalone_mode=False)"
    )
    absent = HEAVY | {"numpy", "rich", "watchdog", "fsspec", "s3fs", "distributed", "dask"}

    assert loaded(program, photo.parent) & absent == set()


def test_large_grids_use_the_compiler(photo: Path) -> None:
    """The check above can fail: a large grid does load it."""
    program = "import pixbin; pixbin.convert('photo.png', size='500x500', block=1)"

    assert "llvmlite" in loaded(program, photo.parent)

"""The sandbox: which faults tests notice in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutation.table import TESTS

ROOT = Path(__file__).parents[2]
SOURCE = "def double(value):\n    return value * 2\n"
JUDGE = """
import sys
from pathlib import Path
from tests.mutation.sandbox import Sandbox
folder = Path(sys.argv[1])
sandbox = Sandbox(folder / "tree", ("tests",), folder)
sandbox.prepare()
sandbox.check("pixbin/numbers.py")
sandbox.seconds = 0.5
for body in sys.argv[2:]:
    print(sandbox.judge("pixbin/numbers.py", f"def double(value):\\n    {body}\\n"))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="it needs processes that are forked")
def test_outcomes(tmp_path: Path) -> None:
    """A wrong result and an endless loop are noticed; what behaves alike survives."""
    for name, text in (
        ("pixbin/__init__.py", ""),
        ("pixbin/numbers.py", SOURCE),
        ("tests/test_numbers.py", "from pixbin.numbers import double\n\n"
                                  "def test_double():\n    assert double(3) == 6\n"),
    ):  # fmt: skip
        (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / name).write_text(text)
    bodies = ["return value * 3", "return value + value", "while True: pass"]
    judged = subprocess.run(
        [sys.executable, "-c", JUDGE, tmp_path, *bodies], cwd=ROOT, capture_output=True, check=False
    )

    assert judged.stdout.decode().split() == ["killed", "survived", "timeout"], judged.stderr
    assert (tmp_path / "tree/pixbin/numbers.py").read_text() == SOURCE


@pytest.mark.parametrize("row", TESTS)
def test_rows_of_the_table(row: str) -> None:
    """Each row names a module or folder, and tests, that exist."""
    assert all((ROOT / path).exists() for path in (row, *TESTS[row]))

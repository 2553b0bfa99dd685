"""The program that draws SVG, run in this process: its order, its limits and its exit codes."""

from __future__ import annotations

import io
import json
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from pixbin.readers import svg_renderer

resource = pytest.importorskip("resource")
SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" width="6" height="4"><rect width="6" height="4"/>'


@pytest.fixture
def limits_set(monkeypatch: pytest.MonkeyPatch) -> dict[int, tuple[int, int]]:
    """Return the limits that the program sets, which this process does not get."""
    given: dict[int, tuple[int, int]] = {}
    monkeypatch.setattr(resource, "setrlimit", given.__setitem__)
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (9, 1 << 40))
    return given


def run_program(monkeypatch: pytest.MonkeyPatch, text: str) -> tuple[int, bytes]:
    """Return the exit code and the output for an SVG."""
    order = {
        "path": sys.path,
        "seconds": 7,
        "bytes": 1 << 50,
        "arguments": {"svg_string": text, "skip_system_fonts": True},
    }
    output = io.BytesIO()
    monkeypatch.setattr(
        sys, "stdin", SimpleNamespace(buffer=io.BytesIO(json.dumps(order).encode()))
    )
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=output))
    code = svg_renderer.main()
    monkeypatch.undo()
    return code, output.getvalue()


def test_draws_within_limits(
    monkeypatch: pytest.MonkeyPatch, limits_set: dict[int, tuple[int, int]]
) -> None:
    """It writes a PNG. A limit is set only if it is below that of the system; no core is left."""
    pytest.importorskip("resvg_py")
    code, output = run_program(monkeypatch, f"{SQUARE}</svg>")

    assert (code, Image.open(io.BytesIO(output)).size) == (0, (6, 4))
    assert limits_set == {resource.RLIMIT_CPU: (7, 1 << 40), resource.RLIMIT_CORE: (0, 0)}


@pytest.mark.usefixtures("limits_set")
def test_says_why_it_cannot_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    """Data that are no SVG end with the exit code of refusals, and the reason as output."""
    pytest.importorskip("resvg_py")
    code, output = run_program(monkeypatch, SQUARE)

    assert code == svg_renderer.REFUSED
    assert b"never closed" in output


@pytest.mark.usefixtures("limits_set")
def test_says_that_the_library_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without resvg-py, there is a code of its own and no output."""
    missing: Any = None
    monkeypatch.setitem(sys.modules, "resvg_py", missing)

    assert run_program(monkeypatch, f"{SQUARE}</svg>") == (svg_renderer.MISSING, b"")

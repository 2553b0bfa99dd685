"""Which methods load the compiler before they need it."""

from __future__ import annotations

import pytest

from pixbin.catalog.methods import Method
from pixbin.geometry import Extent, Size
from pixbin.jit import dispatch
from pixbin.options import Options
from pixbin.pipeline import compile_ahead
from pixbin.pipeline.planning import plan_for_size


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the calls that would load the compiler."""
    recorded: list[str] = []
    monkeypatch.setattr(dispatch, "preload", lambda size: recorded.append(f"preload {size}"))
    return recorded


@pytest.mark.parametrize(
    ("method", "source", "expected"),
    [
        ("floyd-steinberg", (400, 300), ["preload 1200"]),
        ("bayer8", (4000, 3000), []),
        ("neural", (400, 300), []),
        ("neural", (4000, 3000), ["preload 12000000"]),
    ],
)
def test_work_that_is_known_is_announced(
    method: str, source: tuple[int, int], expected: list[str], calls: list[str]
) -> None:
    """Error diffusion loads the compiler for its grid, and models for the pixels."""
    options = Options(method=Method(method), grid=Extent(40, 30))
    compile_ahead.prepare_for_grid(plan_for_size(Size(*source), options), options)

    assert calls == expected

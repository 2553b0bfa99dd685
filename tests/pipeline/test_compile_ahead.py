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
    ("method", "expected"), [("floyd-steinberg", ["preload 1200"]), ("bayer8", [])]
)
def test_error_diffusion_announces_its_grid(
    method: str, expected: list[str], calls: list[str]
) -> None:
    """Only error diffusion loads the compiler before cells are sampled."""
    options = Options(method=Method(method), grid=Extent(40, 30))
    compile_ahead.prepare_for_grid(plan_for_size(Size(400, 300), options), options)

    assert calls == expected

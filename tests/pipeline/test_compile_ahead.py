"""When a run switches to machine code."""

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
    """Return the calls that would load the compiler, in a process without it."""
    recorded: list[str] = []
    monkeypatch.setattr(dispatch, "is_compiler_loaded", lambda: False)
    monkeypatch.setattr(dispatch, "force_compiled", lambda: recorded.append("force"))
    monkeypatch.setattr(dispatch, "preload", lambda size: recorded.append(f"preload {size}"))
    return recorded


def test_long_runs_are_compiled(calls: list[str]) -> None:
    """The twenty-first picture of a run is the first to force machine code."""
    for number in range(1, 21):
        compile_ahead.prepare_for_picture(number)
        compile_ahead.prepare_for_picture(number, is_process_ours=True)
    assert not calls

    compile_ahead.prepare_for_picture(21)
    assert calls == ["force"]


def test_worker_uses_a_loaded_compiler_at_once(
    calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process of its own switches as soon as the compiler is there; a library does not."""
    monkeypatch.setattr(dispatch, "is_compiler_loaded", lambda: True)
    compile_ahead.prepare_for_picture(1)
    assert not calls

    compile_ahead.prepare_for_picture(1, is_process_ours=True)
    assert calls == ["force"]


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

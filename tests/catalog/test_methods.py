"""The table of methods."""

from __future__ import annotations

import pickle

import pytest

from pixbin.catalog.families import Bayer, ErrorDiffusion
from pixbin.catalog.methods import Method
from pixbin.errors import UsageError


@pytest.mark.parametrize("method", Method)
def test_every_entry_is_complete(method: Method) -> None:
    """Every method has data, a source and advice, and each of its names leads to it."""
    assert method.source
    assert method.advice
    for name in (method.value, *method.aliases):
        assert Method.named(name) is method
        assert Method.named(name.upper().replace("-", "_")) is method


def test_names_are_unique() -> None:
    """No two methods share a name or alias."""
    names = [name for method in Method for name in (method.value, *method.aliases)]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["Floyd Steinberg", "FloydSteinberg", "fs", "FLOYD_STEINBERG"])
def test_spelling_does_not_matter(name: str) -> None:
    """Case, dashes, underscores and spaces make no difference."""
    assert Method.named(name) is Method.FLOYD_STEINBERG


def test_bayer_of_every_size() -> None:
    """Bayer exists in every power of two from 2 to 64, in both spellings."""
    for side in (2, 4, 8, 16, 32, 64):
        assert Method.named(f"bayer{side}") is Method.named(f"bayer{side}x{side}")


@pytest.mark.parametrize("name", ["bayer2x64", "Bayer_16X4", "bayer8x4"])
def test_rectangular_bayer(name: str) -> None:
    """Bayer of any two sides is one object, by any spelling and after pickling."""
    method = Method.named(name)
    width, height = map(int, method.removeprefix("bayer").split("x"))

    assert method.family == Bayer(width, height)
    assert method is Method(method.value) is pickle.loads(pickle.dumps(method))
    assert repr(method) == f"<Method.{method.name}: {method.value!r}>"


@pytest.mark.parametrize("name", ["bayer3x4", "bayer128x2", "bayer1x2", "bayer0x0", "bayer4x"])
def test_bayer_has_sides_of_two_to_64(name: str) -> None:
    """Other sides than powers of two from 2 to 64 are refused."""
    with pytest.raises(UsageError, match="no such method; did you mean bayer"):
        Method.named(name)


def test_unknown_name_suggests_the_nearest() -> None:
    """An unknown name is an error that suggests the nearest one."""
    with pytest.raises(UsageError, match="did you mean floyd-steinberg"):
        Method.named("floid-steinberg")
    with pytest.raises(UsageError, match="qqq: no such method; `pixbin methods` lists all"):
        Method.named("qqq")


def test_kernel_from_diagram() -> None:
    """A diagram gives columns ahead, rows below, and weights."""
    kernel = ErrorDiffusion.from_diagram("""
        . . * 8 4
        2 4 8 4 2  / 32""")

    assert kernel.columns == (1, 2, -2, -1, 0, 1, 2)
    assert kernel.rows == (0, 0, 1, 1, 1, 1, 1)
    assert sum(kernel.weights) == 1


@pytest.mark.parametrize("method", [m for m in Method if isinstance(m.family, ErrorDiffusion)])
def test_weights_add_up(method: Method) -> None:
    """A kernel distributes the whole error, but for known exceptions, to unvisited cells."""
    assert isinstance(method.family, ErrorDiffusion)
    whole = {Method.ATKINSON: 6 / 8, Method.PIGEON: 12 / 14}.get(method, 1)
    assert sum(method.family.weights) == pytest.approx(whole, abs=1e-12)
    offsets = zip(method.family.columns, method.family.rows, strict=True)
    assert all(row > 0 or (row == 0 and column > 0) for column, row in offsets)

"""Error diffusion, interpreted and compiled, against definitions and other people's code."""

from __future__ import annotations

import dithering
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pixbin
from pixbin.kernels import diffusion, machine
from pixbin.light import FULL
from pixbin.methods import ErrorDiffusion, Method
from tests import reference
from tests.conftest import shades

FLOYD_STEINBERG = ErrorDiffusion.figure("""
    . * 7
    3 5 1  / 16""")


def test_figure_is_the_table_s() -> None:
    """The kernel tested here is the one of the method."""
    assert Method.FLOYD_STEINBERG.family == FLOYD_STEINBERG


def grey(height: int, width: int, seed: int) -> np.ndarray:
    """Return a flat, ramped, two-level or random picture, uint8[height, width]."""
    random = np.random.default_rng(seed)
    kinds = (
        np.full((height, width), random.integers(0, 256)),
        np.tile(np.linspace(0, 255, width).round(), (height, 1)),
        random.integers(0, 2, (height, width)) * 128,
        random.integers(0, 256, (height, width)),
    )
    return kinds[seed % 4].astype(np.uint8)


@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 1000), st.booleans())
def test_equals_an_independent_implementation(
    height: int, width: int, seed: int, serpentine: bool
) -> None:
    """Floyd-Steinberg on gamma-encoded greys is that of PyPI `dithering`, pixel for pixel."""
    picture = grey(height, width, seed)
    theirs = dithering.dither(picture, "floyd_steinberg", levels=2, serpentine=serpentine)
    ours = pixbin.convert(picture, block=1, tone="perceptual", serpentine=serpentine)

    assert np.array_equal(theirs > 127, ours.pixels)


@pytest.mark.parametrize("serpentine", [True, False])
def test_equals_it_on_a_photograph_compiled(serpentine: bool) -> None:
    """So does the machine code, which a picture this large is run by."""
    picture = shades(400, 300)[..., 0]
    theirs = dithering.dither(picture, "floyd_steinberg", levels=2, serpentine=serpentine)
    ours = pixbin.convert(picture, block=1, tone="perceptual", serpentine=serpentine)

    assert picture.size > machine.INTERPRETED_STEPS
    assert np.array_equal(theirs > 127, ours.pixels)


@given(st.integers(1, 8), st.integers(1, 8), st.integers(0, 1000), st.booleans())
def test_equals_the_figure(height: int, width: int, seed: int, serpentine: bool) -> None:
    """At every size from 1 x 1 the result is what scattering errors by the figure gives."""
    cells = np.random.default_rng(seed).integers(0, FULL + 1, (height, width)).astype(np.int32)
    ours = diffusion.diffuse(cells, FLOYD_STEINBERG, serpentine, 1.0)

    assert np.array_equal(reference.floyd_steinberg(cells, FULL, serpentine), ours)


@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(0, 1000),
    st.booleans(),
    st.sampled_from([0.0, 0.3, 1.0]),
)
def test_interpreter_and_machine_code_agree(
    height: int, width: int, seed: int, serpentine: bool, strength: float
) -> None:
    """Which of the two ran cannot be told from the result."""
    cells = np.random.default_rng(seed).integers(0, FULL + 1, (height, width)).astype(np.int32)
    results = []
    for steps in (0, 1 << 60):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(machine, "INTERPRETED_STEPS", steps)
            results.append(diffusion.diffuse(cells, FLOYD_STEINBERG, serpentine, strength))

    assert np.array_equal(results[0], results[1])


@pytest.mark.parametrize("share", [0.02, 0.1, 0.2159, 1 / 3, 0.5, 0.7, 0.98])
@pytest.mark.parametrize("serpentine", [True, False])
def test_mean_light_is_kept(share: float, serpentine: bool) -> None:
    """A flat area keeps its light but for what is lost at the borders."""
    cells = np.full((256, 256), round(share * FULL), np.int32)
    paper = diffusion.diffuse(cells, FLOYD_STEINBERG, serpentine, 1.0)

    assert paper.mean() == pytest.approx(share, abs=2 / 256)
    assert paper[64:-64, 64:-64].mean() == pytest.approx(share, abs=1 / 256)


def test_strength_nought_is_a_threshold() -> None:
    """Without strength no error is handed on."""
    cells = np.random.default_rng(5).integers(0, FULL + 1, (20, 20)).astype(np.int32)
    paper = diffusion.diffuse(cells, FLOYD_STEINBERG, True, 0.0)

    assert np.array_equal(cells >= FULL / 2, paper)


def test_serpentine_turns_the_second_row() -> None:
    """Rows run left to right from the first; the second is mirrored by the serpentine scan."""
    cells = np.full((2, 16), round(0.3 * FULL), np.int32)
    straight, turned = (
        diffusion.diffuse(cells, FLOYD_STEINBERG, serpentine, 1.0) for serpentine in (False, True)
    )

    assert np.array_equal(straight[0], turned[0])
    assert not np.array_equal(straight[1], turned[1])


def test_the_input_is_left_alone() -> None:
    """A kernel never changes its cells."""
    cells = np.random.default_rng(5).integers(0, FULL + 1, (9, 9)).astype(np.int32)
    before = cells.copy()
    diffusion.diffuse(cells, FLOYD_STEINBERG, True, 1.0)

    assert np.array_equal(before, cells)

"""Multiscale error diffusion: the number of dots is exact, and nothing is moved to a side."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixbin.color.quanta import FULL_SCALE
from pixbin.dither import error_diffusion, multiscale
from tests.benchmarks.metrics import displaced_psnr
from tests.fixtures import FLOYD_STEINBERG
from tests.sparse import examples


def cells_of(light: np.ndarray) -> np.ndarray:
    """Return light from 0 to 1 in quanta."""
    cells: np.ndarray = np.rint(light * FULL_SCALE).astype(np.int32)
    return cells


@examples(40)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 999))
def test_mean_light_is_exact(height: int, width: int, seed: int) -> None:
    """The number of cells of paper is the sum of the light, rounded, for grids of any size."""
    light = np.random.default_rng(seed).random((height, width)) ** (1 + seed % 3)
    paper = multiscale.diffuse(cells_of(light), 1.0)

    assert abs(paper.sum() - light.sum()) <= 0.5 + 1e-6


def test_negative_gives_the_negative() -> None:
    """Ink and paper change places if black and white do: no value is preferred."""
    cells = cells_of(np.random.default_rng(3).random((40, 50)) ** 2)

    assert np.array_equal(
        ~multiscale.diffuse(cells, 1.0), multiscale.diffuse(FULL_SCALE - cells, 1.0)
    )


def test_nothing_is_displaced() -> None:
    """The best match with the source is where it is; Floyd-Steinberg moves it down."""
    y, x = np.mgrid[:96, :96] / 96
    light = 0.5 + 0.35 * np.sin(9 * x + 4 * y) * np.cos(7 * y)
    ours, theirs = (
        displaced_psnr(paper, light)[1:]
        for paper in (
            multiscale.diffuse(cells_of(light), 1.0),
            error_diffusion.diffuse(cells_of(light), FLOYD_STEINBERG, True, 1.0),
        )
    )

    assert np.hypot(*ours) <= 0.1
    assert np.hypot(*theirs) >= 0.2


@pytest.mark.parametrize("share", [0.02, 0.1])
def test_dots_keep_apart(share: float) -> None:
    """In a dark grey no dot touches another one."""
    paper = multiscale.diffuse(np.full((64, 64), round(share * FULL_SCALE), np.int32), 1.0)
    touching = sum(
        (paper & np.roll(paper, (v, u), (0, 1)))[1:-1, 1:-1].sum()
        for v in (0, 1)
        for u in (-1, 0, 1)
        if v or u > 0
    )

    assert touching <= 2

"""Contrast-aware halftoning: the order of cells, and the contrast that it keeps."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixbin.catalog.families import ContrastAware
from pixbin.catalog.methods import Method
from pixbin.color.quanta import FULL_SCALE
from pixbin.dither import contrast_aware, error_diffusion
from tests.fixtures import FLOYD_STEINBERG
from tests.oracles import reference
from tests.sparse import examples

FAMILY = cast(ContrastAware, Method.CONTRAST_AWARE.family)


@examples(60)
@given(st.integers(1, 10), st.integers(1, 10), st.integers(0, 999), st.booleans())
def test_equals_the_definition(height: int, width: int, seed: int, flat: bool) -> None:
    """The result is that of searching for the cell nearest to black or white, every time."""
    random = np.random.default_rng(seed)
    cells = random.integers(0, FULL_SCALE + 1, (height, width)).astype(np.int32)
    if flat:
        cells[:] = cells[0, 0]
    order = np.random.RandomState(seed).permutation(cells.size)
    expected = reference.contrast_aware(cells, order, FAMILY.radius, FAMILY.falloff, FULL_SCALE)

    assert np.array_equal(expected, contrast_aware.diffuse(cells, FAMILY, 1.0, seed))


def test_seed_chooses_among_equals() -> None:
    """In a flat grey the order is random, and the seed chooses it."""
    cells = np.full((40, 40), FULL_SCALE // 3, np.int32)
    first, again, other = (contrast_aware.diffuse(cells, FAMILY, 1.0, seed) for seed in (1, 1, 2))

    assert np.array_equal(first, again)
    assert (first != other).mean() > 0.2


def test_pure_cells_stay_pure() -> None:
    """Black and white areas next to greys stay clean, since they are decided first."""
    cells = np.random.default_rng(3).integers(0, FULL_SCALE + 1, (60, 60)).astype(np.int32)
    cells[:, 10:20], cells[:, 20:30] = 0, FULL_SCALE
    paper = contrast_aware.diffuse(cells, FAMILY, 1.0, 0)

    assert not paper[:, 10:20].any()
    assert paper[:, 20:30].all()


@pytest.mark.parametrize("angle", range(0, 180, 15))
def test_faint_lines_are_kept(angle: int) -> None:
    """A thin line a little darker than its surroundings is clearer than by Floyd-Steinberg."""
    y, x = np.mgrid[-32:32, -32:32] + 0.5
    away = abs(x * np.sin(np.radians(angle)) - y * np.cos(np.radians(angle)))
    line = away < 0.7
    cells = np.where(line, round(0.4 * FULL_SCALE), round(0.6 * FULL_SCALE)).astype(np.int32)
    inked = [
        (~paper[line]).mean()
        for paper in (
            contrast_aware.diffuse(cells, FAMILY, 1.0, 0),
            error_diffusion.diffuse(cells, FLOYD_STEINBERG, True, 1.0),
        )
    ]

    assert inked[0] > inked[1] + 0.05

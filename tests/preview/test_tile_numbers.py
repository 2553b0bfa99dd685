"""Numbers on a tile, against slow versions and known pictures."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import pixbin
from pixbin.geometry import Box
from pixbin.preview import cell_measures, tile_numbers

GRIDS = arrays.arrays(np.bool_, st.tuples(st.integers(1, 6), st.integers(1, 6)))


def lone_cells(grid: np.ndarray) -> np.ndarray:
    """Return which cells have neighbours, all of the other value: the slow version."""
    height, width = grid.shape
    lone = np.zeros(grid.shape, bool)
    for row, column in itertools.product(range(height), range(width)):
        neighbors = [
            grid[y, x]
            for y in range(max(row - 1, 0), min(row + 2, height))
            for x in range(max(column - 1, 0), min(column + 2, width))
            if (y, x) != (row, column)
        ]
        lone[row, column] = bool(neighbors) and all(n != grid[row, column] for n in neighbors)
    return lone


@given(GRIDS)
def test_lone_cells_equal_the_slow_version(grid: np.ndarray) -> None:
    """Lone cells are those without an equal neighbour, of which there are up to eight."""
    assert cell_measures.count_lone_cells(grid) == lone_cells(grid).sum()


@pytest.mark.parametrize(("level", "ink"), [(0, 1.0), (255, 0.0)])
def test_flat_pictures(level: int, ink: float) -> None:
    """A black or white picture has all or no ink, no lone cells, and exactly its tone."""
    picture = pixbin.convert(np.full((8, 8), level, np.uint8))
    numbers = tile_numbers.measure(picture, np.full((8, 8), level / 255), Box(0, 0, 8, 8))

    assert (numbers.ink_share, numbers.lone_share) == (ink, 0)
    assert numbers.tone_error == pytest.approx(0, abs=1e-9)


def test_tone_of_the_opposite() -> None:
    """A black picture of a white source is wrong by all of the scale."""
    picture = pixbin.convert(np.zeros((8, 8), np.uint8))
    numbers = tile_numbers.measure(picture, np.ones((8, 8)), Box(0, 0, 8, 8))

    assert numbers.tone_error == pytest.approx(1)


def test_dithering_keeps_the_tone_better_than_a_threshold() -> None:
    """The number sees that a dither keeps the light of areas."""
    ramp = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (64, 1))
    light = (ramp / 255) ** 2.2
    dithered, cut = (
        tile_numbers.measure(
            pixbin.convert(ramp, block=1, method=method, enhance="none"), light, Box(0, 0, 64, 64)
        )
        for method in ("fs", "threshold")
    )

    assert dithered.tone_error < cut.tone_error / 2
    assert dithered.lone_share > cut.lone_share

"""Regions to polygons, and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pixbin.codecs import polygons
from tests.oracles.polygons import crossing_counts

regions = arrays.arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12)))


def traced(region: np.ndarray) -> list[polygons.CornerPoints]:
    """Return the polygons of a region one by one."""
    outlines = polygons.trace(region)
    return np.split(outlines.points, outlines.starts[1:]) if outlines.corner_counts.size else []


@given(regions)
def test_polygons_fill_the_region(region: np.ndarray) -> None:
    """A point is in the region if an odd number of edges lies on one side of it."""
    polygons = traced(region)

    assert np.array_equal(crossing_counts(polygons, *region.shape[::-1]) % 2 == 1, region)


@given(regions)
def test_fill_undoes_trace(region: np.ndarray) -> None:
    """Filled polygons are the region they were traced from."""
    assert np.array_equal(polygons.fill(polygons.trace(region).points, *region.shape[::-1]), region)


@given(regions)
def test_every_border_is_drawn_once(region: np.ndarray) -> None:
    """All edges together are as long as the region's border."""
    padded = np.pad(region, 1).astype(int)
    border = np.abs(np.diff(padded, axis=0)).sum() + np.abs(np.diff(padded, axis=1)).sum()
    rings = [np.vstack((polygon, polygon[:1])) for polygon in traced(region)]

    assert sum(int(np.abs(np.diff(ring, axis=0)).sum()) for ring in rings) == border


def test_cells_that_touch_at_a_corner() -> None:
    """A chessboard needs no points but on its rim: its edges cross inside."""
    chess = np.indices((8, 8)).sum(axis=0) % 2 == 0

    assert len(polygons.trace(chess).points) == 4 * 7 + 2
    assert np.array_equal(polygons.fill(polygons.trace(chess).points, 8, 8), chess)


@pytest.mark.parametrize("shape", [(1, 1), (3, 2)])
def test_full_and_empty_regions(shape: tuple[int, int]) -> None:
    """A full region is one rectangle, an empty one no polygon."""
    (rectangle,) = traced(np.ones(shape, bool))

    assert rectangle.tolist() == [[0, 0], [shape[1], 0], [shape[1], shape[0]], [0, shape[0]]]
    assert traced(np.zeros(shape, bool)) == []

"""Means over squares, against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given
from hypothesis import strategies as st

from pixbin.filters.local_mean import uniform_filter


@given(height=st.integers(1, 40), width=st.integers(1, 40), radius=st.integers(0, 12))
def test_uniform_filter_equals_scipy(height: int, width: int, radius: int) -> None:
    """The mean is SciPy's, also where the square is larger than the picture."""
    values = np.random.default_rng(radius).random((height, width))
    theirs = scipy.ndimage.uniform_filter(values, 2 * radius + 1, mode="reflect")

    assert np.abs(theirs - uniform_filter(values, radius)).max() < 1e-12


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_flat_picture_stays_flat(value: float) -> None:
    """Running sums lose nothing that counts, even over a large picture."""
    values = np.full((300, 500), value)

    assert np.abs(uniform_filter(values, 50) - value).max() < 1e-12


def test_input_is_not_changed() -> None:
    """A filter returns a new array, for a radius of 0 too."""
    values = np.random.default_rng(1).random((5, 6))
    result = uniform_filter(values, 0)

    assert np.allclose(values, result)
    assert not np.shares_memory(values, result)

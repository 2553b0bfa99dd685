"""Values beyond the border, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixbin.filters import borders
from pixbin.filters.borders import BorderMode


@pytest.mark.parametrize("mode", ["edge", "symmetric", "constant"])
@pytest.mark.parametrize("axis", [0, 1])
@given(height=st.integers(1, 9), width=st.integers(1, 9), radius=st.integers(0, 20))
def test_extend_equals_numpy(
    mode: BorderMode, axis: int, height: int, width: int, radius: int
) -> None:
    """Borders that are wider than the picture are mirrored again and again."""
    values = np.random.default_rng(radius).random((height, width))
    padding = [(0, 0), (0, 0)]
    padding[axis] = (radius, radius)

    assert np.array_equal(
        np.pad(values, padding, mode=mode), borders.extend(values, radius, axis, mode)
    )

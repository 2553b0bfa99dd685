"""Binary morphology, against scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.measure
import skimage.morphology
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pixbin.filters import morphology

masks = arrays.arrays(np.bool_, st.tuples(st.integers(1, 14), st.integers(1, 14)))


def square(side: int) -> np.ndarray:
    """Return a footprint of scikit-image."""
    return np.ones((side, side), np.uint8)


@given(mask=masks, radius=st.integers(0, 4))
def test_dilation_and_erosion_equal_scikit_image(mask: np.ndarray, radius: int) -> None:
    """Both agree at the border too, where scikit-image ignores what lies outside."""
    footprint = square(2 * radius + 1)
    dilated = skimage.morphology.dilation(mask, footprint, mode="ignore")
    eroded = skimage.morphology.erosion(mask, footprint, mode="ignore")

    assert np.array_equal(dilated, morphology.dilation(mask, radius))
    assert np.array_equal(eroded, morphology.erosion(mask, radius))


@given(mask=masks, side=st.integers(1, 6))
def test_opening_and_closing_equal_scikit_image(mask: np.ndarray, side: int) -> None:
    """Both are scikit-image's on a picture whose border is repeated far outwards."""
    far = 2 * side
    plane = np.pad(mask, far, mode="edge")
    inside = np.s_[far : far + mask.shape[0], far : far + mask.shape[1]]
    opened = skimage.morphology.opening(plane, square(side), mode="ignore")
    closed = skimage.morphology.closing(plane, square(side), mode="ignore")

    assert np.array_equal(opened[inside], morphology.opening(mask, side))
    assert np.array_equal(closed[inside], morphology.closing(mask, side))


def test_opening_keeps_a_line_along_the_border() -> None:
    """A line one cell wide goes in the middle of a picture and stays at its border."""
    mask = np.zeros((9, 9), np.bool_)
    mask[0] = mask[4] = True
    opened = morphology.opening(mask, 3)

    assert opened[0].all()
    assert not opened[1:].any()


@pytest.mark.parametrize("number", range(256))
def test_crossing_number_counts_parts(number: int) -> None:
    """The count is that of scikit-image's labels, for every choice of the eight neighbours."""
    mask = np.array([number >> bit & 1 for bit in (0, 1, 2, 3, 8, 4, 5, 6, 7)]).reshape(3, 3) > 0
    is_enclosed = mask[0, 1] and mask[1, 0] and mask[1, 2] and mask[2, 1]
    expected = 0 if is_enclosed else skimage.measure.label(mask, connectivity=2).max()

    assert expected == morphology.crossing_number(mask)[1, 1]


def test_input_is_not_changed() -> None:
    """A filter returns a new array, for a radius of nothing too."""
    mask = np.eye(5, dtype=np.bool_)
    for result in (morphology.dilation(mask, 0), morphology.opening(mask, 1)):
        assert np.array_equal(mask, result)
        assert not np.shares_memory(mask, result)

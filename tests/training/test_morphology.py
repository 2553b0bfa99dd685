"""Tests of morphology in torch, against its NumPy twin."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pixbin.filters import morphology as numpy_morphology
from pixbin.training import morphology

MASKS = arrays.arrays(np.bool_, st.tuples(st.integers(2, 9), st.integers(2, 9)))


def to_tensor(mask: np.ndarray) -> torch.Tensor:
    """Return a mask as a tensor of shape (1, 1, H, W)."""
    return torch.from_numpy(mask).float()[None, None]


def to_mask(values: torch.Tensor) -> np.ndarray:
    """Return a tensor of shape (1, 1, H, W) as a mask."""
    return values[0, 0].numpy() > 0


@given(MASKS)
def test_dilation_and_erosion_equal_numpy(mask: np.ndarray) -> None:
    """Both give the masks of `pixbin.filters.morphology` with a radius of one cell."""
    dilated = to_mask(morphology.dilation(to_tensor(mask)))
    eroded = to_mask(morphology.erosion(to_tensor(mask)))

    assert np.array_equal(numpy_morphology.dilation(mask, 1), dilated)
    assert np.array_equal(numpy_morphology.erosion(mask, 1), eroded)


@given(MASKS)
def test_opening_equals_numpy_away_from_the_border(mask: np.ndarray) -> None:
    """With empty cells around the mask, both keep what squares of 2 x 2 cells fit into."""
    padded = np.pad(mask, 1)
    opened = to_mask(morphology.opening(to_tensor(padded)))

    assert np.array_equal(numpy_morphology.opening(padded, 2), opened)


def test_opening_removes_line_along_the_border() -> None:
    """A line of one cell is thin there, too."""
    mask = np.zeros((4, 4), bool)
    mask[0] = True

    assert not to_mask(morphology.opening(to_tensor(mask))).any()


def test_neighbours_are_the_eight_around_a_cell() -> None:
    """They come row by row; beyond the border there is the given value."""
    values = torch.arange(9.0).reshape(1, 1, 3, 3)
    around = morphology.neighbours(values, -1)

    assert [plane[0, 0, 1, 1].item() for plane in around] == [0, 1, 2, 3, 5, 6, 7, 8]
    assert [plane[0, 0, 0, 0].item() for plane in around] == [-1, -1, -1, -1, 1, -1, 3, 4]

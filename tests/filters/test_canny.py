"""Canny's edges and labels of connected components, against scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data
import skimage.feature
import skimage.measure
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pixbin.filters import canny
from tests.fixtures import kernels_run_as

PICTURES = ["camera", "coins", "page", "text", "moon"]

masks = arrays.arrays(np.bool_, st.tuples(st.integers(1, 14), st.integers(1, 14)))


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize(
    ("blur", "low", "high"), [(1, 0.1, 0.2), (2.4, 0.05, 0.15), (3, 0.03, 0.1)]
)
def test_canny_equals_scikit_image(name: str, blur: float, low: float, high: float) -> None:
    """Edges are scikit-image's, but for cells that the last digit of a sum may decide."""
    values = np.asarray(getattr(skimage.data, name)()) / 255.0
    theirs = skimage.feature.canny(values, blur, low, high)

    assert theirs.any()
    assert np.mean(theirs != canny.canny(values, blur, low, high)) < 1e-5


@pytest.mark.parametrize("machine_code", [True, False])
@given(mask=masks)
def test_labels_equal_scikit_image(mask: np.ndarray, machine_code: bool) -> None:
    """Cells that touch by sides or corners have one label, in both ways to run the kernel."""
    with kernels_run_as(machine_code=machine_code):
        labels = canny.label(mask)

    assert np.array_equal(skimage.measure.label(mask, connectivity=2), labels)

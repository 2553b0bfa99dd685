"""Otsu's threshold, against scikit-image and its definition."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import skimage.data
import skimage.filters
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pixbin.filters.otsu import otsu_level

PICTURES = ["camera", "coins", "page", "text", "moon", "clock"]


@pytest.mark.parametrize("name", PICTURES)
def test_level_equals_scikit_image(name: str) -> None:
    """On pictures the threshold is scikit-image's."""
    levels = np.asarray(getattr(skimage.data, name)())

    assert skimage.filters.threshold_otsu(levels) == otsu_level(levels)


def variance_between(levels: np.ndarray, threshold: int) -> Fraction:
    """Return the variance between the classes up to a threshold and above it, times a constant."""
    dark, light = levels[levels <= threshold].tolist(), levels[levels > threshold].tolist()
    if not dark or not light:
        return Fraction(0)
    distance = Fraction(sum(dark), len(dark)) - Fraction(sum(light), len(light))
    return len(dark) * len(light) * distance**2


@given(
    arrays.arrays(np.uint8, st.integers(2, 12), elements=st.integers(0, 255)).filter(
        lambda levels: levels.min() < levels.max()
    )
)
def test_level_maximizes_the_variance(levels: np.ndarray) -> None:
    """No threshold has a larger variance between its classes, by exact arithmetic."""
    best = max(variance_between(levels, threshold) for threshold in range(255))

    assert variance_between(levels, otsu_level(levels)) >= best * (1 - Fraction(1, 10**12))


@pytest.mark.parametrize("value", [0, 127, 255])
def test_flat_picture_gets_the_middle_level(value: int) -> None:
    """One level alone has no two classes."""
    assert otsu_level(np.full((3, 4), value, np.uint8)) == 127

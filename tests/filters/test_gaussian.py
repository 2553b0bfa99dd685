"""Gaussian blur and separable correlation, against scikit-image and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.ndimage
import skimage.filters
from hypothesis import given
from hypothesis import strategies as st

from pixbin.filters import gaussian
from pixbin.filters.borders import BorderMode

#: names of the same border modes in `numpy.pad` and in SciPy
SCIPY_MODES = {"edge": "nearest", "symmetric": "reflect", "constant": "constant"}


def noise(height: int, width: int) -> np.ndarray:
    """Return random values from 0 to 1."""
    return np.random.default_rng(height * 100 + width).random((height, width))


@pytest.mark.parametrize("sigma", [0.3, 1.0, 1.5, 6.0])
@given(height=st.integers(1, 70), width=st.integers(1, 40))
def test_gaussian_equals_scikit_image(sigma: float, height: int, width: int) -> None:
    """A blur that ends at three standard deviations is scikit-image's."""
    values = noise(height, width)
    radius = gaussian.gaussian_radius(sigma)
    theirs = skimage.filters.gaussian(values, sigma, mode="nearest", truncate=radius / sigma)

    assert np.abs(theirs - gaussian.gaussian(values, sigma)).max() < 1e-12


@pytest.mark.parametrize("mode", SCIPY_MODES)
@pytest.mark.parametrize("axis", [0, 1])
@given(height=st.integers(1, 70), width=st.integers(1, 40), radius=st.integers(0, 5))
def test_correlate1d_equals_scipy(
    mode: BorderMode, axis: int, height: int, width: int, radius: int
) -> None:
    """Weights that are not symmetric are not turned round, whatever is beyond the border."""
    values = noise(height, width)
    weights = np.random.default_rng(radius).random(2 * radius + 1)
    theirs = scipy.ndimage.correlate1d(values, weights, axis, mode=SCIPY_MODES[mode])

    assert np.abs(theirs - gaussian.correlate1d(values, weights, mode, axis)).max() < 1e-12


def test_separable_goes_both_ways() -> None:
    """A single bright pixel becomes the outer product of the weights."""
    values = np.zeros((9, 9))
    values[4, 4] = 1
    weights = np.array([1.0, 2.0, 4.0])
    blurred = gaussian.separable(values, weights, "constant")

    assert np.array_equal(np.outer(weights[::-1], weights[::-1]), blurred[3:6, 3:6])
    assert blurred.sum() == 49


@pytest.mark.parametrize("height", [31, 32, 33, 64, 100])
def test_bands_leave_no_seam(height: int) -> None:
    """Working in bands of rows gives the same bits as working on all of them."""
    values = noise(height, 50)
    expected = gaussian.gaussian(values, 2.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gaussian, "ROWS_PER_BAND", 1 << 20)

        assert np.array_equal(expected, gaussian.gaussian(values, 2.0))

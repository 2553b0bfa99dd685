"""The benchmark calls zimg as its header says."""

from __future__ import annotations

import numpy as np
import pytest

from tests.benchmarks.zimg import ZimgDither, ZimgDithering, library, zimg_version

pytestmark = pytest.mark.skipif(library() is None, reason="zimg is not installed")


@pytest.mark.parametrize("dither", ZimgDither)
@pytest.mark.parametrize("as_float", [False, True])
def test_zimg_keeps_the_light(dither: ZimgDither, as_float: bool) -> None:
    """The result has two values, as many of them white as the picture has light."""
    grey = np.tile(np.linspace(0, 255, 300).astype(np.uint8), (100, 1))
    result = ZimgDithering(grey, dither, as_float)()

    assert np.array_equal([0, 1], np.unique(result))
    assert result.shape == grey.shape
    assert result.mean() == pytest.approx(grey.mean() / 255, abs=0.01)
    left, right = result[:, :100].mean(), result[:, 200:].mean()
    assert (left, right) == (pytest.approx(1 / 6, abs=0.03), pytest.approx(5 / 6, abs=0.03))


def test_version_is_a_release() -> None:
    """The version has three numbers, the first of which is that of the API that is used."""
    assert zimg_version().split(".")[0] == "3"
    assert len(zimg_version().split(".")) == 3

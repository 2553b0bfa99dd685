"""Global thresholds: given levels, and Otsu's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.filters import threshold_otsu

import pixbin
from pixbin.color.light_scale import Tone
from tests.fixtures import sample_image


def plain(picture: np.ndarray, **settings: Any) -> np.ndarray:
    """Return the cells of a picture that is not enhanced, one for each pixel."""
    return pixbin.convert(picture, block=1, enhance="none", **settings).grid


ramp = np.arange(256, dtype=np.uint8)[None].repeat(2, 0)


@pytest.mark.parametrize("tone", Tone)
@pytest.mark.parametrize("level", [1, 64, 127, 128, 200, 255])
def test_cells_at_the_level_are_paper(level: int, tone: Tone) -> None:
    """From the level on cells are paper, and a level means the same grey in both tones."""
    paper = plain(ramp, threshold=level, tone=tone)

    assert np.array_equal(ramp >= level, paper)


def test_default_level_is_one_half() -> None:
    """Without a level it is one half of 255: 127 is ink, 128 paper."""
    paper = plain(ramp, method="threshold")

    assert np.array_equal(ramp >= 128, paper)
    assert np.array_equal(paper, plain(ramp, threshold="50%"))


@given(st.integers(0, 500))
def test_otsu_equals_scikit_image(seed: int) -> None:
    """The level is scikit-image's."""
    random = np.random.default_rng(seed)
    dark, light = sorted(random.integers(0, 256, 2))
    levels = np.concatenate((random.normal(dark, 20, 300), random.normal(light, 20, 200)))
    picture = np.clip(levels, 0, 255).astype(np.uint8).reshape(20, 25)
    expected = picture > threshold_otsu(picture)

    assert np.array_equal(expected, plain(picture, method="otsu"))


@pytest.mark.parametrize("tone", Tone)
def test_otsu_on_a_picture(tone: Tone) -> None:
    """On a photograph too the level is scikit-image's, in both tones."""
    picture = sample_image(200, 150)[..., 1]
    paper = plain(picture, method="otsu", tone=tone)

    assert np.array_equal(picture > threshold_otsu(picture), paper)


@pytest.mark.parametrize(("level", "is_paper"), [(1, False), (100, False), (128, True)])
def test_otsu_of_a_flat_picture(level: int, is_paper: bool) -> None:
    """A flat picture has no two classes; the middle level decides."""
    flat = np.full((8, 8), level, np.uint8)

    assert pixbin.convert(flat, method="otsu").grid.all() == is_paper


def test_black_is_never_paper() -> None:
    """Pure black stays ink, at level 0 too."""
    assert np.array_equal(ramp > 0, plain(ramp, threshold=0))

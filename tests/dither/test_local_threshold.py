"""Local thresholds against scikit-image."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.filters import threshold_local, threshold_niblack, threshold_sauvola

import pixbin
from pixbin.catalog.families import LocalRule, LocalThreshold
from pixbin.color.quanta import FULL_SCALE
from pixbin.dither import local_threshold
from pixbin.filters import local_mean
from tests.fixtures import sample_image

VALUES = sample_image(60, 40)[..., 1] / 255


@pytest.mark.parametrize("radius", [1, 3, 8, 19])
def test_thresholds_equal_scikit_image(radius: int) -> None:
    """Mean, Niblack's and Sauvola's thresholds equal scikit-image's, the border included."""
    side = 2 * radius + 1
    expected = {
        LocalRule.MEAN: 0.85 * threshold_local(VALUES, side, "mean", mode="reflect"),
        LocalRule.NIBLACK: threshold_niblack(VALUES, side, 0.2),
        LocalRule.SAUVOLA: threshold_sauvola(VALUES, side, 0.2, 0.5),
    }
    inner = slice(radius, -radius) if radius < 19 else slice(19, 21)
    for rule, thresholds in expected.items():
        ours = local_threshold.local_thresholds(VALUES, LocalThreshold(rule), radius)
        area = (slice(None), slice(None)) if rule is LocalRule.MEAN else (inner, inner)
        assert np.allclose(thresholds[area], ours[area], atol=1e-9)


def test_gaussian_mean_equals_scikit_image() -> None:
    """The Gaussian mean is that of its standard deviation, but for the cut-off tail."""
    expected = threshold_local(VALUES, 17, "gaussian", param=4, mode="reflect")

    assert np.abs(expected - local_threshold.gaussian_mean(VALUES, 8)).max() < 0.02


@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 40))
def test_any_radius_works_on_any_size(height: int, width: int, radius: int) -> None:
    """The mean of a flat picture is its level, however small it is and large the radius."""
    flat = np.full((height, width), 0.3)

    assert np.allclose(0.3, local_mean.uniform_filter(flat, radius))
    assert np.allclose(0.3, local_threshold.gaussian_mean(flat, radius))


@pytest.mark.parametrize("method", ["mean", "gaussian", "sauvola"])
def test_writing_in_shadow_stays_legible(method: str) -> None:
    """Strokes on a page that darkens from left to right come out as on an even page."""
    strokes = np.zeros((64, 128), bool)
    strokes[8:56:8, 6:122] = strokes[8:56, 10:120:12] = True
    page = np.linspace(1, 0.3, 128)[None].repeat(64, 0) * np.where(strokes, 0.5, 0.95)
    shaded, even = (
        pixbin.convert(page, method=name, block=1, enhance="none").grid for name in (method, "otsu")
    )

    assert (shaded == ~strokes).mean() > 0.98
    assert (even == ~strokes).mean() < 0.9


@pytest.mark.parametrize("rule", LocalRule)
def test_pure_areas_stay_pure(rule: LocalRule) -> None:
    """The inside of large black areas stays ink, and of large white ones paper."""
    cells = np.full((40, 60), round(0.4 * FULL_SCALE), np.int32)
    cells[:, :20], cells[:, 40:] = 0, FULL_SCALE
    paper = local_threshold.threshold_local(
        cells, LocalThreshold(rule), 4, pixbin.Options.of().tone
    )

    assert not paper[:, :20].any()
    assert paper[:, 40:].all()


def test_radius_changes_the_result() -> None:
    """Another `--radius` gives another picture."""
    source = sample_image(90, 60)
    near, far = (pixbin.convert(source, method="niblack", radius=r).grid for r in (2, 20))

    assert not np.array_equal(near, far)


@pytest.mark.parametrize(
    "method",
    [
        *("mean", "gaussian", "niblack", "sauvola"),
        *("structure-aware", "crosshatch", "woodcut", "engraving", "stipple"),
    ],
)
@pytest.mark.parametrize("background", ["white", "black"])
@pytest.mark.parametrize("shape", [(64, 128), (128, 64)])
def test_letterbox_bars_are_no_surroundings(
    method: str, background: str, shape: tuple[int, int]
) -> None:
    """Next to bars, the picture is that without bars; the bars are even."""
    shade = np.linspace(0.2, 0.6, shape[0] * shape[1]).reshape(shape)
    page = shade * np.where(np.indices(shape).sum(axis=0) % 16 < 3, 0.5, 1)
    settings: dict[str, Any] = {"method": method, "enhance": "none", "radius": 9}
    alone = pixbin.convert(page, block=1, **settings).grid
    barred = pixbin.convert(
        page, size="128x128", block=1, fit="contain", background=background, **settings
    ).grid
    top, left = ((128 - side) // 2 for side in shape)
    inner = (slice(top, top + shape[0]), slice(left, left + shape[1]))
    bars = np.ones(barred.shape, bool)
    bars[inner] = False

    assert np.array_equal(barred[inner], alone)
    assert (barred[bars] == (background == "white")).all()

"""Tests of pattern statistics: periods, symmetries, distances, and the settings they lead to."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from pixbin.filters import gaussian
from pixbin.neural.model_card import InputExposure
from pixbin.training import style_settings, style_statistics
from pixbin.training.config import ModelConfig, TrainConfig
from pixbin.training.style_statistics import StyleStatistics

BAYER4 = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]])
PLAIN = StyleStatistics(1, mirrored=True, upturned=True, transposed=True, lone=0.0)


def smooth_light(seed: int, height: int = 40, width: int = 48) -> np.ndarray:
    """Return smooth random light, from 0 to 1."""
    noise = np.random.default_rng(seed).random((height, width))
    smooth = gaussian.gaussian(noise, 4.0)
    light: np.ndarray = (smooth - smooth.min()) / np.ptp(smooth)
    return light


def drawing(style: str, seed: int) -> np.ndarray:
    """Return a drawing in a style of known period."""
    light = smooth_light(seed)
    down, right = np.indices(light.shape)
    levels: dict[str, Any] = {
        "flat": np.full(light.shape, 0.5),
        "hatched": ((right + 2 * down) % 8 + 0.5) / 8,
        "bayer": (BAYER4[down % 4, right % 4] + 0.5) / 16,
        "striped": (down % 2 + 0.5) / 2,
    }
    paper: np.ndarray = light >= levels[style]
    return paper


def drawings(style: str, count: int = 12) -> list[np.ndarray]:
    """Return drawings of one style."""
    return [drawing(style, seed) for seed in range(count)]


@pytest.mark.parametrize(
    ("style", "period"), [("flat", 1), ("striped", 2), ("bayer", 4), ("hatched", 8)]
)
def test_period_of_a_style(style: str, period: int) -> None:
    """The period is found, whatever is drawn; a style without a grid has none."""
    assert style_statistics.find_period(drawings(style)) == period


def test_period_needs_a_common_grid() -> None:
    """Drawings whose patterns begin anywhere do not depend on the position."""
    moved = [paper[seed % 4 :, seed // 4 % 4 :] for seed, paper in enumerate(drawings("bayer", 32))]

    assert style_statistics.find_period(moved) == 1


def test_symmetry_of_a_style() -> None:
    """Hatching differs if mirrored or turned, stripes if turned; areas look the same."""
    hatched = style_statistics.measure_style(drawings("hatched"))
    flat = style_statistics.measure_style(drawings("flat"))

    assert (hatched.mirrored, hatched.upturned, hatched.transposed) == (False, False, False)
    assert (flat.mirrored, flat.upturned, flat.transposed) == (True, True, True)
    assert not style_statistics.measure_style(drawings("striped")).transposed


def test_distance_is_the_jensen_shannon_divergence() -> None:
    """The distance equals that of SciPy, for all patterns and for patterns at each position."""
    first, second = drawings("flat", 3), drawings("bayer", 4)
    for period in (1, 2, 4):
        counts = [
            sum(style_statistics.pattern_counts(paper, period, 4) for paper in papers)
            for papers in (first, second)
        ]
        expected = jensenshannon(*(np.ravel(count) for count in counts), base=2) ** 2
        actual = style_statistics.style_distance(first, second, period)
        assert actual == pytest.approx(expected)


def test_distances_order_styles() -> None:
    """A style is nearer to itself than to others; equal sets have no distance."""
    flat, other = drawings("flat"), [drawing("flat", seed) for seed in range(50, 62)]
    bayer, hatched = drawings("bayer"), drawings("hatched")
    distances = [
        style_statistics.style_distance(flat, papers) for papers in (flat, other, hatched, bayer)
    ]

    assert distances[0] == 0
    assert all(near < far for near, far in pairwise(distances[:3]))
    assert distances[1] < distances[3] < 1
    floor = style_statistics.noise_floor([*flat, *other])
    assert floor == pytest.approx(distances[1], rel=0.3)
    assert style_statistics.noise_floor([*flat, *other], count=3) > floor


def test_information_of_positions() -> None:
    """It is 0 if all positions have the same patterns, and 1 bit if two have different ones."""
    counts = np.zeros((2, 1, 4), np.int64)
    counts[:, :, 1] = 5
    assert style_statistics.information(counts) == 0
    counts[1] = np.roll(counts[1], 1)
    assert style_statistics.information(counts) == 1


def test_small_drawings_have_no_patterns() -> None:
    """A drawing smaller than a pattern adds nothing."""
    small = [np.ones((2, 9), np.bool_)]

    assert style_statistics.pattern_codes(small[0], 2, 4).size == 0
    assert style_statistics.style_distance(small, small) == 0


def settings(
    style: StyleStatistics, *fixed: str, phase: int = 0
) -> tuple[ModelConfig, TrainConfig, str]:
    """Return the settings for a style."""
    chosen = style_settings.settings_for(
        style, ModelConfig(phase=phase), TrainConfig(), frozenset(fixed)
    )
    return chosen.model_config, chosen.train_config, chosen.summary


def test_settings_of_a_plain_style() -> None:
    """A style without a grid, and alike if mirrored, changes no setting."""
    network, config, summary = settings(PLAIN)

    assert (network, config) == (ModelConfig(), TrainConfig())
    assert "no fixed grid; looks the same mirrored and upside down and turned" in summary


def test_settings_of_a_style_with_a_grid() -> None:
    """The phase tile has the period, as far as the levels allow; nothing is mirrored."""
    style = StyleStatistics(8, mirrored=False, upturned=False, transposed=False, lone=0.04)
    network, config, summary = settings(style)

    assert (network.phase, network.clamp) == (4, 0)
    assert (config.augment.mirrored, config.losses.lone) == (0, 0)
    assert "more --channels (levels) would learn the period of 8" in summary
    assert "--network phase=4,clamp=0 --augment mirrored=0" in summary
    levels = ModelConfig(channels=(4, 4, 4, 4))
    chosen = style_settings.settings_for(style, levels, config, frozenset())
    assert chosen.model_config.phase == 8


@pytest.mark.parametrize(("exposure", "share"), [("auto", 0.0), ("mild", 0.7), ("none", 0.7)])
def test_examples_with_automatic_exposure_are_not_exposed_again(
    exposure: str, share: float
) -> None:
    """Random exposure would hide which tone an artist draws in which way."""
    chosen = style_settings.settings_for(
        PLAIN, ModelConfig(), TrainConfig(), frozenset(), InputExposure(exposure)
    )

    assert chosen.train_config.augment.exposed == share
    assert f"exposed={share:g}" in chosen.summary


def test_given_settings_are_kept() -> None:
    """Options on the command line take precedence over settings found in the style."""
    style = StyleStatistics(4, mirrored=False, upturned=False, transposed=False, lone=0.04)
    network, config, _ = settings(style, "phase", "mirrored", "lone", phase=2)

    assert (network.phase, network.clamp) == (2, 0)
    assert config.augment.mirrored == TrainConfig().augment.mirrored
    assert config.losses.lone == TrainConfig().losses.lone

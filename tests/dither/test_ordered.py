"""Ordered dithering against published maps and formulas; tests/peers has other programs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pixbin
from pixbin.catalog.families import Bayer, GradientNoise, RankTile, ThresholdMap, WhiteNoise
from pixbin.catalog.methods import Method
from pixbin.color.quanta import FULL_SCALE
from pixbin.dither import ordered, void_and_cluster
from tests.oracles import reference


def thresholds(name: str) -> np.ndarray:
    """Return the thresholds of a method, in quanta."""
    family = Method.named(name).family
    assert isinstance(family, Bayer | ThresholdMap | RankTile | GradientNoise | WhiteNoise)
    return ordered.thresholds(family, (64, 64), 0)


@pytest.mark.parametrize("side", [1, 2, 4, 8, 16, 32, 64])
def test_equals_the_closed_form(side: int) -> None:
    """The map is that of interleaving the bits of the coordinates."""
    assert np.array_equal(reference.bayer_ranks(side), ordered.bayer(side, side))


def test_equals_the_published_map() -> None:
    """The 4 x 4 map is that of Bayer's paper."""
    published = [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]

    assert published == ordered.bayer(4, 4).tolist()


SIDES = [(4, 2), (2, 4), (8, 2), (8, 4), (4, 8), (2, 16), (64, 16), (32, 64)]


@pytest.mark.parametrize("sides", SIDES)
def test_rectangular_map_holds_every_rank(sides: tuple[int, int]) -> None:
    """A map of two different sides holds each rank once."""
    ranks = ordered.bayer(*sides)

    assert np.array_equal(np.arange(ranks.size), np.sort(ranks.ravel()))
    assert ranks.shape == sides[::-1]


@pytest.mark.parametrize("side", [2, 4, 8, 16, 32, 64])
def test_flat_grey_has_its_share_of_paper(side: int) -> None:
    """A flat tone between n and n + 1 of the thresholds makes n cells of each tile paper."""
    levels = thresholds(f"bayer{side}")
    for count in (0, 1, side, side * side // 2, side * side):
        tone = min(FULL_SCALE, int((count + 0.5) / (levels.size + 1) * FULL_SCALE))
        paper = ordered.apply_thresholds(np.full(levels.shape, tone, np.int32), levels, 1.0)
        assert count == paper.sum()


def test_tiles_repeat_over_any_size() -> None:
    """Grids smaller than the tile, or no multiple of it, are cut from the repeated pattern."""
    levels, tone = thresholds("bayer8"), round(FULL_SCALE * 0.4)
    whole = ordered.apply_thresholds(np.full((24, 40), tone, np.int32), levels, 1.0)
    for height, width in ((1, 1), (3, 40), (24, 5), (13, 21)):
        part = ordered.apply_thresholds(np.full((height, width), tone, np.int32), levels, 1.0)
        assert np.array_equal(whole[:height, :width], part)


@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 70), st.integers(1, 20))
def test_every_cell_has_its_own_threshold(
    height: int, width: int, tile_height: int, tile_width: int
) -> None:
    """Each cell is compared with the threshold at its row and column, counted by the tile."""
    random = np.random.default_rng(height * 100 + width)
    levels = random.uniform(0, FULL_SCALE, (tile_height, tile_width))
    cells = random.integers(0, FULL_SCALE + 1, (2 * height, width)).astype(np.int32)[::2]
    rows, columns = np.arange(height) % tile_height, np.arange(width) % tile_width
    paper = ordered.apply_thresholds(cells, levels, 1.0)

    assert np.array_equal(cells >= levels[np.ix_(rows, columns)], paper)


def test_strength_narrows_the_thresholds() -> None:
    """At strength 0 the map is a threshold at one half; in between it dithers less."""
    cells = np.linspace(0, FULL_SCALE, 64).astype(np.int32)[None].repeat(8, 0)
    threshold = ordered.apply_thresholds(cells, thresholds("bayer8"), 0.0)
    weak = ordered.apply_thresholds(cells, thresholds("bayer8"), 0.5)

    assert np.array_equal(cells >= FULL_SCALE / 2, threshold)
    assert not weak[:, :16].any()
    assert weak[:, -16:].all()
    assert 0 < weak[:, 24:40].mean() < 1


@pytest.mark.parametrize("name", ["blue-noise", "gradient-noise", "white-noise"])
@pytest.mark.parametrize("share", [0.03, 0.25, 0.5, 0.9])
def test_noise_keeps_the_light(name: str, share: float) -> None:
    """A flat tone makes its share of cells paper, whatever the noise."""
    cells = np.full((64, 64), round(share * FULL_SCALE), np.int32)
    spread = 0.03 if name == "white-noise" else 0.006

    assert ordered.apply_thresholds(cells, thresholds(name), 1.0).mean() == pytest.approx(
        share, abs=spread
    )


def test_white_noise_follows_its_seed() -> None:
    """Equal seeds give equal noise, of NumPy's legacy generator; other seeds other noise."""
    flat = np.full((32, 32), 128, np.uint8)
    grids = [pixbin.convert(flat, method="white-noise", seed=seed).grid for seed in (0, 0, 1)]

    assert np.array_equal(grids[0], grids[1])
    assert not np.array_equal(grids[0], grids[2])
    assert thresholds("white-noise")[0, 0] / FULL_SCALE == pytest.approx(0.5488135039273248)


def test_gradient_noise_is_the_formula() -> None:
    """Interleaved gradient noise is the published formula of a cell's position."""
    inner = (0.06711056 * 5 + 0.00583715 * 3) % 1

    assert thresholds("gradient-noise")[3, 5] / FULL_SCALE == pytest.approx(52.9829189 * inner % 1)


def test_shipped_tile_is_the_generated_one() -> None:
    """`make tiles` would write the shipped tile again, which has each rank once."""
    tile = ordered.load_rank_tile("blue-noise-64")

    assert np.array_equal(np.arange(4096), np.sort(tile.ravel()))
    assert np.array_equal(void_and_cluster.void_and_cluster(64, void_and_cluster.TILE_SEED), tile)


def power(name: str, share: float) -> np.ndarray:
    """Return the power of a flat grey's dots for each ring of frequencies; 1 is white noise."""
    cells = np.full((64, 64), round(share * FULL_SCALE), np.int32)
    dots = ordered.apply_thresholds(cells, thresholds(name), 1.0) - share
    spectrum = np.abs(np.fft.fft2(dots)) ** 2 / dots.size / (share * (1 - share))
    ring = np.rint(np.hypot(*np.meshgrid(np.fft.fftfreq(64), np.fft.fftfreq(64))) * 64).astype(int)
    return np.bincount(ring.ravel(), spectrum.ravel()) / np.bincount(ring.ravel())


@pytest.mark.parametrize("share", [1 / 16, 1 / 8, 1 / 4, 1 / 2, 3 / 4])
def test_blue_noise_is_blue(share: float) -> None:
    """Hardly any power lies below half the principal frequency of a grey's dots."""
    principal = np.sqrt(min(share, 1 - share))
    low = slice(1, int(64 * min(principal, 0.707) / 2))

    assert power("blue-noise", share)[low].mean() < 0.18
    assert power("white-noise", share)[low].mean() > 0.5


@pytest.mark.parametrize("share", [1 / 16, 1 / 8, 1 / 4])
def test_blue_noise_has_no_direction(share: float) -> None:
    """The dots are no nearer to one another along rows than along columns or diagonals."""
    cells = np.full((64, 64), round(share * FULL_SCALE), np.int32)
    dots = ordered.apply_thresholds(cells, thresholds("blue-noise"), 1.0)
    neighbours = [(dots & np.roll(dots, shift, (0, 1))).mean() for shift in ((0, 1), (1, 0))]

    assert neighbours[0] == pytest.approx(neighbours[1], abs=0.01)
    assert max(neighbours) < share**2

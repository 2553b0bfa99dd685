"""Methods whose dots are larger than a cell: green noise, blocks, the clustered map."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixbin.catalog.families import BlockDiffusion, GreenNoiseDiffusion
from pixbin.catalog.methods import Method
from pixbin.color.quanta import FULL_SCALE
from pixbin.dither import block_diffusion, green_noise, ordered, void_and_cluster
from pixbin.filters import gaussian
from pixbin.options import Options
from pixbin.pipeline import binarize
from tests.benchmarks.metrics import isolated_fraction
from tests.fixtures import FLOYD_STEINBERG
from tests.sparse import examples

GREEN = cast(GreenNoiseDiffusion, Method.GREEN_NOISE.family)
BLOCKS = cast(BlockDiffusion, Method.BLOCK_DIFFUSION.family)


def noise(height: int, width: int, seed: int) -> np.ndarray:
    """Return random cells."""
    random = np.random.default_rng(seed)
    return random.integers(0, FULL_SCALE + 1, (height, width)).astype(np.int32)


def flat(share: float, side: int = 96) -> np.ndarray:
    """Return cells of one grey."""
    return np.full((side, side), round(share * FULL_SCALE), np.int32)


@pytest.mark.parametrize("share", [0.2, 0.3, 0.7])
@pytest.mark.parametrize("method", ["green-noise", "block-diffusion", "stochastic-clustered"])
def test_fewer_lone_cells(method: str, share: float) -> None:
    """There are at most a third as many cells without a like neighbour as by Floyd-Steinberg."""
    ours, theirs = (
        isolated_fraction(binarize.binarize(flat(share), Options.of(method=name)))
        for name in (method, "floyd-steinberg")
    )

    assert ours <= theirs / 3


def blocks_by_definition(cells: np.ndarray, side: int) -> np.ndarray:
    """Diffuse errors of blocks in the plainest way, all rows from left to right."""
    light = cells / (FULL_SCALE / 255)
    rows, columns = -(-len(cells) // side), -(-len(cells[0]) // side)
    received = np.zeros((rows + 1, columns + 2))
    paper = np.zeros(cells.shape, bool)
    for row in range(rows):
        for column in range(columns):
            part = np.s_[row * side : row * side + side, column * side : column * side + side]
            level = light[part] + received[row, column + 1]
            paper[part] = level >= 127.5
            error = (level - 255 * paper[part]).mean()
            for x, y, weight in zip(*FLOYD_STEINBERG, strict=True):
                received[row + y, column + 1 + x] += error * weight
    return paper


@examples(40)
@given(st.integers(1, 17), st.integers(1, 17), st.integers(1, 4), st.integers(0, 999))
def test_blocks_equal_the_definition(height: int, width: int, side: int, seed: int) -> None:
    """The result is that of the plain program, for blocks of any side and cut blocks."""
    cells = noise(height, width, seed)
    family = BlockDiffusion(side, FLOYD_STEINBERG)

    assert np.array_equal(
        blocks_by_definition(cells, side), block_diffusion.diffuse(cells, family, False, 1.0)
    )


def test_blocks_are_whole_in_flat_areas_and_sharp_at_edges() -> None:
    """A flat grey has only whole blocks; an edge in the middle of blocks stays where it is."""
    paper = block_diffusion.diffuse(flat(0.35), BLOCKS, True, 1.0)
    blocks = paper.reshape(48, 2, 48, 2).sum(axis=(1, 3))
    edge = flat(0.05)
    edge[:, 33:] = round(0.95 * FULL_SCALE)
    sides = block_diffusion.diffuse(edge, BLOCKS, True, 1.0)

    assert set(np.unique(blocks)) == {0, 4}
    assert (sides[:, 33].mean(), sides[:, 32].mean()) == pytest.approx((1, 0), abs=0.15)


def green_by_definition(cells: np.ndarray) -> np.ndarray:
    """Diffuse half of each error to the right and half down, without feedback."""
    light = cells / (FULL_SCALE / 255)
    paper = np.zeros(cells.shape, bool)
    below = np.zeros(len(cells[0]))
    for y, row in enumerate(light):
        error = 0.0
        for x, value in enumerate(row):
            level = value + below[x] + error
            paper[y, x] = level >= 127.5
            error = below[x] = (level - 255 * paper[y, x]) * 0.5
    return paper


@examples(20)
@given(st.integers(1, 20), st.integers(1, 20), st.integers(0, 999))
def test_without_feedback_it_is_plain_diffusion(height: int, width: int, seed: int) -> None:
    """With neither feedback nor noise the weights alone decide."""
    cells = noise(height, width, seed)
    plain = GreenNoiseDiffusion(feedback=0, noise=0)

    assert np.array_equal(
        green_by_definition(cells), green_noise.diffuse(cells, plain, False, 1.0, 0)
    )


def test_feedback_makes_larger_clusters() -> None:
    """The more feedback, the fewer changes from one cell of a row to the next."""
    changes = []
    for feedback in (0.0, 1.0, 2.0):
        family = GreenNoiseDiffusion(feedback, GREEN.noise)
        paper = green_noise.diffuse(flat(0.5), family, True, 1.0, 0)
        changes.append((paper[:, 1:] != paper[:, :-1]).mean())

    assert changes[0] > 1.3 * changes[1] > 1.3 * changes[2]


def test_seed_changes_the_grain() -> None:
    """Another seed gives other clusters, the same seed the same ones."""
    first, again, other = (green_noise.diffuse(flat(0.4), GREEN, True, 1.0, s) for s in (1, 1, 2))

    assert np.array_equal(first, again)
    assert (first != other).mean() > 0.1


def test_clustered_map_is_made_by_void_and_cluster() -> None:
    """The shipped map has every rank once, and is what the program makes."""
    shipped = ordered.load_rank_tile("stochastic-clustered-64")
    made = void_and_cluster.void_and_cluster(
        void_and_cluster.TILE_SIDE,
        void_and_cluster.TILE_SEED,
        void_and_cluster.STOCHASTIC_CLUSTERED,
    )

    assert np.array_equal(np.sort(shipped, axis=None), np.arange(64 * 64))
    assert np.array_equal(shipped, made)


@pytest.mark.parametrize("method", ["green-noise", "structure-aware", "multiscale", "engraving"])
def test_no_dots_stray_into_pure_areas(method: str) -> None:
    """Black and white cells between greys stay black and white."""
    spots = gaussian.gaussian(noise(96, 96, 0) / FULL_SCALE, 1.2)
    contrasty = np.rint(np.clip((spots - 0.5) * 8 + 0.5, 0, 1) * FULL_SCALE).astype(np.int32)
    areas = noise(64, 64, 5)
    areas[20:44, :20], areas[20:44, 44:] = 0, FULL_SCALE
    for cells in (contrasty, areas):
        paper = binarize.binarize(cells, Options.of(method=method))

        assert not paper[cells == 0].any()
        assert paper[cells == FULL_SCALE].all()
        assert 0.3 < paper.mean() < 0.7

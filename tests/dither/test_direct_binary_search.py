"""Direct binary search: no change improves its result, and it beats other methods."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pixbin
from pixbin import readers
from pixbin.catalog.methods import Method
from pixbin.color.quanta import FULL_SCALE
from pixbin.dither import direct_binary_search
from pixbin.filters.ssim_gradient import ssim_gradient
from pixbin.options import Options
from pixbin.pipeline import binarize, cell_sampling
from pixbin.pipeline.convert import plan_for_raster
from pixbin.readers import raster
from tests.benchmarks import quality
from tests.benchmarks.metrics import Quality
from tests.fixtures import TONE_PRESERVING_METHODS, kernels_run_as, sample_image
from tests.oracles import reference
from tests.sparse import covering

WEIGHTS = [0.0, 0.3, 1.0]  #: of structure; the middle one is the default


def squared_error(paper: np.ndarray, cells: np.ndarray, blur: np.ndarray) -> float:
    """Return the squared error after a blur; beyond the border the error is 0."""
    radius = len(blur) // 2
    error = np.pad(paper - cells / FULL_SCALE, 2 * radius)
    blurred = np.zeros((error.shape[0] - 2 * radius, error.shape[1] - 2 * radius))
    for (y, x), weight in np.ndenumerate(blur):
        blurred += weight * error[y : y + blurred.shape[0], x : x + blurred.shape[1]]
    return float((blurred**2).sum())


@settings(max_examples=15)
@given(st.integers(1, 7), st.integers(1, 7), st.integers(0, 99), st.sampled_from(WEIGHTS))
def test_no_change_lowers_the_cost(height: int, width: int, seed: int, structure: float) -> None:
    """No toggle of a cell, and no swap of neighbours, lowers the error minus structure.

    But for cells next to black or white, which are only swapped.
    """
    cells = np.random.default_rng(seed).integers(1, FULL_SCALE, (height, width)).astype(np.int32)
    paper = direct_binary_search.direct_binary_search(cells, structure)
    pull = structure * direct_binary_search.STRUCTURE_WEIGHT * ssim_gradient(cells / FULL_SCALE)

    def value(paper: np.ndarray) -> float:
        return squared_error(paper, cells, direct_binary_search.hvs_filter()) - float(
            (pull * paper).sum()
        )

    least = value(paper)
    faint = (
        direct_binary_search.TOGGLE_MARGIN
        * squared_error(np.ones((1, 1)), np.zeros((1, 1)), direct_binary_search.hvs_filter())
        * FULL_SCALE
    )

    for y in range(height):
        for x in range(width):
            for v in range(max(0, y - 1), min(height, y + 2)):
                for u in range(max(0, x - 1), min(width, x + 2)):
                    other = paper.copy()
                    other[y, x] = not paper[y, x]
                    if (v, u) == (y, x) and not faint <= cells[y, x] <= FULL_SCALE - faint:
                        continue
                    if (v, u) != (y, x) and paper[v, u] != paper[y, x]:
                        other[v, u] = paper[y, x]
                    assert value(other) >= least - 1e-6


@settings(max_examples=10)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 99))
def test_interpreter_and_machine_code_agree(height: int, width: int, seed: int) -> None:
    """Both ways to run a kernel give the same result."""
    cells = (
        np.random.default_rng(seed).integers(0, FULL_SCALE + 1, (height, width)).astype(np.int32)
    )
    results = []
    for machine_code in (True, False):
        with kernels_run_as(machine_code=machine_code):
            results.append(direct_binary_search.direct_binary_search(cells, 0.3))

    assert np.array_equal(results[0], results[1])


@pytest.mark.parametrize("side", [32, 64, 128])
def test_squared_error_is_the_least_of_all_methods(side: int) -> None:
    """Without structure, no other method comes as near to its source from a distance.

    By the eye's blur, and by a Gaussian of 1.5 cells.
    """
    away = np.arange(-8, 9) ** 2
    gauss = np.exp(-np.add.outer(away, away) / (2 * 1.5**2))
    source, options = raster.from_array(sample_image(300, 300)), Options.of(size=(side, side))
    plan = plan_for_raster(source, options)
    cells = cell_sampling.sample_cells(source, plan, options).planes[0]
    for blur in (direct_binary_search.hvs_filter(), gauss / gauss.sum()):
        errors = {
            method: squared_error(_binarized(cells, method, structure=0), cells, blur)
            for method in (*TONE_PRESERVING_METHODS, Method.BLUE_NOISE, Method.DIRECT_BINARY_SEARCH)
        }
        assert min(errors, key=lambda method: errors[method]) == Method.DIRECT_BINARY_SEARCH


def _binarized(cells: np.ndarray, method: str, **settings: object) -> np.ndarray:
    return binarize.binarize(cells, Options.of(method=method, **settings))


@pytest.mark.parametrize(
    ("share", "structure"), covering([0.005, 0.02, 0.05, 0.1, 0.2159, 0.5, 0.8, 0.97], WEIGHTS)
)
def test_flat_areas_keep_their_light(share: float, structure: float) -> None:
    """The mean light of a flat area stays, however much structure counts."""
    paper = direct_binary_search.direct_binary_search(
        np.full((128, 128), round(share * FULL_SCALE), np.int32), structure
    )

    assert paper.mean() == pytest.approx(share, abs=0.001)


@pytest.mark.parametrize("structure", WEIGHTS)
def test_pure_cells_stay_pure(structure: float) -> None:
    """Black and white areas next to greys stay clean."""
    cells = np.full((40, 40), round(0.4 * FULL_SCALE), np.int32)
    cells[:, 10:20], cells[:, 20:30] = 0, FULL_SCALE
    paper = direct_binary_search.direct_binary_search(cells, structure)

    assert not paper[:, 10:20].any()
    assert paper[:, 20:30].all()


def test_letterbox_bars_are_clean() -> None:
    """The bars of `--fit contain` stay all paper."""
    grid = pixbin.convert(sample_image(100, 50), size=(64, 64), fit="contain", method="dbs").grid

    assert grid[:16].all()
    assert grid[48:].all()


def test_hvs_filter_is_the_published_one() -> None:
    """The centre of the blur has the weight that its source gives for this distance."""
    assert direct_binary_search.hvs_filter().sum() == pytest.approx(1)
    assert direct_binary_search.hvs_filter()[5, 5] == pytest.approx(0.1655, abs=2e-4)


@settings(max_examples=10)
@given(st.integers(1, 14), st.integers(1, 14), st.integers(0, 99))
def test_ssim_gradient_is_the_derivative(height: int, width: int, seed: int) -> None:
    """The gradient is the derivative of the similarity by each cell's light.

    At the source itself taken for a dithered picture, and windows cut at the border.
    """
    light = np.random.default_rng(seed).random((height, width))
    gradient = ssim_gradient(light)
    for y, x in ((0, 0), (height // 2, width // 3), (height - 1, width - 1)):
        step = np.zeros_like(light)
        step[y, x] = 1e-5
        above, below = (
            reference.contrast_weighted_ssim(light, light + side * step) for side in (1, -1)
        )
        assert gradient[y, x] == pytest.approx((above - below) / 2e-5, rel=1e-4, abs=1e-6)


def test_ssim_gradient_of_flat_areas_is_zero() -> None:
    """Where the source is flat, structure has no effect, at the border too."""
    assert np.abs(ssim_gradient(np.full((20, 30), 0.37))).max() < 1e-6


@pytest.mark.parametrize("side", [32, 64, pytest.param(128, marks=pytest.mark.exhaustive)])
def test_beats_floyd_steinberg_on_tone_and_structure(side: int) -> None:
    """By default the search is better at once in light, in structure and at edges.

    On the mean over the pictures of pixbin and scikit-image, even where Floyd-Steinberg is
    forgiven its displacement; with weight 1 structure gains more.
    """
    rasters = [readers.read(str(path)) for path in quality.pictures(None)]
    all_cells = [quality.cells_of(raster, side, "linear") for raster in rasters]
    ours, theirs, most = (
        quality.measured(all_cells, Options.of(**settings)).mean(0)
        for settings in ({"method": "dbs"}, {"method": "fs"}, {"method": "dbs", "structure": 1})
    )
    gains = dict(zip(Quality._fields, ours - theirs, strict=True))

    assert gains["eye"] > 0.15
    assert gains["gauss"] > 1
    assert gains["displaced"] > 0.3
    assert gains["cssim"] > 0.005
    assert gains["edges"] > 0.01
    assert most[3] > ours[3] + 0.003

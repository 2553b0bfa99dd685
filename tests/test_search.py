"""Direct binary search finds what it says it finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pixbin
from pixbin import pipeline, raster
from pixbin.kernels import machine, search
from pixbin.light import FULL
from pixbin.methods import Method
from pixbin.options import Options
from tests.conftest import shades
from tests.test_pipeline import KEEPING_LIGHT


def seen_error(paper: np.ndarray, cells: np.ndarray, blur: np.ndarray) -> float:
    """Return the squared error after a blur; nothing lies beyond the border."""
    reach = len(blur) // 2
    error = np.pad(paper - cells / FULL, 2 * reach)
    seen = np.zeros((error.shape[0] - 2 * reach, error.shape[1] - 2 * reach))
    for (y, x), weight in np.ndenumerate(blur):
        seen += weight * error[y : y + seen.shape[0], x : x + seen.shape[1]]
    return float((seen**2).sum())


@settings(max_examples=15)
@given(st.integers(1, 7), st.integers(1, 7), st.integers(0, 99))
def test_no_change_would_be_better(height: int, width: int, seed: int) -> None:
    """No toggle of a cell, and no swap of neighbours, lessens the error that the eye sees.

    But for cells next to black or white, which are only swapped.
    """
    cells = np.random.default_rng(seed).integers(1, FULL, (height, width)).astype(np.int32)
    paper = search.search(cells)
    least = seen_error(paper, cells, search.eye_blur())
    faint = search.FAINT * seen_error(np.ones((1, 1)), np.zeros((1, 1)), search.eye_blur()) * FULL

    for y in range(height):
        for x in range(width):
            for v in range(max(0, y - 1), min(height, y + 2)):
                for u in range(max(0, x - 1), min(width, x + 2)):
                    other = paper.copy()
                    other[y, x] = not paper[y, x]
                    if (v, u) == (y, x) and not faint <= cells[y, x] <= FULL - faint:
                        continue
                    if (v, u) != (y, x) and paper[v, u] != paper[y, x]:
                        other[v, u] = paper[y, x]
                    assert seen_error(other, cells, search.eye_blur()) >= least - 1e-6


@settings(max_examples=10)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 99))
def test_interpreter_and_machine_code_agree(height: int, width: int, seed: int) -> None:
    """Which of the two ran cannot be told from the result."""
    cells = np.random.default_rng(seed).integers(0, FULL + 1, (height, width)).astype(np.int32)
    results = []
    for steps in (0, 1 << 60):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(machine, "INTERPRETED_STEPS", steps)
            results.append(search.search(cells))

    assert np.array_equal(results[0], results[1])


@pytest.mark.parametrize("side", [32, 64, 128])
def test_looks_nearer_than_every_other_method(side: int) -> None:
    """From a distance no other method comes as near, by the eye's blur or a Gaussian of 1.5."""
    away = np.arange(-8, 9) ** 2
    gauss = np.exp(-np.add.outer(away, away) / (2 * 1.5**2))
    source, options = raster.of_array(shades(300, 300)), Options.of(size=(side, side))
    steps = pipeline.plan(source, options)
    cells = pipeline.prepare(source, steps, options)
    for blur in (search.eye_blur(), gauss / gauss.sum()):
        errors = {
            method: seen_error(pipeline.binarize(cells, Options.of(method=method)), cells, blur)
            for method in (*KEEPING_LIGHT, Method.BLUE_NOISE, Method.DIRECT_BINARY_SEARCH)
        }
        assert min(errors, key=lambda method: errors[method]) == Method.DIRECT_BINARY_SEARCH


@pytest.mark.parametrize("share", [0.005, 0.02, 0.05, 0.1, 0.2159, 0.5, 0.8, 0.97])
def test_light_is_kept(share: float) -> None:
    """Flat areas keep their light."""
    paper = search.search(np.full((128, 128), round(share * FULL), np.int32))

    assert paper.mean() == pytest.approx(share, abs=0.001)


def test_pure_cells_stay_pure() -> None:
    """Black and white areas beside greys are left clean."""
    cells = np.full((40, 40), round(0.4 * FULL), np.int32)
    cells[:, 10:20], cells[:, 20:30] = 0, FULL
    paper = search.search(cells)

    assert not paper[:, 10:20].any()
    assert paper[:, 20:30].all()


def test_bars_are_clean() -> None:
    """So are the bars of `--fit contain`."""
    grid = pixbin.convert(shades(100, 50), size=(64, 64), fit="contain", method="dbs").grid

    assert grid[:16].all()
    assert grid[48:].all()


def test_blur_is_that_of_the_eye() -> None:
    """The centre of the blur has the weight that its source gives for this distance."""
    assert search.eye_blur().sum() == pytest.approx(1)
    assert search.eye_blur()[5, 5] == pytest.approx(0.1655, abs=2e-4)

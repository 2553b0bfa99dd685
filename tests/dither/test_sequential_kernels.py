"""Properties of every method that decides cell after cell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixbin.catalog.families import ErrorDiffusion
from pixbin.catalog.methods import Method
from pixbin.color.quanta import FULL_SCALE
from pixbin.options import Options
from pixbin.pipeline import binarize
from tests.fixtures import DITHERING_METHODS, kernels_run_as
from tests.sparse import covering

HANDING_ON = [
    Method.FLOYD_STEINBERG,
    Method.OSTROMOUKHOV,
    Method.ZHOU_FANG,
    Method.ESCHBACH_KNOX,
    Method.STRUCTURE_AWARE,
    Method.GREEN_NOISE,
    Method.BLOCK_DIFFUSION,
    Method.MULTISCALE,
    Method.STIPPLE,
    Method.RIEMERSMA,
    Method.DOT_DIFFUSION,
    Method.MESE_VAIDYANATHAN,
    Method.CONTRAST_AWARE,
]


def noise(height: int, width: int, seed: int) -> np.ndarray:
    """Return random cells, some of them pure."""
    shares = np.clip(np.random.default_rng(seed).normal(0.5, 0.4, (height, width)), 0, 1)
    return np.rint(shares * FULL_SCALE).astype(np.int32)


@pytest.mark.parametrize("method", HANDING_ON)
@settings(max_examples=20)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 999), st.sampled_from([0, 0.3, 1]))
def test_interpreter_and_machine_code_agree(
    method: Method, height: int, width: int, seed: int, strength: float
) -> None:
    """Both ways to run a kernel give the same result."""
    cells = noise(height, width, seed)
    results = []
    for machine_code in (True, False):
        with kernels_run_as(machine_code=machine_code):
            options = Options.of(method=method, strength=strength, seed=seed)
            results.append(binarize.binarize(cells, options))

    assert np.array_equal(results[0], results[1])


@pytest.mark.parametrize("method", HANDING_ON)
def test_strength_zero_is_a_threshold(method: Method) -> None:
    """Without strength no error is handed on, and there is no noise."""
    cells = noise(20, 30, 5)
    paper = binarize.binarize(cells, Options.of(method=method, strength=0))

    assert np.array_equal(cells >= FULL_SCALE / 2, paper)


@pytest.mark.parametrize(("method", "strength"), covering(DITHERING_METHODS, [0, 0.5, 1]))
def test_pure_pictures_stay_pure(method: Method, strength: float) -> None:
    """Black and white pictures stay so at any strength."""
    options = Options.of(method=method, strength=strength)
    for quanta in (0, FULL_SCALE):
        paper = binarize.binarize(np.full((37, 23), quanta, np.int32), options)
        assert (paper == bool(quanta)).all()


@pytest.mark.parametrize("method", HANDING_ON)
def test_input_is_not_changed(method: Method) -> None:
    """The cells stay as they were."""
    cells = noise(9, 9, 1)
    before = cells.copy()
    binarize.binarize(cells, Options.of(method=method))

    assert np.array_equal(before, cells)


def test_every_family_is_tested() -> None:
    """The list above has one method of each family."""
    families = {type(m.family) for m in Method if "diffus" in type(m.family).__name__.lower()}

    assert ErrorDiffusion in families
    assert families <= {type(method.family) for method in HANDING_ON}

"""Error diffusion with moved thresholds: detail is kept, and flat greys stay as they were."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixbin.catalog.families import StructureAwareDiffusion, VariableDiffusion
from pixbin.catalog.methods import Method
from pixbin.color.quanta import FULL_SCALE
from pixbin.dither import sharpening, threshold_modulation, variable_error_diffusion
from tests.fixtures import FLOYD_STEINBERG
from tests.sparse import examples

FAMILY = cast(StructureAwareDiffusion, Method.STRUCTURE_AWARE.family)
OSTROMOUKHOV = cast(VariableDiffusion, Method.OSTROMOUKHOV.family)


@examples(30)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 255), st.booleans())
def test_flat_greys_are_those_of_ostromoukhov(
    height: int, width: int, level: int, serpentine: bool
) -> None:
    """Without detail nothing moves the threshold, and the weights are Ostromoukhov's."""
    cells = np.full((height, width), level * FULL_SCALE // 255, np.int32)
    expected = variable_error_diffusion.diffuse(cells, OSTROMOUKHOV, serpentine, 1.0, 0)

    assert np.array_equal(
        expected, threshold_modulation.structure_aware(cells, FAMILY, serpentine, 1.0)
    )


@pytest.mark.parametrize("angle", range(0, 180, 15))
def test_faint_lines_are_kept(angle: int) -> None:
    """A thin line a little darker than its surroundings is clearer than by Ostromoukhov."""
    y, x = np.mgrid[-32:32, -32:32] + 0.5
    away = abs(x * np.sin(np.radians(angle)) - y * np.cos(np.radians(angle)))
    line = away < 0.7
    cells = np.where(line, round(0.4 * FULL_SCALE), round(0.6 * FULL_SCALE)).astype(np.int32)
    inked = [
        (~paper[line]).mean()
        for paper in (
            threshold_modulation.structure_aware(cells, FAMILY, True, 1.0),
            variable_error_diffusion.diffuse(cells, OSTROMOUKHOV, True, 1.0, 0),
        )
    ]

    assert inked[0] > inked[1] + 0.05


def test_screened_keeps_light_and_shows_the_screen() -> None:
    """Rows of low thresholds get more paper, and the mean light stays."""
    cells = np.full((64, 64), round(0.3 * FULL_SCALE), np.int32)
    screen = np.tile([[0.1], [0.9]], (32, 64)) * FULL_SCALE
    paper = threshold_modulation.screened(cells, screen, FLOYD_STEINBERG, 1.0, True, 1.0)

    assert abs(paper.mean() - 0.3) < 0.01
    assert paper[::2].mean() > paper[1::2].mean() + 0.3


def test_pull_to_threshold_moves_halfway() -> None:
    """At half strength a light grey is halfway between itself and white."""
    cells = np.array([[0.2, 0.6, 0.8]]) * FULL_SCALE
    pulled = sharpening.pull_to_threshold(np.rint(cells).astype(np.int32), 0.5) / FULL_SCALE

    assert pulled == pytest.approx(np.array([[0.1, 0.8, 0.9]]), abs=1e-6)


def test_sharpen_raises_lines_and_leaves_flat_areas() -> None:
    """A dark line in grey gets darker; far from it the grey is the same."""
    cells = np.full((21, 21), FULL_SCALE // 2, np.int32)
    cells[:, 10] = FULL_SCALE // 4
    sharper = sharpening.sharpen(cells, 1.0)

    assert (sharper[:, 10] < cells[:, 10]).all()
    assert np.array_equal(sharper[:, :6], cells[:, :6])


def test_entropies_of_levels() -> None:
    """Black and white hold no information, and a share of 20 % 0.722 bits."""
    entropies = threshold_modulation._entropies()

    assert (entropies[0], entropies[255]) == (0, 0)
    assert entropies[[51, 204]] == pytest.approx(0.721928, abs=1e-6)
    assert entropies[127] == pytest.approx(1, abs=1e-4)

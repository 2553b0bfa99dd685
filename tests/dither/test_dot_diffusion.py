"""Dot diffusion: the published class matrices, and their order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixbin.catalog.error_diffusion_kernels import KNUTH, MESE_VAIDYANATHAN
from pixbin.catalog.families import DotDiffusion
from pixbin.color.quanta import FULL_SCALE
from pixbin.dither import dot_diffusion
from tests.oracles import reference
from tests.sparse import examples


@pytest.mark.parametrize("family", [KNUTH, MESE_VAIDYANATHAN])
def test_matrix_holds_every_class_once(family: DotDiffusion) -> None:
    """A class matrix is square and has each of its classes once."""
    classes = np.array(family.classes)

    assert len({*classes.shape}) == 1
    assert np.array_equal(np.sort(classes, axis=None), np.arange(classes.size))


def baron_count(family: DotDiffusion) -> int:
    """Count the classes without a neighbour of higher class."""
    classes = np.array(family.classes)
    turned = [np.roll(classes, (v, u), (0, 1)) for v in (-1, 0, 1) for u in (-1, 0, 1) if v or u]
    return int((classes > np.max(turned, axis=0)).sum())


def test_barons_are_as_published() -> None:
    """Knuth's matrix has the two barons of his paper, and his rule that 63 - k is half a turn on.

    The optimized matrix has but one, so that it loses less light.
    """
    classes = np.array(KNUTH.classes)

    assert (baron_count(KNUTH), baron_count(MESE_VAIDYANATHAN)) == (2, 1)
    assert np.array_equal(63 - classes, np.roll(classes, 4, axis=1))


@pytest.mark.parametrize("family", [KNUTH, MESE_VAIDYANATHAN])
@examples(40)
@given(st.integers(1, 20), st.integers(1, 20), st.integers(0, 999))
def test_equals_the_definition(family: DotDiffusion, height: int, width: int, seed: int) -> None:
    """The result is that of going through the classes one by one."""
    cells = (
        np.random.default_rng(seed).integers(0, FULL_SCALE + 1, (height, width)).astype(np.int32)
    )
    expected = reference.dot_diffusion(cells, family.classes, FULL_SCALE)

    assert np.array_equal(expected, dot_diffusion.diffuse(cells, family, 1.0))

"""Riemersma dithering: the curve visits every cell, and errors follow it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pixbin.catalog.families import Riemersma
from pixbin.catalog.methods import Method
from pixbin.color.quanta import FULL_SCALE
from pixbin.dither import riemersma
from pixbin.jit import dispatch
from tests.oracles import reference
from tests.sparse import examples


@examples(400)
@given(st.integers(1, 90), st.integers(1, 90))
@example(1, 1)
@example(1, 90)
@example(2, 89)
@example(3, 3)
def test_curve_visits_every_cell_once(width: int, height: int) -> None:
    """In any rectangle every cell comes once, and touches the one before by a side."""
    rows, columns = np.divmod(riemersma.hilbert_curve(width, height), width)

    assert len({*zip(rows, columns, strict=True)}) == width * height == len(rows)
    assert (rows.min(), columns.min()) == (0, 0)
    assert (rows.max(), columns.max()) == (height - 1, width - 1)
    assert (abs(np.diff(rows)) + abs(np.diff(columns)) == 1).all()


@pytest.mark.parametrize("side", [1, 2, 4, 8, 16, 32, 64])
def test_curve_is_hilbert_s_in_squares(side: int) -> None:
    """In squares whose side is a power of two the curve is Hilbert's, mirrored at most."""
    theirs = np.array(reference.hilbert_curve(side))
    rows, columns = np.divmod(riemersma.hilbert_curve(side, side), side)
    ours = np.stack([columns, rows], axis=1)

    assert np.array_equal(theirs, ours) or np.array_equal(theirs[:, ::-1], ours)


@pytest.mark.parametrize("size", [(4097, 31), (30, 4099), (513, 511), (1, 70001)])
def test_compiled_curve_visits_every_cell(size: tuple[int, int]) -> None:
    """On grids large enough for machine code every cell comes once too."""
    order = riemersma.hilbert_curve(*size)
    rows, columns = np.divmod(order, size[0])

    assert order.size > dispatch.MAX_INTERPRETED_OPERATIONS
    assert np.array_equal(np.sort(order), np.arange(order.size))
    assert (abs(np.diff(rows)) + abs(np.diff(columns)) == 1).all()


@pytest.mark.parametrize("size", [(64, 64), (100, 75), (40, 128), (97, 61)])
def test_curve_stays_near(size: tuple[int, int]) -> None:
    """After sixteen steps the curve is seldom more than seven cells away."""
    rows, columns = np.divmod(riemersma.hilbert_curve(*size), size[0])
    away = np.hypot(rows[16:] - rows[:-16], columns[16:] - columns[:-16])

    assert np.percentile(away, 90) <= 7


@examples(60)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 999))
def test_equals_the_definition(height: int, width: int, seed: int) -> None:
    """Errors go to the sixteen cells that follow, the first getting sixteen times the last."""
    family = Method.RIEMERSMA.family
    assert isinstance(family, Riemersma)
    cells = (
        np.random.default_rng(seed).integers(0, FULL_SCALE + 1, (height, width)).astype(np.int32)
    )
    weights = [16 ** (-index / 15) for index in range(16)]
    order = riemersma.hilbert_curve(width, height)
    expected = reference.riemersma(
        (float(cell) for cell in cells.ravel()[order]),
        [weight / sum(weights) for weight in weights],
        FULL_SCALE,
    )

    assert expected == riemersma.diffuse(cells, family, 1.0).ravel()[order].tolist()

"""The smallest dots and gaps, against a test of every square that fits, and of tones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage
from skimage import data

import pixbin
from pixbin.dither import minimum_dot

Paper = NDArray[np.bool_]


def has_smaller(cells: Paper, side: int) -> bool:
    """Return whether a part of the cells lies in no square of this side, by SciPy."""
    padded = np.pad(cells, 2 * side, mode="edge")
    opened = ndimage.binary_opening(padded, np.ones((side, side)))
    inner = np.s_[2 * side : -2 * side, 2 * side : -2 * side]
    return bool((padded & ~opened)[inner].any())


@given(
    st.integers(1, 24), st.integers(1, 24), st.integers(1, 4), st.integers(1, 4),
    st.integers(0, 2**32 - 1), st.floats(0, 1),
)  # fmt: skip
def test_nothing_smaller_is_left(
    height: int, width: int, dot: int, gap: int, seed: int, share: float
) -> None:
    """Whatever the cells are, each dot and each gap of the result holds its square."""
    paper = np.random.default_rng(seed).random((height, width)) < share
    result = minimum_dot.enforce(paper, dot, gap)

    assert result.shape == paper.shape
    assert not has_smaller(~result, dot)
    assert not has_smaller(result, gap)


def test_the_check_above_can_fail() -> None:
    """A single cell is smaller than a square of two."""
    assert has_smaller(np.arange(81).reshape(9, 9) == 40, 2)


def test_large_shapes_stay() -> None:
    """Cells without small dots and gaps are returned as they are."""
    paper = np.ones((20, 20), np.bool_)
    paper[3:9, 5:16] = False

    assert minimum_dot.enforce(paper, 4, 4) is paper


@pytest.mark.parametrize("method", ["floyd-steinberg", "bayer4", "halftone", "blue-noise"])
@pytest.mark.parametrize(("dot", "gap"), [(2, 1), (2, 2), (3, 3)])
def test_tones_stay(method: str, dot: int, gap: int) -> None:
    """The light of a picture, and of each quarter of it, changes by less than 1.5 %."""
    settings = {"method": method, "grid": "128x128", "enhance": "none"}
    plain = pixbin.convert(data.camera(), **settings).grid  # type: ignore[arg-type]
    clean = pixbin.convert(data.camera(), min_dot=dot, min_gap=gap, **settings).grid  # type: ignore[arg-type]
    quarters = [cells.reshape(2, 64, 2, 64).mean((1, 3)) for cells in (plain, clean)]

    assert not has_smaller(~clean, dot)
    assert np.abs(quarters[0] - quarters[1]).max() < 0.015

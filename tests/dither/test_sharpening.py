"""Sharpening before a coarse screen, and what a weak method gets."""

from __future__ import annotations

import numpy as np
import pytest

from pixbin.color.quanta import FULL_SCALE
from pixbin.dither import sharpening

DARK, LIGHT = FULL_SCALE // 4, FULL_SCALE - FULL_SCALE // 4


@pytest.mark.parametrize(
    ("strength", "pulled"),
    [
        (0.0, [0, 0, 0, FULL_SCALE, FULL_SCALE, FULL_SCALE]),
        (0.5, [0, DARK // 2, DARK, FULL_SCALE - DARK, FULL_SCALE - DARK // 2, FULL_SCALE]),
        (1.0, [0, DARK, 2 * DARK, FULL_SCALE - 2 * DARK, LIGHT, FULL_SCALE]),
    ],
)
def test_pull_to_threshold(strength: float, pulled: list[int]) -> None:
    """Each cell keeps a share of its distance from black or white, whichever is nearer."""
    cells = np.array([[0, DARK, 2 * DARK, FULL_SCALE - 2 * DARK, LIGHT, FULL_SCALE]], np.int32)

    assert sharpening.pull_to_threshold(cells, strength)[0] == pytest.approx(pulled, abs=1)
    assert sharpening.pull_to_threshold(cells, 0)[0].tolist() == [0] * 3 + [FULL_SCALE] * 3


def test_flat_areas_have_no_detail() -> None:
    """Far from an edge nothing changes; next to it, the dark side is darker, the light lighter."""
    cells = np.full((9, 40), DARK, np.int32)
    cells[:, 20:] = LIGHT
    sharper = sharpening.sharpen(cells, 0.5)
    edges = sharpening.edges(cells / FULL_SCALE)

    assert (sharper[:, :8] == DARK).all()
    assert (sharper[:, -8:] == LIGHT).all()
    assert (sharper[:, 19] >= 0).all()
    assert (sharper[:, 19] < DARK).all()
    assert (sharper[:, 20] > LIGHT).all()
    assert (edges[:, :8] == 0).all()
    assert (edges[:, 19:21] == 1).all()
    assert sharpening.sharpen(cells, 40)[4, [19, 20]].tolist() == [0, FULL_SCALE]

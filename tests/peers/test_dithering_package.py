"""Comparison with the Bayer maps of `dithering` on PyPI; tests/dither compares its kernels."""

from __future__ import annotations

import numpy as np
import pytest

from pixbin.color.quanta import FULL_SCALE
from pixbin.dither import ordered
from tests.peers.pictures import grey_pictures

dithering = pytest.importorskip("dithering", reason="dithering is not installed")


@pytest.mark.parametrize("name", grey_pictures())
@pytest.mark.parametrize("side", [2, 4, 8, 16])
def test_bayer_maps_equal_dithering(side: int, name: str) -> None:
    """A map counted from the end, with thresholds at the middle of ranks, gives the same cells."""
    grey = grey_pictures()[name]
    theirs = dithering.dither(grey, f"bayer{side}x{side}", levels=2) > 127
    thresholds = (side**2 - 0.5 - ordered.bayer(side, side)) * np.float64(FULL_SCALE / side**2)
    cells = grey.astype(np.int32) * (FULL_SCALE // 255)

    assert np.count_nonzero(theirs != ordered.apply_thresholds(cells, thresholds, 1.0)) == 0

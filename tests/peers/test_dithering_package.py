"""Against `dithering` on PyPI: its maps; its kernels are in tests/test_diffusion.py."""

from __future__ import annotations

import numpy as np
import pytest

from pixbin.color.quanta import FULL_SCALE
from pixbin.dither import ordered
from tests.peers.pictures import grey_pictures

dithering = pytest.importorskip("dithering", reason="dithering is not installed")


@pytest.mark.parametrize("name", grey_pictures())
@pytest.mark.parametrize("side", [2, 4, 8, 16])
def test_bayer_maps_are_the_same(side: int, name: str) -> None:
    """But for counting ranks from the end, and for thresholds at their middles, they are."""
    grey = grey_pictures()[name]
    theirs = dithering.dither(grey, f"bayer{side}x{side}", levels=2) > 127
    thresholds = (side**2 - 0.5 - ordered.bayer(side, side)) * np.float64(FULL_SCALE / side**2)
    cells = grey.astype(np.int32) * (FULL_SCALE // 255)

    assert np.count_nonzero(theirs != ordered.apply_thresholds(cells, thresholds, 1.0)) == 0

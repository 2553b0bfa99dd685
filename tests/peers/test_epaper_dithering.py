"""Against the direct binary search of epaper-dithering on PyPI."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from pixbin import readers
from pixbin.color import quanta
from pixbin.color.light_scale import Tone
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.options import Options
from tests.benchmarks import quality
from tests.benchmarks.metrics import Quality, measure

epaper = pytest.importorskip("epaper_dithering", reason="epaper-dithering is not installed")


def searched(cells: Quanta) -> np.ndarray:
    """Let epaper-dithering make cells two-valued; bool[H, W], True is white."""
    grey = np.rint(quanta.quanta_to_srgb(cells, Tone.LINEAR) * 255).astype(np.uint8)
    image = Image.fromarray(grey).convert("RGB")
    return (
        np.asarray(epaper.dither_image(image, epaper.ColorScheme.MONO, dbs=True).convert("L")) > 0
    )


@pytest.mark.parametrize("side", [32, 64])
def test_pixbin_s_search_comes_nearer(side: int) -> None:
    """Without structure in light, and with more structure, too; over all bundled pictures."""
    rasters = [readers.read(str(path)) for path in quality.pictures(None)]
    all_cells = [quality.cells_of(each, side, "linear") for each in rasters]
    theirs = np.array([measure(searched(each), each / FULL_SCALE) for each in all_cells]).mean(0)
    light_alone, both = (
        Quality(*quality.measured(all_cells, Options.of(method="dbs", structure=each)).mean(0))
        for each in (0, 0.3)
    )

    assert light_alone.eye > Quality(*theirs).eye + 0.2
    assert light_alone.gauss > Quality(*theirs).gauss
    assert both.cssim > Quality(*theirs).cssim + 0.005
    assert both.edges > Quality(*theirs).edges

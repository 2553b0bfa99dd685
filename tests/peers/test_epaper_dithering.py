"""Comparison with the direct binary search of epaper-dithering on PyPI."""

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


def epaper_pixels(cells: Quanta) -> np.ndarray:
    """Return the result of epaper-dithering, bool[H, W], True is white."""
    grey = np.rint(quanta.quanta_to_srgb(cells, Tone.LINEAR) * 255).astype(np.uint8)
    image = Image.fromarray(grey).convert("RGB")
    return (
        np.asarray(epaper.dither_image(image, epaper.ColorScheme.MONO, dbs=True).convert("L")) > 0
    )


@pytest.mark.parametrize("side", [32, 64])
def test_direct_binary_search_scores_higher(side: int) -> None:
    """The mean scores of all bundled pictures are higher, with and without structure."""
    rasters = [readers.read(str(path)) for path in quality.pictures(None)]
    all_cells = [quality.cells_of(raster, side, "linear") for raster in rasters]
    theirs = np.array(
        [measure(epaper_pixels(cells), cells / FULL_SCALE) for cells in all_cells]
    ).mean(0)
    tone_only, with_structure = (
        Quality(*quality.measured(all_cells, Options.of(method="dbs", structure=weight)).mean(0))
        for weight in (0, 0.3)
    )

    assert tone_only.eye > Quality(*theirs).eye + 0.2
    assert tone_only.gauss > Quality(*theirs).gauss
    assert with_structure.cssim > Quality(*theirs).cssim + 0.005
    assert with_structure.edges > Quality(*theirs).edges

"""A fine grid that is decided in strips: the same picture, with less memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pixbin
from pixbin.geometry import Size
from pixbin.options import Options
from pixbin.pipeline import cell_sampling, strips
from pixbin.pipeline.planning import plan_for_size
from pixbin.readers import raster
from tests.fixtures import sample_image

PHOTO = sample_image(150, 130)


@pytest.fixture
def small_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decide small pictures in strips, of few rows."""
    monkeypatch.setattr(strips, "MIN_CELLS", 100)
    monkeypatch.setattr(strips, "CELLS_PER_STRIP", 1000)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"method": "jjn", "serpentine": False, "strength": "80%"},
        {"channels": "rgb"},
        {"size": "70x50", "crop": "10,20,100,90"},
        {"size": "300x260"},
        {"matrix": [[0, 0, 0.4], [0.2, 0.2, 0.2]]},
        {"invert": True, "ink": "#123"},
    ],
    ids=str,
)
def test_strips_make_the_same_picture(
    settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole grid and its strips give the same bytes, however large the cells are."""
    settings = {"enhance": "none", "block": 1, **settings}
    whole = pixbin.convert(PHOTO, **settings).to_bytes()
    monkeypatch.setattr(strips, "MIN_CELLS", 100)
    monkeypatch.setattr(strips, "CELLS_PER_STRIP", 1000)
    monkeypatch.delattr(cell_sampling, "sample_cells")

    assert pixbin.convert(PHOTO, **settings).to_bytes() == whole


@pytest.mark.usefixtures("small_strips")
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, True),
        ({"method": "bayer4"}, False),
        ({"enhance": "0.1"}, False),
        ({"gamma": 1.1}, False),
        ({"edges": "50%"}, False),
        ({"alpha": "mask"}, False),
        ({"dot_gain": "20%"}, False),
        ({"min_dot": 2}, False),
        ({"size": "150x150", "fit": "contain"}, False),
        ({"size": "9x9"}, False),
    ],
    ids=str,
)
def test_what_needs_the_whole_grid(settings: dict[str, Any], expected: bool) -> None:
    """Neighbours below, bars, transparency and small grids need the light of all cells."""
    options = Options.of(**{"enhance": "none", "block": 1, **settings})
    plan = plan_for_size(Size(150, 130), options)

    assert strips.is_possible(raster.from_array(PHOTO), plan, options) is expected


def test_light_of_a_strip_is_that_of_the_grid() -> None:
    """Strips begin within pixels where cells do."""
    options = Options.of(size="37x29", enhance="none")
    plan = plan_for_size(Size(150, 130), options)
    source = raster.from_array(PHOTO)
    (parts,) = cell_sampling.sample_strips(source, plan, options, 4)

    whole = cell_sampling.sample_cells(source, plan, options).planes[0]
    assert np.array_equal(np.concatenate([*parts]), whole)

"""Tests of the generators in `examples/styles`: what makes each of the three styles."""

from __future__ import annotations

import runpy
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pixbin.training import scores, style_statistics
from tests.benchmarks import quality
from tests.fixtures import EXAMPLES_FOLDER

STYLES = EXAMPLES_FOLDER / "styles"


def draw_examples(style: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """Run a generator on the example pictures; return its drawings."""
    monkeypatch.syspath_prepend(str(STYLES))
    monkeypatch.delitem(sys.modules, "drawing", raising=False)
    photos = folder / "photos"
    photos.mkdir()
    for path in EXAMPLES_FOLDER.iterdir():
        if path.suffix in {".png", ".jpg"} and path.name not in quality.NOT_MEASURED:
            shutil.copy(path, photos)
    drawings = folder / "drawings"
    words = [f"{style}.py", str(photos), str(drawings), "--cells", "48"]
    monkeypatch.setattr(sys, "argv", words)
    runpy.run_path(str(STYLES / words[0]), run_name="__main__")
    monkeypatch.delitem(sys.modules, "drawing")
    images = [Image.open(path) for path in sorted(drawings.iterdir())]
    assert all(image.mode == "1" and max(image.size) == 48 for image in images)
    return [np.asarray(image) for image in images]


@pytest.mark.parametrize(
    ("style", "period", "has_lone_cells"),
    [("outline", 1, False), ("hatching", 8, True), ("sprites", 4, True)],
)
def test_statistics_of_a_style(
    style: str,
    period: int,
    has_lone_cells: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Hatching and sprites hang on the grid; outlines do not, and have no lone cells."""
    drawings = draw_examples(style, tmp_path, monkeypatch)

    assert len(drawings) == 8
    assert style_statistics.find_period(drawings) == period
    lone = np.mean([scores.isolated_cells(paper).mean() for paper in drawings])
    assert (lone > style_statistics.LONE_SHARE) == has_lone_cells

"""The shipped model: what it must hold on lines, letters, photographs and flat pictures."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin import readers
from pixbin.neural import backend, model_card
from pixbin.training import font
from tests.benchmarks import contours
from tests.fixtures import EXAMPLES_FOLDER
from tests.oracles.line_art import EXAMPLE_NAMES, SIDE, draw_line, isolated_fraction
from tests.sparse import sparse

PICTURES = [EXAMPLES_FOLDER / name for name in EXAMPLE_NAMES]
MOST_BYTES = 1_000_000


def decided(picture: object, grid: tuple[int, int]) -> np.ndarray:
    """Return what the shipped model makes of a picture."""
    size = f"{grid[0]}x{grid[1]}"
    return pixbin.convert(picture, size=size, fit="stretch", method="neural", threads=1).grid  # type: ignore[arg-type]


def test_the_shipped_model_is_what_it_says() -> None:
    """Small, whole, under a free licence, and its tiles come out as the whole does."""
    model = model_card.find_model(None)

    assert model.path.stat().st_size <= MOST_BYTES
    card = backend.validate(model)
    assert card.name == model_card.DEFAULT_MODEL
    assert card.licence
    assert card.training_data


@pytest.mark.parametrize("is_ink", sparse([True, False], every=2))
def test_thin_lines_survive(is_ink: bool) -> None:
    """A line a quarter of a cell wide is there along its length, at any angle and place."""
    kept, wide = [], []
    for angle in range(0, 180, 5):
        for phase in np.arange(8) / 8:
            drawn, points = draw_line(angle, phase)
            cells = decided(drawn != is_ink, (SIDE, SIDE)) != is_ink
            places = np.argwhere(cells) + 0.5
            away = np.abs(places[:, None] - points[None]).max(axis=2)
            kept.append(np.mean(away.min(axis=0) <= 1))
            across = int(not 45 <= angle < 135)
            wide.append(np.bincount(places[:, across].astype(int)).max())

    assert np.mean(kept) >= 0.95
    assert np.mean(np.array(wide) <= 2) >= 0.95


def read(cells: np.ndarray, place: tuple[int, int]) -> str:
    """Return the letter that is most like the cells about a place, where it fits best."""
    scores = {}
    for name in font.GLYPH_COLUMNS:
        whole = np.pad(font.glyph(name), 1)
        for down in (-1, 0, 1):
            for right in (-1, 0, 1):
                top, left = place[0] - 1 + down, place[1] - 1 + right
                there = cells[top : top + whole.shape[0], left : left + whole.shape[1]]
                scores[name, down, right] = int((there == whole).sum())
    return max(scores, key=scores.__getitem__)[0]


@pytest.mark.parametrize("is_light", [False, True])
def test_letters_are_read(is_light: bool) -> None:
    """Letters of 5 x 7 cells are told apart, wherever between the cells they lie."""
    rng = np.random.default_rng(0)
    right, count = 0, 0
    for below in range(4):
        for beside in range(4):
            names = rng.permutation(list(font.GLYPH_COLUMNS))[:12]
            page = np.zeros((13 + 9, 6 * 7 + 4), np.bool_)
            places = [(2 + 9 * (turn // 6), 2 + 7 * (turn % 6)) for turn in range(12)]
            for name, (top, left) in zip(names, places, strict=True):
                page[top : top + 7, left : left + 5] = font.glyph(name)
            fine = np.roll(page.repeat(4, 0).repeat(4, 1), (below, beside), (0, 1))
            cells = decided(fine == is_light, page.shape[::-1]) == is_light
            right += sum(
                read(cells, place) == name for name, place in zip(names, places, strict=True)
            )
            count += 12

    assert right / count >= 0.9


@pytest.mark.parametrize("side", [32, 48, 64, 96])
def test_no_specks(side: int) -> None:
    """Photographs leave almost no cells that stand alone."""
    assert np.mean([isolated_fraction(decided(path, (side, side))) for path in PICTURES]) < 0.003


@pytest.mark.parametrize("side", [32, 64])
def test_a_nudge_changes_little(side: int) -> None:
    """A picture brighter or darker by one level of 255 keeps nearly all cells."""
    flipped = []
    for path in PICTURES:
        levels = np.asarray(Image.open(path).convert("RGB")).astype(int)
        plain = decided(levels.astype(np.uint8), (side, side))
        for step in (-1, 1):
            nudged = np.clip(levels + step, 0, 255).astype(np.uint8)
            flipped.append(np.mean(plain != decided(nudged, (side, side))))

    assert np.mean(flipped) <= 0.01


@pytest.mark.parametrize(("width", "height"), sparse([(33, 7), (1, 1), (64, 64)], every=3))
def test_flat_pictures_stay_flat(width: int, height: int) -> None:
    """A flat picture is all ink or all paper: ink if it is dark, paper if it is light."""
    shares = []
    for level in range(256):
        flat = np.full((4 * height, 4 * width), level, np.uint8)
        shares.append(decided(flat, (width, height)).mean())

    assert set(shares[:50]) == {0}
    assert set(shares[50:150]) <= {0, 1}
    assert set(shares[150:]) == {1}


@pytest.mark.parametrize("side", [32, 64])
def test_edges_are_shown(side: int) -> None:
    """Edges of photographs are shown better than by other methods that read well."""
    rasters = [readers.read(str(path)) for path in PICTURES]
    given = [contours.source(raster, side) for raster in rasters]

    def score(**settings: str) -> float:
        papers = [contours.converted(each, settings) for each in given]
        pairs = zip(papers, given, strict=True)
        return float(np.mean([contours.measured(paper, each).f for paper, each in pairs]))

    others = ("ink", "otsu", "mean", "threshold", "fs", "atkinson")
    assert score(method="neural") > max(score(method=name) for name in others)

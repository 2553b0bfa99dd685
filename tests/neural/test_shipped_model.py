"""Tests of the shipped model: lines, letters, photographs and flat pictures."""

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
MAX_BYTES = 1_500_000


def model_grid(picture: object, grid: tuple[int, int]) -> np.ndarray:
    """Return the cells of a picture converted by the shipped model."""
    size = f"{grid[0]}x{grid[1]}"
    return pixbin.convert(picture, size=size, fit="stretch", method="neural", threads=1).grid  # type: ignore[arg-type]


def test_shipped_model_is_small_and_valid() -> None:
    """The model has under 1.5 MB, a complete model card, and passes validation."""
    model = model_card.find_model(None)

    assert model.path.stat().st_size <= MAX_BYTES
    card = backend.validate(model)
    assert card.name == model_card.DEFAULT_MODEL
    assert card.licence
    assert card.training_data


@pytest.mark.parametrize("is_ink", sparse([True, False], every=2))
def test_thin_lines_stay_connected_and_thin(is_ink: bool) -> None:
    """A line a quarter of a cell wide is 95 % complete and at most two cells wide."""
    coverage, widths = [], []
    for angle in range(0, 180, 5):
        for offset in np.arange(8) / 8:
            line, points = draw_line(angle, offset)
            cells = model_grid(line != is_ink, (SIDE, SIDE)) != is_ink
            centres = np.argwhere(cells) + 0.5
            distances = np.abs(centres[:, None] - points[None]).max(axis=2)
            coverage.append(np.mean(distances.min(axis=0) <= 1))
            across = int(not 45 <= angle < 135)
            widths.append(np.bincount(centres[:, across].astype(int)).max())

    assert np.mean(coverage) >= 0.95
    assert np.mean(np.array(widths) <= 2) >= 0.95


def recognize_letter(cells: np.ndarray, corner: tuple[int, int]) -> str:
    """Return the letter whose shape agrees best with the cells near a corner."""
    scores = {}
    for name in font.GLYPH_COLUMNS:
        glyph = np.pad(font.glyph(name), 1)
        for down in (-1, 0, 1):
            for right in (-1, 0, 1):
                top, left = corner[0] - 1 + down, corner[1] - 1 + right
                region = cells[top : top + glyph.shape[0], left : left + glyph.shape[1]]
                scores[name, down, right] = int((region == glyph).sum())
    return max(scores, key=scores.__getitem__)[0]


@pytest.mark.parametrize("is_light", [False, True])
def test_letters_are_legible(is_light: bool) -> None:
    """At least 90 % of letters of 5 x 7 cells are recognized, at any sub-cell offset."""
    rng = np.random.default_rng(0)
    correct, count = 0, 0
    for down in range(4):
        for across in range(4):
            names = rng.permutation(list(font.GLYPH_COLUMNS))[:12]
            page = np.zeros((13 + 9, 6 * 7 + 4), np.bool_)
            corners = [(2 + 9 * (turn // 6), 2 + 7 * (turn % 6)) for turn in range(12)]
            for name, (top, left) in zip(names, corners, strict=True):
                page[top : top + 7, left : left + 5] = font.glyph(name)
            fine = np.roll(page.repeat(4, 0).repeat(4, 1), (down, across), (0, 1))
            cells = model_grid(fine == is_light, page.shape[::-1]) == is_light
            correct += sum(
                recognize_letter(cells, corner) == name
                for name, corner in zip(names, corners, strict=True)
            )
            count += 12

    assert correct / count >= 0.9


@pytest.mark.parametrize("side", [32, 48, 64, 96])
def test_photographs_have_few_isolated_cells(side: int) -> None:
    """Fewer than 0.2 % of the cells of photographs differ from all neighbours."""
    assert np.mean([isolated_fraction(model_grid(path, (side, side))) for path in PICTURES]) < 0.002


@pytest.mark.parametrize("side", [32, 64])
def test_small_brightness_change_flips_few_cells(side: int) -> None:
    """A change of one level of 255 flips at most 1 % of the cells."""
    flipped = []
    for path in PICTURES:
        levels = np.asarray(Image.open(path).convert("RGB")).astype(int)
        plain = model_grid(levels.astype(np.uint8), (side, side))
        for step in (-1, 1):
            nudged = np.clip(levels + step, 0, 255).astype(np.uint8)
            flipped.append(np.mean(plain != model_grid(nudged, (side, side))))

    assert np.mean(flipped) <= 0.01


@pytest.mark.parametrize(("width", "height"), sparse([(33, 7), (1, 1), (64, 64)], every=3))
def test_flat_pictures_stay_flat(width: int, height: int) -> None:
    """A flat picture is all ink if dark and all paper if light, never mixed."""
    shares = []
    for level in range(256):
        flat = np.full((4 * height, 4 * width), level, np.uint8)
        shares.append(model_grid(flat, (width, height)).mean())

    assert set(shares[:50]) == {0}
    assert set(shares[50:150]) <= {0, 1}
    assert set(shares[150:]) == {1}


@pytest.mark.parametrize("side", [32, 64])
def test_edges_agree_better_than_with_other_methods(side: int) -> None:
    """The contours of photographs agree better with their edges than with other methods."""
    rasters = [readers.read(str(path)) for path in PICTURES]
    sources = [contours.source(raster, side) for raster in rasters]

    def score(**settings: str) -> float:
        papers = [contours.converted(source, settings) for source in sources]
        pairs = zip(papers, sources, strict=True)
        return float(np.mean([contours.measured(paper, source).f for paper, source in pairs]))

    others = ("ink", "otsu", "mean", "threshold", "fs", "atkinson")
    assert score(method="neural") > max(score(method=name) for name in others)

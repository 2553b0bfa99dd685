"""Bayer's maps against the published recursion and ImageMagick."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin.kernels import ordered
from pixbin.light import FULL
from tests import reference

IMAGEMAGICK = Path("/usr/bin/convert") if shutil.which("identify") else None

# ImageMagick, thresholds.xml: the levels of its maps o2x2, o4x4 and o8x8, from 1.
O2X2 = "1 3 / 4 2"
O4X4 = "1 9 3 11 / 13 5 15 7 / 4 12 2 10 / 16 8 14 6"
O8X8 = """
     1 49 13 61  4 52 16 64 / 33 17 45 29 36 20 48 32 /  9 57  5 53 12 60  8 56 /
    41 25 37 21 44 28 40 24 /  3 51 15 63  2 50 14 62 / 35 19 47 31 34 18 46 30 /
    11 59  7 55 10 58  6 54 / 43 27 39 23 42 26 38 22"""


def levels(text: str) -> np.ndarray:
    """Read a map."""
    return np.array([[int(number) for number in row.split()] for row in text.split("/")])


@pytest.mark.parametrize("side", [1, 2, 4, 8, 16, 32, 64])
def test_equals_the_closed_form(side: int) -> None:
    """The recursion gives what interleaving the bits of the coordinates gives."""
    assert np.array_equal(reference.bayer(side), ordered.bayer(side))


def test_equals_the_published_map() -> None:
    """The 4 x 4 map is the one of Bayer's paper."""
    published = [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]

    assert published == ordered.bayer(4).tolist()


@pytest.mark.parametrize(("name", "text"), [("o2x2", O2X2), ("o4x4", O4X4), ("o8x8", O8X8)])
def test_equals_imagemagick_cell_for_cell(name: str, text: str) -> None:
    """On every grey the dither is ImageMagick's rule: white from level / (count + 1) on."""
    expected = levels(text)
    for grey in range(256):
        flat = np.full(expected.shape, grey, np.uint8)
        ours = pixbin.convert(flat, method=name, tone="perceptual", block=1).pixels
        if 0 < grey < 255:
            assert np.array_equal(grey * (expected.size + 1) >= expected * 255, ours)


@pytest.mark.skipif(IMAGEMAGICK is None, reason="ImageMagick is not installed")
@pytest.mark.parametrize("name", ["o2x2", "o4x4", "o8x8"])
def test_equals_imagemagick_as_installed(name: str, tmp_path: Path) -> None:
    """The program itself agrees, pixel for pixel, on greys of every level."""
    greys = np.random.default_rng(0).integers(0, 256, (64, 256)).astype(np.uint8)
    Image.fromarray(greys).save(tmp_path / "greys.png")
    command = [str(IMAGEMAGICK), "greys.png", "-ordered-dither", name, "pbm:-"]
    theirs = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout
    ours = pixbin.convert(greys, method=name, tone="perceptual", block=1).pixels

    assert np.array_equal(np.asarray(Image.open(io.BytesIO(theirs))), ours)


@pytest.mark.parametrize("side", [2, 4, 8, 16, 32, 64])
def test_every_tone_has_its_share(side: int) -> None:
    """A flat tone between n and n + 1 of the thresholds makes n cells of each tile paper."""
    ranks = ordered.bayer(side)
    for count in (0, 1, side, side * side // 2, side * side):
        tone = min(FULL, int((count + 0.5) / (ranks.size + 1) * FULL))
        paper = ordered.compare(np.full(ranks.shape, tone, np.int32), ranks, 1.0)
        assert count == paper.sum()


def test_tiles_repeat_over_any_size() -> None:
    """Grids that are smaller than the tile, or no multiple of it, are cut from the pattern."""
    ranks, half = ordered.bayer(8), round(FULL * 0.4)
    whole = ordered.compare(np.full((24, 40), half, np.int32), ranks, 1.0)
    for height, width in ((1, 1), (3, 40), (24, 5), (13, 21)):
        part = ordered.compare(np.full((height, width), half, np.int32), ranks, 1.0)
        assert np.array_equal(whole[:height, :width], part)


def test_strength_narrows_the_thresholds() -> None:
    """At strength nought the map is a threshold at one half; in between it dithers less."""
    cells = np.linspace(0, FULL, 64).astype(np.int32)[None].repeat(8, 0)
    threshold = ordered.compare(cells, ordered.bayer(8), 0.0)
    weak = ordered.compare(cells, ordered.bayer(8), 0.5)

    assert np.array_equal(cells >= FULL / 2, threshold)
    assert not weak[:, :16].any()
    assert weak[:, -16:].all()
    assert 0 < weak[:, 24:40].mean() < 1

"""Comparison with dither-go, the engine of didder, on PyPI.

dither-go counts light in 65535ths, rounded and clipped at every step, where pixbin counts
exactly. So kernels and scan are compared by a slow version in its arithmetic; other tests compare
the same kernels in the arithmetic of pixbin. Bayer maps are compared directly.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pixbin.catalog.families import ErrorDiffusion
from pixbin.catalog.methods import Method
from pixbin.color import quanta, spaces
from pixbin.color.light_scale import Tone
from pixbin.color.quanta import FULL_SCALE
from pixbin.dither import ordered
from tests.peers.pictures import grey_pictures

dither_go = pytest.importorskip("dither_go", reason="dither-go is not installed: pip install it")

#: kernels of both programs, with the names that dither-go gives them
KERNELS = {
    Method.SIMPLE_2D: "Simple2D",
    Method.FLOYD_STEINBERG: "FloydSteinberg",
    Method.FALSE_FLOYD_STEINBERG: "FalseFloydSteinberg",
    Method.JARVIS_JUDICE_NINKE: "JarvisJudiceNinke",
    Method.STUCKI: "Stucki",
    Method.BURKES: "Burkes",
    Method.SIERRA3: "Sierra3",
    Method.SIERRA2: "Sierra2",
    Method.SIERRA_LITE: "SierraLite",
    Method.ATKINSON: "Atkinson",
    Method.PIGEON: "StevenPigeon",
}


def dither_go_pixels(grey: np.ndarray, folder: Path, **settings: Any) -> np.ndarray:
    """Return the result of dither-go, bool[H, W], True is white."""
    # Short colours as #fff are read as #0f0f0f.
    palette = dither_go.create_palette(["#000000", "#ffffff"])
    ditherer = dither_go.new_ditherer(palette)
    if "bayer" in settings:
        ditherer.SetBayer(*settings["bayer"], 1.0)
    else:
        ditherer.Matrix = getattr(dither_go.ErrorDiffusers, str(settings["kernel"]))
        ditherer.Serpentine = settings["serpentine"]
    Image.fromarray(grey).save(folder / "grey.png")
    result = ditherer.DitherCopy(dither_go.open_image(str(folder / "grey.png")))
    dither_go.save_image(result, str(folder / "result.png"), "png")
    with Image.open(folder / "result.png") as image:
        return np.asarray(image.convert("L")) > 127


def diffuse_in_65535ths(grey: np.ndarray, kernel: ErrorDiffusion, serpentine: bool) -> np.ndarray:
    """Diffuse errors in whole, clipped 65535ths; serpentine scan starts at the right."""
    height, width = grey.shape
    work = np.rint(spaces.srgb_to_linear(grey / 255) * 65535).astype(int).tolist()
    taps = [(column, row, np.float32(weight)) for column, row, weight in zip(*kernel, strict=True)]
    result = np.zeros((height, width), bool)
    for y in range(height):
        step = -1 if serpentine and y % 2 == 0 else 1
        for x in range(width)[::step]:
            result[y, x] = work[y][x] >= 32768
            error = np.float32(work[y][x] - 65535 * result[y, x])
            for column, row, weight in taps:
                u, v = x + step * column, y + row
                if 0 <= u < width and v < height:
                    level = np.rint(np.float32(work[v][u]) + error * weight)
                    work[v][u] = min(max(int(level), 0), 65535)
    return result


@pytest.mark.parametrize("name", grey_pictures())
@pytest.mark.parametrize("serpentine", [False, True])
@pytest.mark.parametrize("method", KERNELS)
def test_kernels_and_scan_equal_dither_go(
    method: Method, serpentine: bool, name: str, tmp_path: Path
) -> None:
    """In the arithmetic of dither-go every cell is the same."""
    grey = grey_pictures()[name]
    kernel = method.family
    assert isinstance(kernel, ErrorDiffusion)
    theirs = dither_go_pixels(grey, tmp_path, kernel=KERNELS[method], serpentine=serpentine)

    assert np.count_nonzero(theirs != diffuse_in_65535ths(grey, kernel, serpentine)) == 0


@pytest.mark.parametrize("name", grey_pictures())
@pytest.mark.parametrize("side", [2, 4, 8, 16, 32, 64])
def test_square_bayer_maps_equal_dither_go(side: int, name: str, tmp_path: Path) -> None:
    """A rotated map with thresholds at rank / count gives the same cells.

    At most one cell may differ, within the precision of 65535ths.
    """
    grey = grey_pictures()[name]
    theirs = dither_go_pixels(grey, tmp_path, bayer=(side, side))
    check_map(grey, theirs, ordered.bayer(side, side).T[:, ::-1])


@pytest.mark.parametrize("name", grey_pictures())
@pytest.mark.parametrize("sides", [(4, 2), (2, 4), (8, 4), (4, 8), (16, 2), (4, 64), (64, 32)])
def test_oblong_bayer_maps_equal_dither_go(
    sides: tuple[int, int], name: str, tmp_path: Path
) -> None:
    """A map counted from the other end, with thresholds at rank / count, gives the same cells."""
    ranks = ordered.bayer(*sides)
    check_map(
        grey_pictures()[name],
        dither_go_pixels(grey_pictures()[name], tmp_path, bayer=sides),
        ranks.max() - ranks,
    )


def check_map(grey: np.ndarray, theirs: np.ndarray, ranks: np.ndarray) -> None:
    """Assert that a picture equals thresholds at rank / count, but for rounding."""
    tall, wide = ranks.shape
    thresholds = ranks * np.float64(FULL_SCALE / ranks.size)
    cells = quanta.luminance_tables(Tone.LINEAR, 255).grey.take(grey)
    repeated = np.tile(thresholds, (-(-len(cells) // tall), -(-cells.shape[1] // wide)))
    distances = np.abs(cells - repeated[: len(cells), : cells.shape[1]])
    differing = theirs != ordered.apply_thresholds(cells, thresholds, 1.0)

    assert np.count_nonzero(differing & (distances > FULL_SCALE / 65535)) == 0
    assert np.count_nonzero(differing) <= 1

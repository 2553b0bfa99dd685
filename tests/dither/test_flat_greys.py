"""Flat greys under every method: their mean light, the first dots, and the patterns."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from pixbin.catalog.families import Bayer, ThresholdMap
from pixbin.catalog.methods import Method
from pixbin.color.quanta import FULL_SCALE
from pixbin.options import Options
from pixbin.pipeline import binarize
from tests.fixtures import DITHERING_METHODS, kernels_run_as
from tests.sparse import covering

OPTIONS = {method: Options.of(method=method) for method in DITHERING_METHODS}
IN_ROWS = list(Method)[: list(Method).index(Method.RIEMERSMA)]

#: by how much of the light a flat grey may differ from what it was, in 64 x 64 cells
LIGHT = {
    # what they keep back on purpose
    Method.ATKINSON: 0.125,  # a quarter of the error
    Method.PIGEON: 0.072,  # a seventh
    # what flows out at the borders: more, the farther errors go
    Method.STEVENSON_ARCE: 0.017,
    Method.JARVIS_JUDICE_NINKE: 0.012,
    Method.STUCKI: 0.012,
    Method.SIERRA3: 0.012,
    Method.SIERRA2: 0.01,
    Method.BURKES: 0.01,
    Method.BLOCK_DIFFUSION: 0.013,  # blocks are twice as large as cells
    Method.GREEN_NOISE: 0.01,  # half of an error is enough to be late
    Method.RIEMERSMA: 0.001,  # only at the end of its curve
    # what is dropped where no neighbour is left
    Method.DOT_DIFFUSION: 0.0125,  # at two cells in 64
    Method.MESE_VAIDYANATHAN: 0.002,  # at one in 256
    Method.CONTRAST_AWARE: 0.0125,  # mostly in greys too faint for a dot
    # thresholds
    Method.CIRCLES5_INK: 2 / 26,  # two of its cells share a level
    Method.CIRCLES7_INK: 2 / 50,  # so they do here
    Method.HALFTONE: 0.5 / 4096 + 1 / FULL_SCALE,  # half a cell
    # lone strokes are left out in greys near black or white
    Method.CROSSHATCH: 0.025,
    Method.WOODCUT: 0.006,
    Method.ENGRAVING: 0.03,
    # whole numbers of dots
    Method.MULTISCALE: 0.5 / 4096 + 1 / FULL_SCALE,
    Method.STIPPLE: 0.5 / 4096 + 1 / FULL_SCALE,
    # thresholds
    Method.BLUE_NOISE: 1 / 4096,  # a threshold a cell
    Method.STOCHASTIC_CLUSTERED: 1 / 4096,
    Method.GRADIENT_NOISE: 0.002,  # nearly that
    Method.WHITE_NOISE: 0.02,  # chance: 0.5 / 64 is one standard deviation at one half
    Method.DIRECT_BINARY_SEARCH: 0.003,  # toggles balance light over an eye's blur, not exactly
}
SLOW = (
    Method.CONTRAST_AWARE,
    Method.DIRECT_BINARY_SEARCH,
    Method.WOODCUT,
    Method.ENGRAVING,
    Method.STIPPLE,
)  # of which every fifth grey will do
AT_THE_BORDERS = 0.0075  # all other kernels, whose errors go to neighbours


def bound(method: Method) -> float:
    """Return by how much the light of a flat grey may be off, for a method."""
    match method.family:
        case Bayer(width, height):
            return LIGHT.get(method, 1 / (width * height + 1))  # one tone
        case ThresholdMap(_, divisor):
            return LIGHT.get(method, 1 / divisor)  # one tone
    return LIGHT.get(method, AT_THE_BORDERS)


@cache
def binarized(method: Method, quanta: int, height: int, width: int) -> np.ndarray:
    """Binarize a flat grey as machine code."""
    cells = np.full((height, width), quanta, np.int32)
    with kernels_run_as(machine_code=True):
        return binarize.binarize(cells, OPTIONS[method])


@pytest.mark.parametrize("method", DITHERING_METHODS)
def test_every_grey_keeps_its_light(method: Method) -> None:
    """All greys keep their light within the method's bound; black and white keep all of it."""
    tall, wide = 64, 64
    if isinstance(method.family, ThresholdMap):  # whole tiles
        rows = method.family.levels
        tall, wide = (-(-64 // side) * side for side in (len(rows), len(rows[0])))
    greys = np.arange(0, 256, 5 if method in SLOW else 1)
    light = np.array(
        [binarized(method, int(k) * FULL_SCALE // 255, tall, wide).mean() for k in greys]
    )

    assert abs(light - greys / 255).max() <= bound(method) + 1e-12
    assert (light[0], light[-1]) == (0, 1)


#: of how many rows' light the first rows of a dark grey may lack at most
LATE = {
    Method.PIGEON: 11,  # keeps part of the error back, which delays dots
    Method.STEVENSON_ARCE: 7,  # errors go three rows down
    Method.JARVIS_JUDICE_NINKE: 5.5,  # two rows
    Method.STUCKI: 5,
    Method.SIERRA3: 4,
    Method.SIERRA2: 3,
    Method.GREEN_NOISE: 3,  # which begins with clusters
    Method.MULTISCALE: 1,
    Method.STIPPLE: 1,
    Method.STOCHASTIC_CLUSTERED: 1,
    Method.DOT_DIFFUSION: 1,  # does not go from row to row
    Method.MESE_VAIDYANATHAN: 1,
    Method.RIEMERSMA: 1,
    Method.CONTRAST_AWARE: 1,
    Method.DIRECT_BINARY_SEARCH: 1,
}
AS_FLOYD_STEINBERG = 2.25  # which lacks 1.9
STARTING = {*IN_ROWS, *LATE} - {Method.ATKINSON}  # which prints no such dark greys at all


@pytest.mark.parametrize(("method", "share"), covering(sorted(STARTING), [0.1, 0.3, 0.9]))
def test_first_dots_come_early(method: Method, share: float) -> None:
    """Error must build up before the first dot; no method takes longer than its known bound."""
    paper = binarized(method, round(share * FULL_SCALE), 64, 256)
    dots = paper if share < 0.5 else ~paper
    lacking = 16 * (1 - dots[:16].mean() / dots[16:].mean())

    assert lacking <= LATE.get(method, AS_FLOYD_STEINBERG)


def anisotropy(paper: np.ndarray) -> np.ndarray:
    """Return how uneven the power of each ring of frequencies is, in decibels.

    Source: R. A. Ulichney, Digital Halftoning, 1987. Segments of 64 x 64 cells; the first 64
    rows are left out. Noise without direction has -10 log10 of the number of segments.
    """
    segments = paper[64:].reshape(len(paper) // 64 - 1, 64, -1, 64).swapaxes(1, 2)
    flat = segments - segments.mean(axis=(2, 3), keepdims=True)
    power = (abs(np.fft.fft2(flat)) ** 2 / 64**2).mean(axis=(0, 1))
    away = np.fft.fftfreq(64) * 64
    radii = np.rint(np.hypot(away[:, None], away))
    rings = [power[radii == radius] for radius in range(3, 33)]
    return np.array(
        [10 * np.log10(r.var(ddof=1) / r.mean() ** 2) for r in rings if r.mean() > 1e-9]
    )


#: the most that the median and the worst ring may have, in decibels; eight segments make -9
GRAIN = {
    Method.ZHOU_FANG: (-7, -1),
    Method.GREEN_NOISE: (-5, 1.5),
    Method.MULTISCALE: (-0.5, 2),  # its grain comes from one tile
    Method.STOCHASTIC_CLUSTERED: (0.5, 4),  # one tile
    Method.CONTRAST_AWARE: (-6, -3),
    Method.WHITE_NOISE: (-8.5, -5),
    Method.DIRECT_BINARY_SEARCH: (-1.5, 3.5),  # begun from a tile, whose segments are alike
    Method.BLUE_NOISE: (0.5, 4),  # one tile: its segments are equal, which makes 0
    Method.RIEMERSMA: (7, 16),  # follows the curve
}


@pytest.mark.parametrize(
    ("share", "method"), covering([1 / 16, 1 / 8, 0.23, 1 / 4, 0.3, 1 / 3, 0.42], GRAIN)
)
def test_no_worms(method: Method, share: float) -> None:
    """Dots of methods without direction have none, even in greys that are prone to patterns."""
    rings = anisotropy(binarized(method, round(share * FULL_SCALE), 192, 256))
    median, worst = GRAIN[method]

    assert np.median(rings) <= median
    assert rings.max() <= worst


@pytest.mark.parametrize("share", [1 / 16, 1 / 8, 0.2, 0.23])
def test_ostromoukhov_has_no_worms_in_dark_greys(share: float) -> None:
    """Below the middle tones, variable coefficients avoid worms, for which they were made."""
    rings = anisotropy(binarized(Method.OSTROMOUKHOV, round(share * FULL_SCALE), 192, 256))

    assert np.median(rings) <= -5
    assert rings.max() <= 1


@pytest.mark.parametrize("share", [1 / 16, 1 / 4, 1 / 3])
def test_measure_detects_worms(share: float) -> None:
    """Floyd-Steinberg is known for its worms at these greys."""
    rings = anisotropy(binarized(Method.FLOYD_STEINBERG, round(share * FULL_SCALE), 192, 256))

    assert rings.max() > 10


@pytest.mark.parametrize("share", [0.5, 1 / 3])
def test_zhou_fang_breaks_regular_patterns(share: float) -> None:
    """Where Ostromoukhov and Floyd-Steinberg repeat one pattern, threshold noise makes a grain."""
    repeated = {}
    for method in (Method.FLOYD_STEINBERG, Method.OSTROMOUKHOV, Method.ZHOU_FANG):
        paper = binarized(method, round(share * FULL_SCALE), 192, 256)[64:]
        repeated[method] = max(
            (paper[v:, u:] == paper[: 128 - v, : 256 - u]).mean()
            for v in range(1, 5)
            for u in range(5)
        )

    assert repeated[Method.ZHOU_FANG] < 0.7
    assert repeated[Method.ZHOU_FANG] < repeated[Method.OSTROMOUKHOV] - 0.2

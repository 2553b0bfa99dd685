"""Lines that follow the shapes of a picture: woodcut and engraving."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import FlowLines
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.color.spaces import UnitArray
from pixbin.dither import ordered, sharpening, specks, threshold_modulation
from pixbin.dither.ordered import Thresholds
from pixbin.filters import gaussian
from pixbin.jit.dispatch import Floats, Int64s, run_kernel

MAX_FREQUENCY, MIN_FREQUENCY = 0.4, 1 / 12  #: lines per cell; others count as the nearest of these
DIRECTIONS = 16  #: to which the direction of the lines is rounded
PASSES = 5  #: of the filter; after these, lines have even distances and few ends
SHAPE_SIGMA, FLOW_SIGMA = 1.5, 4.0  #: of the blurs of the light and of its directions, in cells
#: Squared slope of the light per cell, below which lines run as the option says.
FLAT = 5e-4

EDGE_SHARE = 0.6  #: how far thresholds of cut lines move to one half at edges
EDGE_BLUR = 1.0  #: of the edges before, in cells

_FINE = 1 << 20  #: weights of filters are whole multiples of 1 / _FINE


class FlowScreen(NamedTuple):
    """The geometry of the lines."""

    angle: float  #: of the lines in flat areas, in degrees, counter-clockwise from horizontal
    frequency: float  #: lines per cell


def cut(
    cells: Quanta, family: FlowLines, screen: FlowScreen, serpentine: bool, strength: float
) -> NDArray[np.bool_]:
    """Binarize cells with lines along the shapes; their width gives the light.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    family : FlowLines
        How far detail is raised, and whether errors of the lines are spread. If they are, lines
        are finer, break into dots in light areas, and keep the light of small areas.
    screen : FlowScreen
        Angle and frequency of the lines.
    serpentine : bool
        Spread errors in every other row from right to left.
    strength : float in [0, 1]
        How far the thresholds spread from one half; 0 is a threshold at one half.

    Returns
    -------
    bool array, shape (H, W), True is paper
        Pure black areas stay ink and pure white areas stay paper. Lone specks are left out.
    """
    levels = thresholds(cells, screen)
    sharper = sharpening.sharpen(cells, family.sharpness * strength, sharpening.DRAWN_SIGMA)
    if family.kernel is None:
        levels = _clear_edges(levels, cells)
        paper = ordered.apply_thresholds(sharper, levels, strength)
    else:
        paper = threshold_modulation.screened(
            sharper, levels, family.kernel, family.gain, serpentine, strength
        )
    return specks.without_specks(paper, cells)


def _clear_edges(levels: Thresholds, cells: Quanta) -> Thresholds:
    """Weaken lines at edges: a line along a mouth would look like a second mouth."""
    edges = gaussian.gaussian(sharpening.edges(cells / FULL_SCALE), EDGE_BLUR)
    middle = FULL_SCALE / 2
    cleared: Thresholds = middle + (levels - middle) * (1 - EDGE_SHARE * edges)
    return cleared


def thresholds(cells: Quanta, screen: FlowScreen) -> Thresholds:
    """Return the thresholds of lines that follow the shapes of a picture.

    Noise is filtered many times by a wave at right angles to the local direction. In the end, only
    evenly spaced lines in that direction are left. Artificial fingerprints are made in the same
    way.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    screen : FlowScreen

    Returns
    -------
    float64 array, shape (H, W), in quanta
        Spread evenly, so that a flat grey keeps its light to half a cell.

    Notes
    -----
    Sources: R. Cappelli, D. Maio, D. Maltoni, Synthetic fingerprint-image generation, Proc.
    International Conference on Pattern Recognition, 2000, for lines from noise by local Gabor
    filters; V. Ostromoukhov, Digital facial engraving, SIGGRAPH 1999, for lines along shapes as
    a screen; J. Bigun, G. H. Granlund, Optimal orientation detection of linear symmetry, 1987.
    """
    height, width = cells.shape
    filters = line_filters(min(max(screen.frequency, MIN_FREQUENCY), MAX_FREQUENCY))
    radius = filters.shape[1] // 2
    directions = line_directions(cells / FULL_SCALE, screen.angle)
    # NumPy promises that the numbers of this legacy generator never change.
    lines = np.random.RandomState(0).random_sample(cells.shape) - 0.5
    for index in range(PASSES):
        filtered = np.empty_like(lines)
        run_kernel(
            _filter_loop,
            cells.size * filters[0].size,
            *(np.pad(lines, radius, mode="symmetric"), filtered, directions, filters),
            *(radius, width, height),
        )
        lines = filtered if index == PASSES - 1 else _steepened(filtered)
    return ordered.thresholds_by_order(np.rint(lines * _FINE).astype(np.int64))


def line_directions(light: UnitArray, angle: float) -> NDArray[np.int64]:
    """Return the direction along the shapes at each cell, as a multiple of 180 / DIRECTIONS.

    Parameters
    ----------
    light : float64 array, shape (H, W), in [0, 1]
    angle : float
        Of flat areas, in degrees, counter-clockwise from horizontal.

    Returns
    -------
    int64 array, shape (H, W), from 0 to DIRECTIONS - 1
        Counter-clockwise from horizontal.

    Examples
    --------
    >>> upright = np.tile([0.0, 0.0, 1.0, 1.0], (4, 1))
    >>> line_directions(upright, 45.0)[1].tolist()
    [8, 8, 8, 8]
    """
    smooth = np.pad(gaussian.gaussian(light, SHAPE_SIGMA), 1, mode="edge")
    down = (smooth[2:, 1:-1] - smooth[:-2, 1:-1]) / 2
    right = (smooth[1:-1, 2:] - smooth[1:-1, :-2]) / 2
    # Twice the angle of the line, which is at right angles to the slope; `down` points down.
    cosine = gaussian.gaussian(down * down - right * right, FLOW_SIGMA)
    sine = gaussian.gaussian(2 * down * right, FLOW_SIGMA)
    cosine += FLAT * math.cos(2 * math.radians(angle))
    sine += FLAT * math.sin(2 * math.radians(angle))
    length = np.maximum(np.sqrt(cosine * cosine + sine * sine), 1e-12)
    cosine = gaussian.gaussian(cosine / length, FLOW_SIGMA)
    sine = gaussian.gaussian(sine / length, FLOW_SIGMA)
    turns = [2 * math.pi * index / DIRECTIONS for index in range(DIRECTIONS)]
    nearness = [cosine * math.cos(turn) + sine * math.sin(turn) for turn in turns]
    # Rounded, so that rounding errors do not decide between equal directions.
    nearest: NDArray[np.int64] = np.argmax(np.round(np.stack(nearness), 9), axis=0)
    return nearest


@lru_cache
def line_filters(frequency: float) -> UnitArray:
    """Return a wave for each direction, which fades out from its middle (a Gabor filter).

    Parameters
    ----------
    frequency : float
        Waves per cell.

    Returns
    -------
    float64 array, shape (DIRECTIONS, n, n)
        Each has a sum of 0, and magnitudes whose sum is 1; both nearly.
    """
    distance = 1 / frequency
    radius = math.ceil(1.7 * distance)
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    filters = []
    for index in range(DIRECTIONS):
        turn = math.pi * index / DIRECTIONS
        along = x * math.cos(turn) - y * math.sin(turn)
        across = x * math.sin(turn) + y * math.cos(turn)
        fading = np.exp(
            -0.5 * ((along / (0.78 * distance)) ** 2 + (across / (0.4 * distance)) ** 2)
        )
        wave = fading * np.cos(2 * np.pi * across / distance)
        wave -= fading * (wave.sum() / fading.sum())
        # Rounded, since the last digit of a cosine depends on the system.
        filters.append(np.rint(wave / np.abs(wave).sum() * _FINE) / _FINE)
    return np.stack(filters)


def _steepened(lines: UnitArray) -> UnitArray:
    """Return lines whose middles and gaps are flat; the scale comes from their mean magnitude."""
    mean = int(np.abs(np.rint(lines * (1 << 30))).astype(np.int64).sum()) / lines.size / (1 << 30)
    steep: UnitArray = np.clip(lines * (2 / max(mean, 1e-9)), -1, 1)
    return steep


# `lines` has a margin of `radius`, in which the picture is mirrored.
def _filter_loop(
    lines: Floats,
    filtered: Floats,
    directions: Int64s,
    filters: Floats,
    radius: int,
    width: int,
    height: int,
) -> None:
    side = 2 * radius + 1
    stride = width + 2 * radius
    for y in range(height):
        for x in range(width):
            tap = directions[y * width + x] * side * side
            total = 0.0
            for v in range(side):
                start = (y + v) * stride + x
                for u in range(side):
                    total += filters[tap + u] * lines[start + u]
                tap += side
            filtered[y * width + x] = total

"""Ordered dithering: every cell against a threshold that its place alone decides."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from pixbin.families import Bayer, GradientNoise, ThresholdMap, Tile, WhiteNoise
from pixbin.light import FULL, Quanta

Thresholds = NDArray[np.float64]  #: shape (h, w), repeated over the cells; in quanta

Ordered = Bayer | ThresholdMap | Tile | GradientNoise | WhiteNoise


def thresholds(family: Ordered, shape: tuple[int, ...], seed: int) -> Thresholds:
    """Return the thresholds of a method for a grid of the given shape (H, W).

    A map of ranks has the thresholds (rank + 1) / (count + 1), as in ImageMagick; they lie
    evenly between black and white and are neither.
    """
    match family:
        case Bayer(side):
            return _between(bayer(side))
        case ThresholdMap():
            return np.array(family.levels) * FULL / family.divisor
        case Tile(name):
            return _between(tile(name))
        case GradientNoise():
            return gradient_noise(shape)
        case WhiteNoise():
            # The legacy generator is the one whose stream is promised never to change.
            return np.random.RandomState(seed).random_sample(shape) * FULL
    assert_never(family)


@lru_cache
def bayer(side: int) -> NDArray[np.int64]:
    """Return the ranks 0 to side * side - 1 of Bayer's map; side is a power of two.

    Source: B. E. Bayer, An optimum method for two-level rendition of continuous-tone
    pictures, IEEE ICC, 1973.
    """
    if side == 1:
        return np.zeros((1, 1), np.int64)
    quarter = 4 * bayer(side // 2)
    return np.block([[quarter, quarter + 2], [quarter + 3, quarter + 1]])


@lru_cache
def tile(name: str) -> NDArray[np.uint16]:
    """Return the ranks of a tile that pixbin ships."""
    with (resources.files("pixbin") / "tiles" / f"{name}.npy").open("rb") as file:
        ranks: NDArray[np.uint16] = np.load(file)
    return ranks


def gradient_noise(shape: tuple[int, ...]) -> Thresholds:
    """Return interleaved gradient noise for a grid of the given shape (H, W).

    Source: J. Jimenez, Next generation post processing in Call of Duty: Advanced Warfare,
    SIGGRAPH course, 2014.
    """
    y, x = np.mgrid[: shape[0], : shape[1]]
    noise: Thresholds = 52.9829189 * ((0.06711056 * x + 0.00583715 * y) % 1) % 1
    return noise * FULL


def compare(cells: Quanta, thresholds: Thresholds, strength: float) -> NDArray[np.bool_]:
    """Make paper of cells that reach their thresholds; pure black and white stay pure.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    thresholds : float64 array, shape (h, w), in quanta
        Repeated over the cells.
    strength : float in [0, 1]
        How far the thresholds reach from one half; 0 is a threshold at one half.

    Returns
    -------
    bool array, shape (H, W), True is paper
    """
    levels = np.ceil(FULL / 2 + (thresholds - FULL / 2) * strength)
    levels = np.clip(levels, 1, FULL).astype(np.int32)
    paper = np.empty(cells.shape, np.bool_)
    tall, wide = levels.shape
    repeated = np.tile(levels, (1, -(-cells.shape[1] // wide)))[:, : cells.shape[1]]
    for row in range(min(tall, len(cells))):
        np.greater_equal(cells[row::tall], repeated[row], out=paper[row::tall])
    return paper


def _between(ranks: NDArray[np.integer]) -> Thresholds:
    return (ranks.astype(np.float64) + 1) * FULL / (ranks.size + 1)

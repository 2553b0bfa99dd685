"""Ordered dithering: every cell against a threshold that its place alone decides."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import Bayer, GradientNoise, RankTile, ThresholdMap, WhiteNoise
from pixbin.color.quanta import FULL_SCALE, Quanta

Thresholds = NDArray[np.float64]  #: shape (h, w), repeated over the cells; in quanta

OrderedFamily = Bayer | ThresholdMap | RankTile | GradientNoise | WhiteNoise


def thresholds(family: OrderedFamily, shape: tuple[int, ...], seed: int) -> Thresholds:
    """Return the thresholds of a method for a grid of the given shape (H, W).

    A map of ranks has the thresholds (rank + 1) / (count + 1), as in ImageMagick; they lie
    evenly between black and white and are neither.
    """
    match family:
        case Bayer(width, height):
            return _thresholds_from_ranks(bayer(width, height))
        case ThresholdMap():
            return np.array(family.levels) * FULL_SCALE / family.divisor
        case RankTile(name):
            return _thresholds_from_ranks(load_rank_tile(name))
        case GradientNoise():
            return gradient_noise(shape)
        case WhiteNoise():
            # The legacy generator is the one whose stream is promised never to change.
            return np.random.RandomState(seed).random_sample(shape) * FULL_SCALE
    assert_never(family)


@lru_cache
def bayer(width: int, height: int) -> NDArray[np.int64]:
    """Return the ranks 0 to width * height - 1 of Bayer's map; sides are powers of two.

    Sources: B. E. Bayer, An optimum method for two-level rendition of continuous-tone
    pictures, IEEE ICC, 1973; for two different sides, whose bits are dealt out evenly,
    J. Yliluoma, Arbitrary-palette positional dithering algorithm, 2011, appendix 2.

    Returns
    -------
    int64 array, shape (height, width)
    """
    y, x = np.mgrid[:height, :width]
    short, long = (y, x) if height <= width else (x, y)
    few, many = sorted((width.bit_length() - 1, height.bit_length() - 1))
    long = long ^ (short << many >> few)
    ranks, place = np.zeros((height, width), np.int64), 0
    for turn in range(few):
        dealt = range(many * turn // few, many * (turn + 1) // few)
        planes = [short >> (few - 1 - turn), *(long >> (many - 1 - bit) for bit in dealt)]
        for plane in planes:
            ranks |= (plane & 1) << place
            place += 1
    return ranks


@lru_cache
def load_rank_tile(name: str) -> NDArray[np.uint16]:
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
    return noise * FULL_SCALE


def apply_thresholds(cells: Quanta, thresholds: Thresholds, strength: float) -> NDArray[np.bool_]:
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
    levels = np.ceil(FULL_SCALE / 2 + (thresholds - FULL_SCALE / 2) * strength)
    levels = np.clip(levels, 1, FULL_SCALE).astype(np.int32)
    paper = np.empty(cells.shape, np.bool_)
    tall, wide = levels.shape
    repeated = np.tile(levels, (1, -(-cells.shape[1] // wide)))[:, : cells.shape[1]]
    for row in range(min(tall, len(cells))):
        np.greater_equal(cells[row::tall], repeated[row], out=paper[row::tall])
    return paper


def _thresholds_from_ranks(ranks: NDArray[np.integer]) -> Thresholds:
    return (ranks.astype(np.float64) + 1) * FULL_SCALE / (ranks.size + 1)

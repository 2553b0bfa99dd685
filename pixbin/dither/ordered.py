"""Ordered dithering: each cell against a threshold that depends on its position alone."""

from __future__ import annotations

from functools import lru_cache
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import Bayer, GradientNoise, RankTile, ThresholdMap, WhiteNoise
from pixbin.color.quanta import FULL_SCALE, Quanta

Thresholds = NDArray[np.float64]  #: shape (h, w), in quanta; repeated over the cells

MIN_BAND_ROWS = 32  #: rows that are compared in one call; a tile with fewer is repeated

OrderedFamily = Bayer | ThresholdMap | RankTile | GradientNoise | WhiteNoise


def thresholds(family: OrderedFamily, shape: tuple[int, ...], seed: int) -> Thresholds:
    """Return the thresholds of an ordered method.

    A map of `count` ranks has the thresholds ``(rank + 1) / (count + 1)``, as in ImageMagick.
    They are spread evenly between black and white; none is black or white itself.

    Parameters
    ----------
    family : Bayer, ThresholdMap, RankTile, GradientNoise or WhiteNoise
    shape : tuple of two int
        Rows and columns of the grid.
    seed : int
        Seed of white noise; the others do not depend on it.

    Returns
    -------
    float64 array, shape (h, w), in quanta
        A tile, or for noise an array of the given shape.
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
            # NumPy promises that the numbers of this legacy generator never change.
            return np.random.RandomState(seed).random_sample(shape) * FULL_SCALE
    assert_never(family)


@lru_cache
def bayer(width: int, height: int) -> NDArray[np.int64]:
    """Return the ranks of Bayer's threshold map.

    Parameters
    ----------
    width, height : int
        Sides of the map; powers of two.

    Returns
    -------
    int64 array, shape (height, width)
        Every rank from 0 to ``width * height - 1`` once.

    Notes
    -----
    A rank interleaves the bits of the two coordinates, from the last to the first. If one side
    is longer, its extra bits are spread evenly among those of the other.

    Sources: B. E. Bayer, An optimum method for two-level rendition of continuous-tone
    pictures, IEEE International Conference on Communications, 1973; for two different sides,
    J. Yliluoma, Arbitrary-palette positional dithering algorithm, 2011, appendix 2.

    Examples
    --------
    >>> bayer(4, 4)
    array([[ 0,  8,  2, 10],
           [12,  4, 14,  6],
           [ 3, 11,  1,  9],
           [15,  7, 13,  5]])
    """
    y, x = np.mgrid[:height, :width]
    short, long = (y, x) if height <= width else (x, y)
    short_bits, long_bits = sorted((width.bit_length() - 1, height.bit_length() - 1))
    long = long ^ (short << long_bits >> short_bits)
    ranks, rank_bit = np.zeros((height, width), np.int64), 0
    for index in range(short_bits):
        share = range(long_bits * index // short_bits, long_bits * (index + 1) // short_bits)
        planes = [short >> (short_bits - 1 - index)]
        planes += [long >> (long_bits - 1 - bit) for bit in share]
        for plane in planes:
            ranks |= (plane & 1) << rank_bit
            rank_bit += 1
    return ranks


@lru_cache
def load_rank_tile(name: str) -> NDArray[np.uint16]:
    """Return the ranks of a tile that pixbin ships, such as `blue-noise-64`.

    Returns
    -------
    uint16 array, shape (n, n)
        Every rank from 0 to ``n * n - 1`` once.
    """
    from importlib import resources

    with (resources.files("pixbin") / "tiles" / f"{name}.npy").open("rb") as file:
        ranks: NDArray[np.uint16] = np.load(file)
    return ranks


def gradient_noise(shape: tuple[int, ...]) -> Thresholds:
    """Return interleaved gradient noise as thresholds.

    Parameters
    ----------
    shape : tuple of two int
        Rows and columns of the grid.

    Returns
    -------
    float64 array of that shape, in quanta

    Notes
    -----
    Source: J. Jimenez, Next generation post processing in Call of Duty: Advanced Warfare,
    SIGGRAPH course, 2014.
    """
    y, x = np.mgrid[: shape[0], : shape[1]]
    noise: Thresholds = 52.9829189 * ((0.06711056 * x + 0.00583715 * y) % 1) % 1
    return noise * FULL_SCALE


def thresholds_by_order(heights: NDArray[np.int64]) -> Thresholds:
    """Return thresholds by which cells become ink in the order of their heights.

    Parameters
    ----------
    heights : int64 array, shape (H, W)
        Only their order counts: as light falls, the highest cells become ink first. Cells of the
        same height are ordered by blue noise; heights are equal if their highest 16 bits are.

    Returns
    -------
    float64 array, shape (H, W), in quanta
        Spread evenly, so that a flat grey keeps its light to half a cell.
    """
    heights = heights - heights.min()
    heights >>= max(0, int(heights.max()).bit_length() - 16)
    tile = load_rank_tile("blue-noise-64")
    rows, columns = (np.arange(side) % len(tile) for side in heights.shape)
    order = (heights * tile.size + tile[np.ix_(rows, columns)]).ravel()
    # With the index as the last digits all numbers differ, so any sorting gives the same order.
    order = np.sort(order * order.size + np.arange(order.size)) % order.size
    levels = np.empty(order.size)
    levels[order] = (np.arange(order.size) + 0.5) * FULL_SCALE / order.size
    return levels.reshape(heights.shape)


def apply_thresholds(cells: Quanta, thresholds: Thresholds, strength: float) -> NDArray[np.bool_]:
    """Make paper of the cells that reach their thresholds.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    thresholds : float64 array, shape (h, w), in quanta
        Repeated over the cells.
    strength : float in [0, 1]
        How far the thresholds spread from one half; 0 is a threshold at one half.

    Returns
    -------
    bool array, shape (H, W), True is paper
        Pure black stays ink and pure white stays paper.

    Examples
    --------
    >>> from pixbin.catalog.families import Bayer
    >>> grey = np.full((2, 4), FULL_SCALE // 2, np.int32)
    >>> apply_thresholds(grey, thresholds(Bayer(2, 2), grey.shape, 0), 1.0).astype(int)
    array([[1, 0, 1, 0],
           [0, 1, 0, 1]])
    """
    levels = np.ceil(FULL_SCALE / 2 + (thresholds - FULL_SCALE / 2) * strength)
    levels = np.clip(levels, 1, FULL_SCALE).astype(np.int32)
    paper = np.empty(cells.shape, np.bool_)
    (height, width), (tile_height, tile_width) = cells.shape, levels.shape
    band_rows = min(MIN_BAND_ROWS, height)
    repeats = -(-band_rows // tile_height), -(-width // tile_width)
    # A band without gaps, and rows in the order of memory: NumPy then makes one loop of a call.
    band = np.ascontiguousarray(np.tile(levels, repeats)[:, :width])
    for top in range(0, height, len(band)):
        rows = slice(top, top + len(band))
        np.greater_equal(cells[rows], band[: height - top], out=paper[rows])
    return paper


def _thresholds_from_ranks(ranks: NDArray[np.integer]) -> Thresholds:
    return (ranks.astype(np.float64) + 1) * FULL_SCALE / (ranks.size + 1)

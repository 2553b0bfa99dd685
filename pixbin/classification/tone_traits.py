"""Traits of a picture that decide between methods: uneven ground, two levels, close shades."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.picture_kinds import Trait
from pixbin.classification import features
from pixbin.classification.features import Luma
from pixbin.classification.sample import PictureSample, RgbLevels
from pixbin.filters import otsu

Numbers = NDArray[np.floating[Any]]

_TILES = 12  #: along the longer side, in which the level of the ground is measured
_LEAST_TILES = 3  #: along the shorter side
_GROUND_PERCENT = 75  #: of the levels of a tile: its ground, if the ground is light
_FITS = 30  #: repetitions of the robust fit
_NEAR_LEVELS = 2  #: smallest difference that counts less in the fit
_GROUND_NOISE = 10  #: levels between the fit and a tile that is ground
_LEAST_GROUND = 0.5  #: share of tiles that are ground, if it is one sheet in uneven light
_SAME_LEVELS = 3  #: levels to both sides that are one even ground
_EVEN_SHARE = 0.4  #: share of the tiles on one level that makes the ground even
_UNEVEN_RANGE = 30  #: levels between the dark and the light part of an uneven ground
_LIGHT_GROUND = 60  #: levels of a ground that is no night
_PAGE_LEVEL = 230  #: of the ground of a page in even light
_PAGE_NOISE = 18  #: levels to both sides that are ground, too
_TWO_LEVELS_NOISE = 24  #: levels around each of two levels; of JPEG
_TWO_LEVELS_SHARE = 0.99  #: share of pixels on two levels
_EDGE_REACH = 4  #: pixels across an edge, more than a smooth edge is wide
_EDGE_STEP = 48  #: levels of a channel
_MERGED_SHARE = 0.35  #: share of edges that one threshold loses; smooth edges alone make up to 0.3


class Page(NamedTuple):
    """A picture in even light."""

    sample: PictureSample  #: of the reduced copy alone
    ground: float  #: share of its pixels that are ground


def find_traits(samples: Sequence[PictureSample]) -> tuple[Trait, ...]:
    """Return the traits that most of some frames have."""
    tests = {
        Trait.UNEVEN_GROUND: lambda sample: find_ground(sample.reduced) is not None,
        Trait.TWO_LEVELS: lambda sample: has_two_levels(sample.windows),
        Trait.CLOSE_SHADES: lambda sample: merged_share(sample.reduced) >= _MERGED_SHARE,
    }
    return tuple(
        trait for trait, test in tests.items() if 2 * sum(map(test, samples)) > len(samples)
    )


class Ground(NamedTuple):
    """The ground of a picture in uneven light: a smooth surface."""

    range: float  #: levels between its dark and its light part
    surface: Numbers  #: levels, shape (H, W)


def find_ground(levels: RgbLevels) -> Ground | None:
    """Return the ground of a picture in uneven light; None if it is even, or no surface.

    The ground of each tile is its 75th percentile of luma, or the 25th of a dark picture. A smooth
    surface is fitted to all tiles. The fit stays good even if a minority of the tiles differ from
    it.

    Parameters
    ----------
    levels : uint8 array, shape (H, W, 3)
    """
    luma = features.to_luma(levels)
    side = max(max(luma.shape) // _TILES, 4)
    if min(luma.shape) < _LEAST_TILES * side:
        return None
    tiles = _tile_ground(luma, side)
    counts = np.bincount(np.rint(tiles).astype(np.int64).ravel(), minlength=256)
    same = np.convolve(counts, np.ones(2 * _SAME_LEVELS + 1, np.int64))
    if same.max() > _EVEN_SHARE * tiles.size:
        return None
    rows, columns = (np.arange(count) + 0.5 for count in tiles.shape)
    factors = _fit_surface(tiles, _terms(rows * side, columns * side, luma.shape))
    fitted = _terms(rows * side, columns * side, luma.shape) @ factors
    is_ground = np.abs(tiles - fitted) <= _GROUND_NOISE
    if is_ground.mean() < _LEAST_GROUND:
        return None
    low, high = np.percentile(fitted[is_ground], (5, 95))
    if high - low < _UNEVEN_RANGE:
        return None
    height, width = (np.arange(length) + 0.5 for length in luma.shape)
    return Ground(float(high - low), _terms(height, width, luma.shape) @ factors)


def find_page(sample: PictureSample) -> Page | None:
    """Return a picture as it would be in even light, if its ground is light and uneven."""
    ground = find_ground(sample.reduced)
    if ground is None or np.median(ground.surface) < _LIGHT_GROUND:
        return None
    gain = _PAGE_LEVEL / np.maximum(ground.surface, 1)
    even = np.clip(sample.reduced * gain[..., None], 0, 255).astype(np.uint8)
    near = np.abs(features.to_luma(even) - _PAGE_LEVEL) <= _PAGE_NOISE
    return Page(PictureSample(sample.size, (even,), even), float(near.mean()))


def _tile_ground(luma: Luma, side: int) -> Numbers:
    """Return the level of the ground in each tile."""
    rows, columns = (length // side for length in luma.shape)
    inner = luma[: rows * side, : columns * side].reshape(rows, side, columns, side)
    tiles = inner.transpose(0, 2, 1, 3).reshape(rows, columns, -1)
    is_light = np.median(luma) >= luma.mean()
    percent = _GROUND_PERCENT if is_light else 100 - _GROUND_PERCENT
    return np.asarray(np.percentile(tiles, percent, axis=2))


def _terms(rows: Numbers, columns: Numbers, shape: tuple[int, ...]) -> Numbers:
    """Return the terms of a surface of second degree at rows and columns, along the last axis."""
    y = np.broadcast_to((2 * rows / shape[0] - 1)[:, None], (len(rows), len(columns)))
    x = np.broadcast_to(2 * columns / shape[1] - 1, y.shape)
    return np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=-1)


def _fit_surface(tiles: Numbers, terms: Numbers) -> Numbers:
    """Return factors of terms with about the least sum of absolute differences to tiles."""
    values, flat = tiles.ravel(), terms.reshape(-1, terms.shape[-1])
    weights: Numbers = np.ones_like(values)
    factors: Numbers = np.zeros(flat.shape[1])
    for _ in range(_FITS):
        root = np.sqrt(weights)
        factors = np.linalg.lstsq(flat * root[:, None], values * root, rcond=None)[0]
        weights = 1 / np.maximum(np.abs(values - flat @ factors), _NEAR_LEVELS)
    return factors


def has_two_levels(windows: Sequence[RgbLevels]) -> bool:
    """Return whether nearly all pixels have one of two levels of luma; there may be noise."""
    luma = np.concatenate([features.to_luma(window).ravel() for window in windows])
    is_light = luma > otsu.otsu_level(luma.astype(np.uint8))
    if is_light.all() or not is_light.any():
        return False
    near = sum(
        int((np.abs(group - np.median(group)) <= _TWO_LEVELS_NOISE).sum())
        for group in (luma[is_light], luma[~is_light])
    )
    return near >= _TWO_LEVELS_SHARE * luma.size


def merged_share(levels: RgbLevels) -> float:
    """Return the share of colour edges with both sides lighter, or both darker, than Otsu's level.

    Parameters
    ----------
    levels : uint8 array, shape (H, W, 3)
    """
    luma = features.to_luma(levels)
    is_light = luma > otsu.otsu_level(luma.astype(np.uint8))
    total = merged = 0
    for colors, paper in ((levels, is_light), (levels.transpose(1, 0, 2), is_light.T)):
        first, second = colors[:, _EDGE_REACH:], colors[:, :-_EDGE_REACH]
        steps = (np.maximum(first, second) - np.minimum(first, second)).max(axis=2)
        is_edge = steps >= _EDGE_STEP
        is_same = paper[:, _EDGE_REACH:] == paper[:, :-_EDGE_REACH]
        total += int(is_edge.sum())
        merged += int((is_edge & is_same).sum())
    return merged / total if total else 0.0

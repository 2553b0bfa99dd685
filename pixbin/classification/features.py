"""Features of a picture: numbers that a person can check by looking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.classification.sample import REDUCED_SIDE, PictureSample, RgbLevels
from pixbin.filters import otsu

GRAIN_STEPS = (3, 24)  #: steps between neighbours that are too large for a flat area, in levels
_EDGE_STEP = 48  #: smallest step of an edge
_MIN_RISE = 64  #: over four pixels, of an edge whose sharpness is measured
_MIDDLE_SHARPNESS = 0.5  #: if there is no edge
_LINE_REACH = 3  #: pixels from the middle of a thin line to both sides
_LINE_CONTRAST = 40  #: levels by which it is darker
_BORDER_TOLERANCE = 8  #: levels
_STRAIGHT_LENGTH = 12  #: pixels of an edge along a row or column
_TILE_SIDE = 64  #: in which lines of text are looked for
_TEXT_STEP = 16  #: smaller steps are not of letters
_MIN_DETAIL = 1.0  #: mean step above that, of a tile that has detail
_GAP_LEVEL = 0.2  #: detail of a row in a gap, relative to the mean of the tile

Luma = NDArray[np.int16]  #: shape (H, W), 0 to 255
Steps = NDArray[np.uint8]  #: shape (H, W), largest step of a channel to the next pixel
Histogram = NDArray[np.int64]  #: shape (256,)


class PictureFeatures(NamedTuple):
    """Numbers on a picture. Shares are 0 to 1."""

    colors: float  #: bits: two to this power is about the number of colours
    equal: float  #: share of neighbours that are equal
    grain: float  #: share of neighbours with a small step
    edges: float  #: share of neighbours with a large step
    sharpness: float  #: largest step of an edge to its whole rise
    palette: float  #: share of the eight most common colours
    border: float  #: share of the outer pixels that have one colour
    outlines: float  #: share of pixels on thin dark lines
    saturation: float  #: mean difference between the channels
    bimodality: float  #: share of the variance of luma that Otsu's level explains
    midtones: float  #: share of pixels in the middle half of the range of luma
    lines: float  #: gaps between rows of detail, less those between columns, or the reverse
    thickness: float  #: bits: mean run of the rarer of two values, if the picture had 512 pixels
    straight: float  #: share of edges that run along a row or column


def measure(sample: PictureSample) -> PictureFeatures:
    """Return the features of a picture."""
    windows = sample.windows
    steps = [pair for window in windows for pair in _steps(window)]
    counts = _histogram(steps)
    shares = counts / max(int(counts.sum()), 1)
    lumas, reduced = [to_luma(window) for window in windows], to_luma(sample.reduced)
    histogram = _histogram(lumas)
    colors, palette = _palette(windows)
    low, high = GRAIN_STEPS
    return PictureFeatures(
        colors=colors,
        equal=float(shares[0]),
        grain=float(shares[low : high + 1].sum()),
        edges=float(shares[_EDGE_STEP:].sum()),
        sharpness=edge_sharpness(lumas),
        palette=palette,
        border=_border(sample.reduced),
        outlines=_outlines(reduced),
        saturation=float((sample.reduced.max(axis=2) - sample.reduced.min(axis=2)).mean()) / 255,
        bimodality=_bimodality(histogram),
        midtones=_midtones(histogram),
        lines=max(abs(_text_lines([reduced])), abs(_text_lines(lumas))),
        thickness=_thickness(reduced),
        straight=_straight_share(steps),
    )


def _histogram(arrays: Sequence[NDArray[np.integer]]) -> Histogram:
    counts = np.zeros(256, np.int64)
    for array in arrays:
        counts += np.bincount(array.ravel(), minlength=256)
    return counts


def to_luma(levels: RgbLevels) -> Luma:
    """Return luma by the weights of BT.709, rounded; input is uint8 of shape (H, W, 3)."""
    red, green, blue = (levels[..., channel].astype(np.int32) for channel in range(3))
    return ((red * 13933 + green * 46871 + blue * 4732 + 32768) >> 16).astype(np.int16)


def edge_sharpness(lumas: list[Luma]) -> float:
    """Return the largest step of edges to their rise over four pixels, 0.25 to 1.

    Parameters
    ----------
    lumas : list of int16 arrays, shape (H, W)
    """
    steepest, total = 0, 0
    for luma in lumas:
        for grid in (luma, luma.T):
            rise = np.abs(grid[:, 4:] - grid[:, :-4])
            is_edge = rise >= _MIN_RISE
            step = np.abs(np.diff(grid, axis=1))
            count = rise.shape[1]
            largest = np.maximum.reduce([step[:, start : start + count] for start in range(4)])
            steepest += int(np.minimum(largest, rise)[is_edge].sum())
            total += int(rise[is_edge].sum())
    return steepest / total if total else _MIDDLE_SHARPNESS


def _steps(levels: RgbLevels) -> tuple[Steps, Steps]:
    """Return the steps to the right neighbour, and those to the one below as columns."""
    columns = levels.transpose(1, 0, 2)
    across, down = (
        np.maximum(grid[:, 1:], grid[:, :-1]) - np.minimum(grid[:, 1:], grid[:, :-1])
        for grid in (levels, columns)
    )
    return _largest_channel(across), _largest_channel(down)


def _largest_channel(levels: RgbLevels) -> Steps:
    return np.maximum(np.maximum(levels[..., 0], levels[..., 1]), levels[..., 2])


def _palette(windows: tuple[RgbLevels, ...]) -> tuple[float, float]:
    """Return the entropy of colours of four bits a channel, and the share of the first eight."""
    counts = np.zeros(4096, np.int64)
    for levels in windows:
        red, green, blue = ((levels[..., channel] >> 4).astype(np.int16) for channel in range(3))
        counts += np.bincount((red << 8 | green << 4 | blue).ravel(), minlength=4096)
    shares = np.sort(counts[counts > 0])[::-1] / counts.sum()
    return float(-(shares * np.log2(shares)).sum()), float(shares[:8].sum())


def _border(levels: RgbLevels) -> float:
    width = max(max(levels.shape[:2]) // 100, 1)
    strips = (levels[:width], levels[-width:], levels[:, :width], levels[:, -width:])
    outer = np.concatenate([strip.reshape(-1, 3) for strip in strips]).astype(np.int16)
    middle = np.median(outer, axis=0)
    return float((np.abs(outer - middle).max(axis=1) <= _BORDER_TOLERANCE).mean())


def _outlines(luma: Luma) -> float:
    share, reach = 0.0, _LINE_REACH
    for grid in (luma, luma.T):
        if grid.shape[1] > 2 * reach:
            sides = np.minimum(grid[:, : -2 * reach], grid[:, 2 * reach :])
            share += float((sides - grid[:, reach:-reach] >= _LINE_CONTRAST).mean())
    return share


def _bimodality(histogram: Histogram) -> float:
    levels, total = np.arange(256), histogram.sum()
    below = np.cumsum(histogram)[:-1].astype(np.float64)
    sums = np.cumsum(histogram * levels).astype(np.float64)
    variance = (histogram * (levels - sums[-1] / total) ** 2).sum() / total
    above = total - below
    has_both = (below > 0) & (above > 0)
    if not has_both.any():
        return 1.0
    below, above, sums_below = below[has_both], above[has_both], sums[:-1][has_both]
    gap = sums_below / below - (sums[-1] - sums_below) / above
    return float((below * above * gap**2).max() / (float(total) ** 2 * variance))


def _midtones(histogram: Histogram) -> float:
    shares = np.cumsum(histogram) / histogram.sum()
    low, high = (int(np.searchsorted(shares, share)) for share in (0.01, 0.99))
    quarter = (high - low) // 4
    middle = histogram[low + quarter : high - quarter + 1].sum()
    return float(middle / histogram.sum()) if high > low else 0.0


def _text_lines(lumas: list[Luma]) -> float:
    """Return the share of gaps between rows of detail, less that of columns, over all tiles."""
    total, count = 0.0, 0
    for luma in lumas:
        rows, columns = (side // _TILE_SIDE for side in luma.shape)
        if rows == 0 or columns == 0:
            continue
        inner = luma[: rows * _TILE_SIDE, : columns * _TILE_SIDE]
        shape = (rows, _TILE_SIDE, columns, _TILE_SIDE)
        across, down = (
            np.maximum(np.abs(np.diff(inner, axis=axis, append=last)) - _TEXT_STEP, 0)
            for axis, last in ((1, inner[:, -1:]), (0, inner[-1:]))
        )
        by_row = across.reshape(shape).mean(axis=3).transpose(0, 2, 1).reshape(-1, _TILE_SIDE)
        by_column = down.reshape(shape).mean(axis=1).reshape(-1, _TILE_SIDE)
        has_detail = (by_row.mean(axis=1) >= _MIN_DETAIL) & (by_column.mean(axis=1) >= _MIN_DETAIL)
        total += float((_gaps(by_row) - _gaps(by_column))[has_detail].sum())
        count += int(has_detail.sum())
    return total / count if count >= 2 else 0.0


def _gaps(profiles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of gaps in each profile, a row; 0 if there are fewer than two gaps."""
    is_gap = profiles < _GAP_LEVEL * profiles.mean(axis=1, keepdims=True)
    count = (is_gap[:, 1:] & ~is_gap[:, :-1]).sum(axis=1)
    return np.where(count >= 2, is_gap.mean(axis=1), 0.0)


def _thickness(luma: Luma) -> float:
    mask = luma > otsu.otsu_level(luma.astype(np.uint8))
    if mask.mean() > 0.5:
        mask = ~mask
    lengths = np.concatenate([_runs(mask), _runs(mask.T)]).astype(np.float64)
    if lengths.size == 0:
        return 0.0
    mean = (lengths**2).sum() / lengths.sum()
    return float(np.log2(mean * REDUCED_SIDE / max(luma.shape)))


def _runs(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the lengths of the runs of True in all rows."""
    padded = np.zeros((mask.shape[0], mask.shape[1] + 1), np.int8)
    padded[:, :-1] = mask
    turns = np.diff(padded.ravel(), prepend=0)
    return np.flatnonzero(turns < 0) - np.flatnonzero(turns > 0)


def _straight_share(steps: list[Steps]) -> float:
    straight, total = 0, 0
    for each in steps:
        is_edge = each >= _EDGE_STEP
        count = np.cumsum(is_edge, axis=0, dtype=np.int32)
        runs = count[_STRAIGHT_LENGTH:] - count[:-_STRAIGHT_LENGTH]
        straight += int((runs == _STRAIGHT_LENGTH).sum())
        total += int(is_edge.sum())
    return straight / total if total else 0.0

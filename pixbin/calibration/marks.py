"""The marks of a ramp in a photograph, and the perspective that they give.

A line through the middle of a mark meets dark, light, dark, light and dark in the ratio 1, 1, 3, 1
and 1, at any angle and scale. The same idea is in the finder patterns of QR codes (ISO/IEC 18004).
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.calibration import ramp_layout
from pixbin.color.spaces import UnitArray
from pixbin.errors import InputError

_RATIO = np.array([1.0, 1.0, 3.0, 1.0, 1.0])
_TOLERANCE = np.array([0.65, 0.65, 1.2, 0.65, 0.65])  #: in modules; prints grow
_LEAST_CONTRAST = 0.08  #: of dark and light in a neighbourhood, in sRGB values
_BLOCK = 8  #: pixels, for the local range of values
_REACH = 4  #: blocks around a block, for the same
_MOST_CANDIDATES = 14
_CHUNK = 512  #: runs that are compared with all others at once, to save memory
_MOST_DISTORTION = 1.7  #: of distances between marks, by perspective and a wrong guess of modules

Homography = NDArray[np.float64]  #: shape (3, 3); maps units of the layout to pixels


class Mark(NamedTuple):
    """A mark, or what looks like one."""

    x: float
    y: float
    module: float  #: a unit of the layout, in pixels
    hits: int  #: rows in which it was seen


def find_homography(grey: UnitArray, label: str) -> Homography:
    """Find the four marks of a ramp, and return the map from its layout to the picture.

    Parameters
    ----------
    grey : float64 array, shape (H, W), in [0, 1]
        sRGB-encoded values; 600 to 1500 pixels on the longer side serve best.
    label : str
        The name of the file in messages.

    Raises
    ------
    InputError
        There are no four marks that belong together.
    """
    candidates = _find_candidates(grey)
    best, most = None, 0.0
    for group in combinations(candidates, 4):
        corners = _order_corners(group)
        if corners is not None and (score := _score(corners)) > most:
            best, most = corners, score
    if best is None:
        raise no_ramp(label)
    return _solve(ramp_layout.mark_centers(), [(mark.x, mark.y) for mark in best])


def no_ramp(label: str) -> InputError:
    """Return the error of a picture without a ramp."""
    return InputError(
        f"{label}: no ramp with its four square marks; photograph the whole ramp, sharp and "
        "from above, with nothing on the marks"
    )


def _find_candidates(grey: UnitArray) -> list[Mark]:
    """Return middles of marks, those that most rows and columns agree on first."""
    is_dark = _is_dark(grey)
    across, down = _runs(is_dark), _runs(is_dark.T)
    if not len(across) or not len(down):
        return []
    parts = [across[start : start + _CHUNK] for start in range(0, len(across), _CHUNK)]
    hits = np.concatenate([_crossings(part, down) for part in parts])
    marks = _cluster(hits)
    return sorted(marks, key=lambda mark: -mark.hits)[:_MOST_CANDIDATES]


def _crossings(across: UnitArray, down: UnitArray) -> UnitArray:
    """Return the middle and module wherever runs along rows and along columns cross."""
    x, y, module = (column[:, None] for column in across.T)
    other_y, other_x, other_module = down.T
    ratio = module / other_module
    is_near = (np.abs(x - other_x) < module) & (np.abs(y - other_y) < module)
    rows, columns = np.nonzero(is_near & (ratio > 0.5) & (ratio < 2))
    middles = (across[rows, :2] + down[columns, 1::-1]) / 2
    modules = np.sqrt(across[rows, 2] * other_module[columns])
    return np.column_stack((middles, modules))


def _is_dark(grey: UnitArray) -> NDArray[np.bool_]:
    """Return which pixels are nearer to the darkest than to the lightest around them."""
    height, width = (-(-side // _BLOCK) * _BLOCK for side in grey.shape)
    padded = np.pad(
        grey, ((0, height - grey.shape[0]), (0, width - grey.shape[1])), mode="edge"
    ).reshape(height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK)
    low, high = padded.min((1, 3)), padded.max((1, 3))
    low, high = -_local_max(-low), _local_max(high)
    middle = np.where(high - low < _LEAST_CONTRAST, -1.0, (low + high) / 2)
    fine = middle.repeat(_BLOCK, axis=0).repeat(_BLOCK, axis=1)
    return grey < fine[: grey.shape[0], : grey.shape[1]]


def _local_max(blocks: UnitArray) -> UnitArray:
    for _ in range(2):
        padded = np.pad(blocks, ((_REACH, _REACH), (0, 0)), mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _REACH + 1, axis=0)
        blocks = windows.max(axis=-1).T
    return blocks


def _runs(is_dark: NDArray[np.bool_]) -> UnitArray:
    """Return the middle, row and module of each series of runs with the ratio of a mark."""
    results = [np.empty((0, 3))]
    for row, line in enumerate(is_dark):
        edges = np.flatnonzero(line[1:] != line[:-1]) + 1
        if len(edges) < 6:
            continue
        series = np.lib.stride_tricks.sliding_window_view(edges, 6)
        series = series[line[series[:, 0]]]
        lengths = np.diff(series, axis=1)
        modules = lengths.sum(axis=1) / 7
        fits = (np.abs(lengths - modules[:, None] * _RATIO) <= modules[:, None] * _TOLERANCE).all(1)
        fits &= modules >= 1
        middles = (series[fits, 2] + series[fits, 3] - 1) / 2
        results.append(np.stack((middles, np.full(len(middles), row), modules[fits]), axis=1))
    return np.concatenate(results)


def _cluster(hits: UnitArray) -> list[Mark]:
    """Join hits that are within a module or two of each other."""
    marks = []
    while len(hits):
        x, y, module = hits[len(hits) // 2]
        for _ in range(3):
            is_near = np.hypot(hits[:, 0] - x, hits[:, 1] - y) < 2 * module
            if not is_near.any():
                break
            x, y, module = hits[is_near].mean(axis=0)
        if not is_near.any():
            is_near = np.arange(len(hits)) == len(hits) // 2
        marks.append(Mark(float(x), float(y), float(module), int(is_near.sum())))
        hits = hits[~is_near]
    return marks


def _order_corners(group: tuple[Mark, ...]) -> list[Mark] | None:
    """Return four marks clockwise from one whose next is along a long side, or None."""
    x, y = (math.fsum(mark[axis] for mark in group) / 4 for axis in (0, 1))
    corners = sorted(group, key=lambda mark: math.atan2(mark.y - y, mark.x - x))
    sides = [_distance(corners[index], corners[(index + 1) % 4]) for index in range(4)]
    if sides[0] + sides[2] < sides[1] + sides[3]:
        corners = corners[1:] + corners[:1]
    turns = [
        (b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x)
        for a, b, c in zip(
            corners, corners[1:] + corners[:1], corners[2:] + corners[:2], strict=True
        )
    ]
    return corners if min(turns) > 0 else None


def _score(corners: list[Mark]) -> float:
    """Return how well four marks fit the layout; 0 if they cannot be those of a ramp."""
    centers = ramp_layout.mark_centers()
    worst = 1.0
    for index in range(4):
        mark, other = corners[index], corners[(index + 1) % 4]
        (x, y), (next_x, next_y) = centers[index], centers[(index + 1) % 4]
        length = abs(next_x - x) + abs(next_y - y)
        ratio = _distance(mark, other) / (length * math.sqrt(mark.module * other.module))
        worst = max(worst, ratio, 1 / ratio)
    if worst > _MOST_DISTORTION:
        return 0.0
    return math.sqrt(min(mark.hits for mark in corners)) / worst


def _distance(mark: Mark, other: Mark) -> float:
    return max(1e-9, math.hypot(mark.x - other.x, mark.y - other.y))


def _solve(sources: list[tuple[float, float]], targets: list[tuple[float, float]]) -> Homography:
    """Return the perspective map that takes four points to four others."""
    rows, values = [], []
    for (x, y), (u, v) in zip(sources, targets, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    solution = np.linalg.solve(np.array(rows, np.float64), np.array(values, np.float64))
    return np.append(solution, 1.0).reshape(3, 3)

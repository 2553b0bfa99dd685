"""Multiscale error diffusion: every dot goes where the most light is still missing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.color.spaces import UnitArray
from pixbin.dither import ordered
from pixbin.dither.sharpening import pull_to_threshold
from pixbin.jit.dispatch import Bytes, Floats, Int64s, run_kernel

#: Spread of the blue noise that is added to the light, in times the distance from black or white.
#: Without it, dots in flat areas fall into the squares of the pyramid.
GRAIN = 0.4
MAX_REACH = 5  #: cells; farther undecided cells get no share of an error


def diffuse(cells: Quanta, strength: float) -> NDArray[np.bool_]:
    """Place dots one by one, each in the part of the picture that lacks the most light.

    A pyramid holds the light of the picture, of its quarters, of their quarters, and so on. The
    search goes from the top to the quarter with the most light, until it is at one cell. This
    cell becomes a dot. The error is shared out to undecided neighbours on all sides: those that
    share a side get twice as much as those at a corner. If there are none, farther cells get
    equal shares. The number of dots is the sum of the light, so the mean light is exact. In
    pictures that are mostly light, dots are ink.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    strength : float in [0, 1]
        Distance of the light from black or white that is kept; 0 is a threshold at one half.

    Returns
    -------
    bool array, shape (H, W), True is paper

    Notes
    -----
    Source: I. Katsavounidis, C.-C. J. Kuo, A multiscale error diffusion technique for digital
    halftoning, IEEE Transactions on Image Processing 6(3), 1997. The dots of the scarcer colour,
    errors for undecided cells only, and the grain are pixbin's.
    """
    pulled = pull_to_threshold(cells, strength)
    light = pulled / FULL_SCALE
    are_ink = 2 * int(pulled.sum(dtype=np.int64)) > FULL_SCALE * cells.size
    light = 1 - light if are_ink else light
    is_pure = (pulled <= 0) | (pulled >= FULL_SCALE)  # decided before; no dots stray into them
    dots = (is_pure & (light > 0)).astype(np.uint8)
    height, width = cells.shape
    depth = (max(cells.shape) - 1).bit_length()
    count = int(np.floor(_exact_sum(pulled, are_ink) + 0.5)) - int(dots.sum())
    free = np.where(is_pure, 0, 1)
    light_pyramid, free_pyramid, starts = _pyramids(_grained(light) * free, free, depth)
    run_kernel(
        _multiscale_loop,
        count * 9 * (depth + 2),
        *(light_pyramid, free_pyramid, starts, dots),
        *(depth, width, height, count, MAX_REACH),
    )
    paper = dots.view(np.bool_)
    return ~paper if are_ink else paper


def _exact_sum(cells: Quanta, are_ink: bool) -> float:
    total = int(cells.sum(dtype=np.int64))
    return (FULL_SCALE * cells.size - total if are_ink else total) / FULL_SCALE


def _grained(light: UnitArray) -> UnitArray:
    tile = ordered.load_rank_tile("blue-noise-64")
    rows, columns = (np.arange(side) % len(tile) for side in light.shape)
    noise = (tile[np.ix_(rows, columns)] + 0.5) / tile.size - 0.5
    grained: UnitArray = light + GRAIN * noise * np.minimum(light, 1 - light)
    return grained


def _pyramids(
    light: UnitArray, undecided: NDArray[np.int64], depth: int
) -> tuple[UnitArray, NDArray[np.int64], NDArray[np.int64]]:
    """Return the sums of light and the numbers of undecided cells, and where levels start.

    Both are flat: first the cells of a square with sides of 2 ** depth, then its quarters.
    """
    side = 1 << depth
    sums = np.zeros((side, side))
    sums[: light.shape[0], : light.shape[1]] = light
    free = np.zeros((side, side), np.int64)
    free[: light.shape[0], : light.shape[1]] = undecided
    lights, counts, starts = [sums.ravel()], [free.ravel()], [0]
    for _ in range(depth):
        starts.append(starts[-1] + sums.size)
        sums = sums[::2, ::2] + sums[::2, 1::2] + sums[1::2, ::2] + sums[1::2, 1::2]
        free = free[::2, ::2] + free[::2, 1::2] + free[1::2, ::2] + free[1::2, 1::2]
        lights.append(sums.ravel())
        counts.append(free.ravel())
    return np.concatenate(lights), np.concatenate(counts), np.array(starts)


def _multiscale_loop(
    light: Floats,
    free: Int64s,
    starts: Int64s,
    dots: Bytes,
    depth: int,
    width: int,
    height: int,
    count: int,
    max_reach: int,
) -> None:
    side = 1 << depth
    for _ in range(count):
        y = 0
        x = 0
        for level in range(depth - 1, -1, -1):
            stride = 1 << (depth - level)
            best_y = -1
            best_x = -1
            best = 0.0
            for quarter in range(4):
                v = 2 * y + quarter // 2
                u = 2 * x + quarter % 2
                node = starts[level] + v * stride + u
                if free[node] and (best_y < 0 or light[node] > best):
                    best = light[node]
                    best_y = v
                    best_x = u
            y = best_y
            x = best_x
        dots[y * width + x] = 1
        error = light[y * side + x] - 1.0
        taken = light[y * side + x]
        for level in range(depth + 1):
            node = starts[level] + (y >> level << (depth - level)) + (x >> level)
            light[node] -= taken
            free[node] -= 1
        total = 0
        reach = 0
        while total == 0 and reach < max_reach:
            reach += 1
            for v in range(max(0, y - reach), min(height, y + reach + 1)):
                for u in range(max(0, x - reach), min(width, x + reach + 1)):
                    if free[v * side + u]:
                        total += 2 if reach == 1 and (v == y or u == x) else 1
        if total == 0:
            continue
        for v in range(max(0, y - reach), min(height, y + reach + 1)):
            for u in range(max(0, x - reach), min(width, x + reach + 1)):
                if free[v * side + u]:
                    weight = 2 if reach == 1 and (v == y or u == x) else 1
                    share = error * weight / total
                    for level in range(depth + 1):
                        light[starts[level] + (v >> level << (depth - level)) + (u >> level)] += (
                            share
                        )

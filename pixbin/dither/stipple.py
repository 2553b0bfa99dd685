"""Stippling: round dots of even size, whose density gives the light."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import Stipple
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.color.spaces import UnitArray
from pixbin.dither import sharpening
from pixbin.dither.riemersma import hilbert_curve
from pixbin.filters import gaussian
from pixbin.jit.dispatch import Floats, Int64s, run_kernel

PASSES = 12  #: in which every dot moves to the middle of its region
DARK_SIGMA = 2.0  #: of the blur that decides where dots are of paper, in cells
_OPERATIONS_PER_CELL = 20  #: to find the dot nearest to a cell, in operations of `run_kernel`


def stipple(cells: Quanta, family: Stipple, strength: float) -> NDArray[np.bool_]:
    """Draw dots of ink in light areas and dots of paper in dark ones.

    The dots begin along a Hilbert curve, an equal part of the ink apart. Then each moves to the
    middle of the ink of its region: the cells that are nearer to it than to any other dot. In
    the end each region gets as many cells of ink as it has light missing, those nearest to its
    dot. Detail is raised before, and dots at edges are smaller and closer, so eyes stay eyes.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    family : Stipple
        The mean area of a dot in flat areas, and how far detail is raised.
    strength : float in [0, 1]
        Distance of the light from black or white that is kept; 0 is a threshold at one half.

    Returns
    -------
    bool array, shape (H, W), True is paper
        Pure black cells stay ink and pure white cells stay paper.

    Notes
    -----
    Source: A. Secord, Weighted Voronoi stippling, Proc. NPAR 2002. The dots of paper, smaller
    dots at edges, and dots of whole cells whose area is exact, are pixbin's.
    """
    closeness = 1 + sharpening.edges(cells / FULL_SCALE)  # twice as many dots at edges
    sharper = sharpening.sharpen(cells, family.gain * strength, sharpening.DRAWN_SIGMA)
    pulled = sharpening.pull_to_threshold(sharper, strength)
    light = pulled / FULL_SCALE
    # Slightly less than one half, so that rounding errors do not decide in a flat grey.
    is_dark = gaussian.gaussian(light, DARK_SIGMA) < 0.5 - 1e-9
    is_mixed = (pulled > 0) & (pulled < FULL_SCALE)
    ink = dots(1 - light, ~is_dark & is_mixed, family.size, closeness)
    paper = dots(light, is_dark & is_mixed, family.size, closeness)
    return np.where(is_mixed, np.where(is_dark, paper, ~ink), pulled > 0)


def dots(
    amount: UnitArray, inside: NDArray[np.bool_], size: float, closeness: UnitArray
) -> NDArray[np.bool_]:
    """Return the cells of round dots that cover an amount.

    Parameters
    ----------
    amount : float64 array, shape (H, W), in [0, 1]
        Share of each cell to be covered.
    inside : bool array, shape (H, W)
        Which cells count, and may be covered.
    size : float
        Mean area of a dot, in cells.
    closeness : float64 array, shape (H, W), positive
        How many dots stand for one of the mean area, at each cell.

    Returns
    -------
    bool array, shape (H, W)
        As many cells as the sum of the amounts, to half a cell.
    """
    amount = np.where(inside, amount, 0.0)
    order = hilbert_curve(amount.shape[1], amount.shape[0])
    weights = amount * closeness
    running = np.cumsum(weights.ravel()[order])
    total = float(running[-1])
    covered = np.zeros(amount.size, np.bool_)
    if amount.sum() < 0.5:
        return covered.reshape(amount.shape)
    count = max(1, round(total / size))
    starts = np.searchsorted(running, (np.arange(count) + 0.5) * (total / count))
    cells = np.flatnonzero(inside)
    owners, distances = _relax(weights, cells, order[np.minimum(starts, amount.size - 1)])
    # The sum over all regions so far is rounded, so that no part of a cell is lost.
    shares = np.floor(np.cumsum(np.bincount(owners, amount.ravel()[cells], count)) + 0.5)
    wanted = np.diff(shares, prepend=0).astype(np.int64)
    order = np.lexsort((distances, owners))
    owners = owners[order]
    rank = np.arange(cells.size) - np.searchsorted(owners, np.arange(count))[owners]
    covered[cells[order[rank < wanted[owners]]]] = True
    return covered.reshape(amount.shape)


def _relax(
    weights: UnitArray, cells: NDArray[np.int64], starts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], UnitArray]:
    """Move dots to the middles of their regions; return each cell's dot, and its distance.

    Both arrays have an entry for each of `cells`; distances are squared.
    """
    height, width = weights.shape
    bucket = max(2, math.isqrt(weights.size // len(starts)))
    rows, columns = -(-height // bucket), -(-width // bucket)
    owners, distances = np.full(cells.size, -1), np.zeros(cells.size)
    positions = np.divmod(cells, width)
    y, x = starts // width + 0.0, starts % width + 0.0
    for index in range(PASSES + 1):
        row, column = ((at + 0.5).astype(np.int64) // bucket for at in (y, x))
        of_dot = row * columns + column
        members = np.argsort(of_dot, kind="stable")
        begins = np.searchsorted(of_dot[members], np.arange(rows * columns + 1))
        run_kernel(
            _nearest_dot_loop,
            cells.size * _OPERATIONS_PER_CELL,
            *(cells, y, x, members, begins, owners, distances),
            *(cells.size, bucket, columns, rows, width),
        )
        if index < PASSES:
            y, x = _middles(weights.ravel()[cells], positions, owners, (y, x))
    return owners, distances


def _middles(
    weights: UnitArray,
    positions: tuple[NDArray[np.int64], NDArray[np.int64]],
    owners: NDArray[np.int64],
    dots: tuple[UnitArray, UnitArray],
) -> tuple[UnitArray, UnitArray]:
    """Return the centre of gravity of each region; a dot without any weight stays."""
    count = len(dots[0])
    mass = np.bincount(owners, weights, count)
    divisor = np.maximum(mass, 1e-9)
    y, x = (
        np.where(mass > 1e-9, np.bincount(owners, weights * at, count) / divisor, before)
        for at, before in zip(positions, dots, strict=True)
    )
    return y, x


# Dots lie in square buckets: `members` are dots, those of a bucket from its entry in `begins` on.
# Rings of buckets around the cell's own are searched until no nearer dot can follow. The dot
# that was nearest before is a first guess.
def _nearest_dot_loop(
    cells: Int64s,
    dots_y: Floats,
    dots_x: Floats,
    members: Int64s,
    begins: Int64s,
    owners: Int64s,
    distances: Floats,
    cell_count: int,
    bucket: int,
    columns: int,
    rows: int,
    width: int,
) -> None:
    for cell in range(cell_count):
        y = cells[cell] // width
        x = cells[cell] % width
        row = y // bucket
        column = x // bucket
        nearest = owners[cell]
        best = 1e300
        if nearest >= 0:
            down = dots_y[nearest] - y
            right = dots_x[nearest] - x
            best = down * down + right * right
        ring = 0
        limit = 0.0
        while best >= limit and ring <= rows + columns:
            for v in range(max(0, row - ring), min(rows, row + ring + 1)):
                is_edge = v == row - ring or v == row + ring
                step = 1 if is_edge else 2 * ring
                for u in range(column - ring, column + ring + 1, step):
                    if u < 0 or u >= columns:
                        continue
                    here = v * columns + u
                    for index in range(begins[here], begins[here + 1]):
                        dot = members[index]
                        down = dots_y[dot] - y
                        right = dots_x[dot] - x
                        distance = down * down + right * right
                        if distance < best or (distance == best and dot < nearest):
                            best = distance
                            nearest = dot
            # What lies in further rings is at least so far away.
            limit = float(ring * bucket * ring * bucket)
            ring += 1
        owners[cell] = nearest
        distances[cell] = best

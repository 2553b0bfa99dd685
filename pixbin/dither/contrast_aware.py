"""Contrast-aware halftoning: cells nearest to black or white first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import ContrastAware
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.color.spaces import UnitArray
from pixbin.jit.dispatch import Bytes, Floats, Int32s, Int64s, run_kernel

_RANKS = 128  #: ranks of priority: 8-bit levels from black or white, whichever is nearer
_UNDECIDED = 2  #: in an array where 1 is paper and 0 is ink


def diffuse(cells: Quanta, family: ContrastAware, strength: float, seed: int) -> NDArray[np.bool_]:
    """Binarize cells in order of priority, passing errors to the undecided cells nearby.

    The cells nearest to black or white come first. A cell that becomes ink has light left over;
    lighter neighbours get more of it than darker ones. A cell that becomes paper takes light from
    its neighbours, and more from darker ones. Near cells get larger shares than far ones. So the
    contrast between neighbours is kept or raised. When the light of a cell changes, its position in
    the order is updated at once. The error of a cell without undecided cells in reach is lost.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    family : ContrastAware
        How far an error reaches, and how its shares fall with distance.
    strength : float in [0, 1]
        Share of the error that is passed on; 0 is a threshold at one half.
    seed : int
        Seed of the order among cells of equal priority.

    Returns
    -------
    bool array, shape (H, W), True is paper

    Notes
    -----
    Source: H. Li, D. Mould, Contrast-aware halftoning, Computer Graphics Forum 29(2), 2010;
    the variant with a priority queue.
    """
    radius = family.radius
    levels = np.pad(cells / (FULL_SCALE / 255), radius)
    paper = np.pad(np.full(cells.shape, _UNDECIDED, np.uint8), radius)
    offsets, proximity = neighbour_offsets(family, levels.shape[1])
    run_kernel(
        _contrast_aware_loop,
        cells.size * offsets.size,
        *(levels, paper, *_rank_rings(levels, paper, seed)),
        *(offsets, proximity, np.zeros(offsets.size)),
        *(cells.size, levels.size, offsets.size, strength),
    )
    return paper[radius:-radius, radius:-radius].astype(np.bool_)


def neighbour_offsets(family: ContrastAware, stride: int) -> tuple[NDArray[np.int64], UnitArray]:
    """Return the offsets of a cell's neighbours, and a weight for each by its distance.

    Parameters
    ----------
    family : ContrastAware
    stride : int
        Cells from one row to the next.

    Returns
    -------
    int64 array, shape (n,)
        Offsets of the cells in a disk, without its centre.
    float64 array, shape (n,)
        Their distance to the power of ``-falloff``.
    """
    away = np.arange(-family.radius, family.radius + 1)
    squares = np.add.outer(away**2, away**2)
    inside = (squares > 0) & (squares <= family.radius**2)
    offsets = np.add.outer(away * stride, away)
    # One by one, since the last digit of NumPy's powers of arrays depends on the processor.
    proximity = [float(square) ** (-family.falloff / 2) for square in squares[inside]]
    return offsets[inside], np.array(proximity)


def _rank_rings(
    levels: UnitArray, paper: NDArray[np.uint8], seed: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Link the undecided cells, shuffled, into one ring for each rank.

    Returns
    -------
    two int32 arrays, shape (number of cells + number of ranks,)
        The next and the previous member of each member's ring. Members are cells, by their
        index, and the heads of the rings, whose index is the number of cells plus the rank.
    """
    cells, heads = np.flatnonzero(paper), levels.size + np.arange(_RANKS)
    # NumPy promises that the numbers of this legacy generator never change.
    cells = cells[np.random.RandomState(seed).permutation(cells.size)]
    ranks = np.minimum(levels, 255 - levels).ravel()[cells].astype(np.uint8)
    ranks = np.concatenate([np.arange(_RANKS, dtype=np.uint8), ranks])
    ring = np.concatenate([heads, cells])[np.argsort(ranks, kind="stable")]
    following = np.roll(ring, -1)
    following[np.cumsum(np.bincount(ranks)) - 1] = heads
    after = np.empty(levels.size + _RANKS, np.int32)
    before = np.empty_like(after)
    after[ring], before[following] = following, ring
    return after, before


# `levels` and `paper` have a margin, which counts as decided. A change of a cell's level moves it
# to the end of the ring of its new rank. `weights` is work space.
def _contrast_aware_loop(
    levels: Floats,
    paper: Bytes,
    next_links: Int32s,
    previous_links: Int32s,
    offsets: Int64s,
    proximity: Floats,
    weights: Floats,
    cell_count: int,
    first_head: int,
    neighbour_count: int,
    strength: float,
) -> None:
    rank = 0
    for _ in range(cell_count):
        while next_links[first_head + rank] == first_head + rank:
            rank += 1
        here = next_links[first_head + rank]
        next_links[first_head + rank] = next_links[here]
        previous_links[next_links[here]] = first_head + rank
        is_paper = levels[here] >= 127.5
        paper[here] = is_paper
        error = (levels[here] - 255.0 if is_paper else levels[here]) * strength
        total = 0.0
        for index in range(neighbour_count):
            neighbour = here + offsets[index]
            weights[index] = 0.0
            if paper[neighbour] == _UNDECIDED:
                room = levels[neighbour] if error > 0.0 else 255.0 - levels[neighbour]
                weights[index] = max(0.0, room) * proximity[index]
                total += weights[index]
        if total == 0.0:
            continue
        for index in range(neighbour_count):
            change = error * weights[index] / total
            if change == 0.0:
                continue
            neighbour = here + offsets[index]
            old = max(0, int(min(levels[neighbour], 255.0 - levels[neighbour])))
            levels[neighbour] += change
            new = max(0, int(min(levels[neighbour], 255.0 - levels[neighbour])))
            if new == old:
                continue
            next_links[previous_links[neighbour]] = next_links[neighbour]
            previous_links[next_links[neighbour]] = previous_links[neighbour]
            next_links[neighbour] = first_head + new
            previous_links[neighbour] = previous_links[first_head + new]
            next_links[previous_links[neighbour]] = neighbour
            previous_links[first_head + new] = neighbour
            rank = min(rank, new)

"""Contrast-aware halftoning: the surest cells first, errors to those that can take them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import ContrastAware
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.color.spaces import UnitArray
from pixbin.jit.dispatch import Bytes, Floats, Int32s, Int64s, run_kernel

_RANKS = 128  #: of nearness to black or white
_UNDECIDED = 2  #: among the cells of paper, 1, and ink, 0


def diffuse(cells: Quanta, family: ContrastAware, strength: float, seed: int) -> NDArray[np.bool_]:
    """Binarize cells from the blackest and whitest on, handing errors to undecided neighbours.

    Of light left over, lighter cells get more, of light lacking, darker ones give more, and
    near ones more than far ones. Every change counts at once in the order, which has a rank
    for each step of 8-bit levels. The error of a cell without undecided ones in reach is lost.

    Source: H. Li, D. Mould, Contrast-aware halftoning, Computer Graphics Forum 29(2), 2010;
    the variant by priority.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    family : ContrastAware
        How far an error reaches.
    strength : float in [0, 1]
        Share of the error that is handed on; 0 is a threshold at one half.
    seed : int
        Which of equal cells come first.

    Returns
    -------
    bool array, shape (H, W), True is paper
    """
    reach = family.radius
    levels = np.pad(cells / (FULL_SCALE / 255), reach)
    paper = np.pad(np.full(cells.shape, _UNDECIDED, np.uint8), reach)
    places, shares = neighbour_offsets(family, levels.shape[1])
    run_kernel(
        _contrast_aware_loop,
        cells.size * places.size,
        *(levels, paper, *_rank_rings(levels, paper, seed), places, shares, np.zeros(places.size)),
        *(cells.size, levels.size, places.size, strength),
    )
    return paper[reach:-reach, reach:-reach].astype(np.bool_)


def neighbour_offsets(family: ContrastAware, stride: int) -> tuple[NDArray[np.int64], UnitArray]:
    """Return the places around a cell, in rows of a given stride, and their nearness."""
    away = np.arange(-family.radius, family.radius + 1)
    squares = np.add.outer(away**2, away**2)
    inside = (squares > 0) & (squares <= family.radius**2)
    places = np.add.outer(away * stride, away)
    # One by one: for arrays, NumPy's powers depend on the processor.
    nearness = [float(square) ** (-family.falloff / 2) for square in squares[inside]]
    return places[inside], np.array(nearness)


def _rank_rings(
    levels: UnitArray, paper: NDArray[np.uint8], seed: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Queue the undecided cells, shuffled, in one ring for each rank; return who is next, and last.

    The head of a ring has the number of cells plus the rank as its number.
    """
    cells, heads = np.flatnonzero(paper), levels.size + np.arange(_RANKS)
    # The legacy generator is the one whose stream is promised never to change.
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


# `levels` and `paper` have a margin, which is decided. The ranks' heads follow the cells.
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
        for place in range(neighbour_count):
            there = here + offsets[place]
            weights[place] = 0.0
            if paper[there] == _UNDECIDED:
                room = levels[there] if error > 0.0 else 255.0 - levels[there]
                weights[place] = max(0.0, room) * proximity[place]
                total += weights[place]
        if total == 0.0:
            continue
        for place in range(neighbour_count):
            change = error * weights[place] / total
            if change == 0.0:
                continue
            there = here + offsets[place]
            old = max(0, int(min(levels[there], 255.0 - levels[there])))
            levels[there] += change
            new = max(0, int(min(levels[there], 255.0 - levels[there])))
            if new == old:
                continue
            next_links[previous_links[there]] = next_links[there]
            previous_links[next_links[there]] = previous_links[there]
            next_links[there] = first_head + new
            previous_links[there] = previous_links[first_head + new]
            next_links[previous_links[there]] = there
            previous_links[first_head + new] = there
            rank = min(rank, new)

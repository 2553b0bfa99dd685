"""Contrast-aware halftoning: the surest cells first, errors to those that can take them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import ContrastAware
from pixbin.jit.dispatch import Bytes, Floats, Int32s, Int64s, run
from pixbin.resample.luminance import FULL, Quanta, Shares

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
    reach = family.reach
    levels = np.pad(cells / (FULL / 255), reach)
    paper = np.pad(np.full(cells.shape, _UNDECIDED, np.uint8), reach)
    places, shares = mask(family, levels.shape[1])
    run(
        _diffusion,
        cells.size * places.size,
        *(levels, paper, *_queues(levels, paper, seed), places, shares, np.zeros(places.size)),
        *(cells.size, levels.size, places.size, strength),
    )
    return paper[reach:-reach, reach:-reach].astype(np.bool_)


def mask(family: ContrastAware, stride: int) -> tuple[NDArray[np.int64], Shares]:
    """Return the places around a cell, in rows of a given stride, and their nearness."""
    away = np.arange(-family.reach, family.reach + 1)
    squares = np.add.outer(away**2, away**2)
    inside = (squares > 0) & (squares <= family.reach**2)
    places = np.add.outer(away * stride, away)
    # One by one: for arrays, NumPy's powers depend on the processor.
    nearness = [float(square) ** (-family.falloff / 2) for square in squares[inside]]
    return places[inside], np.array(nearness)


def _queues(
    levels: Shares, paper: NDArray[np.uint8], seed: int
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
def _diffusion(
    levels: Floats,
    paper: Bytes,
    after: Int32s,
    before: Int32s,
    places: Int64s,
    nearness: Floats,
    shares: Floats,
    count: int,
    heads: int,
    reached: int,
    strength: float,
) -> None:
    rank = 0
    for _ in range(count):
        while after[heads + rank] == heads + rank:
            rank += 1
        here = after[heads + rank]
        after[heads + rank] = after[here]
        before[after[here]] = heads + rank
        is_paper = levels[here] >= 127.5
        paper[here] = is_paper
        error = (levels[here] - 255.0 if is_paper else levels[here]) * strength
        total = 0.0
        for place in range(reached):
            there = here + places[place]
            shares[place] = 0.0
            if paper[there] == _UNDECIDED:
                room = levels[there] if error > 0.0 else 255.0 - levels[there]
                shares[place] = max(0.0, room) * nearness[place]
                total += shares[place]
        if total == 0.0:
            continue
        for place in range(reached):
            change = error * shares[place] / total
            if change == 0.0:
                continue
            there = here + places[place]
            old = max(0, int(min(levels[there], 255.0 - levels[there])))
            levels[there] += change
            new = max(0, int(min(levels[there], 255.0 - levels[there])))
            if new == old:
                continue
            after[before[there]] = after[there]
            before[after[there]] = before[there]
            after[there] = heads + new
            before[there] = before[heads + new]
            after[before[there]] = there
            before[heads + new] = there
            rank = min(rank, new)

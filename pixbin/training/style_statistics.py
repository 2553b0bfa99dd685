"""Statistics of the small patterns in the drawings of a style.

A pattern is the ink and paper in a small square of cells. How often each pattern occurs depends on
the style, and hardly on the subject. So the distance between the histograms of two sets of drawings
says how alike their styles are. If patterns are more frequent at some positions than at others, the
style depends on the grid.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from pixbin.training import scores

BoolArray = NDArray[np.bool_]  #: shape (H, W), True is paper
PatternCounts = NDArray[np.int64]  #: shape (period, period, patterns)

DISTANCE_SIDE = 4  #: side of the patterns of `style_distance`, in cells
PHASE_SIDE = 3  #: side of the patterns that show the period; fewer patterns need fewer drawings
PERIODS = (2, 4, 8, 16)  #: that `find_period` tries, in cells
SHUFFLES = 8  #: number of random alignments, and of random halves, to compare with
#: A period is clear if positions give more information than in random alignments: by this many
#: standard deviations, and by this many bits for each pattern.
CLEAR_DEVIATIONS, CLEAR_INFORMATION = 6.0, 0.005
#: Drawings look the same when mirrored if the distance of their halves, one of them mirrored, is at
#: most this many times that of their halves as they are.
UNLIKE = 1.25
LONE_SHARE = 0.001  #: styles with a larger share of lone cells keep them
MAX_DRAWINGS = 200  #: more take longer and hardly change the statistics


@dataclass(frozen=True, slots=True)
class StyleStatistics:
    """Statistics of a style on which settings of training depend."""

    period: int  #: in cells, of patterns that depend on the position; 1: they do not
    mirrored: bool  #: whether drawings look alike if mirrored left to right
    upturned: bool  #: whether they look alike if mirrored top to bottom
    transposed: bool  #: whether they look alike if rows become columns
    lone: float  #: share of cells that differ from all their neighbours

    def __str__(self) -> str:
        """Return one line for the log."""
        alike = [
            name
            for name, is_alike in (
                ("mirrored", self.mirrored),
                ("upside down", self.upturned),
                ("turned", self.transposed),
            )
            if is_alike
        ]
        period = (
            f"patterns repeat every {self.period} cells" if self.period > 1 else "no fixed grid"
        )
        mirror = f"looks the same {' and '.join(alike)}" if alike else "differs if mirrored"
        return f"{period}; {mirror}; {self.lone:.1%} lone cells"


def measure_style(drawings: Sequence[BoolArray]) -> StyleStatistics:
    """Return the statistics of the drawings of a style; bool arrays (H, W), True is paper."""
    drawings = drawings[:: -(-len(drawings) // MAX_DRAWINGS)]
    period = find_period(drawings)
    return StyleStatistics(
        period,
        mirrored=is_alike(drawings, [paper[:, ::-1] for paper in drawings], period),
        upturned=is_alike(drawings, [paper[::-1] for paper in drawings], period),
        transposed=is_alike(drawings, [paper.T for paper in drawings], period),
        lone=float(np.mean([scores.isolated_cells(paper).mean() for paper in drawings])),
    )


def find_period(drawings: Sequence[BoolArray]) -> int:
    """Return the period, in cells, of patterns that depend on the position; 1 if none do.

    The information that positions give about patterns is compared with that of random alignments.
    In these, each drawing is moved by half a period down, to the right, both, or not at all. Such a
    move does not change the information of shorter periods.
    """
    generator = np.random.default_rng(0)
    for period in reversed(PERIODS):
        counts = [pattern_counts(paper, period, PHASE_SIDE) for paper in drawings]
        moved = []
        for _ in range(SHUFFLES):
            quarters = generator.permutation(len(counts)) % 4  # as many for each of four shifts
            shifts = np.stack([quarters // 2, quarters % 2], 1) * (period // 2)
            pairs = zip(counts, shifts, strict=True)
            rolled = (np.roll(count, shift, (0, 1)) for count, shift in pairs)
            moved.append(information(reduce(np.add, rolled)))
        excess = information(reduce(np.add, counts)) - float(np.mean(moved))
        if excess > max(CLEAR_INFORMATION, CLEAR_DEVIATIONS * float(np.std(moved))):
            return period
    return 1


def pattern_counts(paper: BoolArray, period: int, side: int) -> PatternCounts:
    """Return how often each pattern begins at each position of the period.

    Parameters
    ----------
    paper : bool array, shape (H, W)
    period : int
        In cells.
    side : int
        Side of the patterns, in cells.

    Returns
    -------
    int64 array, shape (period, period, 2 ** (side * side))
    """
    codes = pattern_codes(paper, period, side)
    shape = (period, period, 1 << side * side)
    return np.bincount(codes, minlength=int(np.prod(shape))).reshape(shape)


def pattern_codes(paper: BoolArray, period: int, side: int) -> NDArray[np.int64]:
    """Return a code of the pattern at each position: the number of the position, then its cells.

    Parameters
    ----------
    paper : bool array, shape (H, W)
    period, side : int
        In cells.

    Returns
    -------
    int64 array, shape ((H - side + 1) * (W - side + 1),)
        In binary, the last side * side digits are the cells, 1 for paper; the rest is the row
        modulo the period, times the period, plus the column. Empty if a pattern does not fit.
    """
    height, width = (max(0, length - side + 1) for length in paper.shape)
    down, right = np.indices((height, width))
    codes = down % period * period + right % period
    for top in range(side):
        for left in range(side):
            codes = 2 * codes + paper[top : top + height, left : left + width]
    flat: NDArray[np.int64] = codes.ravel()
    return flat


def information(counts: PatternCounts) -> float:
    """Return the information that positions give about patterns, in bits for each pattern.

    It is 0 if every position has the same shares of patterns.
    """
    totals = counts.sum(-1)
    inside = (entropy(counts) * totals).sum() / max(1, totals.sum())
    return float(entropy(counts.sum((0, 1))) - inside)


def entropy(counts: PatternCounts) -> NDArray[np.float64]:
    """Return the entropy of counts along the last axis, in bits."""
    shares = counts / np.maximum(1, counts.sum(-1, keepdims=True))
    bits: NDArray[np.float64] = -(shares * np.log2(np.where(shares > 0, shares, 1))).sum(-1)
    return bits


def is_alike(drawings: Sequence[BoolArray], changed: Sequence[BoolArray], period: int) -> bool:
    """Return whether changed drawings have the patterns of the unchanged ones.

    Each random half of the drawings is compared with the other half, unchanged and changed.

    Parameters
    ----------
    drawings, changed : sequences of bool arrays
        The same drawings, in the same order.
    period : int
        In cells; patterns are compared for each position in it.
    """
    plain, other = 0.0, 0.0
    whole = [_whole_periods(paper, period) for paper in drawings]
    turned = [_whole_periods(paper, period) for paper in changed]
    for first, second in random_halves(len(drawings)):
        half = [whole[index] for index in first]
        plain += style_distance(half, [whole[index] for index in second], period, PHASE_SIDE)
        other += style_distance(half, [turned[index] for index in second], period, PHASE_SIDE)
    return other <= UNLIKE * plain


def _whole_periods(paper: BoolArray, period: int) -> BoolArray:
    """Crop a drawing to whole periods, so that mirroring it moves no position by a part of one."""
    height, width = (length // period * period or length for length in paper.shape)
    return paper[:height, :width]


def random_halves(count: int, smaller: int | None = None) -> Iterator[tuple[list[int], list[int]]]:
    """Yield random partitions of `count` indices; the first part has `smaller` of them, or half."""
    generator = np.random.default_rng(0)
    size = max(1, min(count - 1, count // 2 if smaller is None else smaller))
    for _ in range(SHUFFLES):
        order = generator.permutation(count).tolist()
        yield order[:size], order[size:] or order


def style_distance(
    first: Sequence[BoolArray],
    second: Sequence[BoolArray],
    period: int = 1,
    side: int = DISTANCE_SIDE,
) -> float:
    """Return the Jensen-Shannon divergence of the patterns of two sets of drawings.

    Parameters
    ----------
    first, second : sequences of bool arrays, True is paper
    period : int
        Patterns are counted for each position in this period, in cells.
    side : int
        Side of the patterns, in cells.

    Returns
    -------
    float
        In bits: 0 for equal shares of patterns, 1 if the sets have no pattern in common. Small
        sets differ by chance; compare with `noise_floor`.

    Notes
    -----
    Source: J. Lin, Divergence measures based on the Shannon entropy, IEEE Transactions on
    Information Theory 37(1), 1991.
    """
    sets = [
        np.concatenate([pattern_codes(paper, period, side) for paper in drawings])
        for drawings in (first, second)
    ]
    _, codes = np.unique(np.concatenate(sets), return_inverse=True)
    parts = codes[: len(sets[0])], codes[len(sets[0]) :]
    counts = np.array([np.bincount(part, minlength=codes.max(initial=0) + 1) for part in parts])
    shares = counts / np.maximum(1, counts.sum(1, keepdims=True))
    middle = shares.mean(0)
    bits = shares * np.log2(np.where(shares > 0, shares, 1) / np.where(middle > 0, middle, 1))
    return float(bits.sum() / 2)


def noise_floor(drawings: Sequence[BoolArray], period: int = 1, count: int | None = None) -> float:
    """Return the mean style distance, in bits, of two random parts of one set of drawings.

    Parameters
    ----------
    drawings : sequence of bool arrays
    period : int
        As for `style_distance`.
    count : int, optional
        Drawings in the first part; by default a half.
    """
    return float(
        np.mean(
            [
                style_distance(
                    [drawings[index] for index in first],
                    [drawings[index] for index in second],
                    period,
                )
                for first, second in random_halves(len(drawings), count)
            ]
        )
    )

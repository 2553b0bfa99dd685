"""Edges of a picture as lines one cell wide, and the thinning of lines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.color.spaces import UnitArray
from pixbin.filters import canny
from pixbin.filters.local_mean import uniform_filter
from pixbin.jit.dispatch import Bytes, Int64s, run_kernel

LineMask = NDArray[np.bool_]  #: shape (H, W)

SIGMA = 0.6  #: standard deviation of the blur before the gradient is taken, in cells
LOW_THRESHOLD_RATIO = 0.4  #: low threshold of an edge, as a share of the high one
MIN_THRESHOLD = 0.08  #: least magnitude of an edge's gradient; see `canny.canny`
SEED_SHARE = 0.2  #: edge points above the high threshold for each cell, at strength 1
MIN_LINE_CELLS = 4  #: shorter lines are dropped
SURROUND_RADIUS = 2  #: radius of a line's surroundings, in cells
LIGHT_SURROUND = 0.65  #: surroundings with at least this mean light: a line is all ink
DARK_SURROUND = 0.2  #: surroundings with at most this mean light: a line is all paper


def detect_lines(values: UnitArray, oversampling: int, strength: float) -> LineMask:
    """Find the lines of a grid, one cell wide, from edges on a finer grid.

    The high threshold of the edges adapts to the picture: it accepts as many of the steepest edge
    points as the strength allows, but none that are as weak as noise.

    Parameters
    ----------
    values : float64 array, shape (H * oversampling, W * oversampling), sRGB-encoded, 0 to 1
    oversampling : int
        Fine cells along a side of a cell.
    strength : float in [0, 1]
        How many edges become lines; 0 is none.

    Returns
    -------
    bool array, shape (H, W)
    """
    gradient = canny.sobel_gradient(values, SIGMA * oversampling)
    steepest = np.sort(gradient.magnitude[gradient.local_maxima])[::-1]
    height, width = (side // oversampling for side in values.shape)
    seed_count = int(SEED_SHARE * strength * height * width * oversampling)
    if seed_count == 0 or not len(steepest):
        return np.zeros((height, width), np.bool_)
    high = max(MIN_THRESHOLD, float(steepest[min(seed_count, len(steepest)) - 1]))
    edges = canny.hysteresis(gradient, max(MIN_THRESHOLD, LOW_THRESHOLD_RATIO * high), high)
    edge_counts = edges.reshape(height, oversampling, width, oversampling).sum(axis=(1, 3))
    lines = thin_lines(edge_counts)
    labels = canny.label(lines)
    return lines & (np.bincount(labels.ravel())[labels] >= MIN_LINE_CELLS)


def overlay_lines(paper: LineMask, cells: Quanta, lines: LineMask) -> LineMask:
    """Draw lines over a two-valued picture: ink on light surroundings, paper on dark ones.

    On middle greys a cell of a line becomes ink if it is darker than its surroundings, else
    paper. So small shapes are sharpened instead of covered.

    Parameters
    ----------
    paper : bool array, shape (H, W)
        The picture; True is paper.
    cells : int32 array, shape (H, W), in quanta
        The light that the picture was made from.
    lines : bool array, shape (H, W)

    Returns
    -------
    bool array, shape (H, W), True is paper
    """
    light = cells / FULL_SCALE
    surround = uniform_filter(light, SURROUND_RADIUS)
    is_paper = (surround <= DARK_SURROUND) | ((surround < LIGHT_SURROUND) & (light >= surround))
    return np.where(lines, is_paper, paper)


def thin_lines(edge_counts: NDArray[np.int64], protected: LineMask | None = None) -> LineMask:
    """Thin lines to one cell without breaking them; cells with the least edge are removed first.

    A cell is removed if its marked neighbours stay connected without it and it is not the end of a
    line. That is so if its crossing number is 1 and it has at least two marked neighbours.

    Parameters
    ----------
    edge_counts : int array, shape (H, W)
        How much edge each cell holds, such as fine cells; 0 where there is no line.
    protected : bool array, shape (H, W), optional
        Cells that are never removed. If given, the ends of lines two cells wide are kept too;
        otherwise such lines would become shorter and shorter.

    Returns
    -------
    bool array, shape (H, W)

    Notes
    -----
    Sources: J. Hilditch, Linear skeletons from square cupboards, Machine Intelligence 4, 1969;
    for the crossing number see `morphology.crossing_number`.

    Examples
    --------
    >>> thin_lines(np.array([[1, 1, 1, 1], [3, 3, 3, 3], [1, 1, 1, 1]])).astype(int)
    array([[0, 0, 0, 0],
           [1, 1, 1, 1],
           [0, 0, 0, 0]])
    """
    width = edge_counts.shape[1]
    marks = (np.pad(edge_counts, 1) > 0).astype(np.uint8)
    order = np.argsort(np.pad(edge_counts, 1), axis=None, kind="stable")
    removable = marks if protected is None else marks & ~np.pad(protected, 1)
    order = order[removable.ravel()[order] > 0]
    ring = np.array([1, -width - 1, -width - 2, -width - 3, -1, width + 1, width + 2, width + 3])
    run_kernel(_thin, 24 * order.size, marks, order, ring, order.size, int(protected is not None))
    lines: LineMask = marks[1:-1, 1:-1] > 0
    return lines


# `mask` has a margin of one cell. `neighbours` holds the offsets of the eight neighbours, in order
# round a cell, beginning with the right one.
def _thin(mask: Bytes, order: Int64s, neighbours: Int64s, count: int, keeps_ends: int) -> None:
    removed = 1
    while removed > 0:
        removed = 0
        for turn in range(count):
            here = order[turn]
            if mask[here] == 0:
                continue
            marked, pairs, crossings = 0, 0, 0
            for side in range(8):
                following = mask[here + neighbours[(side + 1) % 8]]
                marked += mask[here + neighbours[side]]
                pairs += mask[here + neighbours[side]] * following
                if side % 2 == 0 and mask[here + neighbours[side]] == 0:
                    either = following + mask[here + neighbours[(side + 2) % 8]]
                    crossings += either > 0
            is_end = keeps_ends and marked == 2 and pairs == 1
            if marked > 1 and crossings == 1 and not is_end:
                mask[here] = 0
                removed += 1

"""Edges of a picture, drawn as lines one cell wide."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.color.spaces import UnitArray
from pixbin.filters import canny
from pixbin.filters.local_mean import uniform_filter
from pixbin.jit.dispatch import Bytes, Int64s, run_kernel

LineMask = NDArray[np.bool_]  #: shape (H, W)

SIGMA = 0.6  #: standard deviation before slopes are taken, in cells
LOW_THRESHOLD_RATIO = 0.4  #: of the high threshold, from which an edge goes on
MIN_THRESHOLD = 0.08  #: the least slope of an edge, of Sobel's sums of values from 0 to 1
SEED_SHARE = 0.2  #: at strength 1, the seeds of lines for each cell of the grid
MIN_LINE_CELLS = 4  #: cells that a line must have
SURROUND_RADIUS = 2  #: cells each way that count as a line's surroundings
LIGHT_SURROUND, DARK_SURROUND = (
    0.65,
    0.2,
)  #: light of surroundings in which lines are all ink, or all paper


def detect_lines(values: UnitArray, oversampling: int, strength: float) -> LineMask:
    """Return the lines of a grid, one cell wide, from values on a grid so many times as fine.

    Edges are found on the fine grid. The high threshold is the level that the steepest crests
    reach, a share of the cells that grows with the strength, and no fainter than noise.

    Parameters
    ----------
    values : float64 array, shape (H * times, W * times), sRGB-encoded
    times : int
    strength : float in [0, 1]

    Returns
    -------
    bool array, shape (H, W)
    """
    steep = canny.sobel_gradient(values, SIGMA * oversampling)
    ranked = np.sort(steep.magnitude[steep.local_maxima])[::-1]
    height, width = (side // oversampling for side in values.shape)
    most = int(SEED_SHARE * strength * height * width * oversampling)
    if most == 0 or not len(ranked):
        return np.zeros((height, width), np.bool_)
    high = max(MIN_THRESHOLD, float(ranked[min(most, len(ranked)) - 1]))
    fine = canny.hysteresis(steep, max(MIN_THRESHOLD, LOW_THRESHOLD_RATIO * high), high)
    length = fine.reshape(height, oversampling, width, oversampling).sum(axis=(1, 3))
    lines = thin_lines(length)
    labels = canny.label(lines)
    return lines & (np.bincount(labels.ravel())[labels] >= MIN_LINE_CELLS)


def overlay_lines(paper: LineMask, cells: Quanta, lines: LineMask) -> LineMask:
    """Draw lines: ink where it is light around, paper where it is dark.

    In between a cell becomes what it is nearer to, ink if darker than around it, so that small
    shapes are sharpened, not eaten.
    """
    light = cells / FULL_SCALE
    around = uniform_filter(light, SURROUND_RADIUS)
    is_paper = (around <= DARK_SURROUND) | ((around < LIGHT_SURROUND) & (light >= around))
    return np.where(lines, is_paper, paper)


def thin_lines(edge_counts: NDArray[np.int64], protected: LineMask | None = None) -> LineMask:
    """Thin lines to one cell, the cells that hold least of them first; none is broken.

    A cell goes if those around it that are marked hang together without it, and it is no end:
    its crossing number is one (J. Hilditch, Linear skeletons from square cupboards, 1969;
    S. Yokoi, J. Toriwaki, T. Fukumura, 1975).

    Parameters
    ----------
    length : int array, shape (H, W)
        Fine cells of edges in each cell.
    kept : bool array, shape (H, W), optional
        Marked cells that stay in any case. If given, so do the ends of lines two cells wide,
        which would wear away from there otherwise.
    """
    width = edge_counts.shape[1]
    marks = (np.pad(edge_counts, 1) > 0).astype(np.uint8)
    order = np.argsort(np.pad(edge_counts, 1), axis=None, kind="stable")
    may_go = marks if protected is None else marks & ~np.pad(protected, 1)
    order = order[may_go.ravel()[order] > 0]
    ring = np.array([1, -width - 1, -width - 2, -width - 3, -1, width + 1, width + 2, width + 3])
    run_kernel(_thin, 24 * order.size, marks, order, ring, order.size, int(protected is not None))
    lines: LineMask = marks[1:-1, 1:-1] > 0
    return lines


def _thin(mask: Bytes, order: Int64s, neighbours: Int64s, count: int, keeps_ends: int) -> None:
    changes = 1
    while changes > 0:
        changes = 0
        for turn in range(count):
            here = order[turn]
            if mask[here] == 0:
                continue
            beside, pairs, parts = 0, 0, 0
            for place in range(8):
                beside += mask[here + neighbours[place]]
                pairs += mask[here + neighbours[place]] * mask[here + neighbours[(place + 1) % 8]]
                if place % 2 == 0 and mask[here + neighbours[place]] == 0:
                    both = (
                        mask[here + neighbours[place + 1]]
                        + mask[here + neighbours[(place + 2) % 8]]
                    )
                    parts += both > 0
            is_end = keeps_ends and beside == 2 and pairs == 1
            if beside > 1 and parts == 1 and not is_end:
                mask[here] = 0
                changes += 1

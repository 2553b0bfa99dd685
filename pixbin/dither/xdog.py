"""Lines and fills without dither, decided on a grid finer than the picture's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.color.spaces import UnitArray
from pixbin.filters import canny, edge_lines, edge_tangent_flow, gaussian, morphology
from pixbin.filters.local_mean import uniform_filter

BoolArray = NDArray[np.bool_]  #: shape (H, W)

OVERSAMPLING = 4  #: how many times finer than the picture's the grid is that ink is drawn on
LINE_SIGMA, SIGMA_RATIO = (
    0.3,
    1.6,
)  #: standard deviation of the narrow blur, in cells; of the wider one to it
EDGE_GAIN = 15.0  #: how much of their difference is added
DETAIL_SIGMA = 1.5  #: standard deviation of the blur that is around a cell, in cells
REGION_DIVISOR = 10  #: the longer side over how far a cell's region reaches, each way
DETAIL_GAIN, REGION_GAIN = 2.0, 0.5  #: how much of the differences to the two is added
CORING_LEVEL = 0.05  #: differences well below this are grain, and not added
TENSOR_SIGMA, FLOW_SIGMA = (
    0.5,
    0.75,
)  #: standard deviations, in cells: of directions; along the lines
MIN_LINE_CELLS, MIN_JOINED_LINE_CELLS = (
    6,
    2,
)  #: cells that a line must have on its own; at the end of another shape
MIN_SHAPE_CELLS = 2.0  #: cells that a shape must have, each counted by how much of it is one value


def xdog(values: UnitArray, oversampling: int) -> BoolArray:
    """Draw what is dark as ink, with lines one cell wide where things are thin.

    The picture and its differences of Gaussians, averaged along the lines, part ink from
    paper on the fine grid. A cell is what most of it is. Lines too thin to be most of any cell
    are thinned to one cell; then specks are removed.

    Source: H. Winnemoeller, J. E. Kyprianidis, S. C. Olsen, XDoG: an extended
    difference-of-Gaussians compendium, Computers & Graphics 36(6), 2012.

    Parameters
    ----------
    values : float64 array, shape (H * times, W * times), from 0 to 1
        One half parts large dark areas from light ones.
    times : int

    Returns
    -------
    bool array, shape (H, W), True is paper
    """
    fine = threshold_xdog(values, oversampling)
    share = cell_mean(fine, oversampling)
    paper = share >= 0.5
    for shown in (False, True):
        paper ^= thin_lines(fine == shown, paper == shown, oversampling)
    return remove_specks(paper, np.abs(2 * share - 1))


def threshold_xdog(values: UnitArray, oversampling: int) -> BoolArray:
    """Return what is paper on the fine grid."""
    narrow = gaussian.gaussian(values, LINE_SIGMA * oversampling)
    edge = narrow - gaussian.gaussian(values, LINE_SIGMA * SIGMA_RATIO * oversampling)
    cells = cell_mean(values, oversampling)
    detail = narrow - _upsample_bilinear(gaussian.gaussian(cells, DETAIL_SIGMA), oversampling)
    relief = narrow - _upsample_bilinear(
        uniform_filter(cells, max(1, max(cells.shape) // REGION_DIVISOR)), oversampling
    )
    level = narrow + EDGE_GAIN * coring(edge, CORING_LEVEL / 2)
    level += DETAIL_GAIN * coring(detail, CORING_LEVEL) + REGION_GAIN * relief
    coarse = 2 - oversampling % 2  # directions need not be as fine
    steps = edge_tangent_flow.edge_tangent_field(
        cell_mean(narrow, coarse), TENSOR_SIGMA * oversampling / coarse
    )
    down, right = (each.repeat(coarse, axis=0).repeat(coarse, axis=1) for each in steps)
    paper: BoolArray = (
        edge_tangent_flow.line_integral_smooth(level - 0.5, down, right, FLOW_SIGMA * oversampling)
        >= 0
    )
    return paper


def remove_specks(paper: BoolArray, purity: UnitArray) -> BoolArray:
    """Remove specks of ink, then of paper; a cell counts by its purity, from 0 to 1."""
    for shown in (False, True):
        labels = canny.label(paper == shown)
        small = np.bincount(labels.ravel(), purity.ravel()) < MIN_SHAPE_CELLS
        small[0] = False
        if not small[1:].all():
            paper = paper ^ small[labels]
    return paper


def coring(difference: UnitArray, level: float) -> UnitArray:
    """Return differences, those well below the grain made small."""
    square = difference * difference
    return difference * (square / (square + level * level))


def _upsample_bilinear(cells: UnitArray, oversampling: int) -> UnitArray:
    """Return values between the middles of cells, by straight lines down and to the right."""
    for _ in range(2):
        place = np.clip(
            (np.arange(len(cells) * oversampling) + 0.5) / oversampling - 0.5, 0, len(cells) - 1
        )
        above = place.astype(np.int64)
        below = np.minimum(above + 1, len(cells) - 1)
        share = (place - above)[:, None]
        cells = ((1 - share) * cells[above] + share * cells[below]).T
    return np.ascontiguousarray(cells)


def cell_mean(values: BoolArray | UnitArray, oversampling: int) -> UnitArray:
    """Return the mean of every cell: of marks, how much of it is marked."""
    height, width = (side // oversampling for side in values.shape)
    share: UnitArray = values.reshape(height, oversampling, width, oversampling).mean(axis=(1, 3))
    return share


def thin_lines(oversampled: BoolArray, marked: BoolArray, oversampling: int) -> BoolArray:
    """Return cells to be added to the shown ones, so that lines thinner than a cell go on."""
    thin = oversampled & ~morphology.opening(oversampled, oversampling)
    length = np.rint(cell_mean(thin, oversampling) * oversampling * oversampling).astype(np.int64)
    length[length < oversampling / 2] = 0
    lines = (
        edge_lines.thin_lines(np.where(marked, oversampling * oversampling, length), marked)
        & ~marked
    )
    labels = canny.label(lines)
    size = np.bincount(labels.ravel())
    parts = morphology.crossing_number(marked)
    joined = np.bincount(labels.ravel(), parts.ravel() > 0) > 0
    is_kept = (size >= MIN_LINE_CELLS) | (joined & (size >= MIN_JOINED_LINE_CELLS))
    return lines & (is_kept[labels] | (parts > 1))

"""Lines and flat areas without dither, in the manner of ink drawings: the method `ink`.

The drawing is made on a grid finer than the picture's, by the extended difference of Gaussians
(XDoG) along the lines of the picture, and then reduced to cells.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.color.spaces import UnitArray
from pixbin.filters import canny, edge_lines, edge_tangent_flow, gaussian, morphology
from pixbin.filters.local_mean import uniform_filter

BoolArray = NDArray[np.bool_]  #: shape (H, W)

OVERSAMPLING = 4  #: fine cells along a side of a cell
LINE_SIGMA = 0.3  #: standard deviation of the narrow blur, in cells
SIGMA_RATIO = 1.6  #: standard deviation of the wide blur to that of the narrow one
EDGE_GAIN = 15.0  #: how much of the difference between these two blurs is added
DETAIL_SIGMA = 1.5  #: standard deviation of the blur that values are compared with, in cells
REGION_DIVISOR = 10  #: the longer side of the grid, divided by the radius of a cell's region
DETAIL_GAIN = 2.0  #: how much of the difference to that blur is added
REGION_GAIN = 0.5  #: how much of the difference to the region's mean is added
CORING_LEVEL = 0.05  #: differences well below this are grain, and are not added
TENSOR_SIGMA = 0.5  #: standard deviation of the blur of directions, in cells
FLOW_SIGMA = 0.75  #: standard deviation of the average along the lines, in cells
MIN_LINE_CELLS = 6  #: cells that a line must have on its own
MIN_JOINED_LINE_CELLS = 2  #: cells that a line must have if it touches another shape
MIN_SHAPE_CELLS = 2.0  #: cells that a shape must have, each weighted by its purity


def xdog(
    values: UnitArray, oversampling: int, detail: float = 1.0, relief: float = 1.0
) -> BoolArray:
    """Draw dark areas as ink, with lines one cell wide where things are thin.

    Each cell becomes ink or paper, like the majority of its fine cells. Lines that are too thin to
    be a majority anywhere are thinned to one cell and drawn as well: first lines of ink, then of
    paper. Finally, specks are removed.

    Parameters
    ----------
    values : float64 array, shape (H * oversampling, W * oversampling), from 0 to 1
        Exposed so that large areas darker than one half should be ink.
    oversampling : int
        Fine cells along a side of a cell.
    detail, relief : float
        Factors of the contrast of details, and of areas with their region.

    Returns
    -------
    bool array, shape (H, W), True is paper

    Notes
    -----
    Source: H. Winnemoeller, J. E. Kyprianidis, S. C. Olsen, XDoG: an extended
    difference-of-Gaussians compendium, Computers & Graphics 36(6), 2012.
    """
    fine = threshold_xdog(values, oversampling, detail, relief)
    paper_share = cell_mean(fine, oversampling)
    paper = paper_share >= 0.5
    for value in (False, True):
        paper ^= thin_oversampled_lines(fine == value, paper == value, oversampling)
    return remove_specks(paper, np.abs(2 * paper_share - 1))


def threshold_xdog(
    values: UnitArray, oversampling: int, detail: float = 1.0, relief: float = 1.0
) -> BoolArray:
    """Return the drawing on the fine grid; True is paper.

    Parameters
    ----------
    values : float64 array, shape (H * oversampling, W * oversampling), from 0 to 1
    oversampling : int
    detail, relief : float
        As in `xdog`.

    Returns
    -------
    bool array, of the shape of the values
    """
    narrow = gaussian.gaussian(values, LINE_SIGMA * oversampling)
    edge = narrow - gaussian.gaussian(values, LINE_SIGMA * SIGMA_RATIO * oversampling)
    cells = cell_mean(values, oversampling)
    fine_contrast = narrow - _upsample_bilinear(
        gaussian.gaussian(cells, DETAIL_SIGMA), oversampling
    )
    region = uniform_filter(cells, max(1, max(cells.shape) // REGION_DIVISOR))
    region_contrast = narrow - _upsample_bilinear(region, oversampling)
    level = narrow + EDGE_GAIN * coring(edge, CORING_LEVEL / 2)
    level += detail * DETAIL_GAIN * coring(fine_contrast, CORING_LEVEL)
    level += relief * REGION_GAIN * region_contrast
    down, right = _line_directions(narrow, oversampling)
    smooth = edge_tangent_flow.line_integral_smooth(
        level - 0.5, down, right, FLOW_SIGMA * oversampling
    )
    paper: BoolArray = smooth >= 0
    return paper


def _line_directions(values: UnitArray, oversampling: int) -> edge_tangent_flow.FlowField:
    """Return the directions along lines; on an even grid, one for each two by two fine cells."""
    factor = 2 - oversampling % 2  # half the resolution is enough, and four times as fast
    down, right = edge_tangent_flow.edge_tangent_field(
        cell_mean(values, factor), TENSOR_SIGMA * oversampling / factor
    )
    return _repeat(down, factor), _repeat(right, factor)


def _repeat(values: UnitArray, factor: int) -> UnitArray:
    return values.repeat(factor, axis=0).repeat(factor, axis=1)


def remove_specks(paper: BoolArray, purity: UnitArray) -> BoolArray:
    """Remove specks of ink, then specks of paper.

    Parameters
    ----------
    paper : bool array, shape (H, W)
    purity : float64 array, shape (H, W), from 0 to 1
        Weight of each cell; a shape whose cells have less than `MIN_SHAPE_CELLS` is a speck.

    Returns
    -------
    bool array, shape (H, W), True is paper
    """
    for value in (False, True):
        labels = canny.label(paper == value)
        is_speck = np.bincount(labels.ravel(), purity.ravel()) < MIN_SHAPE_CELLS
        is_speck[0] = False  # all that is not a shape of this value
        if not is_speck[1:].all():
            paper = paper ^ is_speck[labels]
    return paper


def coring(difference: UnitArray, level: float) -> UnitArray:
    """Shrink differences well below a level, and leave those well above it as they are.

    Parameters
    ----------
    difference : float64 array of any shape
    level : float
        Where half of a difference is left.

    Returns
    -------
    float64 array of that shape

    Examples
    --------
    >>> coring(np.array([0.01, 0.1, 1.0]), 0.1).round(3)
    array([0.  , 0.05, 0.99])
    """
    square = difference * difference
    return difference * (square / (square + level * level))


def _upsample_bilinear(cells: UnitArray, oversampling: int) -> UnitArray:
    """Interpolate between the middles of cells, down the columns and along the rows."""
    for _ in range(2):
        middles = (np.arange(len(cells) * oversampling) + 0.5) / oversampling - 0.5
        position = np.clip(middles, 0, len(cells) - 1)
        above = position.astype(np.int64)
        below = np.minimum(above + 1, len(cells) - 1)
        share = (position - above)[:, None]
        cells = ((1 - share) * cells[above] + share * cells[below]).T
    return np.ascontiguousarray(cells)


def cell_mean(values: BoolArray | UnitArray, oversampling: int) -> UnitArray:
    """Average fine cells over each cell; of a mask, return the share that is marked.

    Parameters
    ----------
    values : bool or float64 array, shape (H * oversampling, W * oversampling)
    oversampling : int

    Returns
    -------
    float64 array, shape (H, W)
    """
    height, width = (side // oversampling for side in values.shape)
    blocks = values.reshape(height, oversampling, width, oversampling)
    means: UnitArray = blocks.mean(axis=(1, 3))
    return means


def thin_oversampled_lines(
    oversampled: BoolArray, marked: BoolArray, oversampling: int
) -> BoolArray:
    """Return the cells to mark so that lines thinner than a cell are not broken.

    Parameters
    ----------
    oversampled : bool array, shape (H * oversampling, W * oversampling)
        The drawing on the fine grid.
    marked : bool array, shape (H, W)
        The cells that are mostly marked.
    oversampling : int

    Returns
    -------
    bool array, shape (H, W)
        Long lines, shorter ones that begin at a marked cell, and cells between two marked parts.
    """
    cell_area = oversampling * oversampling
    thin = oversampled & ~morphology.opening(oversampled, oversampling)
    counts = np.rint(cell_mean(thin, oversampling) * cell_area).astype(np.int64)
    counts[counts < oversampling / 2] = 0
    lines = edge_lines.thin_lines(np.where(marked, cell_area, counts), marked) & ~marked
    labels = canny.label(lines)
    sizes = np.bincount(labels.ravel())
    marked_parts = morphology.crossing_number(marked)
    is_joined = np.bincount(labels.ravel(), marked_parts.ravel() > 0) > 0
    is_kept = (sizes >= MIN_LINE_CELLS) | (is_joined & (sizes >= MIN_JOINED_LINE_CELLS))
    return lines & (is_kept[labels] | (marked_parts > 1))

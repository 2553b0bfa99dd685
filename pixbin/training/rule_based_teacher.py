"""Rule-based binarization, slow and careful: the teacher of the shipped model.

A cell is paper if it is lighter than its surroundings, which are compared at several scales. In
flat areas it is paper if it is lighter than middle grey. Lines too thin for a cell are kept. An
edge between two areas of paper, or of ink, becomes a line, so that outlines are closed. In paper
the line is ink, on the dark side of the edge; in ink it is paper, on the light side. Finally,
specks are removed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.color.spaces import UnitArray
from pixbin.dither import xdog
from pixbin.filters import canny, edge_lines, gaussian, morphology

BoolArray = NDArray[np.bool_]  #: shape (H, W)

BLUR_SIGMA = 0.4  #: of the small blur of the values that are compared, in cells
#: (sigma, weight, grain) of each scale. Sigma is that of the large blur to compare with, in cells,
#: or as a negative share of the picture's longer side. The weight is that of the difference.
#: Differences well below the grain are noise, and are suppressed.
SCALES = ((1.2, 4.0, 0.02), (3.0, 0.5, 0.02), (-0.1, 0.5, 0.001))
MIN_SCALE_SIGMA = 2.0  #: in cells, of a scale relative to the picture
COVERAGE_GAIN = 4.0  #: steepness of the change from ink to paper, before cells are averaged
EDGE_SIGMA = 0.35  #: of Canny's blur, in cells
EDGE_LOW, EDGE_HIGH = 0.08, 0.25  #: Canny's thresholds, for sums of Sobel's weights
LINE_OFFSET = 0.5  #: distance of a line from its edge, in cells
MIN_EDGE_POINTS = 2  #: edge points on the fine grid that a cell of a line needs
MIN_LINE_CELLS = 2  #: shorter lines are dropped
#: (value, side): within paper a line is on the dark side of its edge, within ink on the light side
LINE_SIDES = ((True, -1), (False, 1))


def draw_target(values: UnitArray, oversampling: int) -> BoolArray:
    """Binarize a picture as the shipped model should.

    Parameters
    ----------
    values : float64 array, shape (H * oversampling, W * oversampling), from 0 to 1
        Exposed so that one half separates ink and paper equally well.
    oversampling : int
        Values along each side of a cell.

    Returns
    -------
    bool array, shape (H, W)
        True is paper.
    """
    level = local_level(values, oversampling)
    paper = xdog.cell_mean(np.tanh(COVERAGE_GAIN * level), oversampling) >= 0
    for value in (True, False):  # ink comes last: a dark line is worth more than a light one
        paper = paper ^ xdog.thin_oversampled_lines(
            (level >= 0) == value, paper == value, oversampling
        )
    edge_points = _edge_points(values, oversampling)
    missing = [
        _missing_lines(paper == value, edge_points, oversampling, side)
        for value, side in LINE_SIDES
    ]
    for lines in missing:
        paper = paper ^ lines
    return xdog.remove_specks(paper, np.ones(paper.shape))


def local_level(values: UnitArray, oversampling: int) -> UnitArray:
    """Return the height of each value above the local threshold.

    Parameters
    ----------
    values : float64 array, shape (H * oversampling, W * oversampling), from 0 to 1
    oversampling : int

    Returns
    -------
    float64 array of the same shape
        0 or more is paper.
    """
    narrow = gaussian.gaussian(values, BLUR_SIGMA * oversampling)
    level = narrow - 0.5
    for sigma, weight, grain in SCALES:
        if sigma < 0:
            sigma = max(MIN_SCALE_SIGMA, -sigma * max(values.shape) / oversampling)
        difference = narrow - gaussian.gaussian(values, sigma * oversampling)
        level += weight * xdog.coring(difference, grain)
    return level


def _edge_points(values: UnitArray, oversampling: int) -> tuple[UnitArray, UnitArray]:
    """Return the positions of edges on the fine grid, and unit vectors to their light sides.

    Both have the shape (2, N): down and right.
    """
    smooth = gaussian.gaussian(values, EDGE_SIGMA * oversampling)
    gradient = canny.sobel_gradient(values, EDGE_SIGMA * oversampling)
    positions = np.nonzero(canny.hysteresis(gradient, EDGE_LOW, EDGE_HIGH))
    rise = np.array([np.gradient(smooth, axis=axis)[positions] for axis in (0, 1)])
    return np.array(positions, np.float64), rise / (np.hypot(*rise) + 1e-9)


def _missing_lines(
    region: BoolArray, edge_points: tuple[UnitArray, UnitArray], oversampling: int, side: int
) -> BoolArray:
    """Return the cells to invert in a region of one value, so that the edges in it become visible.

    `side` is 1 for cells on the light side of the edges, -1 for those on the dark side.
    """
    is_inside = morphology.erosion(region, 2)
    cells = [
        np.clip(np.floor((position + 0.5) / oversampling + side * LINE_OFFSET * up), 0, length - 1)
        for position, up, length in zip(*edge_points, region.shape, strict=True)
    ]
    count = np.zeros(region.shape, np.int64)
    np.add.at(count, tuple(index.astype(np.int64) for index in cells), 1)
    lines = edge_lines.thin_lines(np.where(is_inside & (count >= MIN_EDGE_POINTS), count, 0))
    labels = canny.label(lines)
    return lines & (np.bincount(labels.ravel())[labels] >= MIN_LINE_CELLS)

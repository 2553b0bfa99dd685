"""The teacher of the shipped model: what an artist would draw, by slow and careful rules.

Cells follow what is lighter or darker than around them, at several scales at once, and where
nothing differs, the tone. Lines too thin for a cell are kept; an edge between two areas of the
same value becomes a line on its dark side, in ink, or on its light side, in paper, so that
contours close; lone cells are removed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.color.spaces import UnitArray
from pixbin.dither import xdog
from pixbin.filters import canny, edge_lines, gaussian

BoolArray = NDArray[np.bool_]  #: shape (H, W), True is paper or a mark

BLUR_SIGMA = 0.4  #: standard deviation of the blur of what is compared, in cells
#: standard deviation of the blur it is compared with, in cells or, if below 0, in longer sides;
#: how much of the difference counts; differences well below the last are grain, and do not
SCALES = ((1.2, 4.0, 0.02), (3.0, 0.5, 0.02), (-0.1, 0.5, 0.001))
COVERAGE_GAIN = 4.0  #: how fast the value of a cell's part goes from ink to paper
EDGE_SIGMA, EDGE_LOW, EDGE_HIGH = 0.35, 0.08, 0.25  #: of Canny; in cells, and of Sobel's sums
LINE_OFFSET = 0.5  #: how far from an edge its line is, in cells
MIN_EDGE_POINTS, MIN_LINE_CELLS = (
    2,
    2,
)  #: of an edge in a cell of a line, on the fine grid; cells of a line
LINE_SIDES = (
    (True, -1),
    (False, 1),
)  #: within paper the dark side of an edge; within ink the light one


def draw_target(values: UnitArray, oversampling: int) -> BoolArray:
    """Draw a picture as the model shall.

    Parameters
    ----------
    values : float64 array, shape (H * times, W * times), from 0 to 1
        One half is as much ink as paper.
    times : int

    Returns
    -------
    bool array, shape (H, W), True is paper
    """
    level = local_level(values, oversampling)
    paper = xdog.cell_mean(np.tanh(COVERAGE_GAIN * level), oversampling) >= 0
    for shown in (True, False):  # a dark line is worth more than a light one, and so is last
        paper = paper ^ xdog.thin_lines((level >= 0) == shown, paper == shown, oversampling)
    slope = _edge_points(values, oversampling)
    closing = [
        _missing_lines(paper == shown, slope, oversampling, sign) for shown, sign in LINE_SIDES
    ]
    for lines in closing:
        paper = paper ^ lines
    return xdog.remove_specks(paper, np.ones(paper.shape))


def local_level(values: UnitArray, oversampling: int) -> UnitArray:
    """Return how far places of the fine grid are above what parts ink from paper there."""
    narrow = gaussian.gaussian(values, BLUR_SIGMA * oversampling)
    level = narrow - 0.5
    for deviation, amount, grain in SCALES:
        side = (
            max(2.0, -deviation * max(values.shape) / oversampling) if deviation < 0 else deviation
        )
        difference = narrow - gaussian.gaussian(values, side * oversampling)
        level += amount * xdog.coring(difference, grain)
    return level


def _edge_points(values: UnitArray, oversampling: int) -> tuple[UnitArray, UnitArray]:
    """Return where edges are on the fine grid, and the way up there; shapes (2, edges)."""
    smooth = gaussian.gaussian(values, EDGE_SIGMA * oversampling)
    slopes = canny.sobel_gradient(values, EDGE_SIGMA * oversampling)
    found = np.nonzero(canny.hysteresis(slopes, EDGE_LOW, EDGE_HIGH))
    rise = np.array([np.gradient(smooth, axis=axis)[found] for axis in (0, 1)])
    return np.array(found, np.float64), rise / (np.hypot(*rise) + 1e-9)


def _missing_lines(
    region: BoolArray, edge_points: tuple[UnitArray, UnitArray], oversampling: int, sign: int
) -> BoolArray:
    """Return the cells of one value to be changed, so that edges within it are seen.

    The cells lie to the light side of the edges, or, of sign -1, to the dark one.
    """
    height, width = region.shape
    is_inside = ~_dilate(_dilate(~region))
    places = [
        np.clip(np.floor((at + 0.5) / oversampling + sign * LINE_OFFSET * up), 0, side - 1)
        for at, up, side in zip(*edge_points, (height, width), strict=True)
    ]
    count = np.zeros(region.shape, np.int64)
    np.add.at(count, tuple(each.astype(np.int64) for each in places), 1)
    lines = edge_lines.thin_lines(np.where(is_inside & (count >= MIN_EDGE_POINTS), count, 0))
    labels = canny.label(lines)
    return lines & (np.bincount(labels.ravel())[labels] >= MIN_LINE_CELLS)


def _dilate(marks: BoolArray) -> BoolArray:
    """Return cells that are marked or touch one that is, by sides or corners."""
    height, width = marks.shape
    padded = np.pad(marks, 1)
    grown = np.zeros_like(marks)
    for top in range(3):
        for left in range(3):
            grown |= padded[top : top + height, left : left + width]
    return grown

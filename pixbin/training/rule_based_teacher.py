"""The teacher of the shipped model: what an artist would draw, by slow and careful rules.

Cells follow what is lighter or darker than around them, at several scales at once, and where
nothing differs, the tone. Lines too thin for a cell are kept; an edge between two areas of the
same value becomes a line on its dark side, in ink, or on its light side, in paper, so that
contours close; lone cells are removed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.dither import xdog
from pixbin.filters import canny, edge_lines, gaussian
from pixbin.resample.luminance import Shares

Marks = NDArray[np.bool_]  #: shape (H, W), True is paper or a mark

BLUR = 0.4  #: standard deviation of the blur of what is compared, in cells
#: standard deviation of the blur it is compared with, in cells or, if below 0, in longer sides;
#: how much of the difference counts; differences well below the last are grain, and do not
SCALES = ((1.2, 4.0, 0.02), (3.0, 0.5, 0.02), (-0.1, 0.5, 0.001))
STEEP = 4.0  #: how fast the value of a cell's part goes from ink to paper
EDGE_BLUR, EDGE_LOW, EDGE_HIGH = 0.35, 0.08, 0.25  #: of Canny; in cells, and of Sobel's sums
BESIDE = 0.5  #: how far from an edge its line is, in cells
PLACES, SHORT = 2, 2  #: of an edge in a cell of a line, on the fine grid; cells of a line
SIDES = ((True, -1), (False, 1))  #: within paper the dark side of an edge; within ink the light one


def draw(values: Shares, times: int) -> Marks:
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
    level = raised(values, times)
    paper = xdog.cover(np.tanh(STEEP * level), times) >= 0
    for shown in (True, False):  # a dark line is worth more than a light one, and so is last
        paper = paper ^ xdog.thin_lines((level >= 0) == shown, paper == shown, times)
    slope = _edges(values, times)
    closing = [_missing(paper == shown, slope, times, sign) for shown, sign in SIDES]
    for lines in closing:
        paper = paper ^ lines
    return xdog.cleaned(paper, np.ones(paper.shape))


def raised(values: Shares, times: int) -> Shares:
    """Return how far places of the fine grid are above what parts ink from paper there."""
    narrow = gaussian.gaussian(values, BLUR * times)
    level = narrow - 0.5
    for deviation, amount, grain in SCALES:
        side = max(2.0, -deviation * max(values.shape) / times) if deviation < 0 else deviation
        difference = narrow - gaussian.gaussian(values, side * times)
        level += amount * xdog.without_grain(difference, grain)
    return level


def _edges(values: Shares, times: int) -> tuple[Shares, Shares]:
    """Return where edges are on the fine grid, and the way up there; shapes (2, edges)."""
    smooth = gaussian.gaussian(values, EDGE_BLUR * times)
    slopes = canny.slopes(values, EDGE_BLUR * times)
    found = np.nonzero(canny.linked(slopes, EDGE_LOW, EDGE_HIGH))
    rise = np.array([np.gradient(smooth, axis=axis)[found] for axis in (0, 1)])
    return np.array(found, np.float64), rise / (np.hypot(*rise) + 1e-9)


def _missing(shown: Marks, slope: tuple[Shares, Shares], times: int, sign: int) -> Marks:
    """Return the cells of one value to be changed, so that edges within it are seen.

    The cells lie to the light side of the edges, or, of sign -1, to the dark one.
    """
    height, width = shown.shape
    is_inside = ~_grown(_grown(~shown))
    places = [
        np.clip(np.floor((at + 0.5) / times + sign * BESIDE * up), 0, side - 1)
        for at, up, side in zip(*slope, (height, width), strict=True)
    ]
    count = np.zeros(shown.shape, np.int64)
    np.add.at(count, tuple(each.astype(np.int64) for each in places), 1)
    lines = edge_lines.thinned(np.where(is_inside & (count >= PLACES), count, 0))
    labels = canny.label(lines)
    return lines & (np.bincount(labels.ravel())[labels] >= SHORT)


def _grown(marks: Marks) -> Marks:
    """Return cells that are marked or touch one that is, by sides or corners."""
    height, width = marks.shape
    padded = np.pad(marks, 1)
    grown = np.zeros_like(marks)
    for top in range(3):
        for left in range(3):
            grown |= padded[top : top + height, left : left + width]
    return grown

"""Lines and fills without dither, decided on a grid finer than the picture's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.dither.local_threshold import square_mean
from pixbin.filters import canny, edge_lines, edge_tangent_flow, gaussian
from pixbin.resample.luminance import Shares

Marks = NDArray[np.bool_]  #: shape (H, W)

FINE = 4  #: how many times finer than the picture's the grid is that ink is drawn on
LINE, WIDER = 0.3, 1.6  #: standard deviation of the narrow blur, in cells; of the wider one to it
SHARPNESS = 15.0  #: how much of their difference is added
NEAR = 1.5  #: standard deviation of the blur that is around a cell, in cells
REGION = 10  #: the longer side over how far a cell's region reaches, each way
DETAIL, RELIEF = 2.0, 0.5  #: how much of the differences to the two is added
GRAIN = 0.05  #: differences well below this are grain, and not added
TENSOR, ALONG = 0.5, 0.75  #: standard deviations, in cells: of directions; along the lines
SHORT, JOINED = 6, 2  #: cells that a line must have on its own; at the end of another shape
SPECK = 2.0  #: cells that a shape must have, each counted by how much of it is one value


def draw(values: Shares, times: int) -> Marks:
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
    fine = parted(values, times)
    share = cover(fine, times)
    paper = share >= 0.5
    for shown in (False, True):
        paper ^= thin_lines(fine == shown, paper == shown, times)
    return cleaned(paper, np.abs(2 * share - 1))


def parted(values: Shares, times: int) -> Marks:
    """Return what is paper on the fine grid."""
    narrow = gaussian.gaussian(values, LINE * times)
    edge = narrow - gaussian.gaussian(values, LINE * WIDER * times)
    cells = cover(values, times)
    detail = narrow - _spread(gaussian.gaussian(cells, NEAR), times)
    relief = narrow - _spread(square_mean(cells, max(1, max(cells.shape) // REGION)), times)
    level = narrow + SHARPNESS * without_grain(edge, GRAIN / 2)
    level += DETAIL * without_grain(detail, GRAIN) + RELIEF * relief
    coarse = 2 - times % 2  # directions need not be as fine
    steps = edge_tangent_flow.tangents(cover(narrow, coarse), TENSOR * times / coarse)
    down, right = (each.repeat(coarse, axis=0).repeat(coarse, axis=1) for each in steps)
    paper: Marks = edge_tangent_flow.smooth(level - 0.5, down, right, ALONG * times) >= 0
    return paper


def cleaned(paper: Marks, purity: Shares) -> Marks:
    """Remove specks of ink, then of paper; a cell counts by its purity, from 0 to 1."""
    for shown in (False, True):
        labels = canny.label(paper == shown)
        small = np.bincount(labels.ravel(), purity.ravel()) < SPECK
        small[0] = False
        if not small[1:].all():
            paper = paper ^ small[labels]
    return paper


def without_grain(difference: Shares, grain: float) -> Shares:
    """Return differences, those well below the grain made small."""
    square = difference * difference
    return difference * (square / (square + grain * grain))


def _spread(cells: Shares, times: int) -> Shares:
    """Return values between the middles of cells, by straight lines down and to the right."""
    for _ in range(2):
        place = np.clip((np.arange(len(cells) * times) + 0.5) / times - 0.5, 0, len(cells) - 1)
        above = place.astype(np.int64)
        below = np.minimum(above + 1, len(cells) - 1)
        share = (place - above)[:, None]
        cells = ((1 - share) * cells[above] + share * cells[below]).T
    return np.ascontiguousarray(cells)


def cover(fine: Marks | Shares, times: int) -> Shares:
    """Return the mean of every cell: of marks, how much of it is marked."""
    height, width = (side // times for side in fine.shape)
    share: Shares = fine.reshape(height, times, width, times).mean(axis=(1, 3))
    return share


def thin_lines(fine: Marks, shown: Marks, times: int) -> Marks:
    """Return cells to be added to the shown ones, so that lines thinner than a cell go on."""
    thin = fine & ~_opened(fine, times)
    length = np.rint(cover(thin, times) * times * times).astype(np.int64)
    length[length < times / 2] = 0
    lines = edge_lines.thinned(np.where(shown, times * times, length), shown) & ~shown
    labels = canny.label(lines)
    size = np.bincount(labels.ravel())
    parts = _parts_around(shown)
    joined = np.bincount(labels.ravel(), parts.ravel() > 0) > 0
    is_kept = (size >= SHORT) | (joined & (size >= JOINED))
    return lines & (is_kept[labels] | (parts > 1))


def _opened(fine: Marks, side: int) -> Marks:
    """Keep what squares of this side fit into; beyond the border the picture goes on."""
    worn = np.pad(fine, side, mode="edge")
    for _ in range(2):
        worn = _all_of(worn, side).T
    around = np.pad(~worn, side - 1, constant_values=True)
    for _ in range(2):
        around = _all_of(around, side).T
    inner: Marks = ~around[side : side + len(fine), side : side + fine.shape[1]]
    return inner


def _all_of(marked: Marks, count: int) -> Marks:
    rows = len(marked) - count + 1
    every = marked[:rows].copy()
    for shift in range(1, count):
        every &= marked[shift : shift + rows]
    return every


def _parts_around(shown: Marks) -> NDArray[np.int64]:
    """Count the parts that the eight cells around each one hang together in (S. Yokoi, 1975)."""
    height, width = shown.shape
    padded = np.pad(shown, 1)
    ring = [(0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1), (0, 1)]
    around = [padded[1 + y : 1 + y + height, 1 + x : 1 + x + width] for y, x in ring]
    parts = np.zeros(shown.shape, np.int64)
    for place in range(0, 8, 2):
        parts += ~around[place] & (around[place + 1] | around[place + 2])
    return parts

"""Views of a picture of cells for vision networks: enlarged to blocks, blurred, and moved a little.

Enlarging, blur and shift are linear and separable. So a view is `rows @ cells @ columns.T`, and its
gradient goes back through the same two matrices.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.neural.area_averages import area_weights

FloatArray = NDArray[np.float32]

LEAST_SCALE = 2  #: side of a cell in views, in pixels
SCALE_LIMITS = {4: 32, 3: 48}  #: larger scales, with the longest side in cells that has them
STRIDE = 16  #: the sides of a view are multiples of this
LEAST_BLUR, MOST_BLUR = 0.4, 1.1  #: of views, in cells
MOST_SHIFT = 2  #: pixels by which views move
#: their multiples modulo 1 cover the unit cube evenly (a Kronecker sequence)
_SEQUENCE_STEPS = (0.8192, 0.6710, 0.5497)


class View(NamedTuple):
    """Blur and shift of a picture for the vision networks."""

    blur: float  #: standard deviation of a Gaussian, in cells
    down: int  #: pixels by which the picture moves down
    right: int  #: pixels by which it moves to the right


def choose_scale(height: int, width: int) -> int:
    """Return the side of a cell in views, in pixels, for a grid; small grids have larger cells."""
    longest = max(height, width)
    return next((scale for scale, limit in SCALE_LIMITS.items() if longest <= limit), LEAST_SCALE)


def view_side(cells: int, scale: int) -> int:
    """Return the pixels along a side of the view, a multiple of 16."""
    return -(-cells * scale // STRIDE) * STRIDE


def view_matrix(cells: int, scale: int, sigma: float, shift: int) -> FloatArray:
    """Return the weights of cells in each pixel of a view, along one side.

    Parameters
    ----------
    cells : int
        Along the side.
    scale : int
        Pixels along the side of a cell.
    sigma : float
        Standard deviation of the Gaussian blur, in cells; 0 is none.
    shift : int
        Pixels by which the view moves down or right.

    Returns
    -------
    float32 array, shape (view_side, cells)
        Pixels outside the cells repeat the border.

    Examples
    --------
    >>> view_matrix(2, 4, 0, 0)[:, 0].astype(int).tolist()
    [1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    """
    radius = max(1, int(3 * sigma * scale + 0.5))
    offsets = np.arange(-radius, radius + 1)
    kernel = np.exp(-(offsets**2) / (2 * (sigma * scale) ** 2)) if sigma else offsets == 0
    pixels = np.arange(view_side(cells, scale))[:, None] - shift + offsets
    sampled = np.clip(pixels, 0, cells * scale - 1) // scale
    matrix = np.zeros((len(pixels), cells))
    np.add.at(matrix, (np.arange(len(pixels))[:, None], sampled), kernel / kernel.sum())
    return matrix.astype(np.float32)


def source_matrix(cells: int, oversampling: int, scale: int) -> FloatArray:
    """Return the weights that average the values of a source to the pixels of a view.

    Parameters
    ----------
    cells : int
        Along the side.
    oversampling : int
        Values along the side of a cell in the source.
    scale : int
        Pixels along the side of a cell in the view.

    Returns
    -------
    float32 array, shape (view_side, cells * oversampling)
        The last pixel is repeated up to the side of the view.
    """
    weights = area_weights(cells * oversampling, cells * scale).astype(np.float32)
    return np.pad(weights, ((0, view_side(cells, scale) - len(weights)), (0, 0)), mode="edge")


def view_sequence(steps: int) -> Iterator[View]:
    """Yield the view of each step; the sequence is always the same."""
    for number in range(1, steps + 1):
        blur, down, right = ((0.5 + number * step) % 1 for step in _SEQUENCE_STEPS)
        shifts = (int(value * (2 * MOST_SHIFT + 1)) - MOST_SHIFT for value in (down, right))
        yield View(LEAST_BLUR + (MOST_BLUR - LEAST_BLUR) * blur, *shifts)

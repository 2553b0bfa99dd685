"""Binary morphology with square structuring elements, named as in scikit-image.

The outermost cells are repeated beyond the border. So a line that runs along the border, or leaves
the picture, is not eroded from that side.

Source: J. Serra, Image Analysis and Mathematical Morphology, 1982.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]  #: shape (H, W); True is marked

#: Offsets (down, right) of a cell's eight neighbours, in order round it; the first is repeated.
_NEIGHBOURS = ((0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1), (0, 1))


def dilation(mask: Mask, radius: int) -> Mask:
    """Mark the cells that have a marked cell in the square around them.

    Parameters
    ----------
    mask : bool array, shape (H, W)
    radius : int
        Cells that the square reaches in each direction; its side is ``2 * radius + 1``.

    Returns
    -------
    bool array, shape (H, W)

    Examples
    --------
    >>> dilation(np.eye(4, dtype=bool), 1).astype(int)
    array([[1, 1, 1, 0],
           [1, 1, 1, 1],
           [1, 1, 1, 1],
           [0, 1, 1, 1]])
    """
    return _has_any(np.pad(mask, radius, mode="edge"), 2 * radius + 1)


def erosion(mask: Mask, radius: int) -> Mask:
    """Keep the marked cells that have only marked cells in the square around them.

    Parameters
    ----------
    mask : bool array, shape (H, W)
    radius : int
        Cells that the square reaches in each direction; its side is ``2 * radius + 1``.

    Returns
    -------
    bool array, shape (H, W)
    """
    return ~dilation(~mask, radius)


def opening(mask: Mask, side: int) -> Mask:
    """Keep the parts of a mask that a square fits into; remove thinner lines and specks.

    Parameters
    ----------
    mask : bool array, shape (H, W)
    side : int
        Cells along a side of the square; even sides will do.

    Returns
    -------
    bool array, shape (H, W)

    Examples
    --------
    >>> mask = np.array([[0, 0, 0, 0], [1, 1, 0, 1], [1, 1, 0, 0]], bool)
    >>> opening(mask, 2).astype(int)
    array([[0, 0, 0, 0],
           [1, 1, 0, 0],
           [1, 1, 0, 0]])
    """
    padded = np.pad(mask, side - 1, mode="edge")
    fits = ~_has_any(~padded, side)  # one entry for each square that touches the picture
    return _has_any(fits, side)


def closing(mask: Mask, side: int) -> Mask:
    """Fill the parts outside a mask that a square does not fit into; the dual of `opening`.

    Parameters
    ----------
    mask : bool array, shape (H, W)
    side : int
        Cells along a side of the square; even sides will do.

    Returns
    -------
    bool array, shape (H, W)
    """
    return ~opening(~mask, side)


def crossing_number(mask: Mask) -> NDArray[np.int64]:
    """Count the separate parts that the marked neighbours of each cell form.

    Neighbours are connected by sides or corners. A cell between two parts joins them: without it a
    line would break. Cells beyond the border count as not marked.

    Source: S. Yokoi, J. Toriwaki, T. Fukumura, An analysis of topological properties of
    digitized binary pictures using local features, Computer Graphics and Image Processing 4(1),
    1975.

    Parameters
    ----------
    mask : bool array, shape (H, W)

    Returns
    -------
    int64 array, shape (H, W), from 0 to 4
        Also 0 where the four neighbours at the sides are all marked.

    Examples
    --------
    >>> crossing_number(np.array([[1, 0, 1], [0, 0, 0], [0, 1, 0]], bool))[1, 1]
    np.int64(3)
    """
    height, width = mask.shape
    padded = np.pad(mask, 1)
    around = [padded[1 + y : 1 + y + height, 1 + x : 1 + x + width] for y, x in _NEIGHBOURS]
    parts = np.zeros(mask.shape, np.int64)
    for side in range(0, 8, 2):
        parts += ~around[side] & (around[side + 1] | around[side + 2])
    return parts


def _has_any(mask: Mask, side: int) -> Mask:
    """Return whether each square inside a mask holds a marked cell.

    The result is smaller by ``side - 1`` along both axes; entry (0, 0) is the square at the top
    left.
    """
    for _ in range(2):
        covered = 1  # rows that an entry stands for; doubled until it is the side
        while covered < side:
            shift = min(covered, side - covered)
            mask = mask[:-shift] | mask[shift:]
            covered += shift
        mask = mask.T
    return mask

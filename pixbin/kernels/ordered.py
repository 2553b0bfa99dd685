"""Ordered dithering: every cell against its place in a repeating threshold map."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pixbin.light import FULL, Quanta


@lru_cache
def bayer(side: int) -> NDArray[np.int64]:
    """Return the ranks 0 to side * side - 1 of Bayer's map; side is a power of two.

    Source: B. E. Bayer, An optimum method for two-level rendition of continuous-tone
    pictures, IEEE ICC, 1973.
    """
    if side == 1:
        return np.zeros((1, 1), np.int64)
    quarter = 4 * bayer(side // 2)
    return np.block([[quarter, quarter + 2], [quarter + 3, quarter + 1]])


def compare(cells: Quanta, ranks: NDArray[np.int64], strength: float) -> NDArray[np.bool_]:
    """Make paper of cells that reach (rank + 1) / (count + 1), the thresholds of ImageMagick.

    All of these lie between 0 and 1, so black and white stay pure.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    ranks : int array, shape (h, w)
        Each of 0 to h * w - 1 once; repeated over the cells.
    strength : float in [0, 1]
        How far the thresholds reach from one half; 0 is a threshold at one half.

    Returns
    -------
    bool array, shape (H, W), True is paper
    """
    thresholds = (ranks + 1) * FULL / (ranks.size + 1)
    thresholds = np.ceil(FULL / 2 + (thresholds - FULL / 2) * strength).astype(np.int32)
    paper = np.empty(cells.shape, np.bool_)
    tall, wide = ranks.shape
    repeated = np.tile(thresholds, (1, -(-cells.shape[1] // wide)))[:, : cells.shape[1]]
    for row in range(min(tall, len(cells))):
        np.greater_equal(cells[row::tall], repeated[row], out=paper[row::tall])
    return paper

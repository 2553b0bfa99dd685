"""Ordered dithering: every cell against its place in a repeating threshold map."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pixbin.light import Cells


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


def compare(cells: Cells, ranks: NDArray[np.int64], strength: float) -> NDArray[np.bool_]:
    """Compare cells with the thresholds (rank + 1) / (count + 1), as ImageMagick does.

    All thresholds lie between 0 and 1, so black and white stay pure.

    Parameters
    ----------
    cells : float64 array, shape (H, W), in [0, 1]
    ranks : int array, shape (h, w)
        Each of 0 to h * w - 1 once; repeated over the cells.
    strength : float in [0, 1]
        How far the thresholds reach from one half; 0 is a threshold at one half.

    Returns
    -------
    bool array, shape (H, W), True is paper
    """
    thresholds = (ranks + 1) / (ranks.size + 1)
    thresholds = 0.5 + (thresholds - 0.5) * strength if strength != 1 else thresholds
    paper = np.empty(cells.shape, np.bool_)
    tall, wide = ranks.shape
    repeated = np.tile(thresholds, (1, -(-cells.shape[1] // wide)))[:, : cells.shape[1]]
    for row in range(tall):
        np.greater_equal(cells[row::tall], repeated[row], out=paper[row::tall])
    return paper

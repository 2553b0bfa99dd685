"""Weighted means along rows and columns."""

from __future__ import annotations

from typing import Literal

import numpy as np

from pixbin.resample.luminance import Shares

ROWS_AT_ONCE = 32  #: worked on together; few enough for the processor's cache

Beyond = Literal["edge", "symmetric", "constant"]  #: as `numpy.pad` has it; constant is 0


def bell(deviation: float, reach: int) -> Shares:
    """Return the weights of a Gaussian, shape (2 * reach + 1,), of sum 1."""
    away = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (away / deviation) ** 2)
    whole: Shares = weights / weights.sum()
    return whole


def gaussian(values: Shares, deviation: float) -> Shares:
    """Blur by a Gaussian of this standard deviation; beyond the border the last cell goes on."""
    return along_both(values, bell(deviation, reach(deviation)), "edge")


def reach(deviation: float) -> int:
    """Tell how far a Gaussian of this standard deviation reaches each way."""
    return int(np.ceil(3 * deviation))


def along_both(values: Shares, weights: Shares, beyond: Beyond) -> Shares:
    """Weigh what is around each cell, up and down and to both sides alike; shape (H, W)."""
    return along(along(values, weights, beyond, 0), weights, beyond, 1)


def along(values: Shares, weights: Shares, beyond: Beyond, axis: int) -> Shares:
    """Weigh what is around each cell along one axis; shape (H, W)."""
    reach, (height, width) = len(weights) // 2, values.shape
    margins = (reach, 0) if axis == 0 else (0, reach)
    padded = np.pad(values, [(margin, margin) for margin in margins], mode=beyond)
    total = np.zeros((height, width))
    for top in range(0, height, ROWS_AT_ONCE):
        rows = total[top : top + ROWS_AT_ONCE]
        product = np.empty_like(rows)
        for shift, weight in enumerate(weights):
            down, right = (shift, 0) if axis == 0 else (0, shift)
            there = padded[top + down : top + down + len(rows), right : right + width]
            rows += np.multiply(there, weight, out=product)
    return total

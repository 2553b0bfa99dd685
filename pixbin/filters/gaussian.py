"""Weighted means along rows and columns."""

from __future__ import annotations

from typing import Literal

import numpy as np

from pixbin.color.spaces import UnitArray

ROWS_PER_BAND = 32  #: worked on together; few enough for the processor's cache

PadMode = Literal["edge", "symmetric", "constant"]  #: as `numpy.pad` has it; constant is 0


def gaussian_kernel(sigma: float, radius: int) -> UnitArray:
    """Return the weights of a Gaussian, shape (2 * reach + 1,), of sum 1."""
    away = np.arange(-radius, radius + 1)
    weights = np.exp(-0.5 * (away / sigma) ** 2)
    whole: UnitArray = weights / weights.sum()
    return whole


def gaussian(values: UnitArray, sigma: float) -> UnitArray:
    """Blur by a Gaussian of this standard deviation; beyond the border the last cell goes on."""
    return separable(values, gaussian_kernel(sigma, gaussian_radius(sigma)), "edge")


def gaussian_radius(sigma: float) -> int:
    """Tell how far a Gaussian of this standard deviation reaches each way."""
    return int(np.ceil(3 * sigma))


def separable(values: UnitArray, weights: UnitArray, mode: PadMode) -> UnitArray:
    """Weigh what is around each cell, up and down and to both sides alike; shape (H, W)."""
    return correlate1d(correlate1d(values, weights, mode, 0), weights, mode, 1)


def correlate1d(values: UnitArray, weights: UnitArray, mode: PadMode, axis: int) -> UnitArray:
    """Weigh what is around each cell along one axis; shape (H, W)."""
    reach, (height, width) = len(weights) // 2, values.shape
    margins = (reach, 0) if axis == 0 else (0, reach)
    padded = np.pad(values, [(margin, margin) for margin in margins], mode=mode)
    total = np.zeros((height, width))
    for top in range(0, height, ROWS_PER_BAND):
        rows = total[top : top + ROWS_PER_BAND]
        product = np.empty_like(rows)
        for shift, weight in enumerate(weights):
            down, right = (shift, 0) if axis == 0 else (0, shift)
            there = padded[top + down : top + down + len(rows), right : right + width]
            rows += np.multiply(there, weight, out=product)
    return total

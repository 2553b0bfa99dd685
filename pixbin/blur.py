"""Weighted means along rows and columns."""

from __future__ import annotations

from typing import Literal

import numpy as np

from pixbin.light import Shares

Beyond = Literal["edge", "symmetric", "constant"]  #: as `numpy.pad` has it; constant is 0


def bell(deviation: float, reach: int) -> Shares:
    """Return the weights of a Gaussian, shape (2 * reach + 1,), of sum 1."""
    away = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (away / deviation) ** 2)
    whole: Shares = weights / weights.sum()
    return whole


def gaussian(values: Shares, deviation: float) -> Shares:
    """Blur by a Gaussian of this standard deviation; beyond the border the last cell goes on."""
    return along_both(values, bell(deviation, int(np.ceil(3 * deviation))), "edge")


def along_both(values: Shares, weights: Shares, beyond: Beyond) -> Shares:
    """Weigh what is around each cell, up and down and to both sides alike; shape (H, W)."""
    return _down(_down(values, weights, beyond).T, weights, beyond).T


def _down(values: Shares, weights: Shares, beyond: Beyond) -> Shares:
    reach = len(weights) // 2
    padded = np.pad(values, ((reach, reach), (0, 0)), mode=beyond)
    total = np.zeros_like(values)
    for shift, weight in enumerate(weights):
        total += weight * padded[shift : shift + len(values)]
    return total

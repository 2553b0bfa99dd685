"""Slow, obvious versions of what pixbin does fast, written from the definitions."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import numpy as np


def srgb_to_linear(level: float) -> float:
    """Return the linear light of an sRGB value, both in [0, 1]."""
    return level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4


def overlap(a: Fraction, b: Fraction, c: Fraction, d: Fraction) -> Fraction:
    """Return how much of [a, b] lies in [c, d]."""
    return max(Fraction(0), min(b, d) - max(a, c))


def area_mean(
    values: np.ndarray, top: Fraction, bottom: Fraction, left: Fraction, right: Fraction
) -> Fraction:
    """Return the exact mean of pixels over a rectangle, in pixel coordinates."""
    total = Fraction(0)
    for y, row in enumerate(values.tolist()):
        tall = overlap(top, bottom, Fraction(y), Fraction(y + 1))
        for x, value in enumerate(row):
            wide = overlap(left, right, Fraction(x), Fraction(x + 1))
            total += tall * wide * Fraction(value)
    return total / ((bottom - top) * (right - left))


def diffuse(
    cells: np.ndarray,
    taps: Iterable[tuple[int, int, float]],
    white: float,
    serpentine: bool,
) -> np.ndarray:
    """Scatter errors by a figure's columns, rows and weights; bool[H, W], True is white."""
    height, width = cells.shape
    taps = list(taps)
    work = np.zeros((height + 4, width + 8))
    work[:height, 4 : width + 4] = cells
    result = np.zeros((height, width), bool)
    for y in range(height):
        step = -1 if serpentine and y % 2 else 1
        for x in range(width)[::step]:
            result[y, x] = work[y, x + 4] >= white / 2
            error = work[y, x + 4] - white * result[y, x]
            for column, row, weight in taps:
                work[y + row, x + 4 + step * column] += error * weight
    return result


def level_at_first(
    cells: np.ndarray,
    taps: Iterable[tuple[int, int, float]],
    serpentine: bool,
    marked: np.ndarray,
) -> Fraction:
    """Diffuse 8-bit greys in exact fractions; return the level of the first marked pixel."""
    height, width = cells.shape
    shares = [(column, row, Fraction(share).limit_denominator(200)) for column, row, share in taps]
    work = [[Fraction(0)] * (width + 8) for _ in range(height + 4)]
    for y, row_of_cells in enumerate(cells.tolist()):
        work[y][4 : width + 4] = map(Fraction, row_of_cells)
    for y in range(height):
        step = -1 if serpentine and y % 2 else 1
        for x in range(width)[::step]:
            level = work[y][x + 4]
            if marked[y, x]:
                return level
            error = level - 255 * (level >= Fraction(255, 2))
            for column, row, share in shares:
                work[y + row][x + 4 + step * column] += error * share
    raise ValueError("no pixel is marked")


def bayer(side: int) -> np.ndarray:
    """Interleave the bits of x ^ y and y, most significant first: Bayer's ranks in closed form."""
    bits = side.bit_length() - 1
    ranks = np.zeros((side, side), int)
    for y in range(side):
        for x in range(side):
            for bit in range(bits):
                pair = (y >> bit & 1) | ((x ^ y) >> bit & 1) << 1
                ranks[y, x] |= pair << 2 * (bits - 1 - bit)
    return ranks


def similarity(light: np.ndarray, dots: np.ndarray) -> float:
    """Return the sum of SSIM over windows about every cell, weighed by the light's contrast.

    `dots` stand for a two-valued picture, of which a square is the value itself. A window is a
    Gaussian of 1.5 cells that reaches 5 cells, as much of it as lies in the picture.
    """
    total = 0.0
    for y, x in np.ndindex(light.shape):
        rows = slice(max(0, y - 5), y + 6)
        columns = slice(max(0, x - 5), x + 6)
        v, u = np.mgrid[: light.shape[0], : light.shape[1]]
        weights = np.exp(-((v - y) ** 2 + (u - x) ** 2) / (2 * 1.5**2))[rows, columns]
        weights /= weights.sum()
        a, b = light[rows, columns], dots[rows, columns]
        mean_a, mean_b = (weights * a).sum(), (weights * b).sum()
        variance_a = (weights * a * a).sum() - mean_a**2
        variance_b = mean_b - mean_b**2
        covariance = (weights * a * b).sum() - mean_a * mean_b
        ssim = (2 * mean_a * mean_b + 1e-4) * (2 * covariance + 9e-4)
        ssim /= (mean_a**2 + mean_b**2 + 1e-4) * (variance_a + variance_b + 9e-4)
        total += min(1, 2 * np.sqrt(max(0, variance_a))) * ssim
    return total

"""Slow, obvious versions of what pixbin does fast, written from the definitions."""

from __future__ import annotations

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


def floyd_steinberg(cells: np.ndarray, white: float, serpentine: bool) -> np.ndarray:
    """Scatter errors as the paper's figure shows; bool[H, W], True is white."""
    height, width = cells.shape
    work = np.zeros((height + 1, width + 2))
    work[:height, 1 : width + 1] = cells
    result = np.zeros((height, width), bool)
    for y in range(height):
        step = -1 if serpentine and y % 2 else 1
        for x in range(1, width + 1)[::step]:
            result[y, x - 1] = work[y, x] >= white / 2
            error = work[y, x] - white * result[y, x - 1]
            work[y, x + step] += error * 7 / 16
            work[y + 1, x - step] += error * 3 / 16
            work[y + 1, x] += error * 5 / 16
            work[y + 1, x + step] += error * 1 / 16
    return result


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

"""Slow and simple versions of algorithms, written from their definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

import numpy as np


def srgb_to_linear(level: float) -> float:
    """Return the linear light of an sRGB value, both in [0, 1]."""
    return level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4


def interval_overlap(a: Fraction, b: Fraction, c: Fraction, d: Fraction) -> Fraction:
    """Return how much of [a, b] lies in [c, d]."""
    return max(Fraction(0), min(b, d) - max(a, c))


def area_mean(
    values: np.ndarray, top: Fraction, bottom: Fraction, left: Fraction, right: Fraction
) -> Fraction:
    """Return the exact mean of pixels over a rectangle, in pixel coordinates."""
    total = Fraction(0)
    for y, row in enumerate(values.tolist()):
        tall = interval_overlap(top, bottom, Fraction(y), Fraction(y + 1))
        for x, value in enumerate(row):
            wide = interval_overlap(left, right, Fraction(x), Fraction(x + 1))
            total += tall * wide * Fraction(value)
    return total / ((bottom - top) * (right - left))


def error_diffusion(
    cells: np.ndarray,
    taps: Iterable[tuple[int, int, float]],
    white: float,
    serpentine: bool,
) -> np.ndarray:
    """Diffuse errors by columns, rows and weights of a kernel; bool[H, W], True is white."""
    height, width = cells.shape
    taps = list(taps)
    margin = 9
    work = np.zeros((height + 4, width + 2 * margin))
    work[:height, margin : width + margin] = cells
    result = np.zeros((height, width), bool)
    for y in range(height):
        step = -1 if serpentine and y % 2 else 1
        for x in range(width)[::step]:
            result[y, x] = work[y, x + margin] >= white / 2
            error = work[y, x + margin] - white * result[y, x]
            for column, row, weight in taps:
                work[y + row, x + margin + step * column] += error * weight
    return result


def edge_enhancement(
    cells: np.ndarray,
    taps: Iterable[tuple[int, int, float]],
    white: float,
    gain: float,
) -> np.ndarray:
    """Add to each cell `gain` times its difference from the weighted mean of earlier neighbours.

    Error diffusion of the result equals error diffusion with a threshold that falls by `gain`
    times the level, except near borders (K. T. Knox, R. Eschbach, Threshold modulation in error
    diffusion, 1993).
    """
    margin = np.pad(cells.astype(float), ((4, 0), (4, 4)), mode="edge")
    mean = np.zeros(cells.shape)
    height, width = cells.shape
    for column, row, weight in taps:
        mean += weight * margin[4 - row : 4 - row + height, 4 - column : 4 - column + width]
    return cells + gain * (cells - mean)


def level_at_first_mark(
    cells: np.ndarray,
    taps: Iterable[tuple[int, int, float]],
    serpentine: bool,
    marks: np.ndarray,
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
            if marks[y, x]:
                return level
            error = level - 255 * (level >= Fraction(255, 2))
            for column, row, share in shares:
                work[y + row][x + 4 + step * column] += error * share
    raise ValueError("no pixel is marked")


def bayer_ranks(side: int) -> np.ndarray:
    """Interleave the bits of x ^ y and y, most significant first: Bayer's ranks in closed form."""
    bits = side.bit_length() - 1
    ranks = np.zeros((side, side), int)
    for y in range(side):
        for x in range(side):
            for bit in range(bits):
                pair = (y >> bit & 1) | ((x ^ y) >> bit & 1) << 1
                ranks[y, x] |= pair << 2 * (bits - 1 - bit)
    return ranks


def variable_error_diffusion(
    cells: np.ndarray,
    weights: np.ndarray,
    thresholds: Iterator[Callable[[int], float]],
    serpentine: bool,
) -> np.ndarray:
    """Diffuse errors ahead, below behind and below; bool[H, W], True is white.

    The 8-bit level of a cell chooses its row of `weights`.
    The thresholds come in scan order; each is a function of the 8-bit level.
    """
    height, width = cells.shape
    work = np.zeros((height + 1, width + 2))
    work[:height, 1:-1] = cells / 65535
    result = np.zeros((height, width), bool)
    for y in range(height):
        step = -1 if serpentine and y % 2 else 1
        for x in range(width)[::step]:
            tone = round(float(cells[y, x]) / 65535)
            result[y, x] = work[y, x + 1] >= next(thresholds)(tone)
            error = work[y, x + 1] - 255 * result[y, x]
            ahead, behind, below = weights[tone]
            work[y, x + 1 + step] += error * ahead
            work[y + 1, x + 1 - step] += error * behind
            work[y + 1, x + 1] += error * below
    return result


def hilbert_curve(side: int) -> list[tuple[int, int]]:
    """Return the points (x, y) of Hilbert's curve, joined from four curves of half the side."""
    if side == 1:
        return [(0, 0)]
    half = side // 2
    small = hilbert_curve(half)
    return [
        *((y, x) for x, y in small),
        *((x, y + half) for x, y in small),
        *((x + half, y + half) for x, y in small),
        *((side - 1 - y, half - 1 - x) for x, y in small),
    ]


def riemersma(values: Iterable[float], weights: list[float], white: float) -> list[bool]:
    """Diffuse the error of each value to the values after it."""
    errors: list[float] = []
    result = []
    for value in values:
        level = value + sum(share * error for share, error in zip(weights, errors, strict=False))
        result.append(level >= white / 2)
        errors.insert(0, level - white * result[-1])
    return result


def disc_neighbours(
    y: int, x: int, shape: tuple[int, ...], radius: int
) -> list[tuple[int, int, int]]:
    """Return rows, columns and squared distances of the other cells in a circle, in order."""
    return [
        (v, u, (v - y) ** 2 + (u - x) ** 2)
        for v in range(max(0, y - radius), min(shape[0], y + radius + 1))
        for u in range(max(0, x - radius), min(shape[1], x + radius + 1))
        if 0 < (v - y) ** 2 + (u - x) ** 2 <= radius**2
    ]


def dot_diffusion(cells: np.ndarray, classes: list[list[int]], white: float) -> np.ndarray:
    """Diffuse to neighbours of higher class; straight ones weigh 2, diagonal ones 1."""
    side = len(classes)
    levels = {position: float(level) for position, level in np.ndenumerate(cells)}
    turn = {(y, x): classes[y % side][x % side] for y, x in levels}
    result = np.zeros(cells.shape, bool)
    for y, x in sorted(levels, key=lambda cell: turn[cell]):
        result[y, x] = levels[y, x] >= white / 2
        error = levels[y, x] - white * bool(result[y, x])
        parts = {
            (v, u): 2 if v == y or u == x else 1
            for v in range(y - 1, y + 2)
            for u in range(x - 1, x + 2)
            if turn.get((v, u), -1) > turn[y, x]
        }
        for neighbour, part in parts.items():
            levels[neighbour] += error * part / sum(parts.values())
    return result


def contrast_aware(
    cells: np.ndarray, order: Iterable[int], radius: int, falloff: float, white: float
) -> np.ndarray:
    """Decide the cell that has had the lowest rank for longest; diffuse its error to the others."""
    levels = {position: level / (white / 255) for position, level in np.ndenumerate(cells)}
    waiting = {(k // cells.shape[1], k % cells.shape[1]): n for n, k in enumerate(order)}
    result = np.zeros(cells.shape, bool)

    def rank(cell: tuple[int, int]) -> int:
        return max(0, int(min(levels[cell], 255 - levels[cell])))

    while waiting:
        y, x = min(waiting, key=lambda cell: (rank(cell), waiting[cell]))
        del waiting[y, x]
        result[y, x] = levels[y, x] >= 127.5
        error = levels[y, x] - 255 * result[y, x]
        shares = {
            (v, u): max(0.0, levels[v, u] if error > 0 else 255 - levels[v, u])
            / square ** (falloff / 2)
            for v, u, square in disc_neighbours(y, x, cells.shape, radius)
            if (v, u) in waiting
        }
        total = sum(shares.values())
        for neighbour, share in shares.items():
            before = rank(neighbour)
            levels[neighbour] += error * share / total if total else 0
            if rank(neighbour) != before:
                waiting[neighbour] = max(waiting.values()) + 1
    return result


def contrast_weighted_ssim(light: np.ndarray, dots: np.ndarray) -> float:
    """Return the sum of SSIM over windows around every cell, weighted by the contrast of `light`.

    `dots` stands for a two-valued picture: the square of a value is taken to be the value. A
    window is a Gaussian with a sigma of 1.5 cells and a radius of 5, cut off at the borders.
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


def pack_bits(
    paper: np.ndarray, layout: str, bit_order: str, polarity: str, stride: int = 0
) -> bytes:
    """Put pixels into bytes one at a time; a stride of 0 means the shortest possible."""
    height, width = paper.shape
    shortest = {"rows": -(-width // 8), "pages": width, "columns": -(-height // 8)}[layout]
    count = {"rows": height, "pages": -(-height // 8), "columns": width}[layout]
    stride = stride or shortest
    data = bytearray(stride * count)
    for y in range(height):
        for x in range(width):
            index, bit = {
                "rows": (y * stride + x // 8, x % 8),
                "pages": (y // 8 * stride + x, y % 8),
                "columns": (x * stride + y // 8, y % 8),
            }[layout]
            if bool(paper[y, x]) == (polarity == "paper1"):
                data[index] |= 128 >> bit if bit_order == "msb" else 1 << bit
    return bytes(data)


def rotate_and_flip(paper: np.ndarray, rotate: int, flip: str) -> np.ndarray:
    """Turn pixels clockwise, then mirror them, one at a time."""
    height, width = paper.shape
    sides = (width, height) if rotate in (90, 270) else (height, width)
    result = np.zeros(sides, bool)
    for y in range(height):
        for x in range(width):
            row, column = {
                0: (y, x),
                90: (x, height - 1 - y),
                180: (height - 1 - y, width - 1 - x),
                270: (width - 1 - x, y),
            }[rotate]
            row = sides[0] - 1 - row if flip in ("vertical", "both") else row
            column = sides[1] - 1 - column if flip in ("horizontal", "both") else column
            result[row, column] = paper[y, x]
    return result

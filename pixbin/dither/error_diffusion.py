"""Error diffusion with any kernel of fixed weights."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import ErrorDiffusion
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.jit.dispatch import Bytes, Int32s, Int64s, Kernel, run_kernel

#: Levels are counted in so small parts of a quantum that one and a half of white just fit 31
#: bits, and weights in so small parts of one that products of both fit 63.
LEVEL_BITS, WEIGHT_BITS = 6, 30

#: A row this wide is begun at three places at once, at the later two so many cells early with
#: an error that is but guessed. What was guessed is soon forgotten, being handed on in shares.
MIN_LANES_WIDTH, LANE_WARMUP = 512, 64


def diffuse(
    cells: Quanta, kernel: ErrorDiffusion, serpentine: bool, strength: float
) -> NDArray[np.bool_]:
    """Binarize cells in order, handing each one's error to cells not yet visited.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
        Linear light, whose mean is kept; on the perceptual scale that of the values is.
    kernel : ErrorDiffusion
        Who gets which share of the error.
    serpentine : bool
        Run every other row, from the second, right to left with the kernel mirrored
        (R. A. Ulichney, Digital Halftoning, 1987).
    strength : float in [0, 1]
        Share of the error that is handed on; 0 is a threshold at one half.

    Returns
    -------
    bool array, shape (H, W), True is paper
    """
    height, width = cells.shape
    rows, columns, weights = zip(*_taps(kernel), strict=True)
    margin = max(map(abs, columns))
    paper = np.zeros((height, width), np.uint8)
    errors = np.zeros((max(rows) + 1, width + 2 * margin), np.int32)
    shares = np.rint(np.array(weights) * strength * (1 << WEIGHT_BITS)).astype(np.int32)
    run_kernel(
        _error_diffusion_kernel(kernel, margin),
        cells.size,
        *(np.ascontiguousarray(cells), paper, errors, np.zeros(width, np.int64)),
        *(shares, np.zeros(len(shares), np.int64)),
        *(width, height, int(serpentine)),
    )
    return paper.view(np.bool_)


def _taps(kernel: ErrorDiffusion) -> list[tuple[int, int, float]]:
    """Return rows, columns and weights: first the next cell's, then others by row.

    Of the rows below there are a multiple of three, some without weight.
    """
    taps = list(zip(kernel.rows, kernel.columns, kernel.weights, strict=True))
    if (0, 1) not in [(row, column) for row, column, _ in taps]:
        taps.append((0, 1, 0.0))
    below = sum(row > 0 for row, _, _ in taps)
    return sorted(taps + [(1, 0, 0.0)] * (-below % 3 if below else 3))


@lru_cache
def _error_diffusion_kernel(kernel: ErrorDiffusion, margin: int) -> Kernel:
    rows, columns, _ = zip(*_taps(kernel), strict=True)
    taps, ahead, depth = len(rows), rows.count(0), max(rows) + 1
    reach = columns[ahead - 1]
    white = FULL_SCALE << LEVEL_BITS
    half = white // 2
    shift, rounding = LEVEL_BITS + WEIGHT_BITS, 1 << WEIGHT_BITS - 1

    # `sums` holds a row's light with the shares that rows above hand down. `errors` holds the
    # last rows, each with a margin on both sides; the row at hand as levels until it is done.
    # `places` tells where in it each share of a row comes from, for column 0.
    def error_diffusion_loop(
        cells: Int32s,
        paper: Bytes,
        errors: Int32s,
        row_sums: Int64s,
        weights: Int32s,
        offsets: Int64s,
        width: int,
        height: int,
        serpentine: int,
    ) -> None:
        stride, onward = width + 2 * margin, weights[0]
        for y in range(height):
            row, here = y * width, y % depth * stride + margin
            for tap in range(ahead, taps):
                above = y - rows[tap]
                turned = columns[tap] * (1 - 2 * (serpentine & above & 1))
                offsets[tap] = above % depth * stride + margin - turned
            for tap in range(ahead, taps, 3):
                share1, share2, share3 = weights[tap], weights[tap + 1], weights[tap + 2]
                place1, place2, place3 = offsets[tap], offsets[tap + 1], offsets[tap + 2]
                for x in range(width):
                    total = (cells[row + x] << shift) + rounding if tap == ahead else row_sums[x]
                    total += share1 * errors[place1 + x]
                    total += share2 * errors[place2 + x]
                    row_sums[x] = total + share3 * errors[place3 + x]
            step = 1 - 2 * (serpentine & y & 1)
            start = 0 if step > 0 else width - 1
            part, done = width + LANE_WARMUP, 0
            if width >= MIN_LANES_WIDTH:
                # Three at once, since each alone waits for its last result most of the time.
                part = done = (width + 2 * LANE_WARMUP + 2) // 3
                x1, level1 = start, 0
                x2, level2 = start + (part - LANE_WARMUP) * step, 0
                x3, level3 = start + (width - part) * step, 0
                for _ in range(part):
                    error = level1 - white if level1 >= half else level1
                    total = row_sums[x1] + onward * error
                    for tap in range(1, ahead):
                        level = errors[here + x1 - columns[tap] * step]
                        total += weights[tap] * (level - white if level >= half else level)
                    level1 = total >> WEIGHT_BITS
                    errors[here + x1] = level1
                    x1 += step
                    error = level2 - white if level2 >= half else level2
                    total = row_sums[x2] + onward * error
                    for tap in range(1, ahead):
                        level = errors[here + x2 - columns[tap] * step]
                        total += weights[tap] * (level - white if level >= half else level)
                    level2 = total >> WEIGHT_BITS
                    errors[here + x2] = level2
                    x2 += step
                    error = level3 - white if level3 >= half else level3
                    total = row_sums[x3] + onward * error
                    for tap in range(1, ahead):
                        level = errors[here + x3 - columns[tap] * step]
                        total += weights[tap] * (level - white if level >= half else level)
                    level3 = total >> WEIGHT_BITS
                    errors[here + x3] = level3
                    x3 += step
            # From where a guess began, on to where it makes no difference any more.
            for begin in range(done, width, part - LANE_WARMUP):
                x = start + begin * step
                level1 = errors[here + x - step]
                agreed = 0
                for _ in range(begin, width):
                    error = level1 - white if level1 >= half else level1
                    total = row_sums[x] + onward * error
                    for tap in range(1, ahead):
                        level = errors[here + x - columns[tap] * step]
                        total += weights[tap] * (level - white if level >= half else level)
                    level1 = total >> WEIGHT_BITS
                    agreed = agreed + 1 if errors[here + x] == level1 else 0
                    errors[here + x] = level1
                    if done and agreed == reach:
                        break
                    x += step
            for x in range(width):
                level = errors[here + x]
                paper[row + x] = level >= half
                errors[here + x] = level - white if level >= half else level

    return error_diffusion_loop

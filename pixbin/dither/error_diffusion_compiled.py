"""The compiled version of error diffusion, for large grids: the same result as the plain loop.

Two things take time in the plain loop. A cell collects shares from the rows above, and it
waits for the error of the cell before it.

The shares from above do not depend on this row, so they are added up for a whole row first.
The processor does several columns of that at once.

To wait less, a wide row is begun at three places. These three lanes run in one loop, so that
the processor works on two while one waits. The second and the third lane do not know the error
that they should begin with. They begin a few cells early, with a guess of 0. As errors are passed
on in shares, a wrong guess soon has no effect: usually all levels are right when the lane's own
part begins. Afterwards the row is decided again from each start on, until the levels have not
changed for as many cells as the kernel reaches. After that they cannot change any more, so the
result is exact.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import ErrorDiffusion
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.jit.dispatch import Bytes, Int32s, Int64s, Kernel, run_kernel

MIN_LANES_WIDTH = 512  #: cells of a row; narrower ones are decided in one lane
LANE_WARMUP = 64  #: cells that the second and third lane begin early


def diffuse(
    cells: Quanta,
    kernel: ErrorDiffusion,
    serpentine: bool,
    strength: float,
    fraction_bits: tuple[int, int],
) -> NDArray[np.bool_]:
    """Binarize cells as `error_diffusion.diffuse` does.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    kernel : ErrorDiffusion
    serpentine : bool
    strength : float in [0, 1]
        As for `error_diffusion.diffuse`.
    fraction_bits : tuple of two int
        Fractional bits of levels and of weights.

    Returns
    -------
    bool array, shape (H, W), True is paper
    """
    height, width = cells.shape
    rows, columns, weights = zip(*_ordered_taps(kernel), strict=True)
    margin = max(map(abs, columns))
    paper = np.zeros((height, width), np.uint8)
    errors = np.zeros((max(rows) + 1, width + 2 * margin), np.int32)
    shares = np.rint(np.array(weights) * strength * (1 << fraction_bits[1])).astype(np.int32)
    run_kernel(
        _error_diffusion_lanes_kernel(kernel, margin, *fraction_bits),
        cells.size,
        *(np.ascontiguousarray(cells), paper, errors, np.zeros(width, np.int64)),
        *(shares, np.zeros(len(shares), np.int64)),
        *(width, height, int(serpentine)),
    )
    return paper.view(np.bool_)


def _ordered_taps(kernel: ErrorDiffusion) -> list[tuple[int, int, float]]:
    """Return rows, columns and weights: the next cell's first, then the others by row.

    The number of taps in the rows below is a multiple of three, since the kernel adds up three
    at a time. Taps of weight 0 fill it up.
    """
    taps = list(zip(kernel.rows, kernel.columns, kernel.weights, strict=True))
    if (0, 1) not in [(row, column) for row, column, _ in taps]:
        taps.append((0, 1, 0.0))
    below = sum(row > 0 for row, _, _ in taps)
    return sorted(taps + [(1, 0, 0.0)] * (-below % 3 if below else 3))


@lru_cache
def _error_diffusion_lanes_kernel(
    kernel: ErrorDiffusion, margin: int, level_bits: int, weight_bits: int
) -> Kernel:
    rows, columns, _ = zip(*_ordered_taps(kernel), strict=True)
    tap_count, ahead, depth = len(rows), rows.count(0), max(rows) + 1
    reach = columns[ahead - 1]
    white = FULL_SCALE << level_bits
    half = white // 2
    shift, rounding = level_bits + weight_bits, 1 << weight_bits - 1

    # `errors` holds the last rows in turn, each with a margin on both sides. The current row holds
    # levels until all of it is decided. `offsets` says where in `errors` each share of a row comes
    # from, for column 0.
    #
    # The same five lines decide a cell in each lane and in the second pass. They are repeated
    # because a kernel cannot call functions, and because levels kept in an array, not in
    # variables, would be stored and loaded at every step.
    def error_diffusion_lanes_loop(
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

            # Add up the light of the row and the shares from the rows above.
            for tap in range(ahead, tap_count):
                above = y - rows[tap]
                turned = columns[tap] * (1 - 2 * (serpentine & above & 1))
                offsets[tap] = above % depth * stride + margin - turned
            for tap in range(ahead, tap_count, 3):
                weight1, weight2, weight3 = weights[tap], weights[tap + 1], weights[tap + 2]
                offset1, offset2, offset3 = offsets[tap], offsets[tap + 1], offsets[tap + 2]
                for x in range(width):
                    total = (cells[row + x] << shift) + rounding if tap == ahead else row_sums[x]
                    total += weight1 * errors[offset1 + x]
                    total += weight2 * errors[offset2 + x]
                    row_sums[x] = total + weight3 * errors[offset3 + x]

            # Decide a wide row in three lanes.
            step = 1 - 2 * (serpentine & y & 1)
            start = 0 if step > 0 else width - 1
            lane_length, decided = width + LANE_WARMUP, 0
            if width >= MIN_LANES_WIDTH:
                lane_length = decided = (width + 2 * LANE_WARMUP + 2) // 3
                x1, level1 = start, 0
                x2, level2 = start + (lane_length - LANE_WARMUP) * step, 0
                x3, level3 = start + (width - lane_length) * step, 0
                for _ in range(lane_length):
                    error = level1 - white if level1 >= half else level1
                    total = row_sums[x1] + onward * error
                    for tap in range(1, ahead):
                        level = errors[here + x1 - columns[tap] * step]
                        total += weights[tap] * (level - white if level >= half else level)
                    level1 = total >> weight_bits
                    errors[here + x1] = level1
                    x1 += step

                    error = level2 - white if level2 >= half else level2
                    total = row_sums[x2] + onward * error
                    for tap in range(1, ahead):
                        level = errors[here + x2 - columns[tap] * step]
                        total += weights[tap] * (level - white if level >= half else level)
                    level2 = total >> weight_bits
                    errors[here + x2] = level2
                    x2 += step

                    error = level3 - white if level3 >= half else level3
                    total = row_sums[x3] + onward * error
                    for tap in range(1, ahead):
                        level = errors[here + x3 - columns[tap] * step]
                        total += weights[tap] * (level - white if level >= half else level)
                    level3 = total >> weight_bits
                    errors[here + x3] = level3
                    x3 += step

            # Decide again from where a lane began, until that changes nothing any more; a
            # narrow row is decided here for the first time, from its beginning to its end.
            for lane_start in range(decided, width, lane_length - LANE_WARMUP):
                x = start + lane_start * step
                level1 = errors[here + x - step]
                unchanged = 0
                for _ in range(lane_start, width):
                    error = level1 - white if level1 >= half else level1
                    total = row_sums[x] + onward * error
                    for tap in range(1, ahead):
                        level = errors[here + x - columns[tap] * step]
                        total += weights[tap] * (level - white if level >= half else level)
                    level1 = total >> weight_bits
                    unchanged = unchanged + 1 if errors[here + x] == level1 else 0
                    errors[here + x] = level1
                    if decided and unchanged == reach:
                        break
                    x += step

            for x in range(width):
                level = errors[here + x]
                paper[row + x] = level >= half
                errors[here + x] = level - white if level >= half else level

    return error_diffusion_lanes_loop

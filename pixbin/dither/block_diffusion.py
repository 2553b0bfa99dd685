"""Block error diffusion: errors go from block to block, so that dots are as large as a block."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import BlockDiffusion
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.jit.dispatch import Bytes, Floats, Int32s, Int64s, run_kernel


def diffuse(
    cells: Quanta, family: BlockDiffusion, serpentine: bool, strength: float
) -> NDArray[np.bool_]:
    """Binarize square blocks of cells in rows, passing the mean error of each to its neighbours.

    All cells of a block get the same error and decide on their own. In flat areas they decide
    alike, which makes dots of a whole block. Where the picture has an edge inside a block, the
    edge stays sharp to the cell.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    family : BlockDiffusion
        The side of a block, and the shares of the blocks around; none is two rows below.
    serpentine : bool
        Scan every other row of blocks, from the second, right to left with the kernel mirrored.
    strength : float in [0, 1]
        Share of the error that is passed on; 0 is a threshold at one half.

    Returns
    -------
    bool array, shape (H, W), True is paper

    Notes
    -----
    Source: N. Damera-Venkata, B. L. Evans, FM halftoning via block error diffusion, Proc. IEEE
    International Conference on Image Processing, 2001; with the diffusion matrix whose entries
    are all equal.
    """
    height, width = cells.shape
    side, kernel = family.side, family.kernel
    margin = max(map(abs, kernel.columns))
    paper = np.zeros((height, width), np.uint8)
    columns = -(-width // side)
    run_kernel(
        _block_diffusion_loop,
        cells.size * 2,
        *(np.ascontiguousarray(cells), paper, np.zeros((2, columns + 2 * margin))),
        *(np.array(kernel.columns), np.array(kernel.rows), np.array(kernel.weights)),
        *(len(kernel.weights), margin, side, width, height, int(serpentine), strength),
    )
    return paper.view(np.bool_)


# `errors` holds the shares for this row of blocks and for the next one, with a margin on both
# sides. Blocks that the border cuts have fewer cells.
def _block_diffusion_loop(
    cells: Int32s,
    paper: Bytes,
    errors: Floats,
    tap_columns: Int64s,
    tap_rows: Int64s,
    weights: Floats,
    tap_count: int,
    margin: int,
    side: int,
    width: int,
    height: int,
    serpentine: int,
    strength: float,
) -> None:
    step = FULL_SCALE / 255.0
    columns = (width + side - 1) // side
    stride = columns + 2 * margin
    for row in range((height + side - 1) // side):
        here = row % 2 * stride + margin
        forward = 1 - 2 * (serpentine & row & 1)
        column = 0 if forward > 0 else columns - 1
        for _ in range(columns):
            received = errors[here + column]
            errors[here + column] = 0.0
            total = 0.0
            count = 0
            for y in range(row * side, min(height, row * side + side)):
                for x in range(column * side, min(width, column * side + side)):
                    level = cells[y * width + x] / step + received
                    is_paper = level >= 127.5
                    paper[y * width + x] = is_paper
                    total += level - 255.0 if is_paper else level
                    count += 1
            error = total / count * strength
            for tap in range(tap_count):
                target = (row + tap_rows[tap]) % 2 * stride + margin
                errors[target + column + tap_columns[tap] * forward] += error * weights[tap]
            column += forward
        for beyond in range(margin):
            errors[here - 1 - beyond] = 0.0
            errors[here + columns + beyond] = 0.0

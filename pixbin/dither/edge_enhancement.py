"""Error diffusion that enhances edges: the threshold falls as the cell gets lighter."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import ErrorDiffusion
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.jit.dispatch import Bytes, Floats, Int32s, Int64s, Kernel, run_kernel


def diffuse(
    cells: Quanta,
    kernel: ErrorDiffusion,
    serpentine: bool,
    strength: float,
    gain: float,
) -> NDArray[np.bool_]:
    """Binarize cells row by row, as error diffusion does, with enhanced edges.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    kernel : ErrorDiffusion
        The neighbours that get a share of the error, and their shares.
    serpentine : bool
        Scan every other row, from the second, right to left with the kernel mirrored.
    strength : float in [0, 1]
        Share of the error that is passed on; 0 is a threshold at one half.
    gain : float
        Slope of the threshold: how far it falls below one half per unit of light above it. At 0
        the result is that of plain error diffusion.

    Returns
    -------
    bool array, shape (H, W), True is paper

    Notes
    -----
    Source: R. Eschbach, K. T. Knox, Error-diffusion algorithm with edge enhancement, Journal of
    the Optical Society of America A 8(12), 1991. Their method enhances the upper and left borders
    of the picture as if these were edges. Here the first row and the first cell of each row start
    with the error that a flat area would have there.
    """
    height, width = cells.shape
    margin = max(map(abs, kernel.columns))
    paper = np.zeros((height, width), np.uint8)
    errors = np.zeros((max(kernel.rows) + 1, width + 2 * margin))
    # The error of a flat area above the picture, so that its border is not taken for an edge.
    errors[-1, margin:-margin] = strength * gain * (127.5 - cells[0] / (FULL_SCALE / 255))
    offsets = np.zeros(len(kernel.weights), np.int64)
    run_kernel(
        _edge_enhancement_kernel(kernel, margin, gain),
        cells.size,
        *(np.ascontiguousarray(cells), paper, errors, offsets),
        *(width, height, int(serpentine), strength),
    )
    return paper.view(np.bool_)


@lru_cache
def _edge_enhancement_kernel(kernel: ErrorDiffusion, margin: int, gain: float) -> Kernel:
    taps = list(zip(*kernel, strict=True))
    # From the rows furthest above to this one: while the error of the cell before is still being
    # computed, the processor can add up the other shares.
    older = [tap for tap in reversed(taps) if tap[:2] != (1, 0)] or [(1, 0, 0.0)]
    columns, rows, weights = zip(*older, strict=True)
    onward = sum(weight for column, row, weight in taps if (column, row) == (1, 0))
    count, depth = len(older), max(rows) + 1
    white, step = 255.0, FULL_SCALE / 255.0

    # Levels run to 255. 8-bit greys are then whole numbers, and a cell equals its threshold exactly
    # where it does in tools that compute with 8-bit levels. `errors` holds the last rows in turn,
    # each with a margin on both sides. `offsets` says where in `errors` each share of a row comes
    # from, for column 0.
    def edge_enhancement_loop(
        cells: Int32s,
        paper: Bytes,
        errors: Floats,
        offsets: Int64s,
        width: int,
        height: int,
        serpentine: int,
        strength: float,
    ) -> None:
        stride = width + 2 * margin
        for y in range(height):
            for tap in range(count):
                above = y - rows[tap]
                ahead = columns[tap] * (1 - 2 * (serpentine & above & 1))
                offsets[tap] = above % depth * stride + margin - ahead
            forward = 1 - 2 * (serpentine & y & 1)
            x = 0 if forward > 0 else width - 1
            error = strength * gain * (white / 2 - cells[y * width + x] / step)
            for _ in range(width):
                light = cells[y * width + x] / step
                level = light
                for tap in range(count):
                    level += weights[tap] * errors[offsets[tap] + x]
                level += onward * error
                is_paper = level >= white / 2 - gain * (light - white / 2)
                paper[y * width + x] = is_paper
                error = (level - white if is_paper else level) * strength
                errors[y % depth * stride + margin + x] = error
                x += forward

    return edge_enhancement_loop

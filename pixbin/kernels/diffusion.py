"""Error diffusion with any kernel of fixed weights."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pixbin.kernels.machine import Bytes, Floats, Kernel, Quanta32, run
from pixbin.light import FULL, Quanta
from pixbin.methods import ErrorDiffusion


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
    margin = max(map(abs, kernel.columns))
    paper = np.zeros((height, width), np.uint8)
    errors = np.zeros((max(kernel.rows) + 1, width + 2 * margin))
    run(
        _diffusion(kernel, margin),
        cells.size,
        *(np.ascontiguousarray(cells), paper, errors),
        *(width, height, int(serpentine), strength),
    )
    return paper.view(np.bool_)


@lru_cache
def _diffusion(kernel: ErrorDiffusion, margin: int) -> Kernel:
    columns, rows, weights = kernel.columns, kernel.rows, kernel.weights
    taps, depth = len(weights), max(rows) + 1
    white = float(FULL)

    # `errors` holds the last rows, each with a margin on both sides; every cell gathers its
    # shares from them, in the order of the kernel's figure.
    def diffusion(
        cells: Quanta32,
        paper: Bytes,
        errors: Floats,
        width: int,
        height: int,
        serpentine: int,
        strength: float,
    ) -> None:
        stride = width + 2 * margin
        for y in range(height):
            forward = 1 - 2 * (serpentine & y & 1)
            x = 0 if forward > 0 else width - 1
            for _ in range(width):
                level = float(cells[y * width + x])
                for tap in range(taps):
                    above = y - rows[tap]
                    ahead = columns[tap] * (1 - 2 * (serpentine & above & 1))
                    level += weights[tap] * errors[above % depth * stride + margin + x - ahead]
                is_paper = level >= white / 2
                paper[y * width + x] = is_paper
                if is_paper:
                    level -= white
                errors[y % depth * stride + margin + x] = level * strength
                x += forward

    return diffusion

"""Error diffusion of large grids by vector instructions: the same result as the plain loop.

The instructions are in `error_diffusion_text` and `error_diffusion_vectors`; here is the memory
that they need. It grows with the width of the picture, not with its height.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import ErrorDiffusion
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.dither.error_diffusion_rows import (
    BLOCK,
    EDITION,
    LANES,
    Scale,
    Tap,
    diffusion_numbers,
    margin_of,
)
from pixbin.jit import machine_code

_ALIGNMENT = 64  #: bytes; so a step of errors is one cache line


def diffuse(
    cells: Quanta,
    kernel: ErrorDiffusion,
    serpentine: bool,
    strength: float,
    fraction_bits: tuple[int, int],
) -> NDArray[np.bool_] | None:
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
    bool array, shape (H, W), True is paper, or None
        None if the kernel reaches farther than a block, or if the LLVM that is installed does not
        understand the instructions. Then the plain loop must do it.
    """
    level_bits, weight_bits = fraction_bits
    scale = Scale(FULL_SCALE << level_bits, level_bits, weight_bits)
    weights = _weights(kernel, strength * (1 << weight_bits))
    taps = tuple(weights)
    margin = margin_of(taps)
    if margin > BLOCK or min(weights.values()) < 0:
        return None
    height, width = cells.shape
    blocks = -(-width // (LANES * BLOCK))
    row_length = blocks * LANES * BLOCK
    # The instructions decide whole blocks. So the last rows, after which memory ends, are copied to
    # a place with room behind it.
    last_rows = min(height, -(-row_length // width))
    last_cells = np.zeros(last_rows * width + row_length, np.int32)
    last_cells[: last_rows * width] = cells[height - last_rows :].ravel()
    last_paper = np.empty(last_cells.size, np.uint8)
    paper = np.empty((height, width), np.uint8)
    has_run = machine_code.call_text(
        "error_diffusion",
        (EDITION, taps, serpentine, scale),
        lambda: _text(taps, serpentine, scale),
        *(np.ascontiguousarray(cells), paper, last_cells, last_paper),
        _aligned_zeros((taps[-1].row + 1) * (row_length + 2 * margin * LANES)),
        np.array(diffusion_numbers(taps, [*weights.values()], scale), np.int64),
        *(width, height, blocks, height - last_rows),
    )
    if not has_run:
        return None
    paper[height - last_rows :] = last_paper[: last_rows * width].reshape(last_rows, width)
    return paper.view(np.bool_)


def _weights(kernel: ErrorDiffusion, one: float) -> dict[Tap, int]:
    """Return the weight of each tap as a fixed-point number, in the order of taps."""
    weights: dict[Tap, int] = {}
    for row, column, weight in zip(kernel.rows, kernel.columns, kernel.weights, strict=True):
        tap = Tap(row, column)
        weights[tap] = weights.get(tap, 0) + round(weight * one)
    return dict(sorted(weights.items()))


def _aligned_zeros(count: int) -> NDArray[np.int32]:
    zeros = np.zeros(count + _ALIGNMENT // 4, np.int32)
    return zeros[-zeros.ctypes.data % _ALIGNMENT // 4 :]


def _text(taps: tuple[Tap, ...], serpentine: bool, scale: Scale) -> str:
    from pixbin.dither import error_diffusion_text  # only where machine code is made

    return error_diffusion_text.diffusion_text(taps, serpentine, scale)

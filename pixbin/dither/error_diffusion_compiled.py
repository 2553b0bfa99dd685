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


class VectorDiffusion:
    """Error diffusion by vector instructions, with the errors of the last rows."""

    def __init__(self, width: int, weights: dict[Tap, int], serpentine: bool, scale: Scale) -> None:
        """Prepare the diffusion of a picture of a width by fixed-point weights."""
        self._taps, self._serpentine, self._scale = tuple(weights), serpentine, scale
        self._numbers = np.array(
            diffusion_numbers(self._taps, [*weights.values()], scale), np.int64
        )
        self._blocks = -(-width // (LANES * BLOCK))
        self._row_length = self._blocks * LANES * BLOCK
        row_memory = self._row_length + 2 * margin_of(self._taps) * LANES
        self._errors = _aligned_zeros((self._taps[-1].row + 1) * row_memory)

    @classmethod
    def of(
        cls,
        width: int,
        kernel: ErrorDiffusion,
        serpentine: bool,
        strength: float,
        fraction_bits: tuple[int, int],
    ) -> VectorDiffusion | None:
        """Prepare the diffusion of a picture.

        Parameters
        ----------
        width : int
            Of the picture, in cells.
        kernel : ErrorDiffusion
        serpentine : bool
        strength : float in [0, 1]
            As for `error_diffusion.diffuse`.
        fraction_bits : tuple of two int
            Fractional bits of levels and of weights.

        Returns
        -------
        VectorDiffusion or None
            None if the kernel reaches farther than a block.
        """
        level_bits, weight_bits = fraction_bits
        scale = Scale(FULL_SCALE << level_bits, level_bits, weight_bits)
        weights = _weights(kernel, strength * (1 << weight_bits))
        if margin_of(tuple(weights)) > BLOCK or min(weights.values()) < 0:
            return None
        return cls(width, weights, serpentine, scale)

    def decide(self, cells: Quanta) -> NDArray[np.bool_] | None:
        """Binarize the next rows, as `PlainDiffusion.decide` does.

        Parameters
        ----------
        cells : int32 array, shape (H, W), in quanta

        Returns
        -------
        bool array, shape (H, W), True is paper, or None
            None if the LLVM that is installed does not understand the instructions. Then nothing
            was changed, and the plain loop must do it.
        """
        height, width = cells.shape
        # The instructions decide whole blocks. So the last rows, after which memory ends, are
        # copied to a place with room behind it.
        last_rows = min(height, -(-self._row_length // width))
        last_cells = np.zeros(last_rows * width + self._row_length, np.int32)
        last_cells[: last_rows * width] = cells[height - last_rows :].ravel()
        last_paper = np.empty(last_cells.size, np.uint8)
        paper = np.empty((height, width), np.uint8)
        has_run = machine_code.call_text(
            "error_diffusion",
            (EDITION, self._taps, self._serpentine, self._scale),
            self._text,
            *(np.ascontiguousarray(cells), paper, last_cells, last_paper, self._errors),
            *(self._numbers, width, height, self._blocks, height - last_rows),
        )
        if not has_run:
            return None
        paper[height - last_rows :] = last_paper[: last_rows * width].reshape(last_rows, width)
        return paper.view(np.bool_)

    def _text(self) -> str:
        from pixbin.dither import error_diffusion_text  # only where machine code is made

        return error_diffusion_text.diffusion_text(self._taps, self._serpentine, self._scale)


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

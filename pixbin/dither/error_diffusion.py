"""Error diffusion with any kernel of fixed weights: Floyd-Steinberg and its relatives.

Cells are decided one after another. Each becomes ink or paper, whichever is nearer, and the
error of that choice is passed in shares to neighbours that are not yet decided. A kernel lists
these neighbours and their shares; see `catalog.error_diffusion_kernels`.

Levels and weights are fixed-point numbers, that is integers, so the result is the same on every
processor, to the bit. The loop here is the plain one, for all kernels. The same result comes
faster from `error_diffusion_interpreted` for small grids, and from `error_diffusion_compiled` for
large ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import ErrorDiffusion
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.jit import dispatch
from pixbin.jit.dispatch import Bytes, Int32s, Int64s, Kernel

if TYPE_CHECKING:
    from pixbin.dither.error_diffusion_compiled import VectorDiffusion
    from pixbin.dither.error_diffusion_interpreted import InterpretedDiffusion

#: Fractional bits of a level in quanta, and of a weight. The highest level, 1.5 times white, then
#: fits in an int32, and a sum of products of levels and weights in an int64.
LEVEL_BITS, WEIGHT_BITS = 6, 30


def diffuse(
    cells: Quanta, kernel: ErrorDiffusion, serpentine: bool, strength: float
) -> NDArray[np.bool_]:
    """Binarize cells row by row, passing the error of each to cells not yet visited.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
        Light; its mean is kept. On the perceptual scale the mean of the encoded values is kept.
    kernel : ErrorDiffusion
        The neighbours that get a share of the error, and their shares. Shares that add up to less
        than 1 lose light on purpose, as Atkinson's do. Shares beyond the border are lost, too.
    serpentine : bool
        Scan every other row, from the second, right to left with the kernel mirrored
        (R. A. Ulichney, Digital Halftoning, 1987). Worm-like patterns become rarer.
    strength : float in [0, 1]
        Share of the error that is passed on; with 0 each cell is compared with one half.

    Returns
    -------
    bool array, shape (H, W), True is paper

    Notes
    -----
    Source: R. W. Floyd, L. Steinberg, An adaptive algorithm for spatial greyscale, Proceedings
    of the Society for Information Display 17(2), 1976.

    Examples
    --------
    >>> from pixbin.catalog.methods import Method
    >>> grey = np.full((2, 8), FULL_SCALE // 2, np.int32)
    >>> diffuse(grey, Method.FLOYD_STEINBERG.family, True, 1.0).astype(int)
    array([[0, 1, 0, 1, 0, 1, 0, 1],
           [1, 0, 1, 0, 1, 0, 1, 0]])
    """
    return next(diffuse_bands([cells], kernel, serpentine, strength))


def diffuse_bands(
    bands: Iterable[Quanta], kernel: ErrorDiffusion, serpentine: bool, strength: float
) -> Iterator[NDArray[np.bool_]]:
    """Binarize a picture that comes in bands of rows; yield the paper of each band.

    The result is that of `diffuse` for the whole picture. Only the errors of a few rows are kept
    from one band to the next.

    Parameters
    ----------
    bands : iterable of int32 arrays, shape (h, W), in quanta
        The height of each but the last is a multiple of `band_unit(kernel)`.
    kernel, serpentine, strength
        As for `diffuse`.
    """
    fast: VectorDiffusion | InterpretedDiffusion | None = None
    plain: PlainDiffusion | None = None
    for cells in bands:
        if not (fast or plain):
            fast = _fast_diffusion(cells, kernel, serpentine, strength)
        paper = fast.decide(cells) if fast else None
        if paper is None:
            fast = None
            plain = plain or PlainDiffusion(cells.shape[1], kernel, serpentine, strength)
            paper = plain.decide(cells)
        yield paper


def _fast_diffusion(
    cells: Quanta, kernel: ErrorDiffusion, serpentine: bool, strength: float
) -> VectorDiffusion | InterpretedDiffusion | None:
    """Return the way that is the faster one for the first band; None if only the plain loop can."""
    arguments = cells.shape[1], kernel, serpentine, strength, (LEVEL_BITS, WEIGHT_BITS)
    if dispatch.takes_machine_code(cells.size):
        from pixbin.dither.error_diffusion_compiled import VectorDiffusion

        return VectorDiffusion.of(*arguments)
    from pixbin.dither.error_diffusion_interpreted import InterpretedDiffusion

    return InterpretedDiffusion(*arguments)


def band_unit(kernel: ErrorDiffusion) -> int:
    """Return a number of rows after which the scan and the memory of errors begin anew."""
    return 2 * (max(kernel.rows) + 1)


class PlainDiffusion:
    """Error diffusion by the plain loop, with the errors of the last rows."""

    def __init__(
        self, width: int, kernel: ErrorDiffusion, serpentine: bool, strength: float
    ) -> None:
        """Prepare the diffusion of a picture of a width; the rest is as for `diffuse`."""
        margin = max(map(abs, kernel.columns))
        weights = np.array(kernel.weights) * strength * (1 << WEIGHT_BITS)
        self._weights = np.rint(weights).astype(np.int32)
        self._errors = np.zeros((max(kernel.rows) + 1, width + 2 * margin), np.int32)
        self._loop = _error_diffusion_kernel(kernel, margin)
        self._serpentine = serpentine

    def decide(self, cells: Quanta) -> NDArray[np.bool_]:
        """Binarize the next rows; bool array of the shape of the cells, (h, W)."""
        height, width = cells.shape
        paper = np.zeros((height, width), np.uint8)
        offsets = np.zeros(len(self._weights), np.int64)
        dispatch.run_kernel(
            self._loop,
            cells.size,
            *(np.ascontiguousarray(cells), paper, self._errors, self._weights, offsets),
            *(width, height, int(self._serpentine)),
        )
        return paper.view(np.bool_)


@lru_cache
def _error_diffusion_kernel(kernel: ErrorDiffusion, margin: int) -> Kernel:
    columns, rows, tap_count = kernel.columns, kernel.rows, len(kernel.weights)
    depth = max(rows) + 1
    white = FULL_SCALE << LEVEL_BITS
    half = white // 2
    shift, rounding = LEVEL_BITS + WEIGHT_BITS, 1 << (WEIGHT_BITS - 1)

    # The loop turns the kernel around: instead of passing its error on, a cell collects its shares
    # of the errors of cells that were decided before it. A tap is one such cell, with its weight.
    # `errors` holds the last rows in turn, each with a margin on both sides, where errors are 0.
    # `offsets` says where in `errors` each tap is for the cell in column 0.
    def error_diffusion_loop(
        cells: Int32s,
        paper: Bytes,
        errors: Int32s,
        weights: Int32s,
        offsets: Int64s,
        width: int,
        height: int,
        serpentine: int,
    ) -> None:
        stride = width + 2 * margin
        for y in range(height):
            for tap in range(tap_count):
                row = y - rows[tap]  # the row of the tap: this one, or one above
                direction = 1 - 2 * (serpentine & row & 1)  # of that row's scan: 1 or -1
                offsets[tap] = row % depth * stride + margin - columns[tap] * direction
            here = y % depth * stride + margin
            direction = 1 - 2 * (serpentine & y & 1)
            x = 0 if direction > 0 else width - 1
            for _ in range(width):
                total = (cells[y * width + x] << shift) + rounding
                for tap in range(tap_count):
                    total += weights[tap] * errors[offsets[tap] + x]
                level = total >> WEIGHT_BITS
                is_paper = level >= half
                paper[y * width + x] = is_paper
                errors[here + x] = level - white if is_paper else level
                x += direction

    return error_diffusion_loop

"""Error diffusion whose threshold is moved at every cell: by detail, or by a screen of lines."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import ErrorDiffusion, StructureAwareDiffusion
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.color.spaces import UnitArray
from pixbin.dither import sharpening, variable_error_diffusion
from pixbin.jit.dispatch import Bytes, Floats, Int32s, run_kernel


def structure_aware(
    cells: Quanta, family: StructureAwareDiffusion, serpentine: bool, strength: float
) -> NDArray[np.bool_]:
    """Binarize cells by error diffusion that keeps texture and weak edges.

    The threshold falls where a cell is lighter than its surroundings, and rises where it is
    darker. How far is limited by the entropy of the cell's level, which is highest in middle
    greys: there a change of the threshold shows least.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    family : StructureAwareDiffusion
        The weights of the errors for every level, and the gain of the detail.
    serpentine : bool
        Scan every other row, from the second, right to left with the weights mirrored.
    strength : float in [0, 1]
        Share of the error that is passed on, and of the detail; 0 is a threshold at one half.

    Returns
    -------
    bool array, shape (H, W), True is paper

    Notes
    -----
    Source: L. Liu, W. Chen, W. Zheng, W. Geng, Structure-aware error-diffusion approach using
    entropy-constrained threshold modulation, The Visual Computer 30, 2014; with the weights of
    V. Ostromoukhov, as there. Its abstract was read, not its constants. The filter of the
    detail (`sharpening.detail`) and the gain are pixbin's.
    """
    levels = np.rint(cells / (FULL_SCALE / 255)).astype(np.uint8)
    shifts = -255.0 * family.gain * _entropies()[levels] * sharpening.detail(cells / FULL_SCALE)
    weights = variable_error_diffusion.weights_by_level(family.table)
    return diffuse(cells, shifts, np.pad(weights, ((0, 0), (0, 1))), serpentine, strength)


def screened(
    cells: Quanta,
    thresholds: UnitArray,
    kernel: ErrorDiffusion,
    gain: float,
    serpentine: bool,
    strength: float,
) -> NDArray[np.bool_]:
    """Binarize cells by error diffusion around the thresholds of a screen.

    The screen gives the pattern, the diffusion keeps light and fine lines.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    thresholds : float64 array, shape (H, W), in quanta
        Of the screen.
    kernel : ErrorDiffusion
        The shares of the cells ahead, below and behind, below, and below and ahead.
    gain : float
        How far the thresholds spread, in times the spread of the screen. Near black and white
        they spread less, so that pure areas stay clean.
    serpentine : bool
        Scan every other row, from the second, right to left with the weights mirrored.
    strength : float in [0, 1]
        Share of the error that is passed on, and of the screen; 0 is a threshold at one half.

    Returns
    -------
    bool array, shape (H, W), True is paper

    Notes
    -----
    Source: K. T. Knox, R. Eschbach, Threshold modulation in error diffusion, Journal of
    Electronic Imaging 2(3), 1993.
    """
    light = cells / FULL_SCALE
    room = np.minimum(1, 8 * np.minimum(light, 1 - light))
    shifts = 255.0 * gain * room * (thresholds / FULL_SCALE - 0.5)
    neighbours = {(1, 0): 0, (-1, 1): 1, (0, 1): 2, (1, 1): 3}
    weights = np.zeros(4)
    for column, row, weight in zip(kernel.columns, kernel.rows, kernel.weights, strict=True):
        weights[neighbours[column, row]] = weight
    return diffuse(cells, shifts, np.tile(weights, (256, 1)), serpentine, strength)


def diffuse(
    cells: Quanta, shifts: UnitArray, weights: UnitArray, serpentine: bool, strength: float
) -> NDArray[np.bool_]:
    """Binarize cells row by row, with a threshold of its own for every cell.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    shifts : float64 array, shape (H, W), in 8-bit levels
        Threshold of each cell, less one half of white.
    weights : float64 array, shape (256, 4)
        For every 8-bit level: shares of the error for the cells ahead, below and behind, below,
        and below and ahead.
    serpentine : bool
        Scan every other row, from the second, right to left with the weights mirrored.
    strength : float in [0, 1]
        Share of the error that is passed on, and of the shifts.

    Returns
    -------
    bool array, shape (H, W), True is paper
    """
    height, width = cells.shape
    paper = np.zeros((height, width), np.uint8)
    run_kernel(
        _threshold_modulation_loop,
        cells.size * 2,
        *(np.ascontiguousarray(cells), paper, np.ascontiguousarray(shifts)),
        *(np.zeros(2 * (width + 2)), np.ascontiguousarray(weights)),
        *(width, height, int(serpentine), strength),
    )
    return paper.view(np.bool_)


def _entropies() -> UnitArray:
    """Return the entropy of each 8-bit level, in bits; 1 at one half, 0 for black and white."""
    shares = [level / 255 for level in range(1, 255)]
    # Rounded, since the last digit of a logarithm depends on the system.
    middle = [
        round(-share * math.log2(share) - (1 - share) * math.log2(1 - share), 9) for share in shares
    ]
    return np.array([0.0, *middle, 0.0])


# `errors` holds the shares for this row and for the next one, each with a margin of one cell.
# A pure cell stays as it is and passes its error on, so that no dots stray into pure areas.
def _threshold_modulation_loop(
    cells: Int32s,
    paper: Bytes,
    shifts: Floats,
    errors: Floats,
    weights: Floats,
    width: int,
    height: int,
    serpentine: int,
    strength: float,
) -> None:
    step = FULL_SCALE // 255
    stride = width + 2
    for y in range(height):
        here = y % 2 * stride + 1
        next_row = (y + 1) % 2 * stride + 1
        forward = 1 - 2 * (serpentine & y & 1)
        x = 0 if forward > 0 else width - 1
        error = 0.0
        for _ in range(width):
            cell = cells[y * width + x]
            tap = (cell + step // 2) // step * 4
            level = cell / step + errors[here + x] + error
            errors[here + x] = 0.0
            is_paper = level >= 127.5 + shifts[y * width + x] * strength
            if cell <= 0 or cell >= FULL_SCALE:
                is_paper = cell > 0
            paper[y * width + x] = is_paper
            error = (level - 255.0 if is_paper else level) * strength
            errors[next_row + x - forward] += error * weights[tap + 1]
            errors[next_row + x] += error * weights[tap + 2]
            errors[next_row + x + forward] += error * weights[tap + 3]
            error *= weights[tap]
            x += forward
        errors[here - 1] = 0.0
        errors[here + width] = 0.0

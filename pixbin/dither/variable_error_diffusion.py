"""Error diffusion whose weights, and noise on the threshold, depend on the level of the cell."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import VariableDiffusion
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.color.spaces import UnitArray
from pixbin.jit.dispatch import Bytes, Floats, Int32s, run_kernel


def diffuse(
    cells: Quanta, family: VariableDiffusion, serpentine: bool, strength: float, seed: int
) -> NDArray[np.bool_]:
    """Binarize cells row by row, passing errors on by weights that depend on the cell's level.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    family : VariableDiffusion
        The weights and the noise for every level.
    serpentine : bool
        Scan every other row, from the second, right to left with the weights mirrored.
    strength : float in [0, 1]
        Share of the error that is passed on, and of the noise; 0 is a threshold at one half.
    seed : int
        Seed of the noise.

    Returns
    -------
    bool array, shape (H, W), True is paper

    Notes
    -----
    Sources: V. Ostromoukhov, A simple and efficient error-diffusion algorithm, SIGGRAPH 2001;
    for noise on the threshold, B. Zhou, X. Fang, Improving mid-tone quality of
    variable-coefficient error diffusion using threshold modulation, SIGGRAPH 2003. Their noise
    only raises the threshold, which holds light back at the start of a flat area. Here it raises
    and lowers the threshold alike.
    """
    height, width = cells.shape
    paper = np.zeros((height, width), np.uint8)
    ahead, behind, below = np.ascontiguousarray(weights_by_level(family).T)
    run_kernel(
        _variable_error_diffusion_loop,
        cells.size,
        *(np.ascontiguousarray(cells), paper, np.zeros(2 * (width + 2))),
        *(ahead, behind, below, noise_by_level(family) * strength),
        *(width, height, int(serpentine), strength),
        # NumPy promises that the numbers of this legacy generator never change.
        int(np.random.RandomState(seed).randint(1, 2**31 - 1)),
    )
    return paper.view(np.bool_)


def weights_by_level(family: VariableDiffusion) -> UnitArray:
    """Return the weights for every 8-bit level: ahead, below and behind, below.

    Returns
    -------
    float64 array, shape (256, 3)
        Every row has a sum of 1.
    """
    keys, weights = zip(*family.weights.items(), strict=True)
    dark = [np.interp(range(128), keys, column) for column in zip(*weights, strict=True)]
    return np.concatenate([np.array(dark).T, np.array(dark).T[::-1]])


def noise_by_level(family: VariableDiffusion) -> UnitArray:
    """Return the amplitude of the threshold's noise for every 8-bit level.

    Returns
    -------
    float64 array, shape (256,)
        In 8-bit levels, from the lowest threshold to the highest.
    """
    keys, strengths = zip(*family.noise.items(), strict=True)
    dark = np.interp(range(128), keys, strengths)
    return np.concatenate([dark, dark[::-1]]) * 127.5


# `errors` holds the shares for this row and for the next one, each with a margin of one cell.
# The noise is that of S. K. Park and K. W. Miller's generator (Random number generators: good
# ones are hard to find, 1988), whose products fit 64 bits, so it can be compiled as it is.
def _variable_error_diffusion_loop(
    cells: Int32s,
    paper: Bytes,
    errors: Floats,
    ahead_weights: Floats,
    below_behind_weights: Floats,
    below_weights: Floats,
    noise_amplitudes: Floats,
    width: int,
    height: int,
    serpentine: int,
    strength: float,
    random_state: int,
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
            tone = (cell + step // 2) // step
            level = cell / step + errors[here + x] + error
            errors[here + x] = 0.0
            random_state = random_state * 48271 % 2147483647
            threshold = 127.5 + noise_amplitudes[tone] * (random_state / 2147483647.0 - 0.5)
            is_paper = level >= threshold
            paper[y * width + x] = is_paper
            error = (level - 255.0 if is_paper else level) * strength
            errors[next_row + x - forward] += error * below_behind_weights[tone]
            errors[next_row + x] += error * below_weights[tone]
            error *= ahead_weights[tone]
            x += forward
        errors[here - 1] = 0.0
        errors[here + width] = 0.0

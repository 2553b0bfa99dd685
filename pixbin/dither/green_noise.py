"""Green noise: error diffusion with feedback from the cells just decided, which makes clusters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import GreenNoiseDiffusion
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.jit.dispatch import Bytes, Floats, Int32s, run_kernel


def diffuse(
    cells: Quanta, family: GreenNoiseDiffusion, serpentine: bool, strength: float, seed: int
) -> NDArray[np.bool_]:
    """Binarize cells row by row; a cell tends to become what the last one and the one above are.

    So dots join into small clusters, whose number and size both grow with the ink. Half of an
    error goes to the next cell and half to the one below. A little noise on the threshold keeps
    the clusters from lining up.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
    family : GreenNoiseDiffusion
        The strength of the feedback and of the noise.
    serpentine : bool
        Scan every other row, from the second, right to left.
    strength : float in [0, 1]
        Share of error, feedback and noise; 0 is a threshold at one half.
    seed : int
        Seed of the noise.

    Returns
    -------
    bool array, shape (H, W), True is paper

    Notes
    -----
    Sources: R. L. Levien, Output dependent feedback in error diffusion halftoning, Proc. IS&T
    46th Annual Conference, 1993; D. L. Lau, G. R. Arce, N. C. Gallagher, Green-noise digital
    halftoning, Proceedings of the IEEE 86(12), 1998.
    """
    height, width = cells.shape
    paper = np.zeros((height, width), np.uint8)
    # NumPy promises that the numbers of this legacy generator never change.
    noise = np.random.RandomState(seed).random_sample((height, width)) - 0.5
    run_kernel(
        _green_noise_loop,
        cells.size,
        *(np.ascontiguousarray(cells), paper, noise * (255 * family.noise), np.zeros(width)),
        *(width, height, int(serpentine), family.feedback, strength),
    )
    return paper.view(np.bool_)


# `below` holds the shares for the next row. Near black and white the feedback and the noise
# shrink with the room that is left. A pure cell stays as it is and passes its error on, so that no
# dots stray into pure areas.
def _green_noise_loop(
    cells: Int32s,
    paper: Bytes,
    noise: Floats,
    below: Floats,
    width: int,
    height: int,
    serpentine: int,
    feedback: float,
    strength: float,
) -> None:
    step = FULL_SCALE / 255.0
    for y in range(height):
        forward = 1 - 2 * (serpentine & y & 1)
        x = 0 if forward > 0 else width - 1
        error = 0.0
        last = 0.0
        for _ in range(width):
            here = y * width + x
            cell = cells[here] / step
            above = 0.0
            if y > 0:
                above = 1.0 if paper[here - width] else -1.0
            level = cell + below[x] + error
            shift = 63.75 * feedback * (last + above) + noise[here]
            room = min(1.0, min(cell, 255.0 - cell) / 8.0)
            is_paper = level + shift * room * strength >= 127.5
            if room <= 0:
                is_paper = cell > 0
            paper[here] = is_paper
            last = 1.0 if is_paper else -1.0
            error = (level - 255.0 if is_paper else level) * strength * 0.5
            below[x] = error
            x += forward

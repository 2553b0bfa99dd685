"""How near a two-valued picture comes to its source: measures of tone, structure and grain.

In all of them `paper` is the two-valued picture, bool[H, W], True for paper, and `light` the
cells it was made from, float64[H, W] from 0 (black) to 1 (white). Structure is measured inside
the picture, where windows of 11 x 11 cells are whole; those measures need 11 cells each way.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pixbin.dither.direct_binary_search import hvs_filter

Paper = NDArray[np.bool_]
Shares = NDArray[np.float64]

SIGMA = 1.5  #: of the Gaussian blur of the eye and of the windows of structure, in cells
WINDOW = 5  #: reach of the windows of structure, in cells each way
REACH = 8  #: of the Gaussian blur of the eye, in cells each way
BLOCK = 8  #: side of the blocks whose tone is compared, in cells
SHIFTS = np.round(np.arange(-0.5, 0.51, 0.1), 1)  #: tried displacements, in cells


class Quality(NamedTuple):
    """All measures of one picture."""

    eye: float  #: dB after the eye's blur
    gauss: float  #: dB after a Gaussian blur
    displaced: float  #: the same, the picture moved by up to half a cell
    cssim: float  #: contrast-weighted structural similarity, at most 1
    edges: float  #: correlation of edge strengths, at most 1
    tone: float  #: difference of the mean light, in 255ths
    blocks: float  #: the same over blocks of 8 x 8 cells, 95th percentile
    isolated: float  #: share of cells unlike all eight around


def measure(paper: Paper, light: Shares) -> Quality:
    """Take all measures."""
    window = gauss(SIGMA, REACH)
    return Quality(
        seen(paper, light, hvs_filter()),
        seen(paper, light, np.outer(window, window)),
        displaced(paper, light)[0],
        contrast_similarity(paper, light),
        edge_correlation(paper, light),
        255 * float(abs(paper.mean() - light.mean())),
        float(np.percentile(block_errors(paper, light), 95)),
        isolated(paper),
    )


def gauss(sigma: float, reach: int, shift: float = 0) -> Shares:
    """Return a Gaussian of sum 1 about `shift`, at the places -reach to reach."""
    bell = np.exp(-((np.arange(-reach, reach + 1) - shift) ** 2) / (2 * sigma**2))
    whole: Shares = bell / bell.sum()
    return whole


def decibels(error: Shares) -> float:
    """Return the peak signal-to-noise ratio of an error whose peak is 1."""
    return float(-10 * np.log10(np.mean(error**2)))


def seen(paper: Paper, light: Shares, blur: Shares) -> float:
    """Return the PSNR, in dB, after a blur; beyond the border there is no error."""
    error = np.pad(paper - light, len(blur) // 2)
    return decibels(np.einsum("yxvu,vu->yx", sliding_window_view(error, blur.shape), blur))


def displaced(paper: Paper, light: Shares) -> tuple[float, float, float]:
    """Return the greatest PSNR after the Gaussian blur over displacements, and dx, dy of it.

    The blur of the paper is moved right by dx and down by dy, up to half a cell; beyond the
    border both go on as the light's last cells do. Error diffusion leads by about that much.

    Source: S. Hocevar, G. Niger, Reinstating Floyd-Steinberg: improved metrics for quality
    assessment of error diffusion algorithms, ICISP 2008.
    """
    around = np.pad(light, REACH, mode="edge")
    dots = around.copy()
    dots[REACH:-REACH, REACH:-REACH] = paper
    rows, columns = (_moved_blurs(side) for side in light.shape)
    wanted = _blurred(around, gauss(SIGMA, REACH))
    down = (rows.reshape(-1, len(dots)) @ dots).reshape(len(SHIFTS), len(light), -1)
    best = (-np.inf, 0.0, 0.0)
    for dx, column in zip(SHIFTS, columns, strict=True):
        for dy, moved in zip(SHIFTS, down @ column.T, strict=True):
            best = max(best, (decibels(moved - wanted), float(dx), float(dy)))
    return best


@lru_cache
def _moved_blurs(side: int) -> Shares:
    """Return the blur by each displacement as a matrix, shape (11, side, side + 2 * REACH)."""
    blurs = np.zeros((len(SHIFTS), side, side + 2 * REACH))
    for blur, shift in zip(blurs, SHIFTS, strict=True):
        for place in range(side):
            blur[place, place : place + 2 * REACH + 1] = gauss(SIGMA, REACH, -shift)
    return blurs


def similarity(paper: Paper, light: Shares) -> Shares:
    """Return the structural similarity of every whole window, shape (H - 10, W - 10).

    Source: Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, Image quality assessment:
    from error visibility to structural similarity, IEEE Transactions on Image Processing
    13(4), 2004.
    """
    window = gauss(SIGMA, WINDOW)
    dots = paper.astype(np.float64)
    mean, mean_light = _blurred(dots, window), _blurred(light, window)
    variance = _blurred(dots**2, window) - mean**2
    variance_light = _blurred(light**2, window) - mean_light**2
    covariance = _blurred(dots * light, window) - mean * mean_light
    above = (2 * mean * mean_light + 0.01**2) * (2 * covariance + 0.03**2)
    below = (mean**2 + mean_light**2 + 0.01**2) * (variance + variance_light + 0.03**2)
    whole: Shares = above / below
    return whole


def contrast_similarity(paper: Paper, light: Shares) -> float:
    """Return the structural similarity, weighted by the contrast of the light.

    Where the light is flat the similarity counts as 1: there grain is not a fault.

    Source: H. Jiang et al., Efficient halftoning via deep reinforcement learning, IEEE
    Transactions on Image Processing 32, 2023.
    """
    window = gauss(SIGMA, WINDOW)
    variance = _blurred(light**2, window) - _blurred(light, window) ** 2
    contrast = np.clip(2 * np.sqrt(np.maximum(variance, 0)), 0, 1)
    return float(np.mean(1 - contrast + contrast * similarity(paper, light)))


def edge_correlation(paper: Paper, light: Shares) -> float:
    """Return Pearson's correlation of the edge strengths of both, after a blur of one cell."""
    here, there = (_edges(each).ravel() for each in (paper.astype(np.float64), light))
    if np.ptp(here) == 0 or np.ptp(there) == 0:
        return 0.0
    return float(np.corrcoef(here, there)[0, 1])


def block_errors(paper: Paper, light: Shares) -> Shares:
    """Return the difference of the mean light over each whole block, in 255ths."""
    height, width = (side // BLOCK * BLOCK for side in light.shape)
    error = (paper - light)[:height, :width]
    blocks = error.reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK)
    whole: Shares = 255 * np.abs(blocks.mean((1, 3)))
    return whole


def isolated(paper: Paper) -> float:
    """Return the share of cells whose neighbours, up to eight, are all of the other value."""
    around = np.pad(paper.astype(np.int8), 1, mode="constant", constant_values=-1)
    near = sliding_window_view(around, (3, 3))
    alike = (near == paper[..., None, None]).sum((2, 3)) - 1
    return float(np.mean(alike == 0))


def _edges(values: Shares) -> Shares:
    smooth = _blurred(values, gauss(1, 3))
    slope, weights = np.array([-1.0, 0, 1]), np.array([1.0, 2, 1])
    across = _across(_across(smooth, slope).T, weights).T
    down = _across(_across(smooth.T, slope).T, weights)
    return np.hypot(across, down)


def _blurred(values: Shares, weights: Shares) -> Shares:
    return _across(_across(values, weights).T, weights).T


def _across(values: Shares, weights: Shares) -> Shares:
    """Correlate every row with weights, where these are whole."""
    whole: Shares = sliding_window_view(values, len(weights), axis=1) @ weights
    return whole

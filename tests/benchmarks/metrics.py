"""Measures of how near a two-valued picture is to its source: tone, structure and grain.

In all of them `paper` is the two-valued picture, bool[H, W], True for paper, and `light` is the
cells that it was made from, float64[H, W] from 0 (black) to 1 (white). Structure is measured
where a window of 11 x 11 cells lies inside the picture, so pictures need 11 cells on each side.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pixbin.dither.direct_binary_search import hvs_filter

Paper = NDArray[np.bool_]
UnitArray = NDArray[np.float64]

SIGMA = 1.5  #: of the Gaussian blur of the eye and of structure windows, in cells
WINDOW = 5  #: radius of structure windows, in cells
RADIUS = 8  #: of the Gaussian blur of the eye, in cells
BLOCK = 8  #: side of the blocks whose tone is compared, in cells
SHIFTS = np.round(np.arange(-0.5, 0.51, 0.1), 1)  #: displacements that are tried, in cells


class Quality(NamedTuple):
    """All measures of one picture."""

    eye: float  #: PSNR in dB after the blur of the eye
    gauss: float  #: PSNR in dB after a Gaussian blur
    displaced: float  #: the same, with the picture moved by up to half a cell
    cssim: float  #: contrast-weighted structural similarity, at most 1
    edges: float  #: correlation of edge strengths, at most 1
    tone: float  #: difference of the mean light, in 255ths
    blocks: float  #: the same over blocks of 8 x 8 cells, 95th percentile
    isolated: float  #: share of cells that differ from all eight neighbours


def measure(paper: Paper, light: UnitArray) -> Quality:
    """Return all measures of a picture."""
    window = gaussian_kernel(SIGMA, RADIUS)
    return Quality(
        blurred_psnr(paper, light, hvs_filter()),
        blurred_psnr(paper, light, np.outer(window, window)),
        displaced_psnr(paper, light)[0],
        contrast_similarity(paper, light),
        edge_correlation(paper, light),
        255 * float(abs(paper.mean() - light.mean())),
        float(np.percentile(block_errors(paper, light), 95)),
        isolated_fraction(paper),
    )


def gaussian_kernel(sigma: float, radius: int, shift: float = 0) -> UnitArray:
    """Return a Gaussian of sum 1, centred at `shift`, for -radius to radius."""
    weights = np.exp(-((np.arange(-radius, radius + 1) - shift) ** 2) / (2 * sigma**2))
    normalized: UnitArray = weights / weights.sum()
    return normalized


def decibels(error: UnitArray) -> float:
    """Return the peak signal-to-noise ratio of an error whose peak is 1."""
    return float(-10 * np.log10(np.mean(error**2)))


def blurred_psnr(paper: Paper, light: UnitArray, blur: UnitArray) -> float:
    """Return the PSNR, in dB, after a blur of the error, which is 0 outside the picture."""
    error = np.pad(paper - light, len(blur) // 2)
    return decibels(np.einsum("yxvu,vu->yx", sliding_window_view(error, blur.shape), blur))


def displaced_psnr(paper: Paper, light: UnitArray) -> tuple[float, float, float]:
    """Return the greatest PSNR after a Gaussian blur over all displacements, and its dx and dy.

    The blurred paper is moved right by dx and down by dy, up to half a cell. Outside the picture
    both continue with the outermost cells of the light. Error diffusion displaces a picture by
    about that much.

    Source: S. Hocevar, G. Niger, Reinstating Floyd-Steinberg: improved metrics for quality
    assessment of error diffusion algorithms, ICISP 2008.
    """
    padded = np.pad(light, RADIUS, mode="edge")
    dots = padded.copy()
    dots[RADIUS:-RADIUS, RADIUS:-RADIUS] = paper
    rows, columns = (_moved_blurs(side) for side in light.shape)
    target = _blurred(padded, gaussian_kernel(SIGMA, RADIUS))
    down = (rows.reshape(-1, len(dots)) @ dots).reshape(len(SHIFTS), len(light), -1)
    best = (-np.inf, 0.0, 0.0)
    for dx, column in zip(SHIFTS, columns, strict=True):
        for dy, moved in zip(SHIFTS, down @ column.T, strict=True):
            best = max(best, (decibels(moved - target), float(dx), float(dy)))
    return best


@lru_cache
def _moved_blurs(side: int) -> UnitArray:
    """Return the blur by each displacement as a matrix, shape (11, side, side + 2 * RADIUS)."""
    blurs = np.zeros((len(SHIFTS), side, side + 2 * RADIUS))
    for blur, shift in zip(blurs, SHIFTS, strict=True):
        for cell in range(side):
            blur[cell, cell : cell + 2 * RADIUS + 1] = gaussian_kernel(SIGMA, RADIUS, -shift)
    return blurs


def similarity(paper: Paper, light: UnitArray) -> UnitArray:
    """Return the structural similarity of every whole window, shape (H - 10, W - 10).

    Source: Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, Image quality assessment:
    from error visibility to structural similarity, IEEE Transactions on Image Processing
    13(4), 2004.
    """
    window = gaussian_kernel(SIGMA, WINDOW)
    dots = paper.astype(np.float64)
    mean, mean_light = _blurred(dots, window), _blurred(light, window)
    variance = _blurred(dots**2, window) - mean**2
    variance_light = _blurred(light**2, window) - mean_light**2
    covariance = _blurred(dots * light, window) - mean * mean_light
    numerator = (2 * mean * mean_light + 0.01**2) * (2 * covariance + 0.03**2)
    denominator = (mean**2 + mean_light**2 + 0.01**2) * (variance + variance_light + 0.03**2)
    ssim: UnitArray = numerator / denominator
    return ssim


def contrast_similarity(paper: Paper, light: UnitArray) -> float:
    """Return the structural similarity, weighted by the contrast of the light.

    Where the light is flat the similarity counts as 1, because grain is no error there.

    Source: H. Jiang et al., Efficient halftoning via deep reinforcement learning, IEEE
    Transactions on Image Processing 32, 2023.
    """
    window = gaussian_kernel(SIGMA, WINDOW)
    variance = _blurred(light**2, window) - _blurred(light, window) ** 2
    contrast = np.clip(2 * np.sqrt(np.maximum(variance, 0)), 0, 1)
    return float(np.mean(1 - contrast + contrast * similarity(paper, light)))


def edge_correlation(paper: Paper, light: UnitArray) -> float:
    """Return Pearson's correlation of edge strengths, after a Gaussian blur of one cell."""
    first, second = (_edges(values).ravel() for values in (paper.astype(np.float64), light))
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def block_errors(paper: Paper, light: UnitArray) -> UnitArray:
    """Return the difference of the mean light over each whole block, in 255ths."""
    height, width = (side // BLOCK * BLOCK for side in light.shape)
    error = (paper - light)[:height, :width]
    blocks = error.reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK)
    errors: UnitArray = 255 * np.abs(blocks.mean((1, 3)))
    return errors


def isolated_fraction(paper: Paper) -> float:
    """Return the share of cells that differ from all of their neighbours, eight or fewer."""
    padded = np.pad(paper.astype(np.int8), 1, mode="constant", constant_values=-1)
    windows = sliding_window_view(padded, (3, 3))
    equal_neighbours = (windows == paper[..., None, None]).sum((2, 3)) - 1
    return float(np.mean(equal_neighbours == 0))


def _edges(values: UnitArray) -> UnitArray:
    smooth = _blurred(values, gaussian_kernel(1, 3))
    slope, weights = np.array([-1.0, 0, 1]), np.array([1.0, 2, 1])
    right = _correlate_rows(_correlate_rows(smooth, slope).T, weights).T
    down = _correlate_rows(_correlate_rows(smooth.T, slope).T, weights)
    return np.hypot(right, down)


def _blurred(values: UnitArray, weights: UnitArray) -> UnitArray:
    return _correlate_rows(_correlate_rows(values, weights).T, weights).T


def _correlate_rows(values: UnitArray, weights: UnitArray) -> UnitArray:
    """Correlate every row with weights, only where all weights lie inside."""
    sums: UnitArray = sliding_window_view(values, len(weights), axis=1) @ weights
    return sums

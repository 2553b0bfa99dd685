"""Adjustments by hand, made on the cells before they are binarized."""

from __future__ import annotations

import numpy as np

from pixbin import light
from pixbin.light import Quanta, Shares
from pixbin.options import Options

SHARPEN_RADIUS = 1.5  #: standard deviation of the unsharp mask, in cells


def adjust(cells: Quanta, options: Options) -> Quanta:
    """Apply brightness, contrast, gamma and sharpening, in this order.

    All work on sRGB-encoded values, whose steps look even, with one half as the middle.
    """
    if (options.brightness, options.contrast, options.gamma, options.sharpen) == (0, 0, 1, 0):
        return cells
    values = light.as_srgb(cells, options.tone)
    values = (values + options.brightness - 0.5) * (1 + options.contrast) + 0.5
    values = np.clip(values, 0, 1) ** (1 / options.gamma)
    if options.sharpen:
        values = np.clip(values + options.sharpen * (values - _blurred(values)), 0, 1)
    return light.in_quanta(values, options.tone)


def _blurred(values: Shares) -> Shares:
    reach = int(np.ceil(3 * SHARPEN_RADIUS))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / SHARPEN_RADIUS) ** 2)
    weights /= weights.sum()
    return _convolved(_convolved(values, weights).T, weights).T


def _convolved(values: Shares, weights: Shares) -> Shares:
    """Convolve along the columns; beyond the border the last cell goes on."""
    reach = len(weights) // 2
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    total = np.zeros_like(values)
    for shift, weight in enumerate(weights):
        total += weight * padded[shift : shift + len(values)]
    return total

"""Adjustments by hand, made on the cells before they are binarized."""

from __future__ import annotations

import numpy as np

from pixbin import light
from pixbin.light import Cells
from pixbin.options import Options, Tone

SHARPEN_RADIUS = 1.5  #: standard deviation of the unsharp mask, in cells


def adjust(cells: Cells, options: Options) -> Cells:
    """Apply brightness, contrast, gamma and sharpening, in this order.

    All work on sRGB-encoded values, whose steps look even, with one half as the middle.
    """
    if (options.brightness, options.contrast, options.gamma, options.sharpen) == (0, 0, 1, 0):
        return cells
    linear = options.tone is Tone.LINEAR
    values = light.encode(cells) if linear else cells
    values = (values + options.brightness - 0.5) * (1 + options.contrast) + 0.5
    values = np.clip(values, 0, 1) ** (1 / options.gamma)
    if options.sharpen:
        values = np.clip(values + options.sharpen * (values - _blurred(values)), 0, 1)
    return light.decode(values) if linear else values


def _blurred(values: Cells) -> Cells:
    reach = int(np.ceil(3 * SHARPEN_RADIUS))
    offsets = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (offsets / SHARPEN_RADIUS) ** 2)
    weights /= weights.sum()
    for _ in range(2):
        values = _convolved(values, weights, reach).T
    return values


def _convolved(values: Cells, weights: Cells, reach: int) -> Cells:
    """Convolve along the columns; beyond the border the last cell goes on."""
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    parts = (weight * padded[shift : shift + len(values)] for shift, weight in enumerate(weights))
    total: Cells = sum(parts, np.zeros_like(values))
    return total

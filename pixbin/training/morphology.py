"""Morphology on torch tensors of shape (N, 1, H, W), differentiable.

The torch twin of `pixbin.filters.morphology`. Neighbourhoods are 3 x 3 cells, so cells that touch
by a corner are neighbours. Dilation and erosion ignore values beyond the border.
"""

from __future__ import annotations

from itertools import product

from torch import Tensor
from torch.nn import functional


def dilation(values: Tensor) -> Tensor:
    """Return the largest of the 3 x 3 values around each cell; shape (N, 1, H, W) as given.

    Examples
    --------
    >>> import torch
    >>> dilation(torch.tensor([[[[0.0, 0, 0, 1]]]])).tolist()
    [[[[0.0, 0.0, 1.0, 1.0]]]]
    """
    return functional.max_pool2d(values, 3, 1, 1)


def erosion(values: Tensor) -> Tensor:
    """Return the smallest of the 3 x 3 values around each cell; shape (N, 1, H, W) as given."""
    return -functional.max_pool2d(-values, 3, 1, 1)


def opening(values: Tensor) -> Tensor:
    """Remove parts that no square of 2 x 2 cells fits into: lines one cell wide.

    Squares lie within the picture. So, unlike in the NumPy twin, a line of one cell along the
    border is removed too.

    Parameters
    ----------
    values : float tensor, shape (N, 1, H, W), from 0 to 1
        1 is the foreground. H and W are at least 2.

    Returns
    -------
    float tensor of the same shape
    """
    fits = -functional.max_pool2d(-values, 2, 1)
    return functional.max_pool2d(fits, 2, 1, 1)


def neighbours(values: Tensor, border_value: float) -> list[Tensor]:
    """Return the eight neighbours of every cell, from the top left, row by row.

    Parameters
    ----------
    values : float tensor, shape (N, 1, H, W)
    border_value : float
        Value of neighbours beyond the border.

    Returns
    -------
    list of eight float tensors of the same shape
    """
    padded = functional.pad(values, (1, 1, 1, 1), value=border_value)
    spans = slice(0, -2), slice(1, -1), slice(2, None)
    return [padded[..., y, x] for y, x in product(spans, spans) if not y == x == spans[1]]

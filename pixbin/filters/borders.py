"""Values beyond the border of a picture, which filters need."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pixbin.color.spaces import UnitArray

BorderMode = Literal["edge", "symmetric", "constant"]  #: as in `numpy.pad`; constant is 0


def extend(
    values: UnitArray, radius: int, axis: int, mode: BorderMode, out: UnitArray | None = None
) -> UnitArray:
    """Add values at both ends of one axis, as `numpy.pad` does, but faster for small pictures.

    Parameters
    ----------
    values : float64 array, shape (H, W)
    radius : int
        How many values are added at each end.
    axis : int
        0 adds rows, 1 adds columns.
    mode : str
        `edge` repeats the outermost value, `symmetric` mirrors the picture, `constant` adds 0.
    out : float64 array, optional
        Takes the result.

    Returns
    -------
    float64 array, shape (H + 2 * radius, W) or (H, W + 2 * radius)

    Examples
    --------
    >>> extend(np.array([[1.0, 2.0]]), 1, 1, "edge")
    array([[1., 1., 2., 2.]])
    """
    length = values.shape[axis]
    if out is None:
        shape = list(values.shape)
        shape[axis] += 2 * radius
        out = np.empty(shape)
    start, inner, stop = (
        (slice(None),) * axis + (part,)
        for part in (slice(radius), slice(radius, radius + length), slice(radius + length, None))
    )
    out[inner] = values
    if mode == "constant":
        out[start] = out[stop] = 0
    else:
        out[start] = values.take(_indices(np.arange(-radius, 0), length, mode), axis)
        out[stop] = values.take(_indices(np.arange(length, length + radius), length, mode), axis)
    return out


def _indices(beyond: NDArray[np.intp], length: int, mode: BorderMode) -> NDArray[np.intp]:
    """Return the index of the value that stands at each index beyond the border."""
    if mode == "edge":
        return beyond.clip(0, length - 1)
    turned = beyond % (2 * length)
    return np.minimum(turned, 2 * length - 1 - turned)

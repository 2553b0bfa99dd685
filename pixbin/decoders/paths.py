"""Steps of a path, as numbers, back into the cells that it fills."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from pixbin import outlines
from pixbin.errors import InputError
from pixbin.geometry import MOST_PIXELS
from pixbin.outlines import Points


def paper(polygons: Iterable[Points], width: int, height: int) -> NDArray[np.bool_]:
    """Return what polygons of ink leave of the paper, shape (height, width).

    Raises
    ------
    InputError
        The paper is too large, or a polygon leaves it.
    """
    if not 0 < width * height <= MOST_PIXELS:
        raise InputError(f"a page of {width}x{height} cells; at most {MOST_PIXELS} are read")
    checked = []
    for polygon in polygons:
        if (polygon < 0).any() or (polygon > (width, height)).any():
            raise InputError("a path that leaves its page; give a file that pixbin wrote")
        checked.append(polygon)
    return ~outlines.fill(checked, width, height)

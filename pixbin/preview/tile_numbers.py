"""Numbers on one tile of a sheet: ink, lone cells, and how well areas keep their light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pixbin.bitmap import Bitmap
from pixbin.color import spaces
from pixbin.filters import gaussian
from pixbin.geometry import Box

_AREA_SIGMA = 2.0  #: in cells: the blur of an eye that does not see single cells any more
_LUMINANCE = (0.2126, 0.7152, 0.0722)  #: of red, green and blue (BT.709)


@dataclass(frozen=True, slots=True)
class TileNumbers:
    """Measurements of one picture; shares are 0 to 1."""

    ink_share: float  #: ink among the opaque cells
    lone_share: float  #: cells that differ from all of their neighbours
    tone_error: float  #: mean difference of areas from the source, on the sRGB scale


def measure(picture: Bitmap, light: NDArray[np.floating], box: Box) -> TileNumbers:
    """Measure a picture against its source.

    Parameters
    ----------
    picture : Bitmap
    light : float array, shape (box.height, box.width)
        Linear light of the source for each of these cells, 0 to 1.
    box : Box
        The cells that show the source; the others are background.
    """
    paper = picture.grid if picture.grid.ndim == 2 else picture.grid @ np.array(_LUMINANCE)
    opaque = picture.opacity
    cells = picture.grid if opaque is None else picture.grid[opaque]
    lone = has_no_equal_neighbor(picture.grid)
    return TileNumbers(
        ink_share=float(1 - cells.mean()) if cells.size else 0.0,
        lone_share=float(lone.mean()),
        tone_error=_tone_error(paper[box.slices], light),
    )


def has_no_equal_neighbor(grid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which cells differ from all of their neighbours, of which there are up to eight.

    Parameters
    ----------
    grid : bool array, shape (H, W) or (H, W, 3)

    Returns
    -------
    bool array of the same shape; a cell without neighbours is False
    """
    if grid.shape[0] == grid.shape[1] == 1:
        return np.zeros(grid.shape, np.bool_)
    border = ((1, 1), (1, 1), *((0, 0),) * (grid.ndim - 2))
    padded = np.pad(grid.astype(np.int8), border, constant_values=-1)
    height, width = grid.shape[:2]
    offsets = [(row, column) for row in range(3) for column in range(3) if (row, column) != (1, 1)]
    equal = [padded[row : row + height, column : column + width] == grid for row, column in offsets]
    lone: NDArray[np.bool_] = ~np.any(equal, axis=0)
    return lone


def _tone_error(paper: NDArray[np.generic], light: NDArray[np.floating]) -> float:
    blurred = [
        spaces.linear_to_srgb(gaussian.gaussian(plane.astype(np.float64), _AREA_SIGMA))
        for plane in (paper, light)
    ]
    return float(np.abs(blurred[0] - blurred[1]).mean())

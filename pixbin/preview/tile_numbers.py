"""Numbers on one tile of a sheet: ink, lone cells, and how well areas keep their light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pixbin.bitmap import Bitmap
from pixbin.color import spaces
from pixbin.filters import gaussian
from pixbin.geometry import Box
from pixbin.preview import cell_measures

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
    return TileNumbers(
        ink_share=cell_measures.ink_share(picture),
        lone_share=cell_measures.count_lone_cells(picture.grid) / picture.grid.size,
        tone_error=_tone_error(paper[box.slices], light),
    )


def _tone_error(paper: NDArray[np.generic], light: NDArray[np.floating]) -> float:
    blurred = [
        spaces.linear_to_srgb(gaussian.gaussian(plane.astype(np.float64), _AREA_SIGMA))
        for plane in (paper, light)
    ]
    return float(np.abs(blurred[0] - blurred[1]).mean())

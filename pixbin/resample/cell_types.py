"""Array types of cells, their borders and their sums."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CellBorders = tuple[NDArray[np.int64], int]
#: ascending borders of cells along a side, in sub-pixel units, and the units per pixel
CellSums = NDArray[np.int64]  #: shape (H, W): quanta of light times units of area
OpacityMask = NDArray[np.bool_]  #: shape (H, W), True is opaque

"""Measures of a whole picture: its exposure, and thresholds that some methods need.

`convert` measures each picture by itself. Animations and streams use meters that take other frames
into account, so that the exposure does not flicker.
"""

from __future__ import annotations

import numpy as np

from pixbin.color.spaces import UnitArray
from pixbin.filters import otsu
from pixbin.tone import auto_exposure
from pixbin.tone.auto_exposure import Exposure


class ExposureMeter:
    """Measure every picture by itself.

    All methods take sRGB values, float64 array, shape (H, W), from 0 to 1.
    """

    def exposure(self, values: UnitArray, contrasts: UnitArray | None = None) -> Exposure:
        """Measure the exposure that a picture needs; see `auto_exposure.measure_exposure`."""
        return auto_exposure.measure_exposure(values, contrasts)

    def gamma(self, values: UnitArray) -> float:
        """Return the power that brings the best threshold to one half; see `contour_level`."""
        from pixbin.tone import contour_level

        return contour_level.contour_gamma(values)

    def otsu_level(self, values: UnitArray) -> int:
        """Return Otsu's threshold, 0 to 255; see `filters.otsu`."""
        return otsu.otsu_level(np.rint(values * 255).astype(np.uint8))

"""What the look and some methods need to know of a picture as a whole."""

from __future__ import annotations

import numpy as np

from pixbin.color.spaces import UnitArray
from pixbin.filters import otsu
from pixbin.tone import auto_exposure
from pixbin.tone.auto_exposure import Exposure


class ExposureMeter:
    """Measures every picture for itself; that of a film may look at other frames, too."""

    def exposure(self, values: UnitArray) -> Exposure:
        """Work out the exposure of sRGB values, shape (H, W); see `enhance.measure`."""
        return auto_exposure.measure_exposure(values)

    def gamma(self, values: UnitArray) -> float:
        """Work out the power of sRGB values at which one half parts dark from light best."""
        from pixbin.tone import contour_level

        return contour_level.contour_gamma(values)

    def otsu_level(self, values: UnitArray) -> int:
        """Work out the 8-bit level that parts sRGB values into two classes, by Otsu's method."""
        return otsu.otsu_level(np.rint(values * 255).astype(np.uint8))

"""What the look and some methods need to know of a picture as a whole."""

from __future__ import annotations

import numpy as np

from pixbin import enhance
from pixbin.enhance import Exposure
from pixbin.kernels import threshold
from pixbin.resample.luminance import Shares


class Meter:
    """Measures every picture for itself; that of a film may look at other frames, too."""

    def exposure(self, values: Shares) -> Exposure:
        """Work out the exposure of sRGB values, shape (H, W); see `enhance.measure`."""
        return enhance.measure(values)

    def exponent(self, values: Shares) -> float:
        """Work out the power of sRGB values at which one half parts dark from light best."""
        from pixbin.kernels import parting

        return parting.exponent(values)

    def level(self, values: Shares) -> int:
        """Work out the 8-bit level that parts sRGB values into two classes, by Otsu's method."""
        return threshold.otsu_level(np.rint(values * 255).astype(np.uint8))

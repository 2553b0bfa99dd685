"""Measures that follow a film slowly, and jump where a scene is cut."""

from __future__ import annotations

import numpy as np

from pixbin.color.spaces import UnitArray
from pixbin.tone.auto_exposure import Exposure
from pixbin.tone.exposure_meter import ExposureMeter

SMOOTHING_FACTOR = 1 / 12  #: of a change of exposure, from one frame to the next
CUT_THRESHOLD = 0.25  #: share of the cells whose tone is another, above which a new scene begins
HISTOGRAM_BINS = 16  #: that are told apart to find cuts


class SmoothedMeter(ExposureMeter):
    """Measures frames that follow one another.

    Of a film each frame asks for a slightly different exposure, and to grant it would make the
    picture flicker. So a frame's counts in part only; after a cut it counts alone.
    """

    def __init__(self) -> None:
        self._exposure = _SmoothedNumbers()
        self._gamma = _SmoothedNumbers()
        self._otsu_level = _SmoothedNumbers()

    def exposure(self, values: UnitArray) -> Exposure:
        """Work out the exposure of the next frame."""
        asked = super().exposure(values)
        numbers = np.array([asked.black, asked.white, asked.amount, *asked.curve])
        black, white, amount, *curve = self._exposure.update(values, numbers).tolist()
        return Exposure(black, white, np.array(curve), amount)

    def gamma(self, values: UnitArray) -> float:
        """Work out the exponent of the next frame."""
        return float(self._gamma.update(values, np.array(super().gamma(values))))

    def otsu_level(self, values: UnitArray) -> int:
        """Work out Otsu's level of the next frame."""
        return round(float(self._otsu_level.update(values, np.array(super().otsu_level(values)))))


class _SmoothedNumbers:
    """Numbers that go a part of the way to what each frame asks for."""

    def __init__(self) -> None:
        self._smoothed: UnitArray | None = None
        self._histogram = np.zeros(HISTOGRAM_BINS)

    def update(self, values: UnitArray, measured: UnitArray) -> UnitArray:
        """Return the numbers for the next frame, by what its values ask for."""
        tones = np.histogram(values, HISTOGRAM_BINS, (0, 1))[0] / values.size
        is_cut = np.abs(tones - self._histogram).sum() / 2 > CUT_THRESHOLD
        self._histogram = tones
        if self._smoothed is None or is_cut:
            self._smoothed = measured
        else:
            self._smoothed = self._smoothed + SMOOTHING_FACTOR * (measured - self._smoothed)
        return self._smoothed

"""Measures for streams: smoothed over time, and reset where a new scene begins."""

from __future__ import annotations

import numpy as np

from pixbin.color.spaces import UnitArray
from pixbin.tone.auto_exposure import Exposure
from pixbin.tone.exposure_meter import ExposureMeter

SMOOTHING_FACTOR = 1 / 12  #: weight of the newest frame in the average
CUT_THRESHOLD = 0.25  #: a new scene begins if a larger share of cells changes its histogram bin
HISTOGRAM_BINS = 16  #: bins of the histogram that detects new scenes


class SmoothedMeter(ExposureMeter):
    """Measure the frames of a stream in their order.

    The best exposure differs slightly from frame to frame, and using it would make the output
    flicker. So each measure is an exponential moving average over the frames of a scene. See
    `ExposureMeter` for the arrays that its methods take.
    """

    def __init__(self) -> None:
        self._exposure = _SmoothedNumbers()
        self._gamma = _SmoothedNumbers()
        self._otsu_level = _SmoothedNumbers()

    def exposure(self, values: UnitArray, contrasts: UnitArray | None = None) -> Exposure:
        """Return the exposure for the next frame."""
        own = super().exposure(values, contrasts)
        measured = np.concatenate(
            [[own.black, own.white, own.amount], own.model_curve, own.look_curve]
        )
        smoothed = self._exposure.update(values, measured)
        black, white, amount = smoothed[:3].tolist()
        model_curve, look_curve = np.split(smoothed[3:], 2)
        return Exposure(black, white, model_curve, look_curve, amount)

    def gamma(self, values: UnitArray) -> float:
        """Return the power that brings the best threshold of the next frame to one half."""
        return float(self._gamma.update(values, np.array(super().gamma(values))))

    def otsu_level(self, values: UnitArray) -> int:
        """Return Otsu's threshold for the next frame, 0 to 255."""
        return round(float(self._otsu_level.update(values, np.array(super().otsu_level(values)))))


class _SmoothedNumbers:
    """Numbers that are averaged over the frames of a scene."""

    def __init__(self) -> None:
        self._smoothed: UnitArray | None = None
        self._histogram = np.zeros(HISTOGRAM_BINS)

    def update(self, values: UnitArray, measured: UnitArray) -> UnitArray:
        """Return the average, updated with the numbers measured on the next frame's values."""
        histogram = np.histogram(values, HISTOGRAM_BINS, (0, 1))[0] / values.size
        is_cut = np.abs(histogram - self._histogram).sum() / 2 > CUT_THRESHOLD
        self._histogram = histogram
        if self._smoothed is None or is_cut:
            self._smoothed = measured
        else:
            self._smoothed = self._smoothed + SMOOTHING_FACTOR * (measured - self._smoothed)
        return self._smoothed

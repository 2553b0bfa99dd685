"""Measures that follow a film slowly, and jump where a scene is cut."""

from __future__ import annotations

import numpy as np

from pixbin.resample.luminance import Shares
from pixbin.tone.auto_exposure import Exposure
from pixbin.tone.exposure_meter import Meter

FOLLOWED = 1 / 12  #: of a change of exposure, from one frame to the next
CUT = 0.25  #: share of the cells whose tone is another, above which a new scene begins
TONES = 16  #: that are told apart to find cuts


class Steady(Meter):
    """Measures frames that follow one another.

    Of a film each frame asks for a slightly different exposure, and to grant it would make the
    picture flicker. So a frame's counts in part only; after a cut it counts alone.
    """

    def __init__(self) -> None:
        self._exposure = _Followed()
        self._exponent = _Followed()
        self._level = _Followed()

    def exposure(self, values: Shares) -> Exposure:
        """Work out the exposure of the next frame."""
        asked = super().exposure(values)
        numbers = np.array([asked.black, asked.white, asked.amount, *asked.curve])
        black, white, amount, *curve = self._exposure.follow(values, numbers).tolist()
        return Exposure(black, white, np.array(curve), amount)

    def exponent(self, values: Shares) -> float:
        """Work out the exponent of the next frame."""
        return float(self._exponent.follow(values, np.array(super().exponent(values))))

    def level(self, values: Shares) -> int:
        """Work out Otsu's level of the next frame."""
        return round(float(self._level.follow(values, np.array(super().level(values)))))


class _Followed:
    """Numbers that go a part of the way to what each frame asks for."""

    def __init__(self) -> None:
        self._kept: Shares | None = None
        self._tones = np.zeros(TONES)

    def follow(self, values: Shares, asked: Shares) -> Shares:
        """Return the numbers for the next frame, by what its values ask for."""
        tones = np.histogram(values, TONES, (0, 1))[0] / values.size
        is_cut = np.abs(tones - self._tones).sum() / 2 > CUT
        self._tones = tones
        if self._kept is None or is_cut:
            self._kept = asked
        else:
            self._kept = self._kept + FOLLOWED * (asked - self._kept)
        return self._kept

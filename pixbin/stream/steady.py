"""An exposure that follows a film slowly, and jumps where a scene is cut."""

from __future__ import annotations

import numpy as np

from pixbin import enhance
from pixbin.enhance import Exposure
from pixbin.light import Shares

FOLLOWED = 1 / 12  #: of a change of exposure, from one frame to the next
CUT = 0.25  #: share of the cells whose tone is another, above which a new scene begins
TONES = 16  #: that are told apart to find cuts


class Steady:
    """Measures the exposure of frames that follow one another.

    Of a film each frame asks for a slightly different exposure, and to grant it would make the
    picture flicker. So a frame's counts in part only; after a cut it counts alone.
    """

    def __init__(self) -> None:
        self._kept: Exposure | None = None
        self._tones = np.zeros(TONES)

    def __call__(self, values: Shares) -> Exposure:
        """Work out the exposure of the next frame; see `enhance.measure`."""
        asked = enhance.measure(values)
        tones = np.histogram(values, TONES, (0, 1))[0] / values.size
        is_cut = self._kept is None or np.abs(tones - self._tones).sum() / 2 > CUT
        self._tones = tones
        self._kept = asked if self._kept is None or is_cut else _between(self._kept, asked)
        return self._kept


def _between(kept: Exposure, asked: Exposure) -> Exposure:
    """Return an exposure on the way from one to another."""
    return Exposure(
        kept.black + FOLLOWED * (asked.black - kept.black),
        kept.white + FOLLOWED * (asked.white - kept.white),
        kept.curve + FOLLOWED * (asked.curve - kept.curve),
        kept.amount + FOLLOWED * (asked.amount - kept.amount),
    )

"""The window of a picture that keeps most of what stands out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pixbin.filters.otsu import otsu_level
from pixbin.geometry import Box, Gravity, Size

MAX_ZOOM = 4.0  #: that a subject chooses
KEPT_SALIENCY = 0.985  #: share of the subject that the zoom must keep, of that at zoom 1
#: saliency at which the subject begins and is certain, in shares of Otsu's level
SURROUNDINGS, CERTAIN = 0.9, 1.3
ZOOM_STEP = 1.05
ROOM = 1.1  #: side of the window, in sides of the one that holds the subject
BORDER_WEIGHT = 0.7  #: of saliency at the border of a window, where that in its middle counts 1

_POSITIONS = 65  #: of a window along a side that are tried
_SAMPLES = 4  #: along a side of each value of the map
_EQUAL = 1e-9  #: of two positions that differ by less, the one nearer the middle is taken


@dataclass(frozen=True, slots=True, eq=False)
class SubjectFocus:
    """A focus by saliency: how much each part of the picture stands out.

    Parameters
    ----------
    saliency : float array, shape (N, M), 0 or more
        Of the region that `crop` keeps; the map covers it, whatever its aspect.
    """

    saliency: NDArray[np.float64]
    gravity: Gravity = Gravity.SUBJECT

    def choose_zoom(self, largest: Size, region: Size) -> float:
        """Return the zoom, 1 to `MAX_ZOOM`, at which a window still keeps what stands out."""
        subject = SubjectFocus(self._subject())
        shares = largest.height / region.height, largest.width / region.width
        least = KEPT_SALIENCY * subject._best(shares, border_weight=1)[0]
        if least == 0:
            return 1.0
        zoom = 1.0
        while zoom * ZOOM_STEP <= MAX_ZOOM:
            closer = shares[0] / (zoom * ZOOM_STEP), shares[1] / (zoom * ZOOM_STEP)
            if subject._best(closer, border_weight=1)[0] < least:
                break
            zoom *= ZOOM_STEP
        zoom /= ROOM
        return zoom if zoom >= ZOOM_STEP else 1.0

    def choose_box(self, size: Size, region: Size) -> Box:
        """Return the box of this size that keeps most saliency, and has it in its middle."""
        shares = size.height / region.height, size.width / region.width
        _, top, left = SubjectFocus(self._subject())._best(shares, BORDER_WEIGHT)
        return Box(
            round(left * (region.width - size.width)),
            round(top * (region.height - size.height)),
            *size,
        )

    def _subject(self) -> NDArray[np.float64]:
        """Return how certainly each value of the map is the subject, float64 (N, M), 0 to 1."""
        relative = self.saliency / (self.saliency.max() or 1)
        level = max(otsu_level(np.rint(relative * 255).astype(np.uint8)), 1) / 255
        start, end = SURROUNDINGS * level, CERTAIN * level
        return np.asarray(np.clip((relative - start) / (end - start), 0, 1))

    def _best(
        self, shares: tuple[float, float], border_weight: float
    ) -> tuple[float, float, float]:
        """Return the saliency in the best window, and its place from top and left, 0 to 1."""
        rows, columns = (
            _window_weights(count, share, border_weight)
            for count, share in zip(self.saliency.shape, shares, strict=True)
        )
        kept = rows @ self.saliency @ columns.T
        middle = (_POSITIONS - 1) / 2
        away = np.abs(np.arange(_POSITIONS) - middle) / middle
        total = float(self.saliency.sum()) or 1.0
        rank = kept / total - _EQUAL * (away[:, None] + away)
        top, left = np.unravel_index(int(rank.argmax()), rank.shape)
        steps = _POSITIONS - 1
        return float(kept[top, left]), float(top) / steps, float(left) / steps


def _window_weights(count: int, share: float, border_weight: float) -> NDArray[np.float64]:
    """Return the weight of each value along a side, for each position of a window.

    Parameters
    ----------
    count : int
        Values along the side.
    share : float
        Length of the window, as a share of the side, 0 to 1.
    border_weight : float
        Weight at the ends of the window; it grows evenly to 1 in the middle.

    Returns
    -------
    float64 array, shape (_POSITIONS, count)
    """
    starts = np.linspace(0, 1 - share, _POSITIONS)
    points = (np.arange(count * _SAMPLES) + 0.5) / (count * _SAMPLES)
    away = np.abs((points - starts[:, None]) / share - 0.5) * 2  # 0 in the middle, 1 at the ends
    weights = np.where(away <= 1, 1 - (1 - border_weight) * away, 0)
    return np.asarray(weights.reshape(_POSITIONS, count, _SAMPLES).mean(axis=2))

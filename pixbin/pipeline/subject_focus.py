"""The window of a picture that keeps most of what stands out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from pixbin.filters.otsu import otsu_level
from pixbin.geometry import Box, Gravity, Size

if TYPE_CHECKING:
    from pixbin.neural.faces import Face

MAX_ZOOM = 4.0  #: that a subject chooses
KEPT_SALIENCY = 0.975  #: share of the subject that the zoom must keep, of that at zoom 1
#: saliency at which the subject begins and is certain, in shares of Otsu's level
START, CERTAIN = 0.9, 1.3
PROMINENT_POWER = 3  #: of the saliency, so that the part that stands out most counts most
LOWEST_WEIGHT = 0.5  #: at the bottom of a subject, if that at its top is 1, where heads mostly are
FULL_SHARE = 0.96  #: of the subject that a window must keep to count as holding all of it
WHOLE_HEAD_WEIGHT, PROMINENT_HEAD_WEIGHT = 0.25, 0.5  #: of heads; the highest saliency is 1
MIN_FACE_WIDTH = 0.05  #: of a face that counts, as a share of the picture
#: least weight and highest saliency of another thing that is kept, in those of the main one
MIN_RELATIVE_WEIGHT, MIN_RELATIVE_PEAK = 0.35, 0.7
ZOOM_STEP = 1.05
ROOM = 1.15  #: side of the window, in sides of the one that holds the subject
#: of saliency at the border of a window, where that in its middle counts 1
WHOLE_BORDER_WEIGHT, PROMINENT_BORDER_WEIGHT = 0.7, 0.6

#: margins around the box of a face, in its sides: to the sides, above, below
_HEAD_MARGINS = 0.3, 0.5, 0.25
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
    heads : float array, shape (N, M), 0 to 1, optional
        Where heads are. They count more, as people look at them.
    """

    saliency: NDArray[np.float64]
    heads: NDArray[np.float64] | None = None
    gravity: Gravity = Gravity.SUBJECT

    @classmethod
    def of(cls, maps: Sequence[NDArray[np.float64]], faces: Sequence[Sequence[Face]]) -> Self:
        """Make the common focus of several pictures, from a map and the faces of each."""
        heads = [
            _head_map(each, saliency.shape) for each, saliency in zip(faces, maps, strict=True)
        ]
        return cls(np.mean(maps, axis=0), np.mean(heads, axis=0))

    def choose_zoom(self, largest: Size, region: Size) -> float:
        """Return the zoom, 1 to `MAX_ZOOM`, at which a window still keeps what stands out."""
        subject = self._whole_subject()
        shares = largest.height / region.height, largest.width / region.width
        least = KEPT_SALIENCY * _best_window(subject, shares, border_weight=1)[0]
        if least == 0:
            return 1.0
        zoom = 1.0
        while zoom * ZOOM_STEP <= MAX_ZOOM:
            closer = shares[0] / (zoom * ZOOM_STEP), shares[1] / (zoom * ZOOM_STEP)
            if _best_window(subject, closer, border_weight=1)[0] < least:
                break
            zoom *= ZOOM_STEP
        zoom /= ROOM
        return zoom if zoom >= ZOOM_STEP else 1.0

    def choose_box(self, size: Size, region: Size) -> Box:
        """Return the box of this size with the subject in its middle.

        If not all of the subject fits, the part that stands out most is in its middle.
        """
        shares = size.height / region.height, size.width / region.width
        subject, border_weight = self._whole_subject(), WHOLE_BORDER_WEIGHT
        if _best_window(subject, shares, border_weight=1)[0] < FULL_SHARE * subject.sum():
            subject, border_weight = self._prominent_part(), PROMINENT_BORDER_WEIGHT
        _, top, left = _best_window(subject, shares, border_weight)
        return Box(
            round(left * (region.width - size.width)),
            round(top * (region.height - size.height)),
            *size,
        )

    def _whole_subject(self) -> NDArray[np.float64]:
        """Return how much each value of the map is the subject, float64 (N, M), 0 to 1."""
        relative = self._relative(WHOLE_HEAD_WEIGHT)
        return _main_things(relative) * relative

    def _prominent_part(self) -> NDArray[np.float64]:
        """Return the same with more weight for what stands out most, and for the upper part."""
        relative = self._relative(PROMINENT_HEAD_WEIGHT)
        part = _main_things(relative) * relative**PROMINENT_POWER
        rows = np.flatnonzero(part.any(axis=1))
        if len(rows):
            height = rows[-1] + 1 - rows[0]
            depths = (np.arange(len(part)) - rows[0]) / height
            part *= (1 - (1 - LOWEST_WEIGHT) * np.clip(depths, 0, 1))[:, None]
        return part

    def _relative(self, head_weight: float) -> NDArray[np.float64]:
        """Return the saliency with heads, its maximum 1, float64 (N, M)."""
        relative = self.saliency / (self.saliency.max() or 1)
        if self.heads is not None:
            relative = relative + head_weight * self.heads
        return np.asarray(relative / (relative.max() or 1))


def _head_map(faces: Sequence[Face], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return 1 where the map of a picture has a head, and 0 elsewhere, float64 (N, M)."""
    rows, columns = ((np.arange(count) + 0.5) / count for count in shape)
    heads = np.zeros(shape)
    aside, above, below = _HEAD_MARGINS
    for face in faces:
        if face.width >= MIN_FACE_WIDTH:
            left, right = face.left - aside * face.width, face.left + (1 + aside) * face.width
            top, bottom = face.top - above * face.height, face.top + (1 + below) * face.height
            inside = (rows > top) & (rows < bottom), (columns > left) & (columns < right)
            heads[np.ix_(*inside)] = 1
    return heads


def _main_things(relative: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how certainly each value belongs to the main thing, or one like it, 0 to 1.

    Parameters
    ----------
    relative : float64 array, shape (N, M), at most 1
    """
    level = max(otsu_level(np.rint(relative * 255).astype(np.uint8)), 1) / 255
    start, end = START * level, CERTAIN * level
    certain = np.clip((relative - start) / (end - start), 0, 1)
    things = [*_connected_parts(relative > start)]
    peaks = [float(relative[thing].max()) for thing in things]
    weights = [
        float((certain * relative)[thing].sum()) * peak
        for thing, peak in zip(things, peaks, strict=True)
    ]
    kept = np.zeros(relative.shape)
    for thing, peak, weight in zip(things, peaks, weights, strict=True):
        main = weights.index(max(weights))
        is_like_main = weight >= MIN_RELATIVE_WEIGHT * weights[main]
        if is_like_main and peak >= MIN_RELATIVE_PEAK * peaks[main]:
            kept[thing] = certain[thing]
    return kept


def _connected_parts(mask: NDArray[np.bool_]) -> Iterator[NDArray[np.bool_]]:
    """Yield each part of a mask whose values touch at a side or corner, bool (N, M)."""
    rest = np.pad(mask, 1)
    while rest.any():
        part = np.zeros_like(rest)
        waiting = [divmod(int(rest.argmax()), rest.shape[1])]
        while waiting:
            row, column = waiting.pop()
            around = slice(row - 1, row + 2), slice(column - 1, column + 2)
            new = np.argwhere(rest[around])
            part[around] |= rest[around]
            rest[around] = False
            waiting += [(row - 1 + int(down), column - 1 + int(across)) for down, across in new]
        yield part[1:-1, 1:-1]


def _best_window(
    subject: NDArray[np.float64], shares: tuple[float, float], border_weight: float
) -> tuple[float, float, float]:
    """Return the saliency in the best window, and its place from top and left, 0 to 1."""
    rows, columns = (
        _window_weights(count, share, border_weight)
        for count, share in zip(subject.shape, shares, strict=True)
    )
    kept = rows @ subject @ columns.T
    middle = (_POSITIONS - 1) / 2
    away = np.abs(np.arange(_POSITIONS) - middle) / middle
    total = float(subject.sum()) or 1.0
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

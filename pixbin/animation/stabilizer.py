"""What keeps a film from flickering: cells stay as they are unless their light asks for more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.animation import flip_pairing
from pixbin.catalog.families import SCREENING, THRESHOLDING, Family
from pixbin.resample.luminance import FULL, Quanta

STILL = FULL // 512  #: change of the source's light, since a cell was decided, that is none
PATIENCE = FULL // 32  #: change of a cell's light by the look alone that is none
LEAP = FULL // 8  #: change of a cell's light from which on nothing of the past counts

Planes = Sequence[Quanta]
Papers = Sequence[NDArray[np.bool_]]


class _Plane(NamedTuple):
    """A plane of a frame as shown, and the light at which each of its cells was decided."""

    source: Quanta  #: before the look, shape (H, W)
    light: Quanta  #: after it
    paper: NDArray[np.bool_]
    is_fixed: NDArray[np.bool_]  #: whether the look of a still cell may change as it will

    def over(self, ground: _Plane, is_ground: NDArray[np.bool_]) -> _Plane:
        """Return this plane, but that of the ground where it shows it."""
        is_seen = is_ground & (np.abs(self.source - ground.source) <= STILL)
        return _Plane(
            np.where(is_seen, ground.source, self.source),
            np.where(is_seen, ground.light, self.light),
            np.where(is_seen, ground.paper, self.paper),
            self.is_fixed,
        )


class Steadiness:
    """Decides the cells of frames that follow one another.

    A method decides each frame anew, and even where the light is the same, or nearly so, it puts
    dots elsewhere, which looks like crawling. So a cell whose source stays as it was when it was
    decided stays, too. Of the others those change that have to: all whose light leaps, and as
    many as make the picture as light as the new decision (see `pairing`). At every time it is
    that decision, but for swaps of neighbours, and for what is still.

    What is still is kept even when movement beside it makes the look ask for another light; but
    where something has passed, it would leave a trail, and there the look counts, too.

    Parameters
    ----------
    is_fixed : bool
        Whether the look is the same for all frames; else it counts everywhere.
    """

    def __init__(self, is_fixed: bool = True) -> None:
        self._is_fixed = is_fixed
        self._shown: list[_Plane] = []
        self._ground: NDArray[np.bool_] | None = None

    def begin(self, is_ground: NDArray[np.bool_], /) -> None:
        """Take what was settled for the ground of the film, and not for a frame.

        What moves in the first frame gives what is around it another look, which would stay.

        Parameters
        ----------
        is_ground : bool array, shape (H, W)
            Where it is seen most of the time.
        """
        self._ground = is_ground

    def settle(
        self, source: Planes, planes: Planes, papers: Papers, family: Family, /
    ) -> list[NDArray[np.bool_]]:
        """Return the next frame, given what the method makes of it.

        Parameters
        ----------
        source, planes : sequences of int32 arrays, shape (H, W), in quanta
            The frame's light before the look and after.
        papers : sequence of bool arrays, shape (H, W), True is paper
            What the method decides.
        family : Family
            Those that compare each cell with its own level have no dots to swap.
        """
        asked = [
            _Plane(*each, np.full(each[-1].shape, self._is_fixed))
            for each in zip(source, planes, papers, strict=True)
        ]
        if [each.paper.shape for each in self._shown] != [each.paper.shape for each in asked]:
            self._shown = asked
        elif self._ground is not None:
            both = zip(self._shown, asked, strict=True)
            self._shown = [each.over(ground, self._ground) for ground, each in both]
            self._ground = None
        else:
            has_dots = not isinstance(family, (*THRESHOLDING, *SCREENING))
            both = zip(self._shown, asked, strict=True)
            self._shown = [_next(shown, each, has_dots) for shown, each in both]
        return [each.paper.copy() for each in self._shown]


def _next(shown: _Plane, asked: _Plane, has_dots: bool) -> _Plane:
    change = np.abs(asked.light - shown.light)
    is_still = np.abs(asked.source - shown.source) <= STILL
    is_fixed = shown.is_fixed & is_still
    is_still &= is_fixed | (change <= PATIENCE)
    differs = leaps = asked.paper != shown.paper
    if has_dots:
        leaps = leaps & (change > LEAP) & ~is_still
        differs = flip_pairing.needed(shown.paper, asked.paper, asked.light, ~leaps)
    return _Plane(
        np.where(is_still, shown.source, asked.source),
        np.where(is_still, shown.light, asked.light),
        shown.paper ^ ((differs | leaps) & ~is_still),
        is_fixed,
    )

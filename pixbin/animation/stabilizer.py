"""What keeps a film from flickering: cells stay as they are unless their light asks for more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.animation import flip_pairing
from pixbin.catalog.families import POSITIONAL, THRESHOLDING, Family
from pixbin.color.quanta import FULL_SCALE, Quanta

UNCHANGED = (
    FULL_SCALE // 512
)  #: change of the source's light, since a cell was decided, that is none
TOLERANCE = FULL_SCALE // 32  #: change of a cell's light by the look alone that is none
JUMP = FULL_SCALE // 8  #: change of a cell's light from which on nothing of the past counts

LightPlanes = Sequence[Quanta]
BinaryPlanes = Sequence[NDArray[np.bool_]]


class _PlaneState(NamedTuple):
    """A plane of a frame as shown, and the light at which each of its cells was decided."""

    source_light: Quanta  #: before the look, shape (H, W)
    adjusted_light: Quanta  #: after it
    paper: NDArray[np.bool_]
    ignores_adjustment: NDArray[np.bool_]  #: whether the look of a still cell may change as it will

    def over_background(
        self, background: _PlaneState, is_background: NDArray[np.bool_]
    ) -> _PlaneState:
        """Return this plane, but that of the ground where it shows it."""
        is_seen = is_background & (np.abs(self.source_light - background.source_light) <= UNCHANGED)
        return _PlaneState(
            np.where(is_seen, background.source_light, self.source_light),
            np.where(is_seen, background.adjusted_light, self.adjusted_light),
            np.where(is_seen, background.paper, self.paper),
            self.ignores_adjustment,
        )


class TemporalStabilizer:
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

    def __init__(self, has_fixed_exposure: bool = True) -> None:
        self._has_fixed_exposure = has_fixed_exposure
        self._previous: list[_PlaneState] = []
        self._is_background: NDArray[np.bool_] | None = None

    def start(self, is_background: NDArray[np.bool_], /) -> None:
        """Take what was settled for the ground of the film, and not for a frame.

        What moves in the first frame gives what is around it another look, which would stay.

        Parameters
        ----------
        is_ground : bool array, shape (H, W)
            Where it is seen most of the time.
        """
        self._is_background = is_background

    def update(
        self,
        source_planes: LightPlanes,
        adjusted_planes: LightPlanes,
        binary_planes: BinaryPlanes,
        family: Family,
        /,
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
            _PlaneState(*each, np.full(each[-1].shape, self._has_fixed_exposure))
            for each in zip(source_planes, adjusted_planes, binary_planes, strict=True)
        ]
        if [each.paper.shape for each in self._previous] != [each.paper.shape for each in asked]:
            self._previous = asked
        elif self._is_background is not None:
            both = zip(self._previous, asked, strict=True)
            self._previous = [
                each.over_background(ground, self._is_background) for ground, each in both
            ]
            self._is_background = None
        else:
            has_dots = not isinstance(family, (*THRESHOLDING, *POSITIONAL))
            both = zip(self._previous, asked, strict=True)
            self._previous = [_next_state(shown, each, has_dots) for shown, each in both]
        return [each.paper.copy() for each in self._previous]


def _next_state(previous: _PlaneState, proposed: _PlaneState, has_dots: bool) -> _PlaneState:
    change = np.abs(proposed.adjusted_light - previous.adjusted_light)
    is_still = np.abs(proposed.source_light - previous.source_light) <= UNCHANGED
    is_fixed = previous.ignores_adjustment & is_still
    is_still &= is_fixed | (change <= TOLERANCE)
    differs = leaps = proposed.paper != previous.paper
    if has_dots:
        leaps = leaps & (change > JUMP) & ~is_still
        differs = flip_pairing.uncancelled_flips(
            previous.paper, proposed.paper, proposed.adjusted_light, ~leaps
        )
    return _PlaneState(
        np.where(is_still, previous.source_light, proposed.source_light),
        np.where(is_still, previous.adjusted_light, proposed.adjusted_light),
        previous.paper ^ ((differs | leaps) & ~is_still),
        is_fixed,
    )

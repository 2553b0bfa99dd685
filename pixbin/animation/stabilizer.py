"""Prevent flicker: a cell keeps its value from frame to frame unless its light changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.animation import flip_pairing
from pixbin.catalog.families import POSITIONAL, THRESHOLDING, Family, Neural
from pixbin.color.quanta import FULL_SCALE, Quanta

UNCHANGED = FULL_SCALE // 512  #: up to this change of its source light, a cell is still
#: The same for models. They see all cells around a cell, so a movement anywhere near may flip it.
UNCHANGED_FOR_MODELS = FULL_SCALE // 128
TOLERANCE = FULL_SCALE // 32  #: up to this change of its adjusted light, a still cell stays
JUMP = FULL_SCALE // 8  #: above this change of its adjusted light, a cell takes the new decision

LightPlanes = Sequence[Quanta]
BinaryPlanes = Sequence[NDArray[np.bool_]]


class _PlaneState(NamedTuple):
    """A plane of the last frame, and the light at which each of its cells was decided."""

    source_light: Quanta  #: before adjustments, shape (H, W)
    adjusted_light: Quanta  #: after adjustments
    paper: NDArray[np.bool_]
    ignores_adjustment: NDArray[np.bool_]  #: where adjusted light does not count, only source light

    def over_background(
        self, background: _PlaneState, is_background: NDArray[np.bool_]
    ) -> _PlaneState:
        """Return this plane with the cells of the background where it is visible."""
        is_visible = is_background & (
            np.abs(self.source_light - background.source_light) <= UNCHANGED
        )
        return _PlaneState(
            np.where(is_visible, background.source_light, self.source_light),
            np.where(is_visible, background.adjusted_light, self.adjusted_light),
            np.where(is_visible, background.paper, self.paper),
            self.ignores_adjustment,
        )


class TemporalStabilizer:
    """Decide the cells of successive frames so that dots do not crawl.

    A method decides each frame independently. It puts dots at other places even where the light is
    the same, or nearly the same. Therefore a cell keeps its value while its source keeps its light.
    The other cells change if their light jumps. Of the rest, as many change as are needed to reach
    the mean light of the new decision (see `flip_pairing`). So each frame equals the method's own
    decision, except for swaps of neighbouring cells and for still cells.

    A still cell is kept even if movement near it changes its adjusted light. But where an object
    has passed over the cell, this would leave a trail. There the adjusted light counts, too.

    Parameters
    ----------
    has_fixed_exposure : bool
        Whether all frames have the same exposure; otherwise the adjusted light always counts.
    """

    def __init__(self, has_fixed_exposure: bool = True) -> None:
        self._has_fixed_exposure = has_fixed_exposure
        self._previous: list[_PlaneState] = []
        self._is_background: NDArray[np.bool_] | None = None
        self._regions: dict[int, TemporalStabilizer] = {}

    def for_region(self, region: int, /) -> TemporalStabilizer:
        """Return the stabilizer of a region of a mask, the same for each frame."""
        return self._regions.setdefault(region, TemporalStabilizer(self._has_fixed_exposure))

    def start(self, is_background: NDArray[np.bool_], /) -> None:
        """Use the frame that was decided last as the background, not as a frame of the film.

        Otherwise the cells near a moving object in the first frame would keep the adjusted light
        that the object gave them.

        Parameters
        ----------
        is_background : bool array, shape (H, W)
            Where the background is visible most of the time.
        """
        for stabilizer in (self, *self._regions.values()):
            stabilizer._is_background = is_background

    def update(
        self,
        source_planes: LightPlanes,
        adjusted_planes: LightPlanes,
        binary_planes: BinaryPlanes,
        family: Family,
        /,
    ) -> list[NDArray[np.bool_]]:
        """Return the planes of the next frame, given the method's own decision.

        Parameters
        ----------
        source_planes, adjusted_planes : sequences of int32 arrays, shape (H, W), in quanta
            The frame's light before and after adjustments.
        binary_planes : sequence of bool arrays, shape (H, W), True is paper
            The method's decision for this frame alone.
        family : Family
            Thresholds and positional patterns have no dots that could be swapped.
        """
        proposed = [
            _PlaneState(*planes, np.full(planes[-1].shape, self._has_fixed_exposure))
            for planes in zip(source_planes, adjusted_planes, binary_planes, strict=True)
        ]
        shapes = [state.paper.shape for state in proposed]
        if [state.paper.shape for state in self._previous] != shapes:
            self._previous = proposed
            return [state.paper.copy() for state in self._previous]
        pairs = zip(self._previous, proposed, strict=True)
        if self._is_background is not None:
            is_background, self._is_background = self._is_background, None
            self._previous = [new.over_background(old, is_background) for old, new in pairs]
        else:
            has_dots = not isinstance(family, (*THRESHOLDING, *POSITIONAL))
            unchanged = UNCHANGED_FOR_MODELS if isinstance(family, Neural) else UNCHANGED
            self._previous = [_next_state(old, new, has_dots, unchanged) for old, new in pairs]
        return [state.paper.copy() for state in self._previous]


def _next_state(
    previous: _PlaneState, proposed: _PlaneState, has_dots: bool, unchanged: int
) -> _PlaneState:
    change = np.abs(proposed.adjusted_light - previous.adjusted_light)
    is_still = np.abs(proposed.source_light - previous.source_light) <= unchanged
    ignores_adjustment = previous.ignores_adjustment & is_still
    is_still &= ignores_adjustment | (change <= TOLERANCE)
    flips = jumps = proposed.paper != previous.paper
    if has_dots:
        jumps = jumps & (change > JUMP) & ~is_still
        flips = flip_pairing.uncancelled_flips(
            previous.paper, proposed.paper, proposed.adjusted_light, ~jumps
        )
    return _PlaneState(
        np.where(is_still, previous.source_light, proposed.source_light),
        np.where(is_still, previous.adjusted_light, proposed.adjusted_light),
        previous.paper ^ ((flips | jumps) & ~is_still),
        ignores_adjustment,
    )

"""The light of a raster, read a few rows at a time: luminance and transparency."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.color.light_scale import Tone
from pixbin.color.quanta import (
    FULL_SCALE,
    LuminanceTables,
    Quanta,
    color_to_quanta,
    luminance_tables,
)
from pixbin.color.rgb import Color
from pixbin.color.spaces import ChannelLevels
from pixbin.geometry import Box, Size
from pixbin.readers.raster import Raster

AlphaWeights = NDArray[np.int64]  #: how much pixels count, shape (H, W)

OPACITY_CHANNEL = -1  #: the channel that tells how opaque pixels are; FULL is wholly so
TRANSPARENT = -1  #: in place of light: there is none to be seen


class LightView(NamedTuple):
    """The light of a part of a raster, worked out a few rows at a time.

    On the linear tone it is luminance, on the perceptual one luma, both with the weights of
    BT.709; of one channel it is as much as a grey of that level has. Transparent pixels show
    the background; without one they count the less, the less they are seen.
    """

    raster: Raster
    box: Box
    tone: Tone
    background: Color | None
    channel: int | None = None  #: 0 is red, 1 green, 2 blue; None is all as one grey; `OPACITY`

    @property
    def size(self) -> Size:
        """Width and height in pixels."""
        return self.box.size

    def crop(self, box: Box) -> LightView:
        """Return the light of a box of the pixels."""
        left, top = self.box.left + box.left, self.box.top + box.top
        return self._replace(box=Box(left, top, box.width, box.height))

    def read_levels(self, top: int, bottom: int) -> ChannelLevels:
        """Return the rows from top to before bottom as they were read, shape (H, W, C)."""
        return self.raster.read_box(
            Box(self.box.left, self.box.top + top, self.box.width, bottom - top)
        )

    @property
    def tables(self) -> LuminanceTables:
        """Light for every level of the raster."""
        return luminance_tables(self.tone, self.raster.max_level)

    def read_rows(self, top: int, bottom: int, look_up: LevelLookup | None = None) -> Quanta:
        """Return the light of the rows from top to before bottom; by another `look_up`."""
        return self.levels_to_quanta(self.read_levels(top, bottom), look_up)

    def levels_to_quanta(self, levels: ChannelLevels, look_up: LevelLookup | None = None) -> Quanta:
        """Return the light of rows as they were read."""
        if self.channel == OPACITY_CHANNEL:
            return _opacity_to_quanta(levels, self.raster.max_level)
        light = self._look_up_levels(levels, look_up)
        if self.background is not None and _has_opacity(levels):
            behind = color_to_quanta(self.background, self.tone, self.channel)
            light = _blend_over_background(light, levels[..., -1], self.raster.max_level, behind)
        return light

    @property
    def has_alpha_weight(self) -> bool:
        """Whether pixels count as much as they are seen."""
        return self.background is None and self.has_opacity and self.channel != OPACITY_CHANNEL

    @property
    def has_opacity(self) -> bool:
        """Whether the raster tells how opaque its pixels are."""
        return _has_opacity(self.raster.read_box(Box(self.box.left, self.box.top, 1, 1)))

    def alpha_weighted_rows(
        self, top: int, bottom: int, look_up: LevelLookup | None = None
    ) -> tuple[AlphaWeights, AlphaWeights]:
        """Return how much pixels count, 255 for opaque ones, and their light as often."""
        levels = self.read_levels(top, bottom)
        whole = self.raster.max_level // 255
        weights = (levels[..., -1].astype(np.int64) + whole // 2) // whole
        return weights, self._look_up_levels(levels, look_up) * weights

    def _look_up_levels(self, levels: ChannelLevels, look_up: LevelLookup | None) -> Quanta:
        return (look_up or levels_to_quanta)(levels, self.tables, self.channel)


LevelLookup = Callable[[ChannelLevels, LuminanceTables, int | None], Quanta]


def levels_to_quanta(
    levels: ChannelLevels, tables: LuminanceTables, channel: int | None = None
) -> Quanta:
    """Return the light of levels, shape (H, W, C), or of one channel; opacity is left out."""
    if levels.shape[2] <= 2:
        return tables.grey.take(levels[..., 0])
    if channel is not None:
        return tables.grey.take(levels[..., channel])
    light = tables.red.take(levels[..., 0])
    light += tables.green.take(levels[..., 1])
    light += tables.blue.take(levels[..., 2])
    return light


def _has_opacity(levels: ChannelLevels) -> bool:
    return levels.shape[2] in (2, 4)


def _opacity_to_quanta(levels: ChannelLevels, max_level: int) -> Quanta:
    if _has_opacity(levels):
        return luminance_tables(Tone.PERCEPTUAL, max_level).grey.take(levels[..., -1])
    return np.full(levels.shape[:2], FULL_SCALE, np.int32)


def _blend_over_background(
    light: Quanta, opacity: ChannelLevels, max_level: int, background: int
) -> Quanta:
    share = opacity.astype(np.int64)
    mixed = (light * share + background * (max_level - share) + max_level // 2) // max_level
    return mixed.astype(np.int32)

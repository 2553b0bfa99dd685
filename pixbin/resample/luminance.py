"""Light of a raster, read a few rows at a time: luminance and opacity."""

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

AlphaWeights = NDArray[np.int64]  #: weights of pixels, or light times weight; shape (H, W)

OPACITY_CHANNEL = -1  #: number of the opacity channel; FULL_SCALE is opaque
TRANSPARENT = -1  #: stands for the light of cells that are fully transparent


class LightView(NamedTuple):
    """Light of a part of a raster, computed a few rows at a time.

    With the linear tone it is luminance, with the perceptual tone luma, both with the weights of
    BT.709. For a single channel it is the light of grey with the same level. Transparent pixels are
    blended with the background; without a background they are weighted by their opacity.
    """

    raster: Raster
    box: Box
    tone: Tone
    background: Color | None
    channel: int | None = None  #: red 0, green 1, blue 2; or OPACITY_CHANNEL; None: luminance

    @property
    def size(self) -> Size:
        """Width and height in pixels."""
        return self.box.size

    def crop(self, box: Box) -> LightView:
        """Return a view of the pixels in a box."""
        left, top = self.box.left + box.left, self.box.top + box.top
        return self._replace(box=Box(left, top, box.width, box.height))

    def read_levels(self, top: int, bottom: int) -> ChannelLevels:
        """Return the levels of rows `top` to `bottom` - 1, shape (H, W, C)."""
        return self.raster.read_box(
            Box(self.box.left, self.box.top + top, self.box.width, bottom - top)
        )

    @property
    def tables(self) -> LuminanceTables:
        """Light for every level of the raster."""
        return luminance_tables(self.tone, self.raster.max_level)

    def read_rows(self, top: int, bottom: int, look_up: LevelLookup | None = None) -> Quanta:
        """Return the light of rows `top` to `bottom` - 1, shape (H, W), by `look_up` if given."""
        return self.levels_to_quanta(self.read_levels(top, bottom), look_up)

    def levels_to_quanta(self, levels: ChannelLevels, look_up: LevelLookup | None = None) -> Quanta:
        """Return the light of levels, shape (H, W, C), of this raster."""
        if self.channel == OPACITY_CHANNEL:
            return _opacity_to_quanta(levels, self.raster.max_level)
        light = self._look_up_levels(levels, look_up)
        if self.background is not None and _has_opacity(levels):
            background = color_to_quanta(self.background, self.tone, self.channel)
            max_level = self.raster.max_level
            light = _blend_over_background(light, levels[..., -1], max_level, background)
        return light

    @property
    def has_alpha_weight(self) -> bool:
        """Whether pixels are weighted by their opacity."""
        return self.background is None and self.has_opacity and self.channel != OPACITY_CHANNEL

    @property
    def has_opacity(self) -> bool:
        """Whether the raster has an opacity channel."""
        return _has_opacity(self.raster.read_box(Box(self.box.left, self.box.top, 1, 1)))

    def alpha_weighted_rows(
        self, top: int, bottom: int, look_up: LevelLookup | None = None
    ) -> tuple[AlphaWeights, AlphaWeights]:
        """Return the weights of pixels, 0 to 255 by opacity, and their light times weight."""
        levels = self.read_levels(top, bottom)
        unit = self.raster.max_level // 255
        weights = (levels[..., -1].astype(np.int64) + unit // 2) // unit
        return weights, self._look_up_levels(levels, look_up) * weights

    def _look_up_levels(self, levels: ChannelLevels, look_up: LevelLookup | None) -> Quanta:
        return (look_up or levels_to_quanta)(levels, self.tables, self.channel)


LevelLookup = Callable[[ChannelLevels, LuminanceTables, int | None], Quanta]


def levels_to_quanta(
    levels: ChannelLevels, tables: LuminanceTables, channel: int | None = None
) -> Quanta:
    """Return the light of levels, or of one channel of them; opacity is ignored.

    Parameters
    ----------
    levels : uint8 or uint16 array, shape (H, W, C)
        Grey, grey and opacity, RGB, or RGB and opacity.
    tables : LuminanceTables
        For all levels of this type.
    channel : int, optional
        0 for red, 1 for green, 2 for blue; by default all three as luminance.

    Returns
    -------
    int32 array, shape (H, W), in quanta
    """
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
    alpha = opacity.astype(np.int64)
    mixed = (light * alpha + background * (max_level - alpha) + max_level // 2) // max_level
    return mixed.astype(np.int32)

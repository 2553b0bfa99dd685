"""From colours to light: the sRGB curve, luminance, and transparency.

Light is counted in whole quanta, `FULL` of them for white, in pixels and in cells alike.
Sums of whole numbers are exact in any order, so an average does not depend on how the work
was divided, and flat areas, pure black and pure white stay what they are. `FULL` is a
multiple of 255 and of 65535: on the perceptual scale every 8-bit and 16-bit level is a whole
number of quanta too, and comparisons tie exactly where they tie in integer arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.enums import Tone
from pixbin.color.spaces import Shares as Shares
from pixbin.color.spaces import decode as decode
from pixbin.color.spaces import encode as encode
from pixbin.geometry import Box, Size
from pixbin.options.parsing import Color
from pixbin.readers.raster import Levels, Raster

Quanta = NDArray[np.int32]  #: shape (H, W), from 0 (black) to FULL (white)
Weights = NDArray[np.int64]  #: how much pixels count, shape (H, W)

FULL = 255 * 65535
OPACITY = -1  #: the channel that tells how opaque pixels are; FULL is wholly so
HIDDEN = -1  #: in place of light: there is none to be seen
RED, BLUE = 0.2126, 0.0722  #: shares of luminance, ITU-R BT.709-6 (2015); green has the rest


def in_quanta(light: Shares, tone: Tone) -> Quanta:
    """Count the light of sRGB values on the scale of the tone."""
    scaled = light if tone is Tone.PERCEPTUAL else decode(light)
    return np.rint(scaled * FULL).astype(np.int32)


def as_srgb(quanta: Quanta, tone: Tone) -> Shares:
    """Return the sRGB values of light; the inverse of `in_quanta`."""
    return quanta / FULL if tone is Tone.PERCEPTUAL else encode(quanta / FULL)


class Light(NamedTuple):
    """The light of a part of a raster, worked out a few rows at a time.

    On the linear tone it is luminance, on the perceptual one luma, both with the weights of
    BT.709; of one channel it is as much as a grey of that level has. Transparent pixels show
    the background; without one they count the less, the less they are seen.
    """

    raster: Raster
    part: Box
    tone: Tone
    background: Color | None
    channel: int | None = None  #: 0 is red, 1 green, 2 blue; None is all as one grey; `OPACITY`

    @property
    def size(self) -> Size:
        """Width and height in pixels."""
        return self.part.size

    def within(self, box: Box) -> Light:
        """Return the light of a box of the pixels."""
        left, top = self.part.left + box.left, self.part.top + box.top
        return self._replace(part=Box(left, top, box.width, box.height))

    def levels(self, top: int, bottom: int) -> Levels:
        """Return the rows from top to before bottom as they were read, shape (H, W, C)."""
        return self.raster.channels(
            Box(self.part.left, self.part.top + top, self.part.width, bottom - top)
        )

    @property
    def tables(self) -> Tables:
        """Light for every level of the raster."""
        return tables(self.tone, self.raster.full)

    def rows(self, top: int, bottom: int, look_up: LookUp | None = None) -> Quanta:
        """Return the light of the rows from top to before bottom; by another `look_up`."""
        return self.of(self.levels(top, bottom), look_up)

    def of(self, levels: Levels, look_up: LookUp | None = None) -> Quanta:
        """Return the light of rows as they were read."""
        if self.channel == OPACITY:
            return _opacity(levels, self.raster.full)
        light = self._looked_up(levels, look_up)
        if self.background is not None and _has_opacity(levels):
            behind = of_color(self.background, self.tone, self.channel)
            light = _lay_on(light, levels[..., -1], self.raster.full, behind)
        return light

    @property
    def is_weighed(self) -> bool:
        """Whether pixels count as much as they are seen."""
        return self.background is None and self.has_opacity and self.channel != OPACITY

    @property
    def has_opacity(self) -> bool:
        """Whether the raster tells how opaque its pixels are."""
        return _has_opacity(self.raster.channels(Box(self.part.left, self.part.top, 1, 1)))

    def weighed_rows(
        self, top: int, bottom: int, look_up: LookUp | None = None
    ) -> tuple[Weights, Weights]:
        """Return how much pixels count, 255 for opaque ones, and their light as often."""
        levels = self.levels(top, bottom)
        whole = self.raster.full // 255
        weights = (levels[..., -1].astype(np.int64) + whole // 2) // whole
        return weights, self._looked_up(levels, look_up) * weights

    def _looked_up(self, levels: Levels, look_up: LookUp | None) -> Quanta:
        return (look_up or in_tables)(levels, self.tables, self.channel)


def of_color(color: Color, tone: Tone, channel: int | None = None) -> int:
    """Return the light of one colour, or of one channel of it, in quanta."""
    table = tables(tone, 255)
    if channel is not None:
        return int(table.grey[color[channel]])
    return int(table.red[color[0]] + table.green[color[1]] + table.blue[color[2]])


def of_planes(planes: tuple[Quanta, ...]) -> Quanta:
    """Return the light of red, green and blue planes, or of one alone, as one grey."""
    if len(planes) == 1:
        return planes[0]
    mixed = np.empty(planes[0].shape, np.int32)
    for row, red, green, blue in zip(mixed, *planes, strict=True):
        row[...] = np.rint(red * RED + green * (1 - RED - BLUE) + blue * BLUE)
    return mixed


class Tables(NamedTuple):
    """Light in quanta for every level of grey, and of each channel alone."""

    grey: Quanta
    red: Quanta
    green: Quanta
    blue: Quanta


@lru_cache
def tables(tone: Tone, full: int) -> Tables:
    """Return the light of the levels 0 to `full`; equal red, green and blue are that grey."""
    levels = np.arange(full + 1) / full
    share = levels if tone is Tone.PERCEPTUAL else decode(levels)
    grey, red, blue = (np.rint(share * weight * FULL).astype(np.int32) for weight in (1, RED, BLUE))
    return Tables(grey, red, grey - red - blue, blue)


LookUp = Callable[[Levels, Tables, int | None], Quanta]


def in_tables(channels: Levels, table: Tables, channel: int | None = None) -> Quanta:
    """Return the light of levels, shape (H, W, C), or of one channel; opacity is left out."""
    if channels.shape[2] <= 2:
        return table.grey.take(channels[..., 0])
    if channel is not None:
        return table.grey.take(channels[..., channel])
    light = table.red.take(channels[..., 0])
    light += table.green.take(channels[..., 1])
    light += table.blue.take(channels[..., 2])
    return light


def _has_opacity(channels: Levels) -> bool:
    return channels.shape[2] in (2, 4)


def _opacity(channels: Levels, full: int) -> Quanta:
    if _has_opacity(channels):
        return tables(Tone.PERCEPTUAL, full).grey.take(channels[..., -1])
    return np.full(channels.shape[:2], FULL, np.int32)


def _lay_on(light: Quanta, opacity: Levels, full: int, behind: int) -> Quanta:
    share = opacity.astype(np.int64)
    mixed = (light * share + behind * (full - share) + full // 2) // full
    return mixed.astype(np.int32)

"""What a conversion sees of its source: light, averaged over the cells of the picture."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin import geometry
from pixbin.animation.stabilizer import Steadiness
from pixbin.geometry import Box, Plan
from pixbin.options import Options
from pixbin.pipeline import transparency
from pixbin.pipeline.transparency import Shown
from pixbin.readers.raster import Raster
from pixbin.resample import area, luminance
from pixbin.resample.luminance import FULL, Light, Quanta
from pixbin.tone import adjust
from pixbin.tone.exposure_meter import Meter

Planes = tuple[Quanta, ...]  #: grey, or red, green and blue; each of shape (H, W)

EDGE_CELLS = 4  #: how many times finer than the picture's the grid is that edges are found on


class Fine(NamedTuple):
    """Averages on a grid several times as fine as the picture's."""

    light: Quanta  #: shape (picture's height * times, width * times)
    times: int


class Cells(NamedTuple):
    """What a conversion sees of the source: averages of its light, before look and method."""

    planes: Planes  #: of the picture's height and width
    lines: NDArray[np.bool_] | None  #: to be drawn along edges, of the same shape
    pixels: Light  #: what the averages are of, should a finer grid be wanted
    meter: Meter = adjust.ALONE  #: works out the exposure; that of a film knows other frames
    shown: Shown | None = None  #: of the same shape, where transparency is kept
    before: Steadiness | None = None  #: knows the frames before

    @property
    def grey(self) -> Quanta:
        """The light of all planes as one."""
        return luminance.of_planes(self.planes)


def prepare(raster: Raster, steps: Plan, options: Options) -> Cells:
    """Average the light of the raster over the cells of the picture."""
    crop = geometry.same_part(steps, raster.size, options.gravity)
    pixels = Light(raster, crop, options.tone, options.behind)
    planes = tuple(_averaged(each, steps) for each in _of_channels(pixels, options))
    shown = None
    if options.keeps:
        opaque = _averaged(pixels._replace(channel=luminance.OPACITY), steps)
        shown = transparency.decide(opaque, options.keeps)
        transparency.fill(planes, shown)
    cells = Cells(planes, None, pixels, shown=shown)
    draws = options.edges > 0 and not all(map(is_binary, planes))
    return cells._replace(lines=_lines(cells, steps, options)) if draws else cells


def finer(cells: Cells, steps: Plan, most: int, channel: int | None = None) -> Fine:
    """Average light on a grid up to so many times as fine as the picture's, if it has such pixels.

    It is that of one channel, or of all as one grey.
    """
    size, box = cells.pixels.size, steps.picture
    times = min(max(min(size.width // box.width, size.height // box.height), 1), most)
    return Fine(seen(cells, steps, times, channel), times)


def seen(
    cells: Cells, steps: Plan, times: int, channel: int | None, box: Box | None = None
) -> Quanta:
    """Average on a finer grid what is seen; where nothing is, there is the light of the cells."""
    fine = _averaged(cells.pixels._replace(channel=channel), steps, times, box)
    if cells.shown is None:
        return fine
    planes = cells.planes
    known = cells.grey if channel is None or len(planes) == 1 else planes[channel]
    shown = cells.shown
    if box:
        known, shown = known[box.slices], shown[box.slices]
    is_seen = shown.repeat(times, 0).repeat(times, 1) & (fine != luminance.HIDDEN)
    return np.where(is_seen, fine, known.repeat(times, 0).repeat(times, 1))


def _averaged(pixels: Light, steps: Plan, times: int = 1, box: Box | None = None) -> Quanta:
    """Average light on the picture's grid or a finer one, all of it or in a box of its cells."""
    rows, columns = (
        area.finer(positions, times) for positions in (steps.row_positions, steps.column_positions)
    )
    fine = Box(*(times * each for each in box)) if box else None
    return area.area_downsample(pixels, rows, columns, fine)


def _of_channels(pixels: Light, options: Options) -> list[Light]:
    return [pixels._replace(channel=channel) for channel in options.channels.numbers]


def _lines(cells: Cells, steps: Plan, options: Options) -> NDArray[np.bool_]:
    """Find the edges on a grid several times as fine as the picture's."""
    from pixbin.filters import edge_lines

    fine, times = finer(cells, steps, EDGE_CELLS)
    return edge_lines.found(luminance.as_srgb(fine, options.tone), times, options.edges)


def is_binary(cells: Quanta) -> bool:
    """Tell whether every cell is pure black or pure white already."""
    return all(np.all((row == 0) | (row == FULL)) for row in cells)

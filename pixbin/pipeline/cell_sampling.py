"""What a conversion sees of its source: light, averaged over the cells of the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from pixbin import geometry
from pixbin.catalog.families import Family
from pixbin.color import quanta
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.geometry import Box, Plan
from pixbin.options import Options
from pixbin.pipeline import transparency
from pixbin.pipeline.transparency import OpacityMask
from pixbin.readers.raster import Raster
from pixbin.resample import area, luminance
from pixbin.resample.luminance import LightView
from pixbin.tone import adjust
from pixbin.tone.exposure_meter import ExposureMeter

QuantaPlanes = tuple[Quanta, ...]  #: grey, or red, green and blue; each of shape (H, W)

EDGE_OVERSAMPLING = 4  #: edges are detected on a grid so many times finer than the picture's


class Stabilizer(Protocol):
    """Decide the next frame of an animation without flicker; `animation.stabilizer` has one."""

    def update(
        self,
        source_planes: Sequence[Quanta],
        adjusted_planes: Sequence[Quanta],
        binary_planes: Sequence[NDArray[np.bool_]],
        family: Family,
        /,
    ) -> list[NDArray[np.bool_]]:
        """Return the planes of the frame, given what the method alone makes of it."""
        ...


class Oversampled(NamedTuple):
    """Averages on a grid several times as fine as the picture's."""

    light: Quanta  #: shape (picture's height * times, width * times)
    oversampling: int


class Cells(NamedTuple):
    """What a conversion sees of the source: averages of its light, before look and method."""

    planes: QuantaPlanes  #: of the picture's height and width
    edge_lines: NDArray[np.bool_] | None  #: to be drawn along edges, of the same shape
    source_light: LightView  #: what the averages are of, should a finer grid be wanted
    meter: ExposureMeter = (
        adjust.PER_IMAGE
    )  #: works out the exposure; that of a film knows other frames
    mask: OpacityMask | None = None  #: of the same shape, where transparency is kept
    stabilizer: Stabilizer | None = None  #: keeps what did not change since the last frame

    @property
    def grey(self) -> Quanta:
        """The light of all planes as one."""
        return quanta.luminance(self.planes)


def sample_cells(raster: Raster, plan: Plan, options: Options) -> Cells:
    """Average the light of the raster over the cells of the picture."""
    crop = geometry.crop_for_size(plan, raster.size, options.gravity)
    pixels = LightView(raster, crop, options.tone, options.matte)
    planes = tuple(_area_average(each, plan) for each in _channel_lights(pixels, options))
    shown = None
    if options.alpha_mode:
        opaque = _area_average(pixels._replace(channel=luminance.OPACITY_CHANNEL), plan)
        shown = transparency.opacity_mask(opaque, options.alpha_mode)
        transparency.fill_transparent(planes, shown)
    cells = Cells(planes, None, pixels, mask=shown)
    draws = options.edges > 0 and not all(map(is_binary, planes))
    return cells._replace(edge_lines=_detect_edge_lines(cells, plan, options)) if draws else cells


def oversample(
    cells: Cells, plan: Plan, max_oversampling: int, channel: int | None = None
) -> Oversampled:
    """Average light on a grid up to so many times as fine as the picture's, if it has such pixels.

    It is that of one channel, or of all as one grey.
    """
    size, box = cells.source_light.size, plan.picture
    times = min(max(min(size.width // box.width, size.height // box.height), 1), max_oversampling)
    return Oversampled(oversampled_light(cells, plan, times, channel), times)


def oversampled_light(
    cells: Cells, plan: Plan, oversampling: int, channel: int | None, box: Box | None = None
) -> Quanta:
    """Average on a finer grid what is seen; where nothing is, there is the light of the cells."""
    fine = _area_average(cells.source_light._replace(channel=channel), plan, oversampling, box)
    if cells.mask is None:
        return fine
    planes = cells.planes
    known = cells.grey if channel is None or len(planes) == 1 else planes[channel]
    shown = cells.mask
    if box:
        known, shown = known[box.slices], shown[box.slices]
    is_seen = shown.repeat(oversampling, 0).repeat(oversampling, 1) & (
        fine != luminance.TRANSPARENT
    )
    return np.where(is_seen, fine, known.repeat(oversampling, 0).repeat(oversampling, 1))


def _area_average(
    source_light: LightView, plan: Plan, oversampling: int = 1, box: Box | None = None
) -> Quanta:
    """Average light on the picture's grid or a finer one, all of it or in a box of its cells."""
    rows, columns = (
        area.oversample(positions, oversampling)
        for positions in (plan.row_positions, plan.column_positions)
    )
    fine = Box(*(oversampling * each for each in box)) if box else None
    return area.area_downsample(source_light, rows, columns, fine)


def _channel_lights(source_light: LightView, options: Options) -> list[LightView]:
    return [source_light._replace(channel=channel) for channel in options.channels.channel_indices]


def _detect_edge_lines(cells: Cells, plan: Plan, options: Options) -> NDArray[np.bool_]:
    """Find the edges on a grid several times as fine as the picture's."""
    from pixbin.filters import edge_lines

    fine, times = oversample(cells, plan, EDGE_OVERSAMPLING)
    return edge_lines.detect_lines(quanta.quanta_to_srgb(fine, options.tone), times, options.edges)


def is_binary(cells: Quanta) -> bool:
    """Tell whether every cell is pure black or pure white already."""
    return all(np.all((row == 0) | (row == FULL_SCALE)) for row in cells)

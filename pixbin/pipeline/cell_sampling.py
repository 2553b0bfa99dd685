"""Average the light of a source over the cells of the grid, or over a finer grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from pixbin import geometry
from pixbin.catalog.families import Family
from pixbin.color import quanta
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.geometry import Box, Plan
from pixbin.options import Options
from pixbin.readers.raster import Raster
from pixbin.resample import area, luminance
from pixbin.resample.cell_types import OpacityMask
from pixbin.resample.luminance import LightView
from pixbin.tone import adjust
from pixbin.tone.exposure_meter import ExposureMeter

QuantaPlanes = tuple[Quanta, ...]  #: grey, or red, green and blue; each of shape (H, W)

EDGE_OVERSAMPLING = 4  #: edges are detected on a grid that is this many times finer


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
        """Return the planes of the frame, given the method's own decision for it."""
        ...

    def for_region(self, region: int, /) -> Stabilizer:
        """Return the stabilizer of a region of a mask, the same for each frame."""
        ...


class Oversampled(NamedTuple):
    """Averages on a grid several times as fine as the picture's."""

    light: Quanta  #: shape (height * oversampling, width * oversampling)
    oversampling: int


class Cells(NamedTuple):
    """The light of the picture's cells before adjustments, and other data for later steps."""

    planes: QuantaPlanes  #: each of the picture's height and width, in cells
    edge_lines: NDArray[np.bool_] | None  #: lines to draw along edges, of the same shape
    source_light: LightView  #: of the source's pixels, for methods that oversample
    meter: ExposureMeter = adjust.PER_IMAGE  #: measures the exposure, in a film over all frames
    mask: OpacityMask | None = None  #: of the same shape, where transparency is kept
    stabilizer: Stabilizer | None = None  #: keeps cells that did not change since the last frame

    @property
    def grey(self) -> Quanta:
        """The luminance of all planes, int32 of shape (H, W) in quanta."""
        return quanta.luminance(self.planes)


def sample_cells(raster: Raster, plan: Plan, options: Options) -> Cells:
    """Average the light of a raster over the cells of the picture.

    Cells that are transparent take the light of the nearest opaque cell. Edges are detected
    here, too, since they need the pixels.
    """
    crop = geometry.crop_for_size(plan, raster.size, options.gravity)
    source_light = LightView(raster, crop, options.tone, options.matte)
    planes = tuple(_area_average(light, plan) for light in _channel_lights(source_light, options))
    mask = None
    if options.alpha_mode:
        from pixbin.pipeline import transparency

        opacity_view = source_light._replace(channel=luminance.OPACITY_CHANNEL)
        mask = transparency.opacity_mask(_area_average(opacity_view, plan), options.alpha_mode)
        planes = tuple(plane.copy() for plane in planes)
        transparency.fill_transparent(planes, mask)
    cells = Cells(planes, None, source_light, mask=mask)
    if options.edges == 0 or all(map(is_binary, planes)):
        return cells
    return cells._replace(edge_lines=_detect_edge_lines(cells, plan, options))


def sample_strips(
    raster: Raster, plan: Plan, options: Options, height: int
) -> list[Iterator[Quanta]]:
    """Return the light of each plane in strips of so many rows, without transparency and edges."""
    crop = geometry.crop_for_size(plan, raster.size, options.gravity)
    source_light = LightView(raster, crop, options.tone, options.matte)
    picture = plan.picture
    boxes = [
        Box(0, top, picture.width, min(height, picture.height - top))
        for top in range(0, picture.height, height)
    ]

    def strips(light: LightView) -> Iterator[Quanta]:
        return (_area_average(light, plan, box=box) for box in boxes)

    return [strips(light) for light in _channel_lights(source_light, options)]


def oversample(
    cells: Cells, plan: Plan, max_oversampling: int, channel: int | None = None
) -> Oversampled:
    """Average light on a grid up to `max_oversampling` times as fine as the picture's.

    The oversampling is smaller if the source does not have so many pixels.

    Parameters
    ----------
    channel : int, optional
        0 is red, 1 green, 2 blue; None is the luminance of all.
    """
    size, box = cells.source_light.size, plan.picture
    possible = max(min(size.width // box.width, size.height // box.height), 1)
    oversampling = min(possible, max_oversampling)
    return Oversampled(oversampled_light(cells, plan, oversampling, channel), oversampling)


def oversampled_light(
    cells: Cells, plan: Plan, oversampling: int, channel: int | None, box: Box | None = None
) -> Quanta:
    """Average light on a finer grid; where the source is transparent, take the light of the cells.

    Parameters
    ----------
    box : Box, optional
        Cells of the picture; by default all.

    Returns
    -------
    int32 array, shape (rows * oversampling, columns * oversampling), in quanta
    """
    planes = cells.planes
    if oversampling == 1 and cells.mask is None and (channel is None) == (len(planes) == 1):
        same = planes[channel or 0]
        return same[box.slices] if box else same
    source_light = cells.source_light._replace(channel=channel)
    fine = _area_average(source_light, plan, oversampling, box)
    if cells.mask is None:
        return fine
    cell_light = cells.grey if channel is None or len(planes) == 1 else planes[channel]
    mask = cells.mask
    if box:
        cell_light, mask = cell_light[box.slices], mask[box.slices]
    is_opaque = _repeat(mask, oversampling) & (fine != luminance.TRANSPARENT)
    return np.where(is_opaque, fine, _repeat(cell_light, oversampling))


def _repeat(cells: NDArray[np.generic], factor: int) -> NDArray[np.generic]:
    return cells.repeat(factor, 0).repeat(factor, 1)


def _area_average(
    source_light: LightView, plan: Plan, oversampling: int = 1, box: Box | None = None
) -> Quanta:
    """Average light on the picture's grid or a finer one, all of it or in a box of its cells."""
    rows, columns = (
        area.oversample(positions, oversampling)
        for positions in (plan.row_positions, plan.column_positions)
    )
    fine_box = Box(*(oversampling * edge for edge in box)) if box else None
    memory = source_light.raster.memory
    if memory is None:
        return area.area_downsample(source_light, rows, columns, fine_box)
    _, *light = source_light  # without the raster, whose memory this is
    key = *light, tuple(rows), tuple(columns), fine_box
    return memory.recall(key, lambda: area.area_downsample(source_light, rows, columns, fine_box))


def _channel_lights(source_light: LightView, options: Options) -> list[LightView]:
    return [source_light._replace(channel=channel) for channel in options.channels.channel_indices]


def _detect_edge_lines(cells: Cells, plan: Plan, options: Options) -> NDArray[np.bool_]:
    from pixbin.filters import edge_lines

    light, oversampling = oversample(cells, plan, EDGE_OVERSAMPLING)
    srgb = quanta.quanta_to_srgb(light, options.tone)
    return edge_lines.detect_lines(srgb, oversampling, options.edges)


def is_binary(cells: Quanta) -> bool:
    """Return whether every cell is pure black or pure white already."""
    return all(np.all((row == 0) | (row == FULL_SCALE)) for row in cells)

"""The whole conversion, all in memory: raster in, two-valued picture out."""

from __future__ import annotations

import numpy as np

from pixbin import geometry
from pixbin.catalog.enums import Alpha
from pixbin.catalog.families import OVERSAMPLED, ErrorDiffusion, Neural
from pixbin.color import quanta
from pixbin.geometry import Layout, Plan, Size
from pixbin.jit import dispatch
from pixbin.options import Options
from pixbin.picture import Picture
from pixbin.pipeline import binarize, cell_sampling, transparency
from pixbin.pipeline.binarize import BinaryPlane
from pixbin.pipeline.cell_sampling import Cells, QuantaPlanes, Stabilizer, is_binary
from pixbin.pipeline.transparency import OpacityMask
from pixbin.readers.raster import Raster
from pixbin.tone import adjust
from pixbin.tone.exposure_meter import ExposureMeter


def plan_for_raster(raster: Raster, options: Options) -> Plan:
    """Return the geometry of a conversion; that of the whole picture, if it was shrunk."""
    return plan_for_size(raster.original_size or raster.size, options)


def plan_for_size(source: Size, options: Options) -> Plan:
    """Return the geometry of the conversion of a picture of this upright size."""
    return geometry.plan(
        source,
        size=options.size,
        grid=options.grid,
        block=options.block,
        fit=options.fit,
        gravity=options.gravity,
        pixel=options.pixel or geometry.SQUARE,
    )


def convert(
    raster: Raster,
    options: Options,
    meter: ExposureMeter = adjust.PER_IMAGE,
    stabilizer: Stabilizer | None = None,
) -> Picture:
    """Turn a raster into a strictly binary, pixelated picture of exactly the planned size."""
    steps = plan_for_raster(raster, options)
    load_model(options)
    if isinstance(options.family, ErrorDiffusion):
        dispatch.preload(steps.layout.grid.width * steps.layout.grid.height)
    cells = cell_sampling.sample_cells(raster, steps, options)._replace(
        meter=meter, stabilizer=stabilizer
    )
    return render(cells, steps, options)


def load_model(options: Options) -> None:
    """Load the model that a conversion needs, if it does.

    Raises
    ------
    ModelError
        It is missing or unfit.
    """
    if isinstance(options.family, Neural):
        from pixbin.neural import backend

        backend.load(options)


def render(cells: Cells, plan: Plan, options: Options) -> Picture:
    """Give the cells the look that was asked for, decide every one, and make the picture."""
    opaque, meter = _grid_mask(cells, plan), cells.meter
    if cells.mask is not None and opaque is not None:
        cells = cells._replace(meter=transparency.MaskedMeter(meter, cells.mask))
        meter = transparency.MaskedMeter(meter, opaque)
    planes = _adjusted_planes(cells, options)
    if _needs_oversampling(cells, options):
        papers = binarize.binarize_oversampled(cells, plan, options)
    else:
        whole = binarize.pad_letterbox(planes, plan, options, opaque)
        papers = binarize.binarize_planes(whole, options, meter)
    if cells.edge_lines is not None:
        _overlay_edge_lines(papers, cells.edge_lines, planes, plan)
    if cells.stabilizer:
        source, look_of_it = (
            binarize.pad_letterbox(each, plan, options, opaque) for each in (cells.planes, planes)
        )
        papers = cells.stabilizer.update(source, look_of_it, papers, options.family)
    return _to_picture(papers, opaque, plan.layout, options)


def _needs_oversampling(cells: Cells, options: Options) -> bool:
    """Tell whether cells are decided by what is seen on a finer grid."""
    return isinstance(options.family, OVERSAMPLED) and not all(map(is_binary, cells.planes))


def _adjusted_planes(cells: Cells, options: Options) -> QuantaPlanes:
    """Return the cells' light as it shall look, unless nothing depends on it."""
    is_wanted = (
        cells.edge_lines is not None or cells.stabilizer or not _needs_oversampling(cells, options)
    )
    if is_wanted and not all(map(is_binary, cells.planes)):
        return adjust.adjust(cells.planes, options, cells.meter)
    return cells.planes


def _overlay_edge_lines(
    binary_planes: list[BinaryPlane], lines: BinaryPlane, planes: QuantaPlanes, plan: Plan
) -> None:
    """Draw lines along the edges, in place."""
    from pixbin.filters import edge_lines

    grey = quanta.luminance(planes)
    for paper in binary_planes:
        paper[plan.picture.slices] = edge_lines.overlay_lines(
            paper[plan.picture.slices], grey, lines
        )


def _grid_mask(cells: Cells, plan: Plan) -> OpacityMask | None:
    """Return which cells are opaque, where transparency is kept; bars are not."""
    if cells.mask is None:
        return None
    opaque = np.zeros(plan.layout.grid[::-1], np.bool_)
    opaque[plan.picture.slices] = cells.mask
    return opaque


def _to_picture(
    binary_planes: list[BinaryPlane], mask: OpacityMask | None, layout: Layout, options: Options
) -> Picture:
    paper = binary_planes[0] if len(binary_planes) == 1 else np.stack(binary_planes, axis=-1)
    if options.invert:
        paper = ~paper
    if mask is not None:
        paper[~mask] = False
        mask.setflags(write=False)
    paper.setflags(write=False)
    return Picture(
        paper,
        layout,
        options.ink,
        options.paper,
        depth=options.depth,
        cell=options.cell,
        packing_overrides=options.packing_overrides,
        opacity=mask,
        has_mask=options.alpha_mode is Alpha.MASK,
    )

"""The conversion of one picture in memory: a raster in, a two-valued `Picture` out.

`convert_raster` is the whole pipeline in five steps: plan the geometry, average the light over
the cells, adjust it, binarize every cell, and lay the cells out as blocks.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from pixbin.catalog.enums import Alpha
from pixbin.catalog.families import OVERSAMPLED, Neural
from pixbin.color import quanta
from pixbin.geometry import Layout, Plan
from pixbin.options import Options
from pixbin.picture import Picture
from pixbin.pipeline import (
    automatic,
    binarize,
    cell_sampling,
    compile_ahead,
    planning,
    print_medium,
    strips,
)
from pixbin.pipeline.binarize import BinaryPlane
from pixbin.pipeline.cell_sampling import (
    Cells,
    QuantaPlanes,
    Stabilizer,
    is_binary,
)
from pixbin.readers.raster import Raster
from pixbin.resample.cell_types import OpacityMask
from pixbin.tone import adjust, dot_gain
from pixbin.tone.exposure_meter import ExposureMeter


def plan_for_raster(raster: Raster, options: Options) -> Plan:
    """Plan the geometry of a conversion, by the original size if the decoder shrank it.

    With a gravity by content, the pixels decide: once for each raster.

    Raises
    ------
    UsageError
        The options do not fit the size of the source.
    ModelError
        A network that the gravity needs is missing or unfit.
    """
    options = automatic.resolve(raster, options)
    plan = planning.plan_with_known_method(raster, options)
    print_medium.smallest_features(plan, options)  # an error comes before work begins
    if options.mask is not None:
        from pixbin.pipeline import regions

        regions.check(options.mask, plan)
    return plan


def convert_raster(
    raster: Raster,
    options: Options,
    meter: ExposureMeter = adjust.PER_IMAGE,
    stabilizer: Stabilizer | None = None,
) -> Picture:
    """Convert a raster to a strictly binary, pixelated picture of exactly the planned size.

    Parameters
    ----------
    raster : Raster
        The source, upright and in sRGB.
    options : Options
    meter : ExposureMeter
        Measures the exposure; by default of this picture alone.
    stabilizer : Stabilizer, optional
        For an animation: keeps the cells that did not change since the last frame.

    Raises
    ------
    UsageError
        The options do not fit the size of the source.
    ModelError
        A model is needed and is missing or unfit.
    """
    choice = automatic.choose(raster, options)
    options = choice.options if choice else options
    plan = plan_for_raster(raster, options)
    load_model(options)
    compile_ahead.prepare_for_grid(plan, options)
    if stabilizer is None and strips.is_possible(raster, plan, options):
        papers = strips.decide(raster, plan, options)
        picture = _to_picture(papers, None, plan.layout, options)
    else:
        cells = cell_sampling.sample_cells(raster, plan, options)
        picture = render(cells._replace(meter=meter, stabilizer=stabilizer), plan, options)
    notes = (*raster.notes, *(choice.notes(plan) if choice else ()), *plan.notes)
    return dataclasses.replace(picture, notes=notes) if notes else picture


def load_model(options: Options) -> None:
    """Load the neural model if the method needs one, so that errors come before work begins.

    Raises
    ------
    ModelError
        The model is missing or unfit.
    """
    if not options.uses(Neural):
        return
    from pixbin.neural import backend
    from pixbin.pipeline import regions

    for each in regions.each_options(options):
        if isinstance(each.family, Neural):
            backend.load(each)


def render(cells: Cells, plan: Plan, options: Options) -> Picture:
    """Adjust and binarize cells, and return the finished picture."""
    options = automatic.resolve(cells.source_light.raster, options)
    grid_mask = _grid_mask(cells, plan)
    if options.mask is None:
        papers = _decide(cells, plan, options, grid_mask)
        papers = print_medium.enforce_smallest_features(papers, cells.planes, plan, options)
    else:
        papers = _decide_regions(cells, plan, options, grid_mask)
    return _to_picture(papers, grid_mask, plan.layout, options)


def _decide_regions(
    cells: Cells, plan: Plan, options: Options, grid_mask: OpacityMask | None
) -> list[BinaryPlane]:
    """Return planes in which each region of the mask is decided by its own options."""
    from pixbin.pipeline import regions
    from pixbin.pipeline.regions import MaskPart

    assert options.mask is not None
    numbers = regions.regions_of_cells(options.mask, plan)
    cells = cells._replace(meter=regions.RepeatedMeter(cells.meter))
    papers = [np.zeros(numbers.shape, np.bool_) for _ in cells.planes]
    untouched: list[BinaryPlane] = []
    for region, own in regions.options_of_regions(options).items():
        kept = numbers == region
        if not kept.any():
            continue
        part = cells
        if region is MaskPart.UNTOUCHED:
            part = part._replace(edge_lines=None)
        if cells.stabilizer:
            part = part._replace(stabilizer=cells.stabilizer.for_region(region))
        decided = _decide(part, plan, own, grid_mask, kept)
        untouched = decided if region is MaskPart.UNTOUCHED else untouched
        papers = [np.where(kept, new, old) for new, old in zip(decided, papers, strict=True)]
    papers = print_medium.enforce_smallest_features(papers, cells.planes, plan, options)
    kept = numbers == MaskPart.UNTOUCHED
    return [np.where(kept, *pair) for pair in zip(untouched or papers, papers, strict=True)]


def _decide(
    cells: Cells,
    plan: Plan,
    options: Options,
    grid_mask: OpacityMask | None,
    region: BinaryPlane | None = None,
) -> list[BinaryPlane]:
    """Adjust and binarize cells; with a region, only its cells count."""
    meter = cells.meter
    if cells.mask is not None and grid_mask is not None:
        from pixbin.pipeline import transparency

        cells = cells._replace(meter=transparency.MaskedMeter(meter, cells.mask))
        meter = transparency.MaskedMeter(meter, grid_mask)
    adjusted = _adjusted_planes(cells, options)
    if _needs_oversampling(cells, options):
        papers = binarize.binarize_oversampled(cells, plan, options)
    else:
        grid_planes = binarize.pad_letterbox(adjusted, plan, options, grid_mask)
        grid_planes = dot_gain.compensate(grid_planes, options)
        if region is not None:
            from pixbin.pipeline import regions

            grid_planes = regions.isolate(grid_planes, region, options.family)
        papers = binarize.binarize_planes(grid_planes, plan, options, meter)
    if cells.edge_lines is not None:
        _overlay_edge_lines(papers, cells.edge_lines, adjusted, plan)
    if cells.stabilizer:
        source_planes, adjusted_planes = (
            binarize.pad_letterbox(planes, plan, options, grid_mask)
            for planes in (cells.planes, adjusted)
        )
        adjusted_planes = dot_gain.compensate(adjusted_planes, options)
        papers = cells.stabilizer.update(source_planes, adjusted_planes, papers, options.family)
    return papers


def _needs_oversampling(cells: Cells, options: Options) -> bool:
    """Return whether the method decides cells from a finer grid."""
    return isinstance(options.family, OVERSAMPLED) and not all(map(is_binary, cells.planes))


def _adjusted_planes(cells: Cells, options: Options) -> QuantaPlanes:
    """Return the cells' light after exposure and adjustments, if anything depends on it."""
    is_needed = (
        cells.edge_lines is not None or cells.stabilizer or not _needs_oversampling(cells, options)
    )
    if is_needed and not all(map(is_binary, cells.planes)):
        return adjust.adjust(cells.planes, options, cells.meter)
    return cells.planes


def _overlay_edge_lines(
    papers: list[BinaryPlane], lines: BinaryPlane, planes: QuantaPlanes, plan: Plan
) -> None:
    """Draw the detected edges as lines, in place."""
    from pixbin.filters import edge_lines

    grey = quanta.luminance(planes)
    for paper in papers:
        picture = paper[plan.picture.slices]
        paper[plan.picture.slices] = edge_lines.overlay_lines(picture, grey, lines)


def _grid_mask(cells: Cells, plan: Plan) -> OpacityMask | None:
    """Return the opacity mask of the whole grid, where letterbox bars are transparent."""
    if cells.mask is None:
        return None
    mask = np.zeros(plan.layout.grid[::-1], np.bool_)
    mask[plan.picture.slices] = cells.mask
    return mask


def _to_picture(
    papers: list[BinaryPlane], mask: OpacityMask | None, layout: Layout, options: Options
) -> Picture:
    paper = papers[0] if len(papers) == 1 else np.stack(papers, axis=-1)
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
        laser=options.laser_settings,
        opacity=mask,
        has_mask=options.alpha_mode is Alpha.MASK,
        recipe=options.recipe,
    )

"""The whole conversion, all in memory: raster in, two-valued picture out."""

from __future__ import annotations

import numpy as np

from pixbin import geometry
from pixbin.animation.stabilizer import Steadiness
from pixbin.catalog.enums import Alpha
from pixbin.catalog.families import SEES_FINER, ErrorDiffusion, Neural
from pixbin.geometry import Layout, Plan, Size
from pixbin.jit import dispatch
from pixbin.options import Options
from pixbin.picture import Picture
from pixbin.pipeline import binarize, cell_sampling, transparency
from pixbin.pipeline.binarize import Paper
from pixbin.pipeline.cell_sampling import Cells, Planes, is_binary
from pixbin.pipeline.transparency import Shown
from pixbin.readers.raster import Raster
from pixbin.resample import luminance
from pixbin.tone import adjust
from pixbin.tone.exposure_meter import Meter


def plan(raster: Raster, options: Options) -> Plan:
    """Return the geometry of a conversion; that of the whole picture, if it was shrunk."""
    return plan_of(raster.whole or raster.size, options)


def plan_of(source: Size, options: Options) -> Plan:
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
    meter: Meter = adjust.ALONE,
    before: Steadiness | None = None,
) -> Picture:
    """Turn a raster into a strictly binary, pixelated picture of exactly the planned size."""
    steps = plan(raster, options)
    ready(options)
    if isinstance(options.family, ErrorDiffusion):
        dispatch.expect(steps.layout.grid.width * steps.layout.grid.height)
    cells = cell_sampling.prepare(raster, steps, options)._replace(meter=meter, before=before)
    return finish(cells, steps, options)


def ready(options: Options) -> None:
    """Load the model that a conversion needs, if it does.

    Raises
    ------
    ModelError
        It is missing or unfit.
    """
    if isinstance(options.family, Neural):
        from pixbin.neural import backend

        backend.load(options)


def finish(cells: Cells, steps: Plan, options: Options) -> Picture:
    """Give the cells the look that was asked for, decide every one, and make the picture."""
    opaque, meter = _opaque(cells, steps), cells.meter
    if cells.shown is not None and opaque is not None:
        cells = cells._replace(meter=transparency.OfShown(meter, cells.shown))
        meter = transparency.OfShown(meter, opaque)
    planes = _with_look(cells, options)
    if _is_drawn(cells, options):
        papers = binarize.drawn(cells, steps, options)
    else:
        whole = binarize.with_bars(planes, steps, options, opaque)
        papers = binarize.decided(whole, options, meter)
    if cells.lines is not None:
        _draw_lines(papers, cells.lines, planes, steps)
    if cells.before:
        source, look_of_it = (
            binarize.with_bars(each, steps, options, opaque) for each in (cells.planes, planes)
        )
        papers = cells.before.settle(source, look_of_it, papers, options.family)
    return _picture(papers, opaque, steps.layout, options)


def _is_drawn(cells: Cells, options: Options) -> bool:
    """Tell whether cells are decided by what is seen on a finer grid."""
    return isinstance(options.family, SEES_FINER) and not all(map(is_binary, cells.planes))


def _with_look(cells: Cells, options: Options) -> Planes:
    """Return the cells' light as it shall look, unless nothing depends on it."""
    is_wanted = cells.lines is not None or cells.before or not _is_drawn(cells, options)
    if is_wanted and not all(map(is_binary, cells.planes)):
        return adjust.adjust(cells.planes, options, cells.meter)
    return cells.planes


def _draw_lines(papers: list[Paper], lines: Paper, planes: Planes, steps: Plan) -> None:
    """Draw lines along the edges, in place."""
    from pixbin.filters import edge_lines

    grey = luminance.of_planes(planes)
    for paper in papers:
        paper[steps.picture.slices] = edge_lines.drawn(paper[steps.picture.slices], grey, lines)


def _opaque(cells: Cells, steps: Plan) -> Shown | None:
    """Return which cells are opaque, where transparency is kept; bars are not."""
    if cells.shown is None:
        return None
    opaque = np.zeros(steps.layout.grid[::-1], np.bool_)
    opaque[steps.picture.slices] = cells.shown
    return opaque


def _picture(
    papers: list[Paper], opaque: Shown | None, layout: Layout, options: Options
) -> Picture:
    paper = papers[0] if len(papers) == 1 else np.stack(papers, axis=-1)
    if options.invert:
        paper = ~paper
    if opaque is not None:
        paper[~opaque] = False
        opaque.setflags(write=False)
    paper.setflags(write=False)
    return Picture(
        paper,
        layout,
        options.ink,
        options.paper,
        depth=options.depth,
        cell=options.cell,
        wishes=options.wishes,
        opacity=opaque,
        has_mask=options.keeps is Alpha.MASK,
    )

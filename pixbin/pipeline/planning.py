"""The geometry of the conversion of one picture, with a method that is known."""

from __future__ import annotations

from pixbin import geometry
from pixbin.geometry import Focus, Plan, Size
from pixbin.options import Options
from pixbin.readers.raster import Raster


def plan_with_known_method(raster: Raster, options: Options) -> Plan:
    """Plan the geometry of a conversion whose method is not `auto`.

    `plan_for_raster` of the module `convert` takes every method; it says what is raised.
    """
    focus = raster.focus
    if focus is None and options.gravity.is_by_content:
        from pixbin.pipeline.focus import focus_of

        focus = focus_of(raster, options)
    return plan_for_size(raster.original_size or raster.size, options, focus)


def plan_for_size(source: Size, options: Options, focus: Focus | None = None) -> Plan:
    """Plan the geometry of the conversion of a picture of this upright size.

    Without a focus, a gravity by content is the centre, and an automatic zoom is 1.
    """
    return geometry.plan(
        source,
        size=options.size,
        grid=options.grid,
        block=options.block,
        fit=options.fit,
        gravity=options.gravity,
        pixel=options.pixel or geometry.SQUARE,
        crop=options.crop,
        zoom=None if options.zoom == "auto" else options.zoom,
        focus=focus if options.gravity.is_by_content else None,
    )

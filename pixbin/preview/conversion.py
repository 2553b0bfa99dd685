"""Conversion of a picture or animation for a canvas in the terminal."""

from __future__ import annotations

import dataclasses

from pixbin.animation.convert import convert_animation
from pixbin.animation.film import Film
from pixbin.geometry import Extent, Plan
from pixbin.options import Options
from pixbin.picture import Picture
from pixbin.pipeline import cell_sampling
from pixbin.pipeline.convert import plan_for_raster, render
from pixbin.preview.canvas import Canvas, fit_plan
from pixbin.readers.animated import FrameSequence
from pixbin.readers.raster import Raster


def convert_for_canvas(raster: Raster, options: Options, canvas: Canvas) -> Picture:
    """Convert a picture for a canvas.

    The grid is that of the options, or a smaller one if there is no room for it. The crop does not
    change.
    """
    plan = fit_plan(canvas, plan_for_raster(raster, options))
    return render(cell_sampling.sample_cells(raster, plan, options), plan, options)


def convert_film_for_canvas(
    frames: FrameSequence, plan: Plan, options: Options, canvas: Canvas
) -> Film:
    """Convert an animation for a canvas; `plan` is that of the options.

    Where all cells have room, the cells are those of the output. Else the crop may differ by the
    rounding of the smaller size.
    """
    fitted = fit_plan(canvas, plan)
    if fitted.layout.grid != plan.layout.grid:
        size, pixel = Extent(*fitted.layout.grid), canvas.dot_shape(plan)
        options = dataclasses.replace(options, size=size, grid=None, block=1, pixel=pixel)
    return convert_animation(frames, options)

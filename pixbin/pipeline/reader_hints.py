"""Hints for the reader: the frame, how far a JPEG may be shrunk, how large an SVG is drawn."""

from __future__ import annotations

from collections.abc import Callable

from pixbin.catalog.enums import JpegDecoding
from pixbin.catalog.families import OVERSAMPLED, Automatic, Neural
from pixbin.geometry import Size
from pixbin.options import Options
from pixbin.pipeline import cell_sampling
from pixbin.pipeline.planning import plan_for_size
from pixbin.readers import ReadOptions

_MIN_PIXELS_PER_CELL = 2  #: pixels along a side of a cell that remain after shrinking
_VECTOR_PIXELS_PER_CELL = (8, 4, 2, 1)  #: along a side of a cell; the first that fits in memory
_MAX_VECTOR_PIXELS = 1 << 25
_SHRINK_FACTORS = (2, 4)  #: decoders can also shrink by 8, but this is hardly faster, and coarse


def read_options(*option_sets: Options) -> ReadOptions:
    """Return read options that serve all these option sets; the first one gives the frame."""
    factors = [shrink_factor(options) for options in option_sets]
    may_shrink = [factor for factor in factors if factor]

    def vector_size(size: Size) -> Size:
        return max(vector_render_size(size, options) for options in option_sets)

    first = ReadOptions(
        option_sets[0].frame, vector_size=vector_size, limits=option_sets[0].input_limits
    )
    if len(may_shrink) < len(factors):
        return first
    return first._replace(shrink_factor=lambda size: min(factor(size) for factor in may_shrink))


def vector_render_size(size: Size, options: Options) -> Size:
    """Return the size, in pixels, at which to draw a vector file of a natural size."""
    plan = plan_for_size(size, options)
    cells, crop = plan.picture.size, plan.crop.size
    cells_per_pixel = max(count / pixels for count, pixels in zip(cells, crop, strict=True))
    for pixels_per_cell in _VECTOR_PIXELS_PER_CELL:
        if crop == size:  # every cell has whole pixels
            drawn = Size(cells.width * pixels_per_cell, cells.height * pixels_per_cell)
        else:
            scale = cells_per_pixel * pixels_per_cell
            drawn = Size(*(max(round(side * scale), 1) for side in size))
        if drawn.width * drawn.height <= _MAX_VECTOR_PIXELS:
            break
    return drawn


def shrink_factor(options: Options) -> Callable[[Size], int] | None:
    """Return a function from a picture's size to the factor by which a decoder may shrink it.

    None means that it must decode all pixels.
    """
    if options.decode is JpegDecoding.EXACT or options.uses(Neural, Automatic):
        return None
    if options.zoom == "auto":  # the pixels must be there before it is known
        return None
    min_pixels = _MIN_PIXELS_PER_CELL
    if options.edges > 0 or options.uses(*OVERSAMPLED):
        min_pixels *= cell_sampling.EDGE_OVERSAMPLING

    def factor_for(size: Size) -> int:
        plan = plan_for_size(size, options)
        limit = min(
            pixels // (cells * min_pixels)
            for pixels, cells in zip(plan.crop.size, plan.picture.size, strict=True)
        )
        return max([factor for factor in _SHRINK_FACTORS if factor <= limit], default=1)

    return factor_for

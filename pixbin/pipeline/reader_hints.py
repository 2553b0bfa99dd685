"""What a conversion wants of a decoder: which frame, and of JPEG and SVG how many pixels."""

from __future__ import annotations

from collections.abc import Callable

from pixbin.catalog.enums import JpegDecoding
from pixbin.catalog.families import OVERSAMPLED, Neural
from pixbin.geometry import Size
from pixbin.options import Options
from pixbin.pipeline import cell_sampling
from pixbin.pipeline import convert as pipeline
from pixbin.readers import ReadOptions

_MIN_PIXELS_PER_CELL = 2  #: along a cell, that are left
_VECTOR_PIXELS_PER_CELL = (
    8,
    4,
    2,
    1,
)  #: along a cell, of a drawing; the first that memory has room for
_MAX_VECTOR_PIXELS = 1 << 25
_SHRINK_FACTORS = (2, 4)  #: by how much; decoders can by 8, too, which is hardly faster, and coarse


def read_options(*option_sets: Options) -> ReadOptions:
    """Return what all these options want of a file that holds pictures; the first says which."""
    each = [shrink_factor(options) for options in option_sets]
    found = [times for times in each if times]

    def vector_size(size: Size) -> Size:
        return max(vector_render_size(size, options) for options in option_sets)

    if len(found) < len(each):
        return ReadOptions(option_sets[0].frame, vector_size=vector_size)
    return ReadOptions(
        option_sets[0].frame, lambda size: min(times(size) for times in found), vector_size
    )


def vector_render_size(size: Size, options: Options) -> Size:
    """Return how large a drawing of some natural size is drawn: several pixels to a cell."""
    steps = pipeline.plan_for_size(size, options)
    cells, crop = steps.picture.size, steps.crop.size
    shares = [parts / pixels for parts, pixels in zip(cells, crop, strict=True)]
    for times in _VECTOR_PIXELS_PER_CELL:
        if crop == size:  # every cell has whole pixels
            found = Size(cells.width * times, cells.height * times)
        else:
            found = Size(*(max(round(side * max(shares) * times), 1) for side in size))
        if found.width * found.height <= _MAX_VECTOR_PIXELS:
            break
    return found


def shrink_factor(options: Options) -> Callable[[Size], int] | None:
    """Return by how much a decoder may shrink a picture of some size, if at all."""
    if options.decode is JpegDecoding.EXACT or isinstance(options.family, Neural):
        return None
    least = _MIN_PIXELS_PER_CELL
    if options.edges > 0 or isinstance(options.family, OVERSAMPLED):
        least *= cell_sampling.EDGE_OVERSAMPLING

    def factor_for(size: Size) -> int:
        steps = pipeline.plan_for_size(size, options)
        most = min(
            pixels // (cells * least)
            for pixels, cells in zip(steps.crop.size, steps.picture.size, strict=True)
        )
        return max([each for each in _SHRINK_FACTORS if each <= most], default=1)

    return factor_for

"""What a conversion wants of a decoder: which frame, and of JPEG and SVG how many pixels."""

from __future__ import annotations

from collections.abc import Callable

from pixbin.catalog.enums import Decode
from pixbin.catalog.families import SEES_FINER, Neural
from pixbin.geometry import Size
from pixbin.options import Options
from pixbin.pipeline import cell_sampling
from pixbin.pipeline import convert as pipeline
from pixbin.readers import Wish

_LEAST_PIXELS = 2  #: along a cell, that are left
_DRAWN = (8, 4, 2, 1)  #: along a cell, of a drawing; the first that memory has room for
_MOST_DRAWN = 1 << 25
_SHRINKS = (2, 4)  #: by how much; decoders can by 8, too, which is hardly faster, and coarse


def wish(*choices: Options) -> Wish:
    """Return what all these options want of a file that holds pictures; the first says which."""
    each = [shrinks(options) for options in choices]
    found = [times for times in each if times]

    def draws(size: Size) -> Size:
        return max(drawn(size, options) for options in choices)

    if len(found) < len(each):
        return Wish(choices[0].frame, draws=draws)
    return Wish(choices[0].frame, lambda size: min(times(size) for times in found), draws)


def drawn(size: Size, options: Options) -> Size:
    """Return how large a drawing of some natural size is drawn: several pixels to a cell."""
    steps = pipeline.plan_of(size, options)
    cells, crop = steps.picture.size, steps.crop.size
    shares = [parts / pixels for parts, pixels in zip(cells, crop, strict=True)]
    for times in _DRAWN:
        if crop == size:  # every cell has whole pixels
            found = Size(cells.width * times, cells.height * times)
        else:
            found = Size(*(max(round(side * max(shares) * times), 1) for side in size))
        if found.width * found.height <= _MOST_DRAWN:
            break
    return found


def shrinks(options: Options) -> Callable[[Size], int] | None:
    """Return by how much a decoder may shrink a picture of some size, if at all."""
    if options.decode is Decode.EXACT or isinstance(options.family, Neural):
        return None
    least = _LEAST_PIXELS
    if options.edges > 0 or isinstance(options.family, SEES_FINER):
        least *= cell_sampling.EDGE_CELLS

    def times(size: Size) -> int:
        steps = pipeline.plan_of(size, options)
        most = min(
            pixels // (cells * least)
            for pixels, cells in zip(steps.crop.size, steps.picture.size, strict=True)
        )
        return max([each for each in _SHRINKS if each <= most], default=1)

    return times

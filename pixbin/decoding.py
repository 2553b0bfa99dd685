"""What a conversion wants of a decoder: which frame, and of JPEG how many pixels."""

from __future__ import annotations

from collections.abc import Callable

from pixbin import pipeline
from pixbin.choices import Decode
from pixbin.families import SEES_FINER, Neural
from pixbin.geometry import Size
from pixbin.options import Options
from pixbin.reading import Wish

_LEAST_PIXELS = 2  #: along a cell, that are left
_SHRINKS = (2, 4)  #: by how much; decoders can by 8, too, which is hardly faster, and coarse


def wish(*choices: Options) -> Wish:
    """Return what all these options want of a file that holds pictures; the first says which."""
    each = [shrinks(options) for options in choices]
    found = [times for times in each if times]
    if len(found) < len(each):
        return Wish(choices[0].frame)
    return Wish(choices[0].frame, lambda size: min(times(size) for times in found))


def shrinks(options: Options) -> Callable[[Size], int] | None:
    """Return by how much a decoder may shrink a picture of some size, if at all."""
    if options.decode is Decode.EXACT or isinstance(options.family, Neural):
        return None
    least = _LEAST_PIXELS
    if options.edges > 0 or isinstance(options.family, SEES_FINER):
        least *= pipeline.EDGE_CELLS

    def times(size: Size) -> int:
        steps = pipeline.plan_of(size, options)
        most = min(
            pixels // (cells * least)
            for pixels, cells in zip(steps.crop.size, steps.picture.size, strict=True)
        )
        return max([each for each in _SHRINKS if each <= most], default=1)

    return times

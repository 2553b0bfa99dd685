"""By how much a JPEG decoder may shrink a picture that has more pixels than are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pixbin import pipeline
from pixbin.choices import Decode
from pixbin.families import SEES_FINER, Neural
from pixbin.geometry import Size
from pixbin.options import Options

_LEAST_PIXELS = 2  #: along a cell, that are left
_SHRINKS = (2, 4)  #: by how much; decoders can by 8, too, which is hardly faster, and coarse


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


def shrinks_for_all(choices: Iterable[Options]) -> Callable[[Size], int] | None:
    """Return by how much a decoder may shrink a picture that all these options are meant for."""
    each = [shrinks(options) for options in choices]
    found = [times for times in each if times]
    if len(found) < len(each):
        return None
    return lambda size: min(times(size) for times in found)

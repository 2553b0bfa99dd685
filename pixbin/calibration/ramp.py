"""The ramp as cells: each tone by the method of the options, and marks for the reader."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np

from pixbin.calibration import ramp_layout
from pixbin.catalog.enums import Channels
from pixbin.catalog.families import WITHOUT_TONES
from pixbin.color.quanta import FULL_SCALE
from pixbin.errors import UsageError
from pixbin.geometry import Extent, Fit, Gravity, Layout, Size
from pixbin.options import Options
from pixbin.pipeline import binarize, planning, print_medium
from pixbin.pipeline.binarize import BinaryPlane
from pixbin.tone import dot_gain

_DEFAULT_UNIT = 4  #: cells, if no option gives a size
_RAMP = Size(ramp_layout.WIDTH, ramp_layout.HEIGHT)


class Ramp(NamedTuple):
    """The cells of a ramp, and the options that convert them into a file without a change."""

    paper: BinaryPlane  #: shape (H, W), True is paper; before `invert`
    options: Options
    coverage: dict[float, float]  #: the share of ink in the cells of the patches, by their tone


def draw(options: Options) -> Ramp:
    """Draw the ramp for a method, a size and a device.

    The tones are the inputs of the method. Without options that describe the medium, they are not
    compensated; this is needed to measure the medium. With such options, the print shows how well
    the compensation works.

    Raises
    ------
    UsageError
        The method has no tones, or the grid has too few cells.
    """
    if isinstance(options.family, WITHOUT_TONES):
        raise UsageError(
            f"{options.method_name} does not mix tones from dots; choose another --method for a "
            "ramp, such as floyd-steinberg or halftone"
        )
    options = _for_ramp(options)
    grid = options.grid.resolve(_RAMP) if options.grid else _RAMP  # _for_ramp gives both sides
    wide = Size(max(grid), min(grid))
    unit = min(wide.width // _RAMP.width, wide.height // _RAMP.height)
    if unit < ramp_layout.MIN_UNIT:
        least = Size(*(ramp_layout.MIN_UNIT * side for side in _RAMP))
        raise UsageError(f"a grid of {grid} cells is too small; a ramp needs {least}")
    ink = np.zeros(wide[::-1], np.bool_)
    left, top = ((wide[axis] - unit * _RAMP[axis]) // 2 for axis in (0, 1))
    area = ink[top : top + unit * _RAMP.height, left : left + unit * _RAMP.width]
    _draw_marks(area, unit)
    _draw_dots(area, unit)
    coverage = _draw_patches(area, unit, options)
    if grid != wide:
        ink = np.rot90(ink)
    return Ramp(ink.copy() if options.invert else ~ink, options, coverage)


def _for_ramp(options: Options) -> Options:
    """Return options with the exact grid, and without those that need a picture."""
    has_cells = options.grid or options.block
    source = Size(*(_DEFAULT_UNIT * side for side in _RAMP))
    neutral = dataclasses.replace(
        options,
        block=options.block if has_cells else 1,
        crop=None,
        zoom=1.0,
        gravity=Gravity.CENTER,
        fit=Fit.STRETCH,
        edges=0.0,
        channels=Channels.GREY,
        mask=None,
        method_inside=None,
        method_outside=None,
    )
    layout: Layout = planning.plan_for_size(source, neutral).layout
    return dataclasses.replace(
        neutral, size=Extent(*layout.output), grid=Extent(*layout.grid), block=layout.block
    )


def _draw_marks(area: BinaryPlane, unit: int) -> None:
    side = ramp_layout.MARK
    for left, top in ramp_layout.mark_corners():
        for inset, is_ink in ((0, True), (1, False), (2, True)):
            rows, columns = (
                slice((start + inset) * unit, (start + side - inset) * unit)
                for start in (top, left)
            )
            area[rows, columns] = is_ink


def _draw_dots(area: BinaryPlane, unit: int) -> None:
    """Draw rows of dots of 1 to 4 cells on paper, and rows of such gaps in ink.

    The print shows the smallest size at which no dot or gap is missing.
    """
    width, space = ramp_layout.MARK * unit, ramp_layout.DOT_SPACE
    for (left, top), is_ink in zip(ramp_layout.dot_columns(unit), (True, False), strict=True):
        part = area[top : top + ramp_layout.DOTS_HEIGHT, left : left + width]
        part[:] = not is_ink
        row = space
        for side in ramp_layout.DOT_SIDES:
            for column in range(space, width - side - space + 1, side + space):
                part[row : row + side, column : column + side] = is_ink
            row += side + space


def _draw_patches(area: BinaryPlane, unit: int, options: Options) -> dict[float, float]:
    """Draw the patches, and return the share of ink in each tone."""
    side = ramp_layout.PATCH * unit
    drawn = {tone: _dither(tone, side, options) for tone in ramp_layout.TONES}
    for patch in ramp_layout.patches():
        rows, columns = (slice(start * unit, start * unit + side) for start in patch[1::-1])
        area[rows, columns] = drawn[patch.tone]
    return {tone: float(ink.mean()) for tone, ink in drawn.items()}


def _dither(tone: float, side: int, options: Options) -> BinaryPlane:
    """Return the ink of a patch, from the middle of a larger area, where methods are settled."""
    light = tone if options.invert else 1 - tone
    cells = np.full((3 * side, 3 * side), round(light * FULL_SCALE), np.int32)
    plan = planning.plan_for_size(
        Size(3 * side, 3 * side), dataclasses.replace(options, size=None, grid=None, block=1)
    )
    planes = dot_gain.compensate((cells,), options)
    papers = [binarize.binarize(plane, options) if tone < 1 else plane > 0 for plane in planes]
    paper = print_medium.enforce_smallest_features(papers, planes, plan, options)[0]
    middle = paper[side : 2 * side, side : 2 * side]
    return middle if options.invert else ~middle

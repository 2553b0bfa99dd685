"""The whole conversion, all in memory: raster in, two-valued picture out."""

from __future__ import annotations

from typing import NamedTuple, TypeVar, assert_never

import numpy as np
from numpy.typing import NDArray

from pixbin import geometry, light, look, resample
from pixbin.families import (
    SEES_FINER,
    Bayer,
    ContrastAware,
    DirectBinarySearch,
    DotDiffusion,
    EdgeEnhancement,
    ErrorDiffusion,
    FixedThreshold,
    GradientNoise,
    Halftone,
    Ink,
    LocalThreshold,
    Neural,
    Otsu,
    Riemersma,
    ThresholdMap,
    Tile,
    VariableDiffusion,
    WhiteNoise,
)
from pixbin.geometry import Box, Plan, Size
from pixbin.kernels import machine
from pixbin.light import FULL, Light, Quanta
from pixbin.meter import Meter
from pixbin.options import Options
from pixbin.picture import Picture
from pixbin.raster import Raster

Value = TypeVar("Value", bound=np.generic)

EDGE_CELLS = 4  #: how many times finer than the picture's the grid is that edges are found on


class Fine(NamedTuple):
    """Averages on a grid several times as fine as the picture's."""

    light: Quanta  #: shape (picture's height * times, width * times)
    times: int


class Cells(NamedTuple):
    """What a conversion sees of the source: averages of its light, before look and method."""

    planes: tuple[Quanta, ...]  #: grey, or red, green and blue; shapes (picture's height, width)
    lines: NDArray[np.bool_] | None  #: to be drawn along edges, of the same shape
    pixels: Light  #: what the averages are of, should a finer grid be wanted
    meter: Meter = look.ALONE  #: works out the exposure; that of a film knows other frames

    @property
    def grey(self) -> Quanta:
        """The light of all planes as one."""
        return light.of_planes(self.planes)


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


def convert(raster: Raster, options: Options, meter: Meter = look.ALONE) -> Picture:
    """Turn a raster into a strictly binary, pixelated picture of exactly the planned size."""
    steps = plan(raster, options)
    ready(options)
    if isinstance(options.family, ErrorDiffusion):
        machine.expect(steps.layout.grid.width * steps.layout.grid.height)
    cells = prepare(raster, steps, options)._replace(meter=meter)
    return finish(cells, steps, options)


def ready(options: Options) -> None:
    """Load the model that a conversion needs, if it does.

    Raises
    ------
    ModelError
        It is missing or unfit.
    """
    if isinstance(options.family, Neural):
        from pixbin import neural

        neural.load(options)


def prepare(raster: Raster, steps: Plan, options: Options) -> Cells:
    """Average the light of the raster over the cells of the picture."""
    crop = geometry.same_part(steps, raster.size, options.gravity)
    pixels = Light(raster, crop, options.tone, options.background)
    planes = tuple(
        resample.area_downsample(each, steps.row_positions, steps.column_positions)
        for each in _of_channels(pixels, options)
    )
    draws = options.edges > 0 and not all(map(is_binary, planes))
    return Cells(planes, _lines(pixels, steps, options) if draws else None, pixels)


def finer(pixels: Light, steps: Plan, most: int) -> Fine:
    """Average light on a grid up to so many times as fine as the picture's, if it has such pixels.

    `pixels` are those of the cells, or of one channel of theirs.
    """
    box = steps.picture
    spare = min(pixels.size.width // box.width, pixels.size.height // box.height)
    times = min(max(spare, 1), most)
    return Fine(_averaged(pixels, steps, times), times)


def _averaged(pixels: Light, steps: Plan, times: int, box: Box | None = None) -> Quanta:
    """Average light on a finer grid, all of it or in a box of the picture's cells."""
    rows, columns = (
        resample.finer(positions, times)
        for positions in (steps.row_positions, steps.column_positions)
    )
    fine = Box(*(times * each for each in box)) if box else None
    return resample.area_downsample(pixels, rows, columns, fine)


def finish(cells: Cells, steps: Plan, options: Options) -> Picture:
    """Give the cells the look that was asked for, decide every one, and make the picture."""
    planes, is_given = cells.planes, all(map(is_binary, cells.planes))
    is_drawn = isinstance(options.family, SEES_FINER) and not is_given
    if not is_given and (cells.lines is not None or not is_drawn):
        planes = look.adjust(planes, options, cells.meter)
    if is_drawn:
        decided = _drawn(cells, steps, options)
    else:
        decided = _decided(_with_bars(planes, steps, options), options, cells.meter)
    if cells.lines is not None:
        from pixbin.kernels import edges

        grey = light.of_planes(planes)
        for paper in decided:
            shown = _inside(paper, steps.picture)
            shown[...] = edges.drawn(shown, grey, cells.lines)
    paper = decided[0] if len(decided) == 1 else np.stack(decided, axis=-1)
    if options.invert:
        paper = ~paper
    paper.setflags(write=False)
    colors, wishes = (options.ink, options.paper), options.wishes
    return Picture(paper, steps.layout, *colors, options.depth, options.cell, wishes)


def _decided(planes: tuple[Quanta, ...], options: Options, meter: Meter) -> list[NDArray[np.bool_]]:
    return [plane > 0 if is_binary(plane) else binarize(plane, options, meter) for plane in planes]


def _of_channels(pixels: Light, options: Options) -> list[Light]:
    return [pixels._replace(channel=channel) for channel in options.channels.numbers]


def _lines(pixels: Light, steps: Plan, options: Options) -> NDArray[np.bool_]:
    """Find the edges on a grid several times as fine as the picture's."""
    from pixbin.kernels import edges

    fine, times = finer(pixels, steps, EDGE_CELLS)
    return edges.found(light.as_srgb(fine, options.tone), times, options.edges)


def _drawn(cells: Cells, steps: Plan, options: Options) -> list[NDArray[np.bool_]]:
    """Decide every cell of the picture from a finer grid, and the bars beside it at one half."""
    decide = _by_model if isinstance(options.family, Neural) else _by_ink
    drawn = []
    papers = decide(cells, steps, options)
    for plane, paper, bar in zip(cells.planes, papers, _bars(options), strict=True):
        whole = np.full(steps.layout.grid[::-1], light.as_srgb(np.array(bar), options.tone) >= 0.5)
        _inside(whole, steps.picture)[...] = plane > 0 if is_binary(plane) else paper
        drawn.append(whole)
    return drawn


def _by_ink(cells: Cells, steps: Plan, options: Options) -> list[NDArray[np.bool_]]:
    from pixbin.kernels import ink

    fine = [finer(each, steps, ink.FINE) for each in _of_channels(cells.pixels, options)]
    times = fine[0].times
    exposed = look.development(cells.grey, options, cells.meter)
    values = look.finer(tuple(each.light for each in fine), options, times, exposed)
    return [ink.draw(value, times) for value in values]


def _by_model(cells: Cells, steps: Plan, options: Options) -> list[NDArray[np.bool_]]:
    from pixbin import neural

    def averaged(times: int, channel: int | None, box: Box) -> Quanta:
        return _averaged(cells.pixels._replace(channel=channel), steps, times, box)

    return neural.decide(averaged, cells.grey, options, cells.meter)


def binarize(cells: Quanta, options: Options, meter: Meter = look.ALONE) -> NDArray[np.bool_]:
    """Decide every cell by the chosen method; True is paper."""
    family = options.family
    match family:
        case ErrorDiffusion():
            from pixbin.kernels import diffusion

            return diffusion.diffuse(cells, family, options.serpentine, options.strength)
        case EdgeEnhancement(kernel, gain):
            from pixbin.kernels import enhancement

            return enhancement.diffuse(cells, kernel, options.serpentine, options.strength, gain)
        case VariableDiffusion():
            from pixbin.kernels import variable

            return variable.diffuse(
                cells, family, options.serpentine, options.strength, options.seed
            )
        case Riemersma():
            from pixbin.kernels import curve

            return curve.diffuse(cells, family, options.strength)
        case DotDiffusion():
            from pixbin.kernels import dots

            return dots.diffuse(cells, family, options.strength)
        case ContrastAware():
            from pixbin.kernels import contrast

            return contrast.diffuse(cells, family, options.strength, options.seed)
        case Bayer() | ThresholdMap() | Tile() | GradientNoise() | WhiteNoise():
            from pixbin.kernels import ordered

            thresholds = ordered.thresholds(family, cells.shape, options.seed)
            return ordered.compare(cells, thresholds, options.strength)
        case Halftone():
            from pixbin.kernels import halftone

            screen = halftone.Screen(options.angle, options.frequency, options.dot)
            return halftone.halftone(cells, screen, options.strength)
        case DirectBinarySearch():
            from pixbin.kernels import search

            return search.search(cells, options.structure)
        case FixedThreshold() | Neural():  # of a model: bars beside what is binary already
            from pixbin.kernels import threshold

            return threshold.fixed(cells, options.threshold, options.tone)
        case Otsu():
            from pixbin.kernels import threshold

            return threshold.otsu(cells, options.tone, meter.level)
        case LocalThreshold():
            from pixbin.kernels import local

            return local.local(cells, family, options.radius, options.tone)
        case Ink():
            from pixbin.kernels import ink

            return ink.draw(light.as_srgb(cells, options.tone), 1)
    assert_never(family)


def is_binary(cells: Quanta) -> bool:
    """Tell whether every cell is pure black or pure white already."""
    return all(np.all((row == 0) | (row == FULL)) for row in cells)


def _with_bars(planes: tuple[Quanta, ...], steps: Plan, options: Options) -> tuple[Quanta, ...]:
    grid, box = steps.layout.grid, steps.picture
    if box.size == grid:
        return planes
    wholes = []
    for plane, bar in zip(planes, _bars(options), strict=True):
        whole = np.full((grid.height, grid.width), bar, np.int32)
        _inside(whole, box)[...] = plane
        wholes.append(whole)
    return tuple(wholes)


def _bars(options: Options) -> list[int]:
    """Return the light of the bars beside the picture, in every plane."""
    channels = options.channels.numbers
    return [light.of_color(options.background, options.tone, channel) for channel in channels]


def _inside(whole: NDArray[Value], box: Box) -> NDArray[Value]:
    return whole[box.top : box.top + box.height, box.left : box.left + box.width]

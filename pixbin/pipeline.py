"""The whole conversion, all in memory: raster in, two-valued picture out."""

from __future__ import annotations

from typing import NamedTuple, TypeVar, assert_never

import numpy as np
from numpy.typing import NDArray

from pixbin import geometry, light, look, opacity, resample
from pixbin.choices import Alpha
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
from pixbin.opacity import Shown
from pixbin.options import Options
from pixbin.picture import Picture
from pixbin.raster import Raster
from pixbin.steadiness import Steadiness

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
    shown: Shown | None = None  #: of the same shape, where transparency is kept
    before: Steadiness | None = None  #: knows the frames before

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


def convert(
    raster: Raster,
    options: Options,
    meter: Meter = look.ALONE,
    before: Steadiness | None = None,
) -> Picture:
    """Turn a raster into a strictly binary, pixelated picture of exactly the planned size."""
    steps = plan(raster, options)
    ready(options)
    if isinstance(options.family, ErrorDiffusion):
        machine.expect(steps.layout.grid.width * steps.layout.grid.height)
    cells = prepare(raster, steps, options)._replace(meter=meter, before=before)
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
    pixels = Light(raster, crop, options.tone, options.behind)
    planes = tuple(_averaged(each, steps) for each in _of_channels(pixels, options))
    shown = None
    if options.keeps:
        seen = _averaged(pixels._replace(channel=light.OPACITY), steps)
        shown = opacity.decide(seen, options.keeps)
        opacity.fill(planes, shown)
    cells = Cells(planes, None, pixels, shown=shown)
    draws = options.edges > 0 and not all(map(is_binary, planes))
    return cells._replace(lines=_lines(cells, steps, options)) if draws else cells


def finer(cells: Cells, steps: Plan, most: int, channel: int | None = None) -> Fine:
    """Average light on a grid up to so many times as fine as the picture's, if it has such pixels.

    It is that of one channel, or of all as one grey.
    """
    size, box = cells.pixels.size, steps.picture
    times = min(max(min(size.width // box.width, size.height // box.height), 1), most)
    return Fine(_seen(cells, steps, times, channel), times)


def _seen(
    cells: Cells, steps: Plan, times: int, channel: int | None, box: Box | None = None
) -> Quanta:
    """Average on a finer grid what is seen; where nothing is, there is the light of the cells."""
    fine = _averaged(cells.pixels._replace(channel=channel), steps, times, box)
    if cells.shown is None:
        return fine
    planes = cells.planes
    known = cells.grey if channel is None or len(planes) == 1 else planes[channel]
    shown = cells.shown
    if box:
        known, shown = _inside(known, box), _inside(shown, box)
    seen = shown.repeat(times, 0).repeat(times, 1) & (fine != light.HIDDEN)
    return np.where(seen, fine, known.repeat(times, 0).repeat(times, 1))


def _averaged(pixels: Light, steps: Plan, times: int = 1, box: Box | None = None) -> Quanta:
    """Average light on the picture's grid or a finer one, all of it or in a box of its cells."""
    rows, columns = (
        resample.finer(positions, times)
        for positions in (steps.row_positions, steps.column_positions)
    )
    fine = Box(*(times * each for each in box)) if box else None
    return resample.area_downsample(pixels, rows, columns, fine)


def finish(cells: Cells, steps: Plan, options: Options) -> Picture:
    """Give the cells the look that was asked for, decide every one, and make the picture."""
    opaque, meter = _opaque(cells, steps), cells.meter
    if cells.shown is not None:
        cells = cells._replace(meter=opacity.OfShown(meter, cells.shown))
    planes, is_given = cells.planes, all(map(is_binary, cells.planes))
    is_drawn = isinstance(options.family, SEES_FINER) and not is_given
    if not is_given and (cells.lines is not None or cells.before or not is_drawn):
        planes = look.adjust(planes, options, cells.meter)
    if is_drawn:
        decided = _drawn(cells, steps, options)
    else:
        decided = _decided(_with_bars(planes, steps, options, opaque), options, meter, opaque)
    if cells.lines is not None:
        from pixbin.kernels import edges

        grey = light.of_planes(planes)
        for paper in decided:
            shown = _inside(paper, steps.picture)
            shown[...] = edges.drawn(shown, grey, cells.lines)
    if cells.before:
        bare, adjusted = (
            _with_bars(each, steps, options, opaque) for each in (cells.planes, planes)
        )
        decided = cells.before.settle(bare, adjusted, decided, options.family)
    paper = decided[0] if len(decided) == 1 else np.stack(decided, axis=-1)
    if options.invert:
        paper = ~paper
    if opaque is not None:
        paper[~opaque] = False
        opaque.setflags(write=False)
    paper.setflags(write=False)
    return Picture(
        paper,
        steps.layout,
        options.ink,
        options.paper,
        depth=options.depth,
        cell=options.cell,
        wishes=options.wishes,
        opacity=opaque,
        has_mask=options.keeps is Alpha.MASK,
    )


def _opaque(cells: Cells, steps: Plan) -> NDArray[np.bool_] | None:
    """Return which cells are opaque, where transparency is kept; bars are not."""
    if cells.shown is None:
        return None
    opaque = np.zeros(steps.layout.grid[::-1], np.bool_)
    _inside(opaque, steps.picture)[...] = cells.shown
    return opaque


def _decided(
    planes: tuple[Quanta, ...], options: Options, meter: Meter, opaque: Shown | None
) -> list[NDArray[np.bool_]]:
    if opaque is not None:
        meter = opacity.OfShown(meter, opaque)
    return [plane > 0 if is_binary(plane) else binarize(plane, options, meter) for plane in planes]


def _of_channels(pixels: Light, options: Options) -> list[Light]:
    return [pixels._replace(channel=channel) for channel in options.channels.numbers]


def _lines(cells: Cells, steps: Plan, options: Options) -> NDArray[np.bool_]:
    """Find the edges on a grid several times as fine as the picture's."""
    from pixbin.kernels import edges

    fine, times = finer(cells, steps, EDGE_CELLS)
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

    fine = [finer(cells, steps, ink.FINE, channel) for channel in options.channels.numbers]
    times = fine[0].times
    exposed = look.development(cells.grey, options, cells.meter)
    values = look.finer(tuple(each.light for each in fine), options, times, exposed)
    return [ink.draw(value, times) for value in values]


def _by_model(cells: Cells, steps: Plan, options: Options) -> list[NDArray[np.bool_]]:
    from pixbin import neural

    def averaged(times: int, channel: int | None, box: Box) -> Quanta:
        return _seen(cells, steps, times, channel, box)

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


def _with_bars(
    planes: tuple[Quanta, ...], steps: Plan, options: Options, opaque: Shown | None
) -> tuple[Quanta, ...]:
    grid, box = steps.layout.grid, steps.picture
    if box.size == grid:
        return planes
    wholes = []
    for plane, bar in zip(planes, _bars(options), strict=True):
        whole = np.full((grid.height, grid.width), bar, np.int32)
        _inside(whole, box)[...] = plane
        wholes.append(whole)
    if opaque is not None:
        opacity.fill(tuple(wholes), opaque)
    return tuple(wholes)


def _bars(options: Options) -> list[int]:
    """Return the light of the bars beside the picture, in every plane."""
    channels = options.channels.numbers
    return [light.of_color(options.background, options.tone, channel) for channel in channels]


def _inside(whole: NDArray[Value], box: Box) -> NDArray[Value]:
    return whole[box.top : box.top + box.height, box.left : box.left + box.width]

"""Ink or paper: every cell, by the method that was chosen."""

from __future__ import annotations

from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.families import (
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
from pixbin.geometry import Box, Plan
from pixbin.options import Options
from pixbin.pipeline import cell_sampling, transparency
from pixbin.pipeline.cell_sampling import Cells, Planes, is_binary
from pixbin.pipeline.transparency import Shown
from pixbin.resample import luminance
from pixbin.resample.luminance import Quanta
from pixbin.tone import adjust
from pixbin.tone.exposure_meter import Meter

Paper = NDArray[np.bool_]  #: shape (H, W), True is paper


def binarize(cells: Quanta, options: Options, meter: Meter = adjust.ALONE) -> Paper:
    """Decide every cell by the chosen method; True is paper."""
    family = options.family
    match family:
        case ErrorDiffusion():
            from pixbin.dither import error_diffusion

            return error_diffusion.diffuse(cells, family, options.serpentine, options.strength)
        case EdgeEnhancement(kernel, gain):
            from pixbin.dither import edge_enhancement

            return edge_enhancement.diffuse(
                cells, kernel, options.serpentine, options.strength, gain
            )
        case VariableDiffusion():
            from pixbin.dither import variable_error_diffusion

            return variable_error_diffusion.diffuse(
                cells, family, options.serpentine, options.strength, options.seed
            )
        case Riemersma():
            from pixbin.dither import riemersma

            return riemersma.diffuse(cells, family, options.strength)
        case DotDiffusion():
            from pixbin.dither import dot_diffusion

            return dot_diffusion.diffuse(cells, family, options.strength)
        case ContrastAware():
            from pixbin.dither import contrast_aware

            return contrast_aware.diffuse(cells, family, options.strength, options.seed)
        case Bayer() | ThresholdMap() | Tile() | GradientNoise() | WhiteNoise():
            from pixbin.dither import ordered

            thresholds = ordered.thresholds(family, cells.shape, options.seed)
            return ordered.compare(cells, thresholds, options.strength)
        case Halftone():
            from pixbin.dither import halftone

            screen = halftone.Screen(options.angle, options.frequency, options.dot)
            return halftone.halftone(cells, screen, options.strength)
        case DirectBinarySearch():
            from pixbin.dither import direct_binary_search

            return direct_binary_search.search(cells, options.structure)
        case FixedThreshold() | Neural():  # of a model: bars beside what is binary already
            from pixbin.dither import global_threshold

            return global_threshold.fixed(cells, options.threshold, options.tone)
        case Otsu():
            from pixbin.dither import global_threshold

            return global_threshold.otsu(cells, options.tone, meter.level)
        case LocalThreshold():
            from pixbin.dither import local_threshold

            return local_threshold.local(cells, family, options.radius, options.tone)
        case Ink():
            from pixbin.dither import xdog

            return xdog.draw(luminance.as_srgb(cells, options.tone), 1)
    assert_never(family)


def decided(planes: Planes, options: Options, meter: Meter) -> list[Paper]:
    """Decide every cell of all planes; what is black and white already stays."""
    return [plane > 0 if is_binary(plane) else binarize(plane, options, meter) for plane in planes]


def drawn(cells: Cells, steps: Plan, options: Options) -> list[Paper]:
    """Decide every cell of the picture from a finer grid, and the bars beside it at one half."""
    decide = _by_model if isinstance(options.family, Neural) else _by_ink
    wholes = []
    papers = decide(cells, steps, options)
    for plane, paper, bar in zip(cells.planes, papers, _bars(options), strict=True):
        whole = np.full(
            steps.layout.grid[::-1], luminance.as_srgb(np.array(bar), options.tone) >= 0.5
        )
        whole[steps.picture.slices] = plane > 0 if is_binary(plane) else paper
        wholes.append(whole)
    return wholes


def _by_ink(cells: Cells, steps: Plan, options: Options) -> list[Paper]:
    from pixbin.dither import xdog

    fine = [
        cell_sampling.finer(cells, steps, xdog.FINE, channel)
        for channel in options.channels.numbers
    ]
    times = fine[0].times
    exposed = adjust.development(cells.grey, options, cells.meter)
    values = adjust.finer(tuple(each.light for each in fine), options, times, exposed)
    return [xdog.draw(value, times) for value in values]


def _by_model(cells: Cells, steps: Plan, options: Options) -> list[Paper]:
    from pixbin.neural import backend

    def averaged(times: int, channel: int | None, box: Box) -> Quanta:
        return cell_sampling.seen(cells, steps, times, channel, box)

    return backend.decide(averaged, cells.grey, options, cells.meter)


def with_bars(planes: Planes, steps: Plan, options: Options, opaque: Shown | None) -> Planes:
    """Lay the planes of the picture between bars; beneath transparency is what is beside it."""
    grid, box = steps.layout.grid, steps.picture
    if box.size == grid:
        return planes
    wholes = []
    for plane, bar in zip(planes, _bars(options), strict=True):
        whole = np.full((grid.height, grid.width), bar, np.int32)
        whole[box.slices] = plane
        wholes.append(whole)
    if opaque is not None:
        transparency.fill(tuple(wholes), opaque)
    return tuple(wholes)


def _bars(options: Options) -> list[int]:
    """Return the light of the bars beside the picture, in every plane."""
    channels = options.channels.numbers
    return [luminance.of_color(options.background, options.tone, channel) for channel in channels]

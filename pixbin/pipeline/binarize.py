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
    RankTile,
    Riemersma,
    ThresholdMap,
    VariableDiffusion,
    WhiteNoise,
)
from pixbin.color import quanta
from pixbin.color.quanta import Quanta
from pixbin.geometry import Box, Plan
from pixbin.options import Options
from pixbin.pipeline import cell_sampling, transparency
from pixbin.pipeline.cell_sampling import Cells, QuantaPlanes, is_binary
from pixbin.pipeline.transparency import OpacityMask
from pixbin.tone import adjust
from pixbin.tone.exposure_meter import ExposureMeter

BinaryPlane = NDArray[np.bool_]  #: shape (H, W), True is paper


def binarize(
    cells: Quanta, options: Options, meter: ExposureMeter = adjust.PER_IMAGE
) -> BinaryPlane:
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
        case Bayer() | ThresholdMap() | RankTile() | GradientNoise() | WhiteNoise():
            from pixbin.dither import ordered

            thresholds = ordered.thresholds(family, cells.shape, options.seed)
            return ordered.apply_thresholds(cells, thresholds, options.strength)
        case Halftone():
            from pixbin.dither import halftone

            screen = halftone.Screen(options.angle, options.frequency, options.dot)
            return halftone.halftone(cells, screen, options.strength)
        case DirectBinarySearch():
            from pixbin.dither import direct_binary_search

            return direct_binary_search.direct_binary_search(cells, options.structure)
        case FixedThreshold() | Neural():  # of a model: bars beside what is binary already
            from pixbin.dither import global_threshold

            return global_threshold.fixed(cells, options.threshold, options.tone)
        case Otsu():
            from pixbin.dither import global_threshold

            return global_threshold.otsu(cells, options.tone, meter.otsu_level)
        case LocalThreshold():
            from pixbin.dither import local_threshold

            return local_threshold.threshold_local(cells, family, options.radius, options.tone)
        case Ink():
            from pixbin.dither import xdog

            return xdog.xdog(quanta.quanta_to_srgb(cells, options.tone), 1)
    assert_never(family)


def binarize_planes(
    planes: QuantaPlanes, options: Options, meter: ExposureMeter
) -> list[BinaryPlane]:
    """Decide every cell of all planes; what is black and white already stays."""
    return [plane > 0 if is_binary(plane) else binarize(plane, options, meter) for plane in planes]


def binarize_oversampled(cells: Cells, plan: Plan, options: Options) -> list[BinaryPlane]:
    """Decide every cell of the picture from a finer grid, and the bars beside it at one half."""
    decide = _binarize_neural if isinstance(options.family, Neural) else _binarize_ink
    wholes = []
    papers = decide(cells, plan, options)
    for plane, paper, bar in zip(cells.planes, papers, _letterbox_levels(options), strict=True):
        whole = np.full(
            plan.layout.grid[::-1], quanta.quanta_to_srgb(np.array(bar), options.tone) >= 0.5
        )
        whole[plan.picture.slices] = plane > 0 if is_binary(plane) else paper
        wholes.append(whole)
    return wholes


def _binarize_ink(cells: Cells, plan: Plan, options: Options) -> list[BinaryPlane]:
    from pixbin.dither import xdog

    fine = [
        cell_sampling.oversample(cells, plan, xdog.OVERSAMPLING, channel)
        for channel in options.channels.channel_indices
    ]
    times = fine[0].oversampling
    exposed = adjust.ink_exposure(cells.grey, options, cells.meter)
    values = adjust.adjust_oversampled(tuple(each.light for each in fine), options, times, exposed)
    return [xdog.xdog(value, times) for value in values]


def _binarize_neural(cells: Cells, plan: Plan, options: Options) -> list[BinaryPlane]:
    from pixbin.neural import backend

    def oversample(oversampling: int, channel: int | None, box: Box) -> Quanta:
        return cell_sampling.oversampled_light(cells, plan, oversampling, channel, box)

    return backend.binarize(oversample, cells.grey, options, cells.meter)


def pad_letterbox(
    planes: QuantaPlanes, plan: Plan, options: Options, mask: OpacityMask | None
) -> QuantaPlanes:
    """Lay the planes of the picture between bars; beneath transparency is what is beside it."""
    grid, box = plan.layout.grid, plan.picture
    if box.size == grid:
        return planes
    wholes = []
    for plane, bar in zip(planes, _letterbox_levels(options), strict=True):
        whole = np.full((grid.height, grid.width), bar, np.int32)
        whole[box.slices] = plane
        wholes.append(whole)
    if mask is not None:
        transparency.fill_transparent(tuple(wholes), mask)
    return tuple(wholes)


def _letterbox_levels(options: Options) -> list[int]:
    """Return the light of the bars beside the picture, in every plane."""
    channels = options.channels.channel_indices
    return [
        quanta.color_to_quanta(options.background, options.tone, channel) for channel in channels
    ]

"""Binarize cells: each becomes ink or paper by the chosen method.

Each family of methods has a module in `dither`, which is imported when it is first used.
"""

from __future__ import annotations

from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog import families
from pixbin.color import quanta
from pixbin.color.quanta import Quanta
from pixbin.geometry import Box, Plan
from pixbin.options import Options
from pixbin.pipeline import cell_sampling
from pixbin.pipeline.cell_sampling import Cells, QuantaPlanes, is_binary
from pixbin.resample.cell_types import OpacityMask
from pixbin.tone import adjust
from pixbin.tone.exposure_meter import ExposureMeter

BinaryPlane = NDArray[np.bool_]  #: shape (H, W), True is paper

#: Families that look at the cells around a cell.
_LOOKING_AROUND = (families.LocalThreshold, families.StructureAwareDiffusion, *families.DRAWN)


def binarize(
    cells: Quanta, options: Options, meter: ExposureMeter = adjust.PER_IMAGE
) -> BinaryPlane:
    """Binarize one plane of cells by the method of the options.

    Parameters
    ----------
    cells : int32 array, shape (H, W), in quanta
        Light after adjustments, on the scale of ``options.tone``.
    options : Options
        The method and its settings.
    meter : ExposureMeter
        Gives Otsu's level; by default of these cells alone.

    Returns
    -------
    bool array, shape (H, W), True is paper
    """
    family = options.family
    match family:
        case families.ErrorDiffusion():
            from pixbin.dither import error_diffusion

            return error_diffusion.diffuse(cells, family, options.serpentine, options.strength)
        case families.EdgeEnhancement(kernel, gain):
            from pixbin.dither import edge_enhancement

            return edge_enhancement.diffuse(
                cells, kernel, options.serpentine, options.strength, gain
            )
        case families.VariableDiffusion():
            from pixbin.dither import variable_error_diffusion

            return variable_error_diffusion.diffuse(
                cells, family, options.serpentine, options.strength, options.seed
            )
        case families.StructureAwareDiffusion():
            from pixbin.dither import threshold_modulation

            return threshold_modulation.structure_aware(
                cells, family, options.serpentine, options.strength
            )
        case families.GreenNoiseDiffusion():
            from pixbin.dither import green_noise

            return green_noise.diffuse(
                cells, family, options.serpentine, options.strength, options.seed
            )
        case families.BlockDiffusion():
            from pixbin.dither import block_diffusion

            return block_diffusion.diffuse(cells, family, options.serpentine, options.strength)
        case families.MultiscaleDiffusion():
            from pixbin.dither import multiscale

            return multiscale.diffuse(cells, options.strength)
        case families.Riemersma():
            from pixbin.dither import riemersma

            return riemersma.diffuse(cells, family, options.strength)
        case families.DotDiffusion():
            from pixbin.dither import dot_diffusion

            return dot_diffusion.diffuse(cells, family, options.strength)
        case families.ContrastAware():
            from pixbin.dither import contrast_aware

            return contrast_aware.diffuse(cells, family, options.strength, options.seed)
        case (
            families.Bayer()
            | families.ThresholdMap()
            | families.RankTile()
            | families.GradientNoise()
            | families.WhiteNoise()
        ):
            from pixbin.dither import ordered

            thresholds = ordered.thresholds(family, cells.shape, options.seed)
            return ordered.apply_thresholds(cells, thresholds, options.strength)
        case families.Halftone():
            from pixbin.dither import halftone

            frequency = options.frequency or halftone.FREQUENCY
            screen = halftone.Screen(options.angle, frequency, options.dot)
            return halftone.halftone(cells, screen, options.strength)
        case families.Crosshatch():
            from pixbin.dither import crosshatch, strokes

            frequency = options.frequency or strokes.frequency_for(cells.shape)
            return crosshatch.hatch(cells, family, options.angle, frequency, options.strength)
        case families.FlowLines():
            from pixbin.dither import flow_lines, strokes

            frequency = options.frequency or strokes.frequency_for(cells.shape)
            lines = flow_lines.FlowScreen(options.angle, frequency)
            return flow_lines.cut(cells, family, lines, options.serpentine, options.strength)
        case families.Stipple():
            from pixbin.dither import stipple

            return stipple.stipple(cells, family, options.strength)
        case families.DirectBinarySearch():
            from pixbin.dither import direct_binary_search

            return direct_binary_search.direct_binary_search(cells, options.structure)
        case families.FixedThreshold() | families.Neural():  # neural: bars of a binary picture
            from pixbin.dither import global_threshold

            return global_threshold.fixed(cells, options.threshold, options.tone)
        case families.Otsu():
            from pixbin.dither import global_threshold

            return global_threshold.otsu(cells, options.tone, meter.otsu_level)
        case families.LocalThreshold():
            from pixbin.dither import local_threshold

            return local_threshold.threshold_local(cells, family, options.radius, options.tone)
        case families.Ink():
            from pixbin.dither import xdog

            values = quanta.quanta_to_srgb(cells, options.tone)
            return xdog.xdog(values, 1, options.detail, options.relief)
        case families.Automatic():
            raise ValueError("auto is no method of its own; pipeline.automatic chooses one")
    assert_never(family)


def binarize_planes(
    planes: QuantaPlanes, plan: Plan, options: Options, meter: ExposureMeter
) -> list[BinaryPlane]:
    """Binarize every plane of a grid; one that is black and white already stays as it is.

    Methods that look at the cells around a cell do not look at letterbox bars, which would be an
    edge to them: the picture is mirrored at its own border. Bars that are black or white, and all
    bars of local thresholds, get a threshold of one half.
    """
    if plan.picture.size == plan.layout.grid or not isinstance(options.family, _LOOKING_AROUND):
        return [_binarize_plane(plane, options, meter) for plane in planes]
    papers, box = _bars(plan, options), plan.picture.slices
    if isinstance(options.family, families.LocalThreshold):
        for paper, plane in zip(papers, planes, strict=True):
            paper[box] = binarize(plane[box], options, meter)
        return papers
    for index, level in enumerate(_letterbox_levels(options)):
        if 0 < level < quanta.FULL_SCALE:
            papers[index] = binarize(planes[index], options, meter)
        papers[index][box] = _binarize_plane(planes[index][box], options, meter)
    return papers


def _binarize_plane(plane: Quanta, options: Options, meter: ExposureMeter) -> BinaryPlane:
    return plane > 0 if is_binary(plane) else binarize(plane, options, meter)


def binarize_oversampled(cells: Cells, plan: Plan, options: Options) -> list[BinaryPlane]:
    """Binarize every plane from a finer grid, and the letterbox bars by a threshold of one half."""
    is_neural = isinstance(options.family, families.Neural)
    decide = _binarize_neural if is_neural else _binarize_ink
    papers = _bars(plan, options)
    planes = decide(cells, plan, options)
    for light, plane, paper in zip(cells.planes, planes, papers, strict=True):
        paper[plan.picture.slices] = light > 0 if is_binary(light) else plane
    return papers


def _bars(plan: Plan, options: Options) -> list[BinaryPlane]:
    """Return planes of the whole grid with the value of the letterbox bars."""
    levels = np.array(_letterbox_levels(options))
    is_paper = quanta.quanta_to_srgb(levels, options.tone) >= 0.5
    return [np.full(plan.layout.grid[::-1], value) for value in is_paper.tolist()]


def _binarize_ink(cells: Cells, plan: Plan, options: Options) -> list[BinaryPlane]:
    from pixbin.dither import xdog

    fine = [
        cell_sampling.oversample(cells, plan, xdog.OVERSAMPLING, channel)
        for channel in options.channels.channel_indices
    ]
    oversampling = fine[0].oversampling
    exposure = adjust.ink_exposure(cells.grey, options, cells.meter)
    lights = tuple(plane.light for plane in fine)
    values = adjust.adjust_oversampled(lights, options, oversampling, exposure)
    return [xdog.xdog(value, oversampling, options.detail, options.relief) for value in values]


def _binarize_neural(cells: Cells, plan: Plan, options: Options) -> list[BinaryPlane]:
    from pixbin.neural import backend

    def oversample(oversampling: int, channel: int | None, box: Box) -> Quanta:
        return cell_sampling.oversampled_light(cells, plan, oversampling, channel, box)

    return backend.binarize(oversample, cells.grey, options, cells.meter)


def pad_letterbox(
    planes: QuantaPlanes, plan: Plan, options: Options, mask: OpacityMask | None
) -> QuantaPlanes:
    """Extend the picture's planes to the whole grid with letterbox bars.

    Where transparency is kept, bars are transparent and take the light of the nearest opaque cell.
    """
    grid, box = plan.layout.grid, plan.picture
    if box.size == grid:
        return planes
    padded = []
    for plane, bar in zip(planes, _letterbox_levels(options), strict=True):
        whole = np.full((grid.height, grid.width), bar, np.int32)
        whole[box.slices] = plane
        padded.append(whole)
    if mask is not None:
        from pixbin.pipeline import transparency

        transparency.fill_transparent(tuple(padded), mask)
    return tuple(padded)


def _letterbox_levels(options: Options) -> list[int]:
    """Return the light of the bars in every plane, in quanta."""
    channels = options.channels.channel_indices
    return [
        quanta.color_to_quanta(options.background, options.tone, channel) for channel in channels
    ]

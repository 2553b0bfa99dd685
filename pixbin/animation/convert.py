"""Convert an animation frame by frame, with one exposure for all, in bounded memory."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.animation.film import Film, Frames
from pixbin.animation.stabilizer import UNCHANGED, TemporalStabilizer
from pixbin.catalog.families import OVERSAMPLED, Otsu
from pixbin.color import quanta
from pixbin.color.quanta import Quanta
from pixbin.color.spaces import UnitArray
from pixbin.options import Options
from pixbin.picture import Picture
from pixbin.pipeline import automatic, cell_sampling, regions
from pixbin.pipeline.cell_sampling import QuantaPlanes
from pixbin.pipeline.convert import convert_raster, load_model, plan_for_raster, render
from pixbin.pipeline.transparency import downsample_mask
from pixbin.readers.animated import FrameSequence
from pixbin.resample.cell_types import OpacityMask
from pixbin.tone import adjust, auto_exposure
from pixbin.tone.auto_exposure import Exposure
from pixbin.tone.exposure_meter import ExposureMeter

_MAX_MEASURED_VALUES = 1 << 21  #: largest number of values, over all frames, to measure

_MIN_BACKGROUND_FRAMES = 3  #: with fewer frames the background is unknown


def convert_animation(source: FrameSequence, options: Options) -> Film:
    """Convert every frame to a strictly binary, pixelated picture of exactly the planned size.

    All frames have the same exposure, and a cell keeps its value unless its light changes (see
    `stabilizer`). Pages of a TIFF are converted one by one, as independent pictures.

    Raises
    ------
    InputError
        The source is damaged.
    """
    choice = automatic.choose_for_frames(source, options)
    options = choice.options if choice else options
    load_model(options)
    source = with_common_focus(source, options)
    samples = sample_frames(source, options) if source.is_film else []
    meter = FilmMeter(samples, options) if samples else adjust.PER_IMAGE
    stabilizer = TemporalStabilizer() if source.is_film and options.steady else None
    if stabilizer and _can_use_background(samples, options):
        _start_from_background(stabilizer, source, samples, options, meter)
    durations: list[float] = []

    def pictures() -> Iterator[Picture]:
        for raster, duration in source.frames():
            durations.append(duration)
            yield convert_raster(raster, options, meter, stabilizer)

    frames = Frames(pictures())
    chosen = (f"auto: {choice.sentence}",) if choice else ()
    notes = (*chosen, *frames[0].notes)
    return Film(frames, tuple(durations), source.plays, notes)


def with_common_focus(source: FrameSequence, options: Options) -> FrameSequence:
    """Return a film whose frames all have the same crop if their content decides it.

    Raises
    ------
    InputError
        The film is damaged.
    ModelError
        A network that the gravity needs is missing or unfit.
    """
    if not options.gravity.is_by_content:
        return source
    from pixbin.pipeline import focus

    return focus.attach_to_frames(source, options)


def sample_frames(source: FrameSequence, options: Options) -> list[FrameSample]:
    """Return samples for the exposure: all frames, or evenly spaced ones of a long animation.

    The list is empty if nothing depends on the exposure.
    """
    is_adjusted = options.enhance is None or options.enhance > 0 or options.sharpen > 0
    if not (is_adjusted or options.uses(Otsu)):
        return []
    samples: list[FrameSample] = []
    numbers = {0}
    without_edges = dataclasses.replace(options, edges=0)
    for number, (raster, _) in enumerate(source.frames()):
        plan = plan_for_raster(raster, options)
        if number == 0:
            limit = max(_MAX_MEASURED_VALUES // math.prod(plan.picture.size), 1)
            numbers = {index * source.length // limit for index in range(limit)}
        if number in numbers:
            cells = cell_sampling.sample_cells(raster, plan, without_edges)
            sample = FrameSample(cells.planes, cells.mask)
            if samples and sample.equals(samples[-1]):
                samples[-1] = samples[-1]._replace(repeats=samples[-1].repeats + 1)
            else:
                samples.append(sample)
    return samples


class FrameSample(NamedTuple):
    """The cells of a frame, or of several equal frames in a row."""

    planes: QuantaPlanes
    mask: OpacityMask | None
    repeats: int = 1  #: equal frames in a row

    def equals(self, other: FrameSample) -> bool:
        """Return whether another frame has the same planes and mask."""
        own, others = (
            (*sample.planes, *([] if sample.mask is None else [sample.mask]))
            for sample in (self, other)
        )
        return len(own) == len(others) and all(map(np.array_equal, own, others))

    def visible_values(self, values: UnitArray) -> UnitArray:
        """Return opaque values only, flat; `values` has the frame's shape or a coarser one."""
        if self.mask is None:
            return values.ravel()
        is_coarse = values.shape != self.mask.shape
        return values[downsample_mask(self.mask, values.shape) if is_coarse else self.mask]


def _can_use_background(samples: list[FrameSample], options: Options) -> bool:
    """Return whether there are enough frames for a background, and no pixels are needed for it."""
    frame_count = sum(sample.repeats for sample in samples)
    needs_pixels = options.uses(*OVERSAMPLED) or options.edges > 0 or options.alpha_mode
    return frame_count >= _MIN_BACKGROUND_FRAMES and not needs_pixels


def _start_from_background(
    stabilizer: TemporalStabilizer,
    source: FrameSequence,
    samples: list[FrameSample],
    options: Options,
    meter: ExposureMeter,
) -> None:
    """Convert the static background first, if it covers half of the picture or more."""
    frames = [sample.planes for sample in samples for _ in range(sample.repeats)]
    planes, is_background = estimate_background(frames)
    if is_background.mean() < 0.5:
        return
    raster, _ = next(iter(source.frames()))
    plan = plan_for_raster(raster, options)
    cells = cell_sampling.sample_cells(raster, plan, options)
    render(cells._replace(planes=planes, meter=meter, stabilizer=stabilizer), plan, options)
    in_grid = np.ones(plan.layout.grid[::-1], np.bool_)  # letterbox bars never change
    in_grid[plan.picture.slices] = is_background
    stabilizer.start(in_grid)


def estimate_background(frames: Sequence[QuantaPlanes]) -> tuple[QuantaPlanes, NDArray[np.bool_]]:
    """Return the usual light of each cell, and a mask of the cells that have one.

    Parameters
    ----------
    frames : sequence of tuples of int32 arrays, shape (H, W), in quanta

    Returns
    -------
    planes : tuple of int32 arrays, shape (H, W), in quanta
        The median over time.
    is_background : bool array, shape (H, W)
        Where more than half of the frames have about that light.
    """
    middle = (len(frames) - 1) // 2
    medians: list[Quanta] = []
    is_background = np.ones(frames[0][0].shape, np.bool_)
    for planes in zip(*frames, strict=True):
        median = np.partition(np.stack(planes), middle, axis=0)[middle]
        share = np.mean([np.abs(plane - median) <= UNCHANGED for plane in planes], axis=0)
        is_background &= share > 0.5
        medians.append(median)
    return tuple(medians), is_background


class FilmMeter(ExposureMeter):
    """Measure all frames once, and give every frame the same exposure, gamma and Otsu level.

    The methods ignore their argument, the values of one frame. `ExposureMeter` requires it.
    """

    def __init__(self, samples: list[FrameSample], options: Options) -> None:
        greys = [quanta.luminance(sample.planes) for sample in samples]
        if isinstance(options.family, OVERSAMPLED):
            greys = [adjust.downsample_for_metering(grey) for grey in greys]
        values = [quanta.quanta_to_srgb(grey, options.tone) for grey in greys]
        self._values = np.vstack(values)
        contrasts = [auto_exposure.neighbour_contrasts(frame) for frame in values]
        self._exposure = super().exposure(
            self._visible_values(samples, values), self._visible_values(samples, contrasts)
        )
        self._otsu_level = 0
        if options.uses(Otsu):
            own = next(o for o in regions.each_options(options) if isinstance(o.family, Otsu))
            self._otsu_level = super().otsu_level(self._adjusted_values(samples, own))

    def _adjusted_values(self, samples: list[FrameSample], options: Options) -> UnitArray:
        """Return the visible values of all channels of all frames, after the exposure."""
        frames = [
            [quanta.quanta_to_srgb(plane, options.tone) for plane in planes]
            for planes in (adjust.adjust(sample.planes, options, self) for sample in samples)
        ]
        return np.concatenate(
            [self._visible_values(samples, channel) for channel in zip(*frames, strict=True)]
        )

    def _visible_values(self, samples: list[FrameSample], values: Sequence[UnitArray]) -> UnitArray:
        """Return the opaque values of all frames, or all values if nothing is opaque."""
        pairs = zip(samples, values, strict=True)
        visible = np.concatenate([sample.visible_values(frame) for sample, frame in pairs])
        return visible if visible.size else np.vstack(values)

    def exposure(self, values: UnitArray, contrasts: UnitArray | None = None) -> Exposure:
        """Return the exposure of all frames."""
        return self._exposure

    def gamma(self, values: UnitArray) -> float:
        """Return the gamma of all frames."""
        return self._gamma

    @cached_property
    def _gamma(self) -> float:
        black, white = self._exposure.black, self._exposure.white
        return super().gamma(np.clip((self._values - black) / (white - black), 0, 1))

    def otsu_level(self, values: UnitArray) -> int:
        """Return Otsu's level of all frames, 0 to 255."""
        return self._otsu_level

"""The conversion of a film: frame by frame, with one look for all, in bounded memory."""

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
from pixbin.jit import dispatch
from pixbin.options import Options
from pixbin.picture import Picture
from pixbin.pipeline import cell_sampling
from pixbin.pipeline import convert as pipeline
from pixbin.pipeline.cell_sampling import QuantaPlanes
from pixbin.pipeline.transparency import OpacityMask, downsample_mask
from pixbin.readers.animated import FrameSequence
from pixbin.tone import adjust
from pixbin.tone.auto_exposure import Exposure
from pixbin.tone.exposure_meter import ExposureMeter

_MAX_MEASURED_VALUES = 1 << 21  #: values that an exposure is measured on, in all frames together
_FRAMES_BEFORE_COMPILING = 20  #: from then on machine code only

_MIN_BACKGROUND_FRAMES = 3  #: samples among which there may be a ground


def convert(source: FrameSequence, options: Options) -> Film:
    """Turn every frame into a strictly binary, pixelated picture of exactly the planned size.

    The exposure is that of all frames together, so that it does not change from one to the
    next, and cells change only where they have to. Pages are each converted for themselves.

    Raises
    ------
    InputError
        The source is damaged.
    """
    pipeline.load_model(options)
    samples = sample_frames(source, options) if source.is_film else []
    meter = FilmMeter(samples, options) if samples else adjust.PER_IMAGE
    before = TemporalStabilizer() if source.is_film and options.steady else None
    if before and _can_use_background(samples, options):
        _start_from_background(before, source, samples, options, meter)
    durations: list[float] = []

    def pictures() -> Iterator[Picture]:
        for number, (raster, duration) in enumerate(source.frames()):
            if number == _FRAMES_BEFORE_COMPILING and not dispatch.is_forced():
                dispatch.force_compiled()
            durations.append(duration)
            yield pipeline.convert(raster, options, meter, before)

    frames = Frames(pictures())
    return Film(frames, tuple(durations), source.plays)


def sample_frames(source: FrameSequence, options: Options) -> list[FrameSample]:
    """Return all frames, or as many of them as are enough, if anything depends on them."""
    has_look = options.enhance is None or options.enhance > 0 or options.sharpen > 0
    if not (has_look or isinstance(options.family, Otsu)):
        return []
    samples: list[FrameSample] = []
    chosen = {0}
    plain = dataclasses.replace(options, edges=0)
    for number, (raster, _) in enumerate(source.frames()):
        steps = pipeline.plan_for_raster(raster, options)
        if number == 0:
            most = max(_MAX_MEASURED_VALUES // math.prod(steps.picture.size), 1)
            chosen = {place * source.length // most for place in range(most)}
        if number in chosen:
            cells = cell_sampling.sample_cells(raster, steps, plain)
            sample = FrameSample(cells.planes, cells.mask)
            if samples and sample.equals(samples[-1]):
                samples[-1] = samples[-1]._replace(repeats=samples[-1].repeats + 1)
            else:
                samples.append(sample)
    return samples


class FrameSample(NamedTuple):
    """What a frame is measured by."""

    planes: QuantaPlanes
    mask: OpacityMask | None
    repeats: int = 1  #: frames in a row that are the same

    def equals(self, other: FrameSample) -> bool:
        """Tell whether another frame is the same."""
        own, others = (
            (*each.planes, *([] if each.mask is None else [each.mask])) for each in (self, other)
        )
        return len(own) == len(others) and all(map(np.array_equal, own, others))

    def visible_values(self, values: UnitArray) -> UnitArray:
        """Return those values of cells, or of coarser ones, that are seen, in a row."""
        if self.mask is None:
            return values.ravel()
        is_coarse = values.shape != self.mask.shape
        return values[downsample_mask(self.mask, values.shape) if is_coarse else self.mask]


def _can_use_background(samples: list[FrameSample], options: Options) -> bool:
    """Tell whether a ground can be seen in a film, and decided without its pixels."""
    needs_pixels = (
        isinstance(options.family, OVERSAMPLED) or options.edges > 0 or options.alpha_mode
    )
    return sum(sample.repeats for sample in samples) >= _MIN_BACKGROUND_FRAMES and not needs_pixels


def _start_from_background(
    stabilizer: TemporalStabilizer,
    source: FrameSequence,
    samples: list[FrameSample],
    options: Options,
    meter: ExposureMeter,
) -> None:
    """Decide the ground of a film: what is seen in more than half of the frames."""
    planes, is_ground = estimate_background(
        [each.planes for each in samples for _ in range(each.repeats)]
    )
    if is_ground.mean() < 0.5:
        return
    raster, _ = next(iter(source.frames()))
    steps = pipeline.plan_for_raster(raster, options)
    cells = cell_sampling.sample_cells(raster, steps, options)
    cells = cells._replace(planes=planes, meter=meter, stabilizer=stabilizer)
    pipeline.render(cells, steps, options)
    whole = np.ones(steps.layout.grid[::-1], np.bool_)  # bars are always seen
    whole[steps.picture.slices] = is_ground
    stabilizer.start(whole)


def estimate_background(frames: Sequence[QuantaPlanes]) -> tuple[QuantaPlanes, NDArray[np.bool_]]:
    """Return the light that each cell has most of the time, and where there is such a light."""
    middle = (len(frames) - 1) // 2
    planes: list[Quanta] = []
    is_ground = np.ones(frames[0][0].shape, np.bool_)
    for channel in zip(*frames, strict=True):
        light_of = np.partition(np.stack(channel), middle, axis=0)[middle]
        share = np.mean([np.abs(each - light_of) <= UNCHANGED for each in channel], axis=0)
        is_ground &= share > 0.5
        planes.append(light_of)
    return tuple(planes), is_ground


class FilmMeter(ExposureMeter):
    """Measures for all frames at once, and says the same of each."""

    def __init__(self, samples: list[FrameSample], options: Options) -> None:
        greys = [quanta.luminance(sample.planes) for sample in samples]
        if isinstance(options.family, OVERSAMPLED):
            greys = [adjust.downsample_for_metering(grey) for grey in greys]
        values = [quanta.quanta_to_srgb(grey, options.tone) for grey in greys]
        self._values = np.vstack(values)
        self._exposure = super().exposure(self._visible_values(samples, values))
        self._otsu_level = 0
        if isinstance(options.family, Otsu):
            shown = [
                [quanta.quanta_to_srgb(each, options.tone) for each in planes]
                for planes in (adjust.adjust(sample.planes, options, self) for sample in samples)
            ]
            of_channels = [
                self._visible_values(samples, planes) for planes in zip(*shown, strict=True)
            ]
            self._otsu_level = super().otsu_level(np.concatenate(of_channels))

    def _visible_values(self, samples: list[FrameSample], values: Sequence[UnitArray]) -> UnitArray:
        """Return the values of all frames that are seen, or all if none is."""
        seen = np.concatenate(
            [sample.visible_values(each) for sample, each in zip(samples, values, strict=True)]
        )
        return seen if seen.size else self._values

    def exposure(self, values: UnitArray) -> Exposure:
        """Return the exposure of all frames."""
        return self._exposure

    def gamma(self, values: UnitArray) -> float:
        """Return the exponent of all frames."""
        return self._gamma

    @cached_property
    def _gamma(self) -> float:
        black, white = self._exposure.black, self._exposure.white
        return super().gamma(np.clip((self._values - black) / (white - black), 0, 1))

    def otsu_level(self, values: UnitArray) -> int:
        """Return Otsu's level for all frames."""
        return self._otsu_level

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
from pixbin.animation.stabilizer import STILL, Steadiness
from pixbin.catalog.families import SEES_FINER, Otsu
from pixbin.jit import dispatch
from pixbin.options import Options
from pixbin.picture import Picture
from pixbin.pipeline import cell_sampling
from pixbin.pipeline import convert as pipeline
from pixbin.pipeline.cell_sampling import Planes
from pixbin.pipeline.transparency import Shown, coarsened
from pixbin.readers.animated import Source
from pixbin.resample import luminance
from pixbin.resample.luminance import Quanta, Shares
from pixbin.tone import adjust
from pixbin.tone.auto_exposure import Exposure
from pixbin.tone.exposure_meter import Meter

_MEASURED = 1 << 21  #: values that an exposure is measured on, in all frames together
_FRAMES_BEFORE_SETTLING = 20  #: from then on machine code only

_FEWEST = 3  #: samples among which there may be a ground


def convert(source: Source, options: Options) -> Film:
    """Turn every frame into a strictly binary, pixelated picture of exactly the planned size.

    The exposure is that of all frames together, so that it does not change from one to the
    next, and cells change only where they have to. Pages are each converted for themselves.

    Raises
    ------
    InputError
        The source is damaged.
    """
    pipeline.ready(options)
    samples = sampled(source, options) if source.is_film else []
    meter = _OfAll(samples, options) if samples else adjust.ALONE
    before = Steadiness() if source.is_film and options.steady else None
    if before and _has_ground(samples, options):
        _begin(before, source, samples, options, meter)
    durations: list[float] = []

    def pictures() -> Iterator[Picture]:
        for number, (raster, duration) in enumerate(source.frames()):
            if number == _FRAMES_BEFORE_SETTLING and not dispatch.is_settled():
                dispatch.settle()
            durations.append(duration)
            yield pipeline.convert(raster, options, meter, before)

    frames = Frames(pictures())
    return Film(frames, tuple(durations), source.plays)


def sampled(source: Source, options: Options) -> list[Sample]:
    """Return all frames, or as many of them as are enough, if anything depends on them."""
    has_look = options.enhance is None or options.enhance > 0 or options.sharpen > 0
    if not (has_look or isinstance(options.family, Otsu)):
        return []
    samples: list[Sample] = []
    chosen = {0}
    plain = dataclasses.replace(options, edges=0)
    for number, (raster, _) in enumerate(source.frames()):
        steps = pipeline.plan(raster, options)
        if number == 0:
            most = max(_MEASURED // math.prod(steps.picture.size), 1)
            chosen = {place * source.length // most for place in range(most)}
        if number in chosen:
            cells = cell_sampling.prepare(raster, steps, plain)
            sample = Sample(cells.planes, cells.shown)
            if samples and sample.equals(samples[-1]):
                samples[-1] = samples[-1]._replace(times=samples[-1].times + 1)
            else:
                samples.append(sample)
    return samples


class Sample(NamedTuple):
    """What a frame is measured by."""

    planes: Planes
    shown: Shown | None
    times: int = 1  #: frames in a row that are the same

    def equals(self, other: Sample) -> bool:
        """Tell whether another frame is the same."""
        own, others = (
            (*each.planes, *([] if each.shown is None else [each.shown])) for each in (self, other)
        )
        return len(own) == len(others) and all(map(np.array_equal, own, others))

    def seen(self, values: Shares) -> Shares:
        """Return those values of cells, or of coarser ones, that are seen, in a row."""
        if self.shown is None:
            return values.ravel()
        is_coarse = values.shape != self.shown.shape
        return values[coarsened(self.shown, values.shape) if is_coarse else self.shown]


def _has_ground(samples: list[Sample], options: Options) -> bool:
    """Tell whether a ground can be seen in a film, and decided without its pixels."""
    needs_pixels = isinstance(options.family, SEES_FINER) or options.edges > 0 or options.keeps
    return sum(sample.times for sample in samples) >= _FEWEST and not needs_pixels


def _begin(
    before: Steadiness, source: Source, samples: list[Sample], options: Options, meter: Meter
) -> None:
    """Decide the ground of a film: what is seen in more than half of the frames."""
    planes, is_ground = ground([each.planes for each in samples for _ in range(each.times)])
    if is_ground.mean() < 0.5:
        return
    raster, _ = next(iter(source.frames()))
    steps = pipeline.plan(raster, options)
    cells = cell_sampling.prepare(raster, steps, options)
    cells = cells._replace(planes=planes, meter=meter, before=before)
    pipeline.finish(cells, steps, options)
    whole = np.ones(steps.layout.grid[::-1], np.bool_)  # bars are always seen
    whole[steps.picture.slices] = is_ground
    before.begin(whole)


def ground(frames: Sequence[Planes]) -> tuple[Planes, NDArray[np.bool_]]:
    """Return the light that each cell has most of the time, and where there is such a light."""
    middle = (len(frames) - 1) // 2
    planes: list[Quanta] = []
    is_ground = np.ones(frames[0][0].shape, np.bool_)
    for channel in zip(*frames, strict=True):
        light_of = np.partition(np.stack(channel), middle, axis=0)[middle]
        share = np.mean([np.abs(each - light_of) <= STILL for each in channel], axis=0)
        is_ground &= share > 0.5
        planes.append(light_of)
    return tuple(planes), is_ground


class _OfAll(Meter):
    """Measures for all frames at once, and says the same of each."""

    def __init__(self, samples: list[Sample], options: Options) -> None:
        greys = [luminance.of_planes(sample.planes) for sample in samples]
        if isinstance(options.family, SEES_FINER):
            greys = [adjust.coarsened(grey) for grey in greys]
        values = [luminance.as_srgb(grey, options.tone) for grey in greys]
        self._values = np.vstack(values)
        self._exposure = super().exposure(self._all_seen(samples, values))
        self._level = 0
        if isinstance(options.family, Otsu):
            shown = [
                [luminance.as_srgb(each, options.tone) for each in planes]
                for planes in (adjust.adjust(sample.planes, options, self) for sample in samples)
            ]
            of_channels = [self._all_seen(samples, planes) for planes in zip(*shown, strict=True)]
            self._level = super().level(np.concatenate(of_channels))

    def _all_seen(self, samples: list[Sample], values: Sequence[Shares]) -> Shares:
        """Return the values of all frames that are seen, or all if none is."""
        seen = np.concatenate(
            [sample.seen(each) for sample, each in zip(samples, values, strict=True)]
        )
        return seen if seen.size else self._values

    def exposure(self, values: Shares) -> Exposure:
        """Return the exposure of all frames."""
        return self._exposure

    def exponent(self, values: Shares) -> float:
        """Return the exponent of all frames."""
        return self._exponent

    @cached_property
    def _exponent(self) -> float:
        black, white = self._exposure.black, self._exposure.white
        return super().exponent(np.clip((self._values - black) / (white - black), 0, 1))

    def level(self, values: Shares) -> int:
        """Return Otsu's level for all frames."""
        return self._level

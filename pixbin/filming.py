"""The conversion of a film: frame by frame, with one look for all, in bounded memory."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from pixbin import light, look, pipeline, sampling
from pixbin.enhance import Exposure
from pixbin.families import SEES_FINER, Otsu
from pixbin.film import Film, Frames
from pixbin.kernels import machine
from pixbin.light import Quanta, Shares
from pixbin.meter import Meter
from pixbin.opacity import Shown, coarsened
from pixbin.options import Options
from pixbin.picture import Picture
from pixbin.reading.films import Source
from pixbin.steadiness import Steadiness

_MEASURED = 1 << 21  #: values that an exposure is measured on, in all frames together
_FRAMES_BEFORE_SETTLING = 20  #: from then on machine code only

Planes = tuple[Quanta, ...]


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
    meter = measured(source, options) if source.is_film else look.ALONE
    before = Steadiness() if source.is_film and options.steady else None
    durations: list[float] = []

    def pictures() -> Iterator[Picture]:
        for number, (raster, duration) in enumerate(source.frames()):
            if number == _FRAMES_BEFORE_SETTLING and not machine.is_settled():
                machine.settle()
            durations.append(duration)
            yield pipeline.convert(raster, options, meter, before)

    frames = Frames(pictures())
    return Film(frames, tuple(durations), source.plays)


def measured(source: Source, options: Options) -> Meter:
    """Return a meter that knows all frames, or as many of them as are enough."""
    amount = options.enhance is None or options.enhance > 0
    if not (amount or isinstance(options.family, Otsu)):
        return look.ALONE
    samples: list[_Sample] = []
    chosen = {0}
    plain = dataclasses.replace(options, edges=0)
    for number, (raster, _) in enumerate(source.frames()):
        steps = pipeline.plan(raster, options)
        if number == 0:
            most = max(_MEASURED // math.prod(steps.picture.size), 1)
            chosen = {place * source.length // most for place in range(most)}
        if number in chosen:
            cells = sampling.prepare(raster, steps, plain)
            sample = _Sample(cells.planes, cells.shown)
            if not samples or not sample.equals(samples[-1]):
                samples.append(sample)
    return _OfAll(samples, options)


class _Sample(NamedTuple):
    """What a frame is measured by."""

    planes: Planes
    shown: Shown | None

    def equals(self, other: _Sample) -> bool:
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


class _OfAll(Meter):
    """Measures for all frames at once, and says the same of each."""

    def __init__(self, samples: list[_Sample], options: Options) -> None:
        greys = [light.of_planes(sample.planes) for sample in samples]
        if isinstance(options.family, SEES_FINER):
            greys = [look.coarsened(grey) for grey in greys]
        values = [light.as_srgb(grey, options.tone) for grey in greys]
        self._values = np.vstack(values)
        self._exposure = super().exposure(self._all_seen(samples, values))
        self._level = 0
        if isinstance(options.family, Otsu):
            shown = [
                [light.as_srgb(each, options.tone) for each in planes]
                for planes in (look.adjust(sample.planes, options, self) for sample in samples)
            ]
            of_channels = [self._all_seen(samples, planes) for planes in zip(*shown, strict=True)]
            self._level = super().level(np.concatenate(of_channels))

    def _all_seen(self, samples: list[_Sample], values: Sequence[Shares]) -> Shares:
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

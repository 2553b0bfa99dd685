"""The neural backend: cells decided by a model that sees a finer picture of them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.color import spaces
from pixbin.color.quanta import Quanta
from pixbin.color.spaces import UnitArray
from pixbin.errors import ModelError, UsageError
from pixbin.geometry import Box, Size
from pixbin.neural import model_card, onnx_model
from pixbin.neural.model_card import InputColour, InputScale, ModelCard, ModelFile
from pixbin.neural.onnx_model import FloatPlanes, OnnxModel, TileReader
from pixbin.options import Options
from pixbin.tone import adjust
from pixbin.tone.adjust import ExposureCurve
from pixbin.tone.exposure_meter import ExposureMeter

#: averages of the light in a box of cells on a grid so many times as fine, of a channel; None
#: is all channels as one grey
Oversampler = Callable[[int, int | None, Box], Quanta]

RGB_CHANNELS = (0, 1, 2)
_STRIP_ROWS = 32  #: whose values are worked out together; few enough for the processor's cache


def load(options: Options) -> OnnxModel:
    """Return the model that options ask for, loaded once and checked.

    Raises
    ------
    ModelError
        It, or what runs it, is missing or unfit.
    UsageError
        It does not decide the channels that are asked for.
    """
    found = load_file(model_card.find_model(options.model), options.provider, options.threads)
    decides = (
        len(options.channels.channel_indices)
        if found.card.colour is InputColour.GREY
        else found.output_planes
    )
    if decides != len(options.channels.channel_indices):
        advice = "leave out --channels rgb" if decides == 1 else "add --channels rgb"
        raise UsageError(f"{found.card.name}: decides {decides} of 1 or 3 channels; {advice}")
    return found


def load_file(
    model_file: ModelFile, provider: str = "cpu", threads: int | None = None
) -> OnnxModel:
    """Return the model of a file, loaded once and checked.

    Raises
    ------
    ModelError
        It, or what runs it, is missing or unfit.
    """
    data = model_card.read_model(model_file)
    with _name_in_errors(model_file):
        return _load_cached(data, provider, threads)


def validate(model_file: ModelFile) -> ModelCard:
    """Check all that a model says of itself; return its card.

    Raises
    ------
    ModelError
        It is missing or unfit, its tiles differ, or its card is another than the one shipped.
    """
    found = load_file(model_file)
    with _name_in_errors(model_file):
        if model_file.card not in (None, found.card):
            raise ModelError("its metadata differ from its card; write the card anew")
        onnx_model.validate(found)
    return found.card


@contextlib.contextmanager
def _name_in_errors(model_file: ModelFile) -> Iterator[None]:
    try:
        yield
    except ModelError as error:
        raise ModelError(f"{model_file.path}: {error}") from error


_load_cached = lru_cache(maxsize=4)(onnx_model.load)


def binarize(
    oversample: Oversampler,
    cells: Quanta,
    options: Options,
    meter: ExposureMeter = adjust.PER_IMAGE,
) -> list[NDArray[np.bool_]]:
    """Decide every cell of every plane by the model; True is paper.

    Parameters
    ----------
    finer : callable
        Gives the light of a part of the picture on a finer grid.
    cells : int32 array, shape (H, W), in quanta
        The light of all planes as one.
    options : Options
    meter : Meter
        Works out the exposure.

    Returns
    -------
    list of bool arrays, shape (H, W), one for each of `options.channels`
    """
    model = load(options)
    share = model.card.exposure.strength
    by = adjust.model_exposure(cells, options, share, meter) if share else None
    numbers = options.channels.channel_indices
    views = (
        [RGB_CHANNELS] if model.card.colour is InputColour.RGB else [(each,) for each in numbers]
    )
    size = Size(*cells.shape[::-1])
    with _name_in_errors(model_card.find_model(options.model)):
        return [
            paper
            for channels in views
            for paper in model.binarize(
                TileSampler(oversample, size, channels, options, model.card, by).tile_reader(), size
            )
        ]


class TileSampler(NamedTuple):
    """A picture as a model may see it, piece by piece, so that memory stays bounded."""

    oversample: Oversampler
    size: Size  #: of the picture, in cells
    channels: tuple[int | None, ...]
    options: Options
    card: ModelCard
    exposure: ExposureCurve | None = None  #: if the model wants its picture developed

    @property
    def receptive_radius(self) -> int | None:
        """Cells each way on which what is seen of a cell hangs; None is all."""
        return adjust.receptive_radius(self.options, self.exposure)

    def tile_reader(self) -> TileReader:
        """Return what gives a box of cells, worked out as a whole only if there is no other way."""
        if self.receptive_radius is not None:
            return self.read_box
        return onnx_model.array_tile_reader(self.read_box(Box(0, 0, *self.size)), self.card.times)

    def read_box(self, box: Box) -> FloatPlanes:
        """Return a box of cells: values from 0 to 1 on the scale of the card."""
        times, around = self.card.times, self._with_margin(box)
        fine = tuple(self.oversample(times, channel, around) for channel in self.channels)
        left, top = (box.left - around.left) * times, (box.top - around.top) * times
        planes = np.empty((len(fine), box.height * times, box.width * times), np.float32)
        margin = (self.receptive_radius or 0) * times
        at_once = planes.shape[1] if self.receptive_radius is None else _STRIP_ROWS + 4 * margin
        for first in range(top, top + planes.shape[1], at_once):
            start = max(0, first - margin)
            strip = tuple(plane[start : first + at_once + margin] for plane in fine)
            rows = planes[:, first - top : first - top + at_once]
            for seen, values in zip(rows, self._adjust_strip(strip), strict=True):
                seen[...] = values[first - start :, left:][: len(seen), : seen.shape[1]]
        return planes

    def _adjust_strip(self, strip: tuple[Quanta, ...]) -> list[UnitArray]:
        values = adjust.adjust_oversampled(strip, self.options, self.card.times, self.exposure)
        return (
            values
            if self.card.tone is InputScale.SRGB
            else [spaces.srgb_to_linear(each) for each in values]
        )

    def _with_margin(self, box: Box) -> Box:
        """Return the box with all on which it hangs."""
        if self.receptive_radius is None:
            return Box(0, 0, *self.size)
        left, top = (
            max(0, box.left - self.receptive_radius),
            max(0, box.top - self.receptive_radius),
        )
        right = min(self.size.width, box.left + box.width + self.receptive_radius)
        bottom = min(self.size.height, box.top + box.height + self.receptive_radius)
        return Box(left, top, right - left, bottom - top)

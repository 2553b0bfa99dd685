"""The neural backend: a model decides each cell from a finer picture of it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.color import spaces
from pixbin.color.quanta import BLUE_WEIGHT, RED_WEIGHT, Quanta
from pixbin.color.spaces import UnitArray
from pixbin.errors import ModelError, UsageError
from pixbin.geometry import Box, Size
from pixbin.neural import area_averages, model_card, onnx_model
from pixbin.neural.area_averages import FloatPlanes
from pixbin.neural.model_card import InputColour, InputScale, ModelCard, ModelFile
from pixbin.neural.onnx_model import OnnxModel, TileReader
from pixbin.options import Options
from pixbin.tone import adjust
from pixbin.tone.adjust import ExposureCurve
from pixbin.tone.exposure_meter import ExposureMeter

#: returns the light in a box of cells, given the oversampling and a channel (None is the
#: luminance of all)
Oversampler = Callable[[int, int | None, Box], Quanta]

RGB_CHANNELS = (0, 1, 2)
LUMA_WEIGHTS = (RED_WEIGHT, 1 - RED_WEIGHT - BLUE_WEIGHT, BLUE_WEIGHT)
_STRIP_ROWS = 32  #: rows adjusted together; few enough for the processor's cache


def load(options: Options) -> OnnxModel:
    """Load the model of the options and check it; a model is loaded only once.

    Raises
    ------
    ModelError
        The model or its runtime is missing or unfit.
    UsageError
        The model does not decide the requested channels.
    """
    model = load_file(model_card.find_model(options.model), options.provider, options.threads)
    requested = len(options.channels.channel_indices)
    # A model of grey pictures decides each channel in turn.
    decided = requested if model.card.colour is InputColour.GREY else model.output_planes
    if options.refine:
        from pixbin.neural import refine

        refine.load(options.provider, options.threads)
    if decided != requested:
        advice = "leave out --channels rgb" if decided == 1 else "add --channels rgb"
        raise UsageError(f"{model.card.name}: gives {decided} channels, not {requested}; {advice}")
    return model


def load_file(
    model_file: ModelFile, provider: str = "cpu", threads: int | None = None
) -> OnnxModel:
    """Load the model of a file and check it; a model is loaded only once.

    Raises
    ------
    ModelError
        The model or its runtime is missing or unfit.
    """
    data = model_card.read_model(model_file)
    with _name_in_errors(model_file):
        return _load_cached(data, provider, threads)


def validate(model_file: ModelFile) -> ModelCard:
    """Check all that the metadata of a model promise, and return its card.

    Raises
    ------
    ModelError
        The model is missing or unfit, its tiles differ from the whole, or its metadata differ
        from the card that is shipped with it.
    """
    model = load_file(model_file)
    with _name_in_errors(model_file):
        if model_file.card not in (None, model.card):
            raise ModelError("its metadata differ from its card; write the card again")
        onnx_model.validate(model)
    return model.card


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
    """Decide every cell of every plane by the model.

    Parameters
    ----------
    oversample : callable
        Returns the light of a box of cells on a finer grid.
    cells : int32 array, shape (H, W), in quanta
        The luminance of all planes.
    options : Options
    meter : ExposureMeter
        Measures the exposure.

    Returns
    -------
    list of bool arrays, shape (H, W), True is paper
        One for each of `options.channels`.

    Raises
    ------
    ModelError
        The model fails, or returns an array that the contract does not allow.
    """
    model = load(options)
    strength = model.card.exposure.strength
    exposure = adjust.model_exposure(cells, options, strength, meter) if strength else None
    is_rgb = model.card.colour is InputColour.RGB
    inputs = (
        [RGB_CHANNELS] if is_rgb else [(number,) for number in options.channels.channel_indices]
    )
    size = Size(*cells.shape[::-1])
    papers: list[NDArray[np.bool_]] = []
    with _name_in_errors(model_card.find_model(options.model)):
        for channels in inputs:
            sampler = TileSampler(oversample, size, channels, options, model.card, exposure)
            context = sampler.context(model.context_side) if model.context_side else None
            read_tile = sampler.tile_reader()
            if options.refine:
                papers += _refine(model, read_tile, size, context, options)
            else:
                papers += [*model.binarize(read_tile, size, context)]
    return papers


def _refine(
    model: OnnxModel,
    read_tile: TileReader,
    size: Size,
    context: FloatPlanes | None,
    options: Options,
) -> list[NDArray[np.bool_]]:
    """Return the refined decisions of every output plane of a model, bool (H, W)."""
    from pixbin.neural import refine

    searcher = refine.load(options.provider, options.threads)
    logits = model.decide(read_tile, size, context)

    def reader_of_plane(number: int) -> TileReader:
        def read_greys(box: Box) -> FloatPlanes:
            planes = read_tile(box)
            if len(planes) == len(logits):
                grey = planes[number]
            else:  # the model sees three planes and decides one
                grey = np.tensordot(np.array(LUMA_WEIGHTS, np.float32), planes, 1)
            is_linear = model.card.tone is InputScale.LINEAR
            encoded = spaces.linear_to_srgb(grey) if is_linear else grey
            return np.asarray(encoded, np.float32)

        return read_greys

    return [
        refine.refine(searcher, plane, reader_of_plane(number), options.refine)
        for number, plane in enumerate(logits)
    ]


class TileSampler(NamedTuple):
    """The input of a model, made tile by tile, so that memory stays bounded."""

    oversample: Oversampler
    size: Size  #: of the picture, in cells
    channels: tuple[int | None, ...]
    options: Options
    card: ModelCard
    exposure: ExposureCurve | None = None  #: if the card requires one

    @property
    def receptive_radius(self) -> int | None:
        """The radius, in cells, on which adjustments depend; None is unbounded."""
        return adjust.receptive_radius(self.options, self.exposure)

    def tile_reader(self) -> TileReader:
        """Return a function that reads a box of cells.

        The whole picture is adjusted at once only if adjustments have no bounded radius.
        """
        if self.receptive_radius is not None:
            return self.read_box
        return onnx_model.array_tile_reader(self.read_box(Box(0, 0, *self.size)), self.card.times)

    def read_box(self, box: Box) -> FloatPlanes:
        """Return the input for a box of cells, float32 of shape (C, k*H, k*W), 0 to 1.

        k is the oversampling of the card, which also names the scale of the values.
        """
        return self._read(box, self.card.times)

    def context(self, side: int) -> FloatPlanes:
        """Return the small copy of the whole picture, float32 of shape (C, side, side), 0 to 1."""
        return area_averages.shrink(self._read(Box(0, 0, *self.size), 1), side)

    def _read(self, box: Box, k: int) -> FloatPlanes:
        """Return a box of cells with k * k values for each cell, float32 (C, k*H, k*W), 0 to 1."""
        outer = self._with_margin(box)
        fine = tuple(self.oversample(k, channel, outer) for channel in self.channels)
        left, top = (box.left - outer.left) * k, (box.top - outer.top) * k
        planes = np.empty((len(fine), box.height * k, box.width * k), np.float32)
        margin = (self.receptive_radius or 0) * k
        strip_rows = planes.shape[1] if self.receptive_radius is None else _STRIP_ROWS + 4 * margin
        for first in range(top, top + planes.shape[1], strip_rows):
            start = max(0, first - margin)
            strip = tuple(plane[start : first + strip_rows + margin] for plane in fine)
            rows = planes[:, first - top : first - top + strip_rows]
            for target, values in zip(rows, self._adjust_strip(strip, k), strict=True):
                target[...] = values[first - start :, left:][: len(target), : target.shape[1]]
        return planes

    def _adjust_strip(self, strip: tuple[Quanta, ...], k: int) -> list[UnitArray]:
        values = adjust.adjust_oversampled(strip, self.options, k, self.exposure)
        if self.card.tone is InputScale.SRGB:
            return values
        return [spaces.srgb_to_linear(plane) for plane in values]

    def _with_margin(self, box: Box) -> Box:
        """Return the box extended by the receptive radius."""
        radius = self.receptive_radius
        if radius is None:
            return Box(0, 0, *self.size)
        left, top = max(0, box.left - radius), max(0, box.top - radius)
        right = min(self.size.width, box.left + box.width + radius)
        bottom = min(self.size.height, box.top + box.height + radius)
        return Box(left, top, right - left, bottom - top)

"""The neural backend: cells decided by a model that sees a finer picture of them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.errors import ModelError, UsageError
from pixbin.geometry import Box, Size
from pixbin.neural import model_card, onnx_model
from pixbin.neural.model_card import Card, Colour, Model, Scale
from pixbin.neural.onnx_model import Network, Planes, Sight
from pixbin.options import Options
from pixbin.resample import luminance
from pixbin.resample.luminance import Quanta, Shares
from pixbin.tone import adjust
from pixbin.tone.adjust import Development
from pixbin.tone.exposure_meter import Meter

#: averages of the light in a box of cells on a grid so many times as fine, of a channel; None
#: is all channels as one grey
Finer = Callable[[int, int | None, Box], Quanta]

RED_GREEN_BLUE = (0, 1, 2)
_ROWS_AT_ONCE = 32  #: whose values are worked out together; few enough for the processor's cache


def load(options: Options) -> Network:
    """Return the model that options ask for, loaded once and checked.

    Raises
    ------
    ModelError
        It, or what runs it, is missing or unfit.
    UsageError
        It does not decide the channels that are asked for.
    """
    found = of_file(model_card.find(options.model), options.provider, options.threads)
    decides = len(options.channels.numbers) if found.card.colour is Colour.GREY else found.outputs
    if decides != len(options.channels.numbers):
        advice = "leave out --channels rgb" if decides == 1 else "add --channels rgb"
        raise UsageError(f"{found.card.name}: decides {decides} of 1 or 3 channels; {advice}")
    return found


def of_file(model: Model, provider: str = "cpu", threads: int | None = None) -> Network:
    """Return the model of a file, loaded once and checked.

    Raises
    ------
    ModelError
        It, or what runs it, is missing or unfit.
    """
    data = model_card.read(model)
    with _named(model):
        return _loaded(data, provider, threads)


def prove(model: Model) -> Card:
    """Check all that a model says of itself; return its card.

    Raises
    ------
    ModelError
        It is missing or unfit, its tiles differ, or its card is another than the one shipped.
    """
    found = of_file(model)
    with _named(model):
        if model.card not in (None, found.card):
            raise ModelError("its metadata differ from its card; write the card anew")
        onnx_model.prove(found)
    return found.card


@contextlib.contextmanager
def _named(model: Model) -> Iterator[None]:
    try:
        yield
    except ModelError as error:
        raise ModelError(f"{model.path}: {error}") from error


_loaded = lru_cache(maxsize=4)(onnx_model.load)


def decide(
    finer: Finer, cells: Quanta, options: Options, meter: Meter = adjust.ALONE
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
    share = model.card.exposure.share
    by = adjust.exposure(cells, options, share, meter) if share else None
    numbers = options.channels.numbers
    views = [RED_GREEN_BLUE] if model.card.colour is Colour.RGB else [(each,) for each in numbers]
    size = Size(*cells.shape[::-1])
    with _named(model_card.find(options.model)):
        return [
            paper
            for channels in views
            for paper in model.decided(
                Scene(finer, size, channels, options, model.card, by).sight(), size
            )
        ]


class Scene(NamedTuple):
    """A picture as a model may see it, piece by piece, so that memory stays bounded."""

    finer: Finer
    size: Size  #: of the picture, in cells
    channels: tuple[int | None, ...]
    options: Options
    card: Card
    by: Development | None = None  #: if the model wants its picture developed

    @property
    def reach(self) -> int | None:
        """Cells each way on which what is seen of a cell hangs; None is all."""
        return adjust.reach(self.options, self.by)

    def sight(self) -> Sight:
        """Return what gives a box of cells, worked out as a whole only if there is no other way."""
        if self.reach is not None:
            return self.seen
        return onnx_model.sight_of(self.seen(Box(0, 0, *self.size)), self.card.times)

    def seen(self, box: Box) -> Planes:
        """Return a box of cells: values from 0 to 1 on the scale of the card."""
        times, around = self.card.times, self._around(box)
        fine = tuple(self.finer(times, channel, around) for channel in self.channels)
        left, top = (box.left - around.left) * times, (box.top - around.top) * times
        planes = np.empty((len(fine), box.height * times, box.width * times), np.float32)
        margin = (self.reach or 0) * times
        at_once = planes.shape[1] if self.reach is None else _ROWS_AT_ONCE + 4 * margin
        for first in range(top, top + planes.shape[1], at_once):
            start = max(0, first - margin)
            strip = tuple(plane[start : first + at_once + margin] for plane in fine)
            rows = planes[:, first - top : first - top + at_once]
            for seen, values in zip(rows, self._looked(strip), strict=True):
                seen[...] = values[first - start :, left:][: len(seen), : seen.shape[1]]
        return planes

    def _looked(self, strip: tuple[Quanta, ...]) -> list[Shares]:
        values = adjust.finer(strip, self.options, self.card.times, self.by)
        return (
            values if self.card.tone is Scale.SRGB else [luminance.decode(each) for each in values]
        )

    def _around(self, box: Box) -> Box:
        """Return the box with all on which it hangs."""
        if self.reach is None:
            return Box(0, 0, *self.size)
        left, top = max(0, box.left - self.reach), max(0, box.top - self.reach)
        right = min(self.size.width, box.left + box.width + self.reach)
        bottom = min(self.size.height, box.top + box.height + self.reach)
        return Box(left, top, right - left, bottom - top)

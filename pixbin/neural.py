"""The neural backend: cells decided by a model that sees a finer picture of them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pixbin import cards, light, look, network
from pixbin.cards import Card, Colour, Exposing, Model, Scale
from pixbin.errors import ModelError, UsageError
from pixbin.light import Quanta
from pixbin.look import Development
from pixbin.network import Network, Planes
from pixbin.options import Options

#: averages of the light of a channel on a grid so many times as fine; None is all as one grey
Finer = Callable[[int, int | None], Quanta]

RED_GREEN_BLUE = (0, 1, 2)
_ROWS_AT_ONCE = 128  #: whose values are worked out together; few enough for the memory


def load(options: Options) -> Network:
    """Return the model that options ask for, loaded once and checked.

    Raises
    ------
    ModelError
        It, or what runs it, is missing or unfit.
    UsageError
        It does not decide the channels that are asked for.
    """
    found = of_file(cards.find(options.model), options.provider, options.threads)
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
    data = cards.read(model)
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
        network.prove(found)
    return found.card


@contextlib.contextmanager
def _named(model: Model) -> Iterator[None]:
    try:
        yield
    except ModelError as error:
        raise ModelError(f"{model.path}: {error}") from error


_loaded = lru_cache(maxsize=4)(network.load)


def decide(finer: Finer, cells: Quanta, options: Options) -> list[NDArray[np.bool_]]:
    """Decide every cell of every plane by the model; True is paper.

    Parameters
    ----------
    finer : callable
        Gives the light of the picture on a finer grid.
    cells : int32 array, shape (H, W), in quanta
        The light of all planes as one.
    options : Options

    Returns
    -------
    list of bool arrays, shape (H, W), one for each of `options.channels`
    """
    model = load(options)
    by = look.development(cells, options) if model.card.exposure is Exposing.AUTO else None
    numbers = options.channels.numbers
    sights = [RED_GREEN_BLUE] if model.card.colour is Colour.RGB else [(each,) for each in numbers]
    with _named(cards.find(options.model)):
        return [
            logits >= 0
            for channels in sights
            for logits in model.logits(seen(finer, channels, options, model.card, by))
        ]


def seen(
    finer: Finer,
    channels: tuple[int | None, ...],
    options: Options,
    card: Card,
    by: Development | None = None,
) -> Planes:
    """Return what a model sees: values from 0 to 1 on the scale of its card."""
    fine = tuple(finer(card.times, channel) for channel in channels)
    planes = np.empty((len(fine), *fine[0].shape), np.float32)
    at_once = _ROWS_AT_ONCE if look.is_pointwise(options, by) else len(fine[0])
    for top in range(0, len(fine[0]), at_once):
        rows = slice(top, top + at_once)
        values = look.finer(tuple(plane[rows] for plane in fine), options, card.times, by)
        for plane, seen_rows in zip(planes, values, strict=True):
            plane[rows] = seen_rows if card.tone is Scale.SRGB else light.decode(seen_rows)
    return planes

"""An entry point of pixbin that is fuzzed, and the promises that no input may break."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

import numpy as np
from PIL import Image

import pixbin
from pixbin.errors import InputError, PixbinError
from tests.fuzz.mutations import Mutation, binary, chain

_MOST_PIXELS = 1 << 22  #: of pictures whose image is checked
CHOICES = 64  #: numbers that choose options and functions; part of every input


class BrokenPromiseError(AssertionError):
    """A result that pixbin promises never to give; the message says which."""


class FuzzEntry(NamedTuple):
    """One entry point.

    Its function `run` takes the bytes of an input and a number below `CHOICES`, which chooses
    options. It raises one of `errors` if the input is bad, and `BrokenPromiseError` if the result
    is not what pixbin promises. It returns a short description of the result, by which inputs
    with new results are known.
    """

    name: str
    seeds: Callable[[], Sequence[bytes]]
    run: Callable[[bytes, int], object]
    mutations: Sequence[Mutation] = ()  #: that know the format; mutations of bytes are used as well
    errors: tuple[type[PixbinError], ...] = (InputError,)
    starts: tuple[bytes, ...] = ()  #: of files of this kind, for a folder given by hand
    weight: float = 1.0  #: share of the time
    suffix: str = "bin"  #: of the names of saved inputs

    def mutate(self, random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
        """Return a changed input; two of three times by what is known of the format."""
        if self.mutations and random.random() < 0.67:
            return chain(random, data, pool, self.mutations)
        return chain(random, data, pool, binary.ALL)


def promise(condition: object, message: str) -> None:
    """Raise BrokenPromiseError with a message unless a condition holds."""
    if not condition:
        raise BrokenPromiseError(message)


def check_picture(picture: pixbin.Picture, size: tuple[int, int] | None) -> str:
    """Check that a picture is strictly two-valued and of a size; return that as text."""
    if size is not None:
        promise(picture.size == size, f"{picture.size} pixels, not {size}")
    promise(picture.grid.dtype == np.bool_, f"cells of {picture.grid.dtype}")
    if picture.size.width * picture.size.height > _MOST_PIXELS:
        return "large"
    image = picture.image
    promise(image.size == tuple(picture.size), f"an image of {image.size}, not {picture.size}")
    if picture.opacity is None and picture.grid.ndim == 2:
        values = image.convert("RGB").getcolors(2)
        promise(values is not None, "more than two values")
    return f"{picture.size} {picture.grid.ndim} {picture.opacity is None}"


def check_file(data: bytes, size: tuple[int, int]) -> None:
    """Check that a PNG has at most two values and a size, by Pillow."""
    import io

    with Image.open(io.BytesIO(data)) as image:
        promise(image.size == size, f"a file of {image.size} pixels, not {size}")
        promise(image.convert("RGB").getcolors(2) is not None, "a file with more than two values")

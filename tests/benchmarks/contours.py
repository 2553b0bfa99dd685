"""Measured agreement of two-valued pictures with the edges of their sources: `make contours`.

Canny edges are detected on a grid four times as fine as the cells and, for another column, on all
pixels. A cell with an edge pixel in it is an edge cell. The boundaries of a picture (paper that
touches ink at a side) are compared with the edge cells by the F-measure, with a tolerance of one
cell. Other columns have the share of isolated cells, and the correlation, over the pictures, of
the share of ink with the mean grey.

    make contours                                  # examples/ and pictures of scikit-image
    make contours PICTURES=folder METHODS=fs,ink,neural
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy import ndimage
from skimage.feature import canny

from pixbin import readers
from pixbin.catalog.methods import ALGORITHMIC, Method
from pixbin.color import quanta
from pixbin.color.light_scale import Tone
from pixbin.geometry import Extent
from pixbin.neural import model_card
from pixbin.options import Options
from pixbin.pipeline import cell_sampling
from pixbin.pipeline.convert import convert_raster, plan_for_raster
from pixbin.readers.raster import Raster
from tests.benchmarks.metrics import isolated_fraction
from tests.benchmarks.quality import pictures

Marks = NDArray[np.bool_]

OVERSAMPLING = 4  #: samples of the fine grid along each side of a cell
SIGMA, SIGMA_OF_PIXELS = 1.0, 2.0  #: of Canny's blur, on the fine grid and on all pixels
CAPTION = (
    "F 4x, F full: F-measure of boundaries against Canny's edges on a grid four times as fine, and "
    "on all pixels; hits, recall: precision and recall of the first; lone: cells unlike "
    "all neighbours; r: correlation of ink with tone"
)


class Contours(NamedTuple):
    """The measures of one picture."""

    f: float  #: F-measure against edges on the fine grid
    hits: float  #: share of the boundaries with an edge near
    recall: float  #: share of the edges with a boundary near
    f_full: float  #: F-measure against the edges of all pixels
    lone: float  #: share of cells unlike all neighbours
    ink: float  #: share of cells that are ink
    tone: float  #: mean grey of the source, from 0 (white) to 1 (black)


class Source(NamedTuple):
    """A picture, its options, and its edge cells on one grid."""

    raster: Raster
    options: Options
    edges: Marks
    edges_of_pixels: Marks
    tone: float


def agreement(paper: Marks, edges: Marks) -> tuple[float, float, float]:
    """Return F-measure, precision and recall of boundaries, with a tolerance of one cell."""
    around = np.ones((3, 3), np.bool_)
    boundaries = paper ^ ndimage.binary_erosion(paper, border_value=1)
    hits = _share(boundaries & ndimage.binary_dilation(edges, around), boundaries)
    recall = _share(edges & ndimage.binary_dilation(boundaries, around), edges)
    return 2 * hits * recall / max(hits + recall, 1e-9), hits, recall


def _share(some: Marks, every: Marks) -> float:
    return float(some.sum() / max(1, every.sum()))


def edge_cells(marks: Marks, height: int, width: int) -> Marks:
    """Return the cells of a grid that have a mark in them."""
    cells = np.zeros((height, width), np.bool_)
    down, right = np.nonzero(marks)
    rows = (down + 0.5) * height // marks.shape[0]
    cells[rows.astype(int), ((right + 0.5) * width // marks.shape[1]).astype(int)] = True
    return cells


def source(raster: Raster, side: int) -> Source:
    """Return the edges of a picture for a grid of `side` cells along its longer side."""
    is_wide = raster.size.width >= raster.size.height
    grid = Extent(side if is_wide else None, None if is_wide else side).resolve(raster.size)
    options = Options.of(size=tuple(grid), fit="stretch", method="ink")
    plan = plan_for_raster(raster, options)
    cells = cell_sampling.sample_cells(raster, plan, options)
    pixels = cells.source_light
    fine = quanta.quanta_to_srgb(
        cell_sampling.oversample(cells, plan, OVERSAMPLING).light, Tone.LINEAR
    )
    whole = quanta.quanta_to_srgb(pixels.read_rows(0, pixels.size.height), Tone.LINEAR)
    return Source(
        raster,
        options,
        edge_cells(canny(fine, SIGMA), grid.height, grid.width),
        edge_cells(canny(whole, SIGMA_OF_PIXELS), grid.height, grid.width),
        float(1 - fine.mean()),
    )


def measured(paper: Marks, given: Source) -> Contours:
    """Measure a picture."""
    first = agreement(paper, given.edges)
    full = agreement(paper, given.edges_of_pixels)[0]
    return Contours(*first, full, isolated_fraction(paper), float(np.mean(~paper)), given.tone)


def contenders(names: str | None) -> dict[str, dict[str, str]]:
    """Return the options to compare, by name."""
    chosen = [str(Method.named(name)) for name in names.split(",")] if names else [*ALGORITHMIC]
    options = {str(name): {"method": str(name)} for name in chosen}
    if names is None:
        options["floyd-steinberg, edges"] = {"method": "fs", "edges": "50%"}
        options |= {"neural": {"method": "neural"}} if model_card.shipped_models() else {}
    return options


def converted(given: Source, settings: dict[str, str]) -> Marks:
    """Return the cells of a picture converted with some options."""
    options = Options.of(size=given.options.size, fit="stretch", **settings)
    return convert_raster(given.raster, options).grid


def correlation(results: list[Contours]) -> float:
    """Return the correlation of the share of ink with tone, from -1 to 1."""
    ink, tone = np.array([(result.ink, result.tone) for result in results]).T
    return float(np.corrcoef(ink, tone)[0, 1]) if np.ptp(ink) and np.ptp(tone) else 0.0


def table(title: str, results: dict[str, list[Contours]]) -> Table:
    """Return a table of means, best F-measure first."""
    rows = Table("method", "F 4x", "hits", "recall", "F full", "lone %", "r", title=title)
    means = {name: Contours(*np.mean(every, axis=0)) for name, every in results.items()}
    for name, mean in sorted(means.items(), key=lambda pair: -pair[1].f):
        numbers = (mean.f, mean.hits, mean.recall, mean.f_full)
        texts = [f"{number:.3f}" for number in numbers]
        rows.add_row(name, *texts, f"{100 * mean.lone:.2f}", f"{correlation(results[name]):.2f}")
    return rows


def tables(arguments: argparse.Namespace) -> Iterator[Table]:
    """Yield the table of one grid size after the other."""
    rasters = [readers.read(str(path)) for path in pictures(arguments.pictures)]
    for side in arguments.cells:
        sources = [source(raster, side) for raster in rasters]
        results = {
            name: [measured(converted(given, settings), given) for given in sources]
            for name, settings in contenders(arguments.methods).items()
        }
        yield table(f"{len(rasters)} pictures, {side} cells along the longer side", results)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Measure how the methods show edges.")
    parser.add_argument("pictures", nargs="?", type=Path, help="a folder of pictures")
    parser.add_argument("--methods", help="names separated by commas; default: all")
    parser.add_argument("--cells", nargs="+", type=int, default=[32, 48, 64, 96], metavar="N")
    console = Console(width=110)
    for one in tables(parser.parse_args()):
        console.print(one)
    console.print(CAPTION)


if __name__ == "__main__":
    main()

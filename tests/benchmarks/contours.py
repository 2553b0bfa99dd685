"""How well two-valued pictures show the edges of their sources: `make contours`.

Canny's edges, found on a grid four times as fine as the cells and, in the second column, on all
pixels, are pooled to the cells: a cell with an edge in it counts. The boundaries of a picture
(paper that touches ink by its sides) are compared with them by the F-measure, a cell apart
being near enough. Beside it stand the share of cells unlike all around them, and how black
goes with tone: the correlation, over the pictures, of the share of ink with the mean grey.

    make contours                                  # examples/ and scikit-image's pictures
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
from tests.benchmarks.metrics import isolated
from tests.benchmarks.quality import pictures

Marks = NDArray[np.bool_]

TIMES = 4  #: the fine grid over the cells
BLUR, BLUR_OF_PIXELS = 1.0, 2.0  #: standard deviations, on the fine grid and of all pixels
CAPTION = (
    "F 4x, F full: F-measure of boundaries against Canny's edges on a grid four times as fine, and "
    "on all pixels; hits, found: precision and recall of the first; lone: cells unlike all "
    "around; r: correlation of ink with tone"
)


class Contours(NamedTuple):
    """The measures of one picture."""

    f: float  #: F-measure against edges on the fine grid
    hits: float  #: share of the boundaries with an edge near
    found: float  #: share of the edges with a boundary near
    f_full: float  #: F-measure against the edges of all pixels
    lone: float  #: share of cells unlike all around
    ink: float  #: share of cells that are ink
    tone: float  #: mean grey of the source, from 0 (white) to 1 (black)


class Source(NamedTuple):
    """A picture and what is compared with it, on one grid."""

    raster: Raster
    options: Options
    edges: Marks
    edges_of_pixels: Marks
    tone: float


def agreement(paper: Marks, edges: Marks) -> tuple[float, float, float]:
    """Return the F-measure of boundaries against edges, precision and recall, a cell apart."""
    around = np.ones((3, 3), np.bool_)
    ours = paper ^ ndimage.binary_erosion(paper, border_value=1)
    hits = _share(ours & ndimage.binary_dilation(edges, around), ours)
    found = _share(edges & ndimage.binary_dilation(ours, around), edges)
    return 2 * hits * found / max(hits + found, 1e-9), hits, found


def _share(some: Marks, every: Marks) -> float:
    return float(some.sum() / max(1, every.sum()))


def pooled(marks: Marks, height: int, width: int) -> Marks:
    """Return which cells of a grid have a mark in them."""
    cells = np.zeros((height, width), np.bool_)
    down, right = np.nonzero(marks)
    rows = (down + 0.5) * height // marks.shape[0]
    cells[rows.astype(int), ((right + 0.5) * width // marks.shape[1]).astype(int)] = True
    return cells


def source(raster: Raster, side: int) -> Source:
    """Find what a picture of so many cells along its longer side is compared with."""
    is_wide = raster.size.width >= raster.size.height
    grid = Extent(side if is_wide else None, None if is_wide else side).resolve(raster.size)
    options = Options.of(size=tuple(grid), fit="stretch", method="ink")
    steps = plan_for_raster(raster, options)
    cells = cell_sampling.sample_cells(raster, steps, options)
    pixels = cells.source_light
    fine = quanta.quanta_to_srgb(cell_sampling.oversample(cells, steps, TIMES).light, Tone.LINEAR)
    whole = quanta.quanta_to_srgb(pixels.read_rows(0, pixels.size.height), Tone.LINEAR)
    return Source(
        raster,
        options,
        pooled(canny(fine, BLUR), grid.height, grid.width),
        pooled(canny(whole, BLUR_OF_PIXELS), grid.height, grid.width),
        float(1 - fine.mean()),
    )


def measured(paper: Marks, given: Source) -> Contours:
    """Measure a picture."""
    first = agreement(paper, given.edges)
    full = agreement(paper, given.edges_of_pixels)[0]
    return Contours(*first, full, isolated(paper), float(np.mean(~paper)), given.tone)


def contenders(names: str | None) -> dict[str, dict[str, str]]:
    """Return the options of what is compared, by name."""
    chosen = [str(Method.named(name)) for name in names.split(",")] if names else [*ALGORITHMIC]
    found = {str(name): {"method": str(name)} for name in chosen}
    if names is None:
        found["floyd-steinberg, edges"] = {"method": "fs", "edges": "50%"}
        found |= {"neural": {"method": "neural"}} if model_card.shipped_models() else {}
    return found


def converted(given: Source, settings: dict[str, str]) -> Marks:
    """Convert a picture as a method does."""
    options = Options.of(size=given.options.size, fit="stretch", **settings)
    return convert_raster(given.raster, options).grid


def correlation(results: list[Contours]) -> float:
    """Return how the share of ink goes with tone, from -1 to 1."""
    ink, tone = np.array([(each.ink, each.tone) for each in results]).T
    return float(np.corrcoef(ink, tone)[0, 1]) if np.ptp(ink) and np.ptp(tone) else 0.0


def table(title: str, results: dict[str, list[Contours]]) -> Table:
    """Lay out the means, the best F-measure first."""
    whole = Table("method", "F 4x", "hits", "found", "F full", "lone %", "r", title=title)
    means = {name: Contours(*np.mean(each, axis=0)) for name, each in results.items()}
    for name, mean in sorted(means.items(), key=lambda pair: -pair[1].f):
        numbers = (mean.f, mean.hits, mean.found, mean.f_full)
        shown = [f"{number:.3f}" for number in numbers]
        whole.add_row(name, *shown, f"{100 * mean.lone:.2f}", f"{correlation(results[name]):.2f}")
    return whole


def tables(arguments: argparse.Namespace) -> Iterator[Table]:
    """Measure and lay out, one number of cells after the other."""
    rasters = [readers.read(str(path)) for path in pictures(arguments.pictures)]
    for side in arguments.cells:
        given = [source(raster, side) for raster in rasters]
        results = {
            name: [measured(converted(each, settings), each) for each in given]
            for name, settings in contenders(arguments.methods).items()
        }
        yield table(f"{len(rasters)} pictures, {side} cells along the longer side", results)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Measure how the methods show edges.")
    parser.add_argument("pictures", nargs="?", type=Path, help="a folder of pictures")
    parser.add_argument("--methods", help="names with commas between; all without")
    parser.add_argument("--cells", nargs="+", type=int, default=[32, 48, 64, 96], metavar="N")
    console = Console(width=110)
    for each in tables(parser.parse_args()):
        console.print(each)
    console.print(CAPTION)


if __name__ == "__main__":
    main()

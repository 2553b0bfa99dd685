"""Functions that the three styles share: they read photographs, smooth, find edges, and write."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pixbin import readers
from pixbin.filters import canny, gaussian, morphology
from pixbin.geometry import Layout
from pixbin.options import Options
from pixbin.training.photos import find_photos
from pixbin.training.targets import TargetConfig, grid_for, is_fine_enough, network_input

#: from 0 (black) to 1 (white); shape (H, W), or (H * FINE, W * FINE) on the fine grid
Light = NDArray[np.float64]
Cells = NDArray[np.bool_]  #: shape (H, W), one value for each cell

FINE = 4  #: values along each side of a cell on the fine grid
SMOOTHING_STEPS = 12  #: number of steps of `smooth`
EDGE_SIGMA = 0.7  #: of Canny's blur, in cells
LINE_SIGMAS = (0.35, 1.5)  #: of a line and of what is around it, in cells
LINE_DEPTH = 0.12  #: least difference between a thin dark line and what is around it, of 1
LOCAL_SHARE = 0.4  #: share of the mean light around a cell that shading leaves out
SURROUNDINGS_SIGMA = 8.0  #: of that mean, in cells
SMALLEST_LINE = 3  #: least number of cells of a line
SMOOTHING_CONTRAST = 0.05  #: `smooth` keeps differences of light much larger than this


def draw_folder(draw: Callable[[Light], Cells], description: str | None) -> None:
    """Draw each photograph of a folder; the command line gives folders and cells.

    Parameters
    ----------
    draw : callable
        Receives light of shape (H * FINE, W * FINE); returns bool (H, W), True is paper.
    description : str
        For `--help`.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("photos", help="folder of photographs, or one photograph")
    parser.add_argument("drawings", type=Path, help="folder for the drawings")
    parser.add_argument("--cells", type=int, default=64, help="along the longer side")
    parser.add_argument("--limit", type=int, help="draw only so many photographs")
    words = parser.parse_args()
    words.drawings.mkdir(parents=True, exist_ok=True)
    for photo in find_photos([words.photos])[: words.limit]:
        light = read_light(photo.path, words.cells)
        if light is None:
            print(f"{photo.path.name}: too small for {words.cells} cells; left out")
            continue
        Image.fromarray(draw(light)).save(words.drawings / f"{photo.path.stem}.png")


def read_light(path: Path, cells: int) -> Light | None:
    """Return the light of a photograph on the fine grid; None if it is too small.

    The exposure is that of `--enhance auto`.
    """
    raster = readers.read(str(path))
    grid = grid_for(raster.size, cells)
    if not is_fine_enough(raster.size, grid, FINE):
        return None
    layout = Layout(raster.size, grid, None)
    return network_input(raster, layout.rows, layout.columns, TargetConfig(Options()))


def local_light(fine: Light, calm: Light) -> Light:
    """Return the light of each cell, (H, W), less a share of the mean light around it.

    `calm` is `fine` after `smooth`; both are on the fine grid.
    """
    around_cells = cell_means(blur(fine, SURROUNDINGS_SIGMA)) - 0.5
    return cell_means(blur(calm, 0.5)) - LOCAL_SHARE * around_cells


def cell_means(fine: Light) -> Light:
    """Return the mean light of each cell, (H, W), from light on the fine grid."""
    height, width = (side // FINE for side in fine.shape)
    means: Light = fine.reshape(height, FINE, width, FINE).mean((1, 3))
    return means


def blur(values: Light, sigma: float) -> Light:
    """Blur with a Gaussian of `sigma` cells, on the fine grid."""
    return gaussian.gaussian(values, sigma * FINE)


def smooth(fine: Light) -> Light:
    """Smooth light on the fine grid within areas, and keep the edges between them.

    Source: P. Perona, J. Malik, Scale-space and edge detection using anisotropic diffusion, 1990.
    """
    values = blur(fine, 0.3)
    for _ in range(SMOOTHING_STEPS):
        padded = np.pad(values, 1, mode="edge")
        differences = [
            padded[1 + down : padded.shape[0] - 1 + down, 1 + right : padded.shape[1] - 1 + right]
            - values
            for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1))
        ]
        values = values + 0.2 * sum(
            difference * np.exp(-((difference / SMOOTHING_CONTRAST) ** 2))
            for difference in differences
        )
    return values


def edges(calm: Light, low: float, high: float) -> Cells:
    """Return edges one cell wide, by Canny's detector, from light on the fine grid.

    `low` and `high` are its thresholds: of weak edges that continue a strong one, and of strong
    edges.
    """
    cells = np.pad(cell_means(calm), 2, mode="edge")
    return canny.canny(cells, EDGE_SIGMA, low, high)[2:-2, 2:-2]


def dark_lines(fine: Light) -> Cells:
    """Return the cells of thin dark lines, such as those of a drawing or of letters."""
    depth = cell_means(blur(fine, LINE_SIGMAS[1]) - blur(fine, LINE_SIGMAS[0]))
    return without_small_areas(depth < LINE_DEPTH, SMALLEST_LINE)


def contours(fine: Light, calm: Light, low: float, high: float) -> Cells:
    """Return the cells of thin dark lines, and those of edges that are not beside such a line."""
    lines = ~dark_lines(fine)
    return lines | (edges(calm, low, high) & ~around(lines))


def without_small_areas(paper: Cells, smallest: int) -> Cells:
    """Invert areas of ink, then areas of paper, that have fewer cells than `smallest`."""
    for value in (False, True):
        labels = canny.label(paper == value)
        counts = np.bincount(labels.ravel())
        paper = paper ^ ((labels > 0) & (counts < smallest)[labels])
    return paper


def adjacent_to(mask: Cells) -> Cells:
    """Return the marked cells, and those that touch one by a side."""
    padded = np.pad(mask, 1)
    return mask | padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]


def around(mask: Cells) -> Cells:
    """Return the marked cells, and those that touch one by a side or a corner."""
    return morphology.dilation(mask, 1)

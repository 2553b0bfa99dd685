"""Photographs as contents of unpaired training: inputs of the network, edges and wanted tones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pixbin import readers
from pixbin.errors import InputError
from pixbin.geometry import Layout, Size
from pixbin.neural import area_averages
from pixbin.neural.model_card import InputExposure
from pixbin.options import Options
from pixbin.training import targets
from pixbin.training.model import CONTEXT_SIDE
from pixbin.training.photos import Photo
from pixbin.training.style_statistics import BoolArray
from pixbin.training.targets import TargetConfig
from pixbin.training.unpaired import style


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """A photograph on a grid of H x W cells, cut to multiples that the network accepts."""

    path: Path
    cells: Size  #: width and height
    inputs: NDArray[np.uint8]  #: sRGB greys, shape (H * oversampling, W * oversampling)
    context: NDArray[np.float32]  #: a small copy of the whole photograph, shape (1, 32, 32), 0 to 1
    edges: BoolArray  #: cells where the photograph has edges, shape (H, W)

    def greys(self) -> NDArray[np.float32]:
        """Return the mean of each cell, float32 (H, W) from 0 to 1."""
        width, height = self.cells
        times = len(self.inputs) // height
        means = self.inputs.reshape(height, times, width, times).mean((1, 3)) / 255
        return np.asarray(means.astype(np.float32))


def read_contents(
    photos: Sequence[Photo],
    sides: Sequence[int],
    config: TargetConfig,
    multiple: int,
    on_progress: Callable[[str, bool], None],
) -> list[Content]:
    """Read photographs, each at one of the given sizes.

    Parameters
    ----------
    photos : sequence of Photo
    sides : sequence of int
        Cells along the longer side; used in turn.
    config : TargetConfig
        Exposure and oversampling of the inputs.
    multiple : int
        Sides are cut to multiples of this number of cells.
    on_progress : callable
        Receives a line, and whether it should stay on the screen.

    Raises
    ------
    InputError
        No photograph is large enough.
    """
    contents = []
    for number, photo in enumerate(photos):
        on_progress(f"{number} of {len(photos)} photographs, now {photo.path.name}", False)
        try:
            content = _read_content(photo.path, sides[number % len(sides)], config, multiple)
        except InputError as error:
            on_progress(f"{error}; left out", True)
            continue
        if content is not None:
            contents.append(content)
    if not contents:
        raise InputError(
            f"no photograph has {config.oversampling} pixels for each of {sides} cells"
        )
    return contents


def _read_content(path: Path, side: int, config: TargetConfig, multiple: int) -> Content | None:
    raster = readers.read(str(path))
    grid = targets.grid_for(raster.size, side)
    cut = Size(*(length // multiple * multiple for length in grid))
    times = config.oversampling
    if min(cut) < style.SMALLEST_SIDE or not targets.is_fine_enough(raster.size, grid, times):
        return None
    layout = Layout(raster.size, grid, None)
    values = targets.network_input(raster, layout.rows, layout.columns, config)
    edges = targets.pool_to_cells(targets.source_edges(raster), layout.rows, layout.columns)
    context = area_averages.shrink(values[None].astype(np.float32), CONTEXT_SIDE)
    inputs = targets.to_uint8(values)[: cut.height * times, : cut.width * times]
    return Content(path, cut, inputs, context, edges[: cut.height, : cut.width])


def content_config(exposure: InputExposure, oversampling: int) -> TargetConfig:
    """Return the settings with which photographs are read."""
    return TargetConfig(Options(), exposure=exposure, oversampling=oversampling)


class ToneCurve:
    """Tone curve that gives the photographs the distribution of tones of the drawings.

    Source: R. C. Gonzalez, P. Wintz, Digital image processing, 1977 (histogram specification).

    Parameters
    ----------
    contents : sequence of Content
    tones : float32 array, shape (65,), ascending
        Quantiles of the tones of the style, from 0 to 1.
    """

    def __init__(self, contents: Sequence[Content], tones: NDArray[np.float32]) -> None:
        self.tones = tones
        self.greys = style.tone_quantiles(
            [style.blurred_tones(content.greys()) for content in contents]
        )

    def apply(self, content: Content) -> NDArray[np.float32]:
        """Return the wanted share of paper around each cell, float32 (H, W) from 0 to 1."""
        blurred = style.blurred_tones(content.greys())
        return np.interp(blurred, self.greys, self.tones).astype(np.float32)

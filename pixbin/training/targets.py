"""What a network shall see of a photograph, and what it shall make of it.

Targets are binarized, at their low resolution, before any training: by a method of the table,
by the teacher of the shipped model, or by an artist (`styles`).
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.enums import Tone
from pixbin.filters import canny
from pixbin.geometry import Extent, Size
from pixbin.neural.model_card import Exposing
from pixbin.options import Options
from pixbin.pipeline import convert as pipeline
from pixbin.readers.raster import Raster
from pixbin.resample import area, luminance
from pixbin.resample.luminance import Light, Quanta, Shares
from pixbin.tone import adjust
from pixbin.training.drawings import Drawing

DRAWN = "drawn"  #: stands for a method: that of `teacher`
EDGE_BLUR, EDGE_LOW, EDGE_HIGH = 2.0, 0.1, 0.2  #: of Canny on all pixels of the source


class Teaching(NamedTuple):
    """How targets are made, and what is seen."""

    options: Options  #: of the conversion that makes them; its grid is set for each picture
    is_drawn: bool = False  #: by `teacher`, and not by the method of the options
    exposure: Exposing = Exposing.AUTO
    times: int = 4  #: values that a network sees along each side of a cell
    style: Path | None = None  #: a folder of artists' drawings, which are the targets instead


class Sample(NamedTuple):
    """A picture to learn from."""

    seen: NDArray[np.uint8]  #: sRGB-encoded greys, shape (H * times, W * times)
    paper: NDArray[np.bool_]  #: the target, shape (H, W)
    edges: NDArray[np.bool_] | None  #: where the source has edges, (H, W); None is unknown


def grid_of(size: Size, cells: int) -> Size:
    """Return the grid of so many cells along the longer side of a picture."""
    is_wide = size.width >= size.height
    return Extent(cells if is_wide else None, None if is_wide else cells).of(size)


def is_fine_enough(size: Size, grid: Size, times: int) -> bool:
    """Tell whether a picture has a pixel at least for every value that a network sees."""
    return grid.width * times <= size.width and grid.height * times <= size.height


def converted(raster: Raster, grid: Size, teaching: Teaching, edges: NDArray[np.bool_]) -> Sample:
    """Return what a network sees of a photograph on a grid, and what a method makes of it."""
    options = dataclasses.replace(teaching.options, grid=Extent(*grid))
    steps = pipeline.plan(raster, options)
    rows, columns = steps.row_positions, steps.column_positions
    values = seen(raster, rows, columns, teaching)
    if teaching.is_drawn:
        from pixbin.training import rule_based_teacher

        paper = rule_based_teacher.draw(values, teaching.times)
    else:
        paper = pipeline.convert(raster, options).grid
    return Sample(in_levels(values), paper, pooled(edges, rows, columns))


def drawn(raster: Raster, drawing: Drawing, teaching: Teaching, edges: NDArray[np.bool_]) -> Sample:
    """Return what a network sees of a photograph on the cells that an artist drew it in."""
    values = seen(raster, drawing.rows, drawing.columns, teaching)
    return Sample(in_levels(values), drawing.paper, pooled(edges, drawing.rows, drawing.columns))


def fits(size: Size, drawing: Drawing) -> bool:
    """Tell whether a photograph and a drawing of it have one shape, but for a cell."""
    wide, high = drawing.size
    beside = abs(wide - high * size.width / size.height)
    below = abs(high - wide * size.height / size.width)
    return beside <= wide / drawing.grid.width or below <= high / drawing.grid.height


def seen(raster: Raster, rows: list[int], columns: list[int], teaching: Teaching) -> Shares:
    """Return the sRGB values of a photograph as a network gets them, finer than the cells.

    `rows` and `columns` are the edges of cells, in any unit, as `resample.area_downsample`
    takes them; options by hand shape the target alone.
    """
    plain = Options(background=teaching.options.background)
    pixels = _pixels(raster, plain)
    times = teaching.times
    fine = area.area_downsample(pixels, area.finer(rows, times), area.finer(columns, times))
    return _exposed(fine, area.area_downsample(pixels, rows, columns), teaching)


def _exposed(fine: Quanta, cells: Quanta, teaching: Teaching) -> Shares:
    """Expose light as the light of the cells wants it."""
    values = luminance.as_srgb(fine, Tone.LINEAR)
    return adjust.exposure(cells, Options(), teaching.exposure.share).of(values)


def _mean(fine: Quanta, times: int) -> Quanta:
    height, width = (side // times for side in fine.shape)
    means = fine.reshape(height, times, width, times).mean((1, 3))
    whole: Quanta = np.rint(means).astype(np.int32)
    return whole


def exposed(
    values: NDArray[np.float32], teaching: Teaching, seen: NDArray[np.float32] | None = None
) -> Shares:
    """Expose sRGB values, shape (H * times, W * times), as those of a photograph would be.

    They are exposed as what is seen wants it, if that is something else.
    """
    fine, measured = (
        luminance.in_quanta(each.astype(np.float64), Tone.LINEAR)
        for each in (values, values if seen is None else seen)
    )
    return _exposed(fine, _mean(measured, teaching.times), teaching)


def in_levels(values: Shares | NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return values from 0 to 1 as levels of 8 bits."""
    levels: NDArray[np.uint8] = np.rint(values * 255).astype(np.uint8)
    return levels


def edges(raster: Raster) -> NDArray[np.bool_]:
    """Return which pixels of a photograph are on an edge."""
    pixels = _pixels(raster, Options(tone=Tone.PERCEPTUAL))
    values = luminance.as_srgb(pixels.rows(0, pixels.size.height), Tone.PERCEPTUAL)
    return canny.canny(values, EDGE_BLUR, EDGE_LOW, EDGE_HIGH)


def pooled(marks: NDArray[np.bool_], rows: list[int], columns: list[int]) -> NDArray[np.bool_]:
    """Return which cells have a marked pixel in them; rows and columns as for `seen`."""
    cells = np.zeros((len(rows) - 1, len(columns) - 1), np.bool_)
    places = (
        np.searchsorted(borders, (pixels + 0.5) * borders[-1] / side, side="right") - 1
        for pixels, borders, side in zip(
            np.nonzero(marks), (rows, columns), marks.shape, strict=True
        )
    )
    cells[tuple(places)] = True
    return cells


def _pixels(raster: Raster, options: Options) -> Light:
    whole = pipeline.plan(raster, Options()).crop
    return Light(raster, whole, options.tone, options.background)

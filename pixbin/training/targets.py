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

from pixbin.color import quanta
from pixbin.color.light_scale import Tone
from pixbin.color.quanta import Quanta
from pixbin.color.spaces import UnitArray
from pixbin.filters import canny
from pixbin.geometry import Extent, Size
from pixbin.neural.model_card import InputExposure
from pixbin.options import Options
from pixbin.pipeline import convert as pipeline
from pixbin.readers.raster import Raster
from pixbin.resample import area
from pixbin.resample.luminance import LightView
from pixbin.tone import adjust
from pixbin.training.drawings import PixelDrawing

TEACHER_METHOD = "drawn"  #: stands for a method: that of `teacher`
EDGE_SIGMA, EDGE_LOW, EDGE_HIGH = 2.0, 0.1, 0.2  #: of Canny on all pixels of the source


class TargetConfig(NamedTuple):
    """How targets are made, and what is seen."""

    options: Options  #: of the conversion that makes them; its grid is set for each picture
    uses_teacher: bool = False  #: by `teacher`, and not by the method of the options
    exposure: InputExposure = InputExposure.AUTO
    oversampling: int = 4  #: values that a network sees along each side of a cell
    drawings_folder: Path | None = (
        None  #: a folder of artists' drawings, which are the targets instead
    )


class TrainingPair(NamedTuple):
    """A picture to learn from."""

    inputs: NDArray[np.uint8]  #: sRGB-encoded greys, shape (H * times, W * times)
    paper: NDArray[np.bool_]  #: the target, shape (H, W)
    edges: NDArray[np.bool_] | None  #: where the source has edges, (H, W); None is unknown


def grid_for(size: Size, cells: int) -> Size:
    """Return the grid of so many cells along the longer side of a picture."""
    is_wide = size.width >= size.height
    return Extent(cells if is_wide else None, None if is_wide else cells).resolve(size)


def is_fine_enough(size: Size, grid: Size, oversampling: int) -> bool:
    """Tell whether a picture has a pixel at least for every value that a network sees."""
    return grid.width * oversampling <= size.width and grid.height * oversampling <= size.height


def pair_from_conversion(
    raster: Raster, grid: Size, config: TargetConfig, edges: NDArray[np.bool_]
) -> TrainingPair:
    """Return what a network sees of a photograph on a grid, and what a method makes of it."""
    options = dataclasses.replace(config.options, grid=Extent(*grid))
    steps = pipeline.plan_for_raster(raster, options)
    rows, columns = steps.row_positions, steps.column_positions
    values = network_input(raster, rows, columns, config)
    if config.uses_teacher:
        from pixbin.training import rule_based_teacher

        paper = rule_based_teacher.draw_target(values, config.oversampling)
    else:
        paper = pipeline.convert(raster, options).grid
    return TrainingPair(to_uint8(values), paper, pool_to_cells(edges, rows, columns))


def pair_from_drawing(
    raster: Raster, drawing: PixelDrawing, config: TargetConfig, edges: NDArray[np.bool_]
) -> TrainingPair:
    """Return what a network sees of a photograph on the cells that an artist drew it in."""
    values = network_input(raster, drawing.row_borders, drawing.column_borders, config)
    return TrainingPair(
        to_uint8(values),
        drawing.paper,
        pool_to_cells(edges, drawing.row_borders, drawing.column_borders),
    )


def has_same_shape(size: Size, drawing: PixelDrawing) -> bool:
    """Tell whether a photograph and a drawing of it have one shape, but for a cell."""
    wide, high = drawing.size
    beside = abs(wide - high * size.width / size.height)
    below = abs(high - wide * size.height / size.width)
    return beside <= wide / drawing.grid.width or below <= high / drawing.grid.height


def network_input(
    raster: Raster, rows: list[int], columns: list[int], config: TargetConfig
) -> UnitArray:
    """Return the sRGB values of a photograph as a network gets them, finer than the cells.

    `rows` and `columns` are the edges of cells, in any unit, as `resample.area_downsample`
    takes them; options by hand shape the target alone.
    """
    plain = Options(background=config.options.background)
    pixels = _light_of(raster, plain)
    times = config.oversampling
    fine = area.area_downsample(
        pixels, area.oversample(rows, times), area.oversample(columns, times)
    )
    return _expose(fine, area.area_downsample(pixels, rows, columns), config)


def _expose(oversampled: Quanta, cells: Quanta, config: TargetConfig) -> UnitArray:
    """Expose light as the light of the cells wants it."""
    values = quanta.quanta_to_srgb(oversampled, Tone.LINEAR)
    return adjust.model_exposure(cells, Options(), config.exposure.strength).apply(values)


def _cell_mean(oversampled: Quanta, oversampling: int) -> Quanta:
    height, width = (side // oversampling for side in oversampled.shape)
    means = oversampled.reshape(height, oversampling, width, oversampling).mean((1, 3))
    whole: Quanta = np.rint(means).astype(np.int32)
    return whole


def expose(
    values: NDArray[np.float32],
    config: TargetConfig,
    reference_values: NDArray[np.float32] | None = None,
) -> UnitArray:
    """Expose sRGB values, shape (H * times, W * times), as those of a photograph would be.

    They are exposed as what is seen wants it, if that is something else.
    """
    fine, measured = (
        quanta.to_quanta(each.astype(np.float64), Tone.LINEAR)
        for each in (values, values if reference_values is None else reference_values)
    )
    return _expose(fine, _cell_mean(measured, config.oversampling), config)


def to_uint8(values: UnitArray | NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return values from 0 to 1 as levels of 8 bits."""
    levels: NDArray[np.uint8] = np.rint(values * 255).astype(np.uint8)
    return levels


def source_edges(raster: Raster) -> NDArray[np.bool_]:
    """Return which pixels of a photograph are on an edge."""
    pixels = _light_of(raster, Options(tone=Tone.PERCEPTUAL))
    values = quanta.quanta_to_srgb(pixels.read_rows(0, pixels.size.height), Tone.PERCEPTUAL)
    return canny.canny(values, EDGE_SIGMA, EDGE_LOW, EDGE_HIGH)


def pool_to_cells(
    marks: NDArray[np.bool_], rows: list[int], columns: list[int]
) -> NDArray[np.bool_]:
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


def _light_of(raster: Raster, options: Options) -> LightView:
    whole = pipeline.plan_for_raster(raster, Options()).crop
    return LightView(raster, whole, options.tone, options.background)

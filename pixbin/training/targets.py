"""Inputs and targets of training pairs from photographs.

Targets are two-valued pictures of one pixel per cell, made before training: by a method of
`pixbin methods`, by the rule-based teacher, or by an artist (`drawings`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

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
from pixbin.pipeline.convert import convert_raster, plan_for_raster
from pixbin.readers.raster import Raster
from pixbin.resample import area
from pixbin.resample.luminance import LightView
from pixbin.tone import adjust
from pixbin.training.drawings import CellSize, PixelDrawing

TEACHER_METHOD = "drawn"  #: name of the rule-based teacher where a method is expected
EDGE_SIGMA, EDGE_LOW, EDGE_HIGH = 2.0, 0.1, 0.2  #: of Canny, on all pixels of the source


@dataclass(frozen=True, slots=True)
class TargetConfig:
    """Settings for the inputs and targets of a data set."""

    options: Options  #: of the conversion that makes targets; its grid is set for each picture
    uses_teacher: bool = False  #: targets by the rule-based teacher, not by the options' method
    exposure: InputExposure = InputExposure.AUTO  #: of the inputs
    oversampling: int = 4  #: input values along each side of a cell
    drawings_folder: Path | None = None  #: artists' drawings to use as targets; None: make them
    drawing_cells: CellSize = CellSize()  #: size of the drawings' cells; by default it is found


@dataclass(frozen=True, slots=True, eq=False)
class TrainingPair:
    """Input of a network and its target."""

    inputs: NDArray[np.uint8]  #: sRGB-encoded greys, shape (H * oversampling, W * oversampling)
    paper: NDArray[np.bool_]  #: the target, shape (H, W); True is paper
    edges: NDArray[np.bool_] | None  #: cells where the source has edges, (H, W); None: unknown


def grid_for(size: Size, cells: int) -> Size:
    """Return the grid with the given number of cells along the longer side of a picture."""
    is_wide = size.width >= size.height
    return Extent(cells if is_wide else None, None if is_wide else cells).resolve(size)


def is_fine_enough(size: Size, grid: Size, oversampling: int) -> bool:
    """Return whether a picture has at least one pixel for each input value of a network."""
    return grid.width * oversampling <= size.width and grid.height * oversampling <= size.height


def pair_from_conversion(
    raster: Raster, grid: Size, config: TargetConfig, edges: NDArray[np.bool_]
) -> TrainingPair:
    """Return the pair for a photograph on a grid, with the target of a method or the teacher.

    `edges` are the edges of the photograph, bool, one for each pixel.
    """
    options = replace(config.options, grid=Extent(*grid))
    plan = plan_for_raster(raster, options)
    rows, columns = plan.row_positions, plan.column_positions
    values = network_input(raster, rows, columns, config)
    if config.uses_teacher:
        from pixbin.training import rule_based_teacher

        paper = rule_based_teacher.draw_target(values, config.oversampling)
    else:
        paper = convert_raster(raster, options).grid
    return TrainingPair(to_uint8(values), paper, pool_to_cells(edges, rows, columns))


def pair_from_drawing(
    raster: Raster, drawing: PixelDrawing, config: TargetConfig, edges: NDArray[np.bool_]
) -> TrainingPair:
    """Return the pair for a photograph and an artist's drawing of it, on the drawing's cells.

    `edges` are the edges of the photograph, bool, one for each pixel.
    """
    rows, columns = drawing.row_borders, drawing.column_borders
    values = network_input(raster, rows, columns, config)
    return TrainingPair(to_uint8(values), drawing.paper, pool_to_cells(edges, rows, columns))


def has_same_shape(size: Size, drawing: PixelDrawing) -> bool:
    """Return whether a photograph and its drawing have the same aspect, to within one cell."""
    width, height = drawing.size
    excess_width = abs(width - height * size.width / size.height)
    excess_height = abs(height - width * size.height / size.width)
    return (
        excess_width <= width / drawing.grid.width or excess_height <= height / drawing.grid.height
    )


def network_input(
    raster: Raster, rows: list[int], columns: list[int], config: TargetConfig
) -> UnitArray:
    """Return the input of a network for a photograph: area averages, exposed.

    Of the configuration's options only the background is used; the others are for the target.

    Parameters
    ----------
    raster : Raster
    rows, columns : ascending lists of int
        Borders of cells, in any unit, as for `resample.area.area_downsample`.
    config : TargetConfig

    Returns
    -------
    float64 array, shape (H * oversampling, W * oversampling), from 0 to 1
        sRGB-encoded.
    """
    light = _light_of(raster, Options(background=config.options.background))
    oversampling = config.oversampling
    fine = area.area_downsample(
        light, area.oversample(rows, oversampling), area.oversample(columns, oversampling)
    )
    return _expose(fine, area.area_downsample(light, rows, columns), config)


def _expose(oversampled: Quanta, cells: Quanta, config: TargetConfig) -> UnitArray:
    """Return sRGB values of oversampled light, with the exposure that is measured on the cells."""
    values = quanta.quanta_to_srgb(oversampled, Tone.LINEAR)
    return adjust.model_exposure(cells, Options(), config.exposure.strength).apply(values)


def _cell_mean(oversampled: Quanta, oversampling: int) -> Quanta:
    height, width = (side // oversampling for side in oversampled.shape)
    means = oversampled.reshape(height, oversampling, width, oversampling).mean((1, 3))
    cells: Quanta = np.rint(means).astype(np.int32)
    return cells


def expose(
    values: NDArray[np.float32],
    config: TargetConfig,
    reference_values: NDArray[np.float32] | None = None,
) -> UnitArray:
    """Expose a procedural scene as a photograph would be.

    Parameters
    ----------
    values : float32 array, shape (H * oversampling, W * oversampling), from 0 to 1
        sRGB-encoded.
    config : TargetConfig
    reference_values : float32 array of the same shape, optional
        Picture on which the exposure is measured, if that is not `values`.

    Returns
    -------
    float64 array of the same shape, from 0 to 1
    """
    fine, measured = (
        quanta.to_quanta(array.astype(np.float64), Tone.LINEAR)
        for array in (values, values if reference_values is None else reference_values)
    )
    return _expose(fine, _cell_mean(measured, config.oversampling), config)


def to_uint8(values: UnitArray | NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return values from 0 to 1 as levels from 0 to 255, uint8 of the same shape."""
    levels: NDArray[np.uint8] = np.rint(values * 255).astype(np.uint8)
    return levels


def source_edges(raster: Raster) -> NDArray[np.bool_]:
    """Return the pixels of a photograph that are on an edge; bool, one for each pixel."""
    light = _light_of(raster, Options(tone=Tone.PERCEPTUAL))
    values = quanta.quanta_to_srgb(light.read_rows(0, light.size.height), Tone.PERCEPTUAL)
    return canny.canny(values, EDGE_SIGMA, EDGE_LOW, EDGE_HIGH)


def pool_to_cells(
    marks: NDArray[np.bool_], rows: list[int], columns: list[int]
) -> NDArray[np.bool_]:
    """Return the cells that contain a marked pixel.

    Parameters
    ----------
    marks : bool array, one for each pixel
    rows, columns : ascending lists of int
        Borders of H and W cells, from 0, in any unit; the last is the end of the picture.

    Returns
    -------
    bool array, shape (H, W)

    Examples
    --------
    >>> pool_to_cells(np.array([[False, False, True, False]]), [0, 1], [0, 2, 4])
    array([[False,  True]])
    """
    cells = np.zeros((len(rows) - 1, len(columns) - 1), np.bool_)
    indices = (
        np.searchsorted(borders, (pixels + 0.5) * borders[-1] / side, side="right") - 1
        for pixels, borders, side in zip(
            np.nonzero(marks), (rows, columns), marks.shape, strict=True
        )
    )
    cells[tuple(indices)] = True
    return cells


def _light_of(raster: Raster, options: Options) -> LightView:
    whole = plan_for_raster(raster, Options()).crop
    return LightView(raster, whole, options.tone, options.background)

"""The report at the end of training: how near the model is to the style, as text and pictures.

Outputs for the pictures of the validation are compared with the drawings that the network has
learned from. The distances of the methods of pixbin, and of drawings among themselves, give the
scale.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.catalog.methods import Method
from pixbin.errors import PixbinError
from pixbin.geometry import Extent
from pixbin.options import Options
from pixbin.pipeline.convert import convert_raster
from pixbin.readers import raster
from pixbin.training import monitor, scores, style_settings, style_statistics
from pixbin.training.data import DatasetItem, ink_boundary
from pixbin.training.prepare import ProgressCallback
from pixbin.training.state import TrainState, predict

BoolArray = NDArray[np.bool_]  #: shape (H, W), True is paper

SHEET_FILE = "sheet.png"
MAX_SHEET_PICTURES = 24  #: on the sheet
MAX_PICTURES = 24  #: outputs that are compared; more take longer and hardly change the distances
MIN_DRAWINGS = 8  #: with fewer drawings, the distances depend on chance
CLOSE, NEAR = 1.25, 2.0  #: in noise floors: as near as drawings are; learned
#: not compared: neural models, and a slow method
UNLIKE_METHODS = frozenset({Method.NEURAL, Method.DIRECT_BINARY_SEARCH})


class Distances(NamedTuple):
    """Style distances to the drawings, in bits."""

    model: float
    drawings: float  #: the noise floor: of as many drawings as the model has outputs
    method: float  #: of the nearest method
    method_name: str

    @property
    def times(self) -> float:
        """Distance of the model, in multiples of the noise floor."""
        return self.model / max(self.drawings, 1e-9)

    def __str__(self) -> str:
        """Return the distances as text for the log."""
        return (
            f"{self.model:.3f}; of drawings among themselves {self.drawings:.3f}; "
            f"of the nearest method, {self.method_name}, {self.method:.3f}"
        )


def write(
    state: TrainState,
    training: list[DatasetItem],
    validation: list[DatasetItem],
    folder: Path,
    on_progress: ProgressCallback,
) -> dict[str, float]:
    """Write a sheet of input, target and output, and report how near the model is to the style.

    Parameters
    ----------
    state : TrainState
        With the weights of the model in `ema_network`.
    training, validation : lists of DatasetItem
    folder : Path
        Receives the sheet.
    on_progress : callable
        Receives a line, and whether it should stay on the screen.

    Returns
    -------
    dict
        Distances for the card of the model; empty if there are too few drawings.
    """
    sheet = folder / SHEET_FILE
    monitor.write_sample_sheet(state, validation, sheet, MAX_SHEET_PICTURES)
    on_progress(f"{sheet}: input, drawing and output of pictures it has not learned from", True)
    drawings = style_settings.drawings_of(training)
    drawings = drawings[:: -(-len(drawings) // style_statistics.MAX_DRAWINGS) or 1]
    apart = [item for item in validation if style_settings.drawings_of([item])]
    apart = apart[:: -(-len(apart) // MAX_PICTURES) or 1]
    if len(drawings) < MIN_DRAWINGS or not apart:
        return {}
    outputs = [
        style_settings.without_padding(predict(state.ema_network, item), item) for item in apart
    ]
    by_method = _method_outputs(apart)
    period = state.network.config.phase
    measured = {
        title: measure(outputs, drawings, apart, by_method, each)
        for title, each in {"style distance": 1, _by_position(period): period}.items()
        if each
    }
    for title, distances in measured.items():
        on_progress(f"{title} {distances}", True)
    on_progress(_edges_line(outputs, apart), True)
    farthest = max(measured.values(), key=lambda distances: distances.times)
    on_progress(verdict(farthest, outputs, drawings), True)
    plain = measured["style distance"]
    return {
        "style_distance": round(plain.model, 4),
        "style_floor": round(plain.drawings, 4),
        "method_distance": round(plain.method, 4),
    }


def _by_position(period: int) -> str:
    return f"for each position in {period} by {period} cells"


def measure(
    outputs: list[BoolArray],
    drawings: list[BoolArray],
    apart: list[DatasetItem],
    by_method: dict[str, list[BoolArray]],
    period: int = 1,
) -> Distances:
    """Return the distances of outputs, drawings and methods to the drawings of a style.

    Parameters
    ----------
    outputs : list of bool arrays, shape (H, W), True is paper
        Of the model, for the pictures in `apart`.
    drawings : list of bool arrays, shape (H, W)
        That the model has learned from.
    apart : list of DatasetItem
        Pictures that the model has not learned from.
    by_method : dict
        Outputs of methods for these pictures.
    period : int
        As for `style_statistics.style_distance`.
    """
    distances = {
        name: style_statistics.style_distance(papers, drawings, period)
        for name, papers in by_method.items()
    }
    best = min(distances, key=lambda name: distances[name])
    own = style_settings.drawings_of(apart)
    return Distances(
        style_statistics.style_distance(outputs, drawings, period),
        style_statistics.noise_floor([*drawings, *own], period, len(own)),
        distances[best],
        best,
    )


def _method_outputs(apart: list[DatasetItem]) -> dict[str, list[BoolArray]]:
    """Return the pictures of every method; those that cannot convert them are left out."""
    outputs = {}
    for method in Method:
        if method not in UNLIKE_METHODS:
            try:
                outputs[str(method)] = [convert_item(item, method) for item in apart]
            except PixbinError:
                continue
    return outputs


def convert_item(item: DatasetItem, method: str) -> BoolArray:
    """Return the cells that a method makes of the input of a pair; bool (H, W)."""
    width, height = item.cells
    times = len(item.inputs) // len(item.paper)
    levels = np.ascontiguousarray(item.inputs[: height * times, : width * times])
    options = Options.of(method=method, enhance="none", grid=Extent(width, height))
    return convert_raster(raster.from_array(levels), options).grid


def _edges_line(outputs: list[BoolArray], apart: list[DatasetItem]) -> str:
    """Return a line on the edges of photographs in outputs and in drawings."""
    edges = [style_settings.without_padding(item.edges, item) for item in apart]

    def f_measure(papers: list[BoolArray]) -> float:
        return float(
            np.mean(
                [
                    scores.boundary_f_measure(ink_boundary(paper), edge)
                    for paper, edge in zip(papers, edges, strict=True)
                ]
            )
        )

    drawn = style_settings.drawings_of(apart)
    return (
        f"edges of the photographs that are drawn: F-measure {f_measure(outputs):.2f}; by the "
        f"artist {f_measure(drawn):.2f}"
    )


def verdict(distances: Distances, outputs: list[BoolArray], drawings: list[BoolArray]) -> str:
    """Return a sentence on what was learned, and what was not."""
    times = distances.times
    if distances.model >= distances.method:
        return (
            f"not learned: the method {distances.method_name} is nearer to the style; more "
            f"drawings or --minutes may help{_differences(outputs, drawings)}"
        )
    if times > NEAR:
        return (
            f"learned in part: {times:.1f} times as far from the drawings as they are from each "
            f"other; more drawings or --minutes may help{_differences(outputs, drawings)}"
        )
    if times > CLOSE:
        return f"learned: {times:.1f} times as far from the drawings as they are from each other"
    return "learned: as near to the drawings as they are to each other"


def _differences(outputs: list[BoolArray], drawings: list[BoolArray]) -> str:
    """Return the simple measures in which outputs differ from drawings most, as text."""
    measures: dict[str, Callable[[BoolArray], float]] = {
        "ink": lambda paper: float((~paper).mean()),
        "boundaries": lambda paper: float(ink_boundary(paper).mean()),
        "lone cells": lambda paper: float(scores.isolated_cells(paper).mean()),
    }
    values = {
        name: [
            float(np.mean([measured(paper) for paper in papers])) for papers in (outputs, drawings)
        ]
        for name, measured in measures.items()
    }
    texts = [f"{name} {own:.1%}, not {theirs:.1%}" for name, (own, theirs) in values.items()]
    return f" ({'; '.join(texts)})"

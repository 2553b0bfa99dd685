"""The search of `--refine`: cells whose features are like those of the source.

The cells are variables between ink and paper. In each step they are enlarged, blurred and moved a
little: this is a *view*. `models/refine.onnx` gives the distance of its features from those of the
source, with the gradient. Further terms ask for few boundaries and for the tone of the source.
Nothing is random.

Sources: L. Gatys, A. Ecker, M. Bethge, Image style transfer using convolutional neural networks,
2016 (optimization of a picture by features); D. Kingma, J. Ba, Adam: a method for stochastic
optimization, 2014.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.errors import ModelError
from pixbin.neural import onnx_session, refine_views
from pixbin.neural.algebra_threads import one_thread
from pixbin.neural.area_averages import area_weights
from pixbin.neural.refine_views import FloatArray, View

#: takes cells, their view and the progress; returns the loss and its gradient
Objective = Callable[[FloatArray, View, float], tuple[float, FloatArray]]

CUT_CONTRAST = 12.0  #: a boundary costs exp(-this * difference of grey across it)
TONE_SIGMA = 3.0  #: of the blur before tones are compared, in cells
FEATURES = ("feature0", "feature1", "feature2", "feature3")  #: outputs of the graph
NEIGHBOURHOOD_RADIUS = 2  #: in cells: of the square of cells that `free_cells` looks at
#: shares of the variance that remain: a cell is fixed up to the first, and free from the second on
FROZEN_REMAINDER, FREE_REMAINDER = 0.03, 0.12
VARIANCE_FLOOR = 1e-4  #: added to variances, so that greys that hardly differ count as equal
_TINY = 1e-9  #: keeps empty sets from dividing by zero
_LEAST_SPREAD = 1e-8  #: keeps Adam from dividing by zero
_ALL_BUT_LAST, _ALL_BUT_FIRST = slice(None, -1), slice(1, None)


class TermWeights(NamedTuple):
    """Weights of the terms of the objective; `training/perceptual/objective.py` explains them."""

    features: float = 8.0  #: of the distance of features
    cuts: float = 2.5  #: of boundaries between ink and paper
    tone: float = 6.0  #: of the tone around each cell
    undecided: float = 1.0  #: of cells between ink and paper, at the end; it rises from zero


class Schedule(NamedTuple):
    """Settings of the search, from the first step to the last."""

    start: float = 2.0  #: mean absolute value of the variables at the start
    limit: float = 4.0  #: largest absolute value of a variable
    first_rate: float = 0.2  #: learning rate of Adam
    last_rate: float = 0.04
    first_slope: float = 1.0  #: of the sigmoid that makes cells of variables
    last_slope: float = 6.0
    kept_mean: float = 0.8  #: share of Adam's running mean that each step keeps
    kept_square: float = 0.95  #: share of its running mean square


class CellTerms:
    """The terms that need no network: boundaries, tone, and undecided cells.

    Parameters
    ----------
    greys : float32 array, shape (H, W), from 0 to 1
        The source, one value for each cell.
    weights : TermWeights
    """

    def __init__(self, greys: FloatArray, weights: TermWeights) -> None:
        self.greys, self.weights = greys, weights
        self.cut_costs = [
            np.exp(-CUT_CONTRAST * np.abs(np.diff(greys, axis=axis))) for axis in (0, 1)
        ]
        self.blurs = [
            refine_views.view_matrix(side, 1, TONE_SIGMA, 0)[:side] for side in greys.shape
        ]

    def __call__(self, paper: FloatArray, progress: float) -> tuple[float, FloatArray]:
        """Return the loss of cells, float32 (H, W) from 0 to 1, and its gradient (H, W)."""
        rows, columns = self.blurs
        error = rows @ (paper - self.greys) @ columns.T
        tone, undecided = self.weights.tone, self.weights.undecided * progress
        loss = tone * float((error**2).mean()) + undecided * 4 * float((paper - paper**2).mean())
        gradient = 2 * tone * (rows.T @ error @ columns) + 4 * undecided * (1 - 2 * paper)
        gradient /= paper.size
        for axis, costs in enumerate(self.cut_costs):
            steps = np.diff(paper, axis=axis)
            weight = self.weights.cuts / max(1, steps.size)
            loss += weight * float((np.abs(steps) * costs).sum())
            pulls = weight * np.sign(steps) * costs
            gradient[(slice(None),) * axis + (_ALL_BUT_FIRST,)] += pulls
            gradient[(slice(None),) * axis + (_ALL_BUT_LAST,)] -= pulls
        return loss, gradient


class Searcher(NamedTuple):
    """A session of the shipped graph, with the settings of the search."""

    session: Any
    weights: TermWeights = TermWeights()
    schedule: Schedule = Schedule()

    @one_thread()
    def search(
        self,
        logits: FloatArray,
        seen: FloatArray,
        steps: int,
        scale: int,
        on_step: Callable[[], None] = lambda: None,
    ) -> FloatArray:
        """Improve the decisions of a picture, or of a part of one.

        Parameters
        ----------
        logits : float32 array, shape (H, W)
            Of the model; paper where they are 0 or more.
        seen : float32 array, shape (k*H, k*W), from 0 to 1
            Gamma-encoded greys of the source.
        steps : int
        scale : int
            Pixels along the side of a cell in the views, 2 to 4.
        on_step : callable
            Called without arguments after each step.

        Returns
        -------
        float32 array, shape (H, W); paper where it is 0 or more

        Raises
        ------
        ModelError
            The runtime fails.
        """
        plan = self.schedule
        values = start_values(logits, plan)
        objective = self.objective(seen, logits.shape, scale)
        freedom = free_cells(cell_greys(seen, logits.shape), logits >= 0)
        mean, square = np.zeros_like(values), np.zeros_like(values)
        for step, view in enumerate(refine_views.view_sequence(steps)):
            progress = step / max(1, steps - 1)
            slope = np.float32(plan.first_slope + (plan.last_slope - plan.first_slope) * progress)
            paper = sigmoid(slope * values)
            gradient = objective(paper, view, progress)[1] * slope * paper * (1 - paper)
            mean = plan.kept_mean * mean + (1 - plan.kept_mean) * gradient
            square = plan.kept_square * square + (1 - plan.kept_square) * gradient**2
            rate = plan.first_rate + (plan.last_rate - plan.first_rate) * progress
            spread = np.sqrt(square / (1 - plan.kept_square ** (step + 1))) + _LEAST_SPREAD
            change = freedom * rate / (1 - plan.kept_mean ** (step + 1)) * mean / spread
            values = np.clip(values - change, -plan.limit, plan.limit).astype(np.float32)
            on_step()
        return values

    def objective(self, seen: FloatArray, size: tuple[int, ...], scale: int) -> Objective:
        """Return the function that gives the loss of cells and its gradient.

        It takes cells, float32 (H, W) from 0 to 1, their view, and the progress from 0 to 1. The
        gradient has shape (H, W), too.
        """
        height, width = size
        terms = CellTerms(cell_greys(seen, size), self.weights)
        feed = self._feed(self.source_features(seen, size, scale), scale)

        def evaluate(paper: FloatArray, view: View, progress: float) -> tuple[float, FloatArray]:
            matrices = {
                "cells": paper,
                "rows": refine_views.view_matrix(height, scale, view.blur, view.down),
                "columns": refine_views.view_matrix(width, scale, view.blur, view.right),
            }
            loss, gradient = self._run(("loss", "gradient"), feed | matrices)
            more, gradient_of_terms = terms(paper, progress)
            return float(loss) + more, gradient + gradient_of_terms

        return evaluate

    def source_features(
        self, seen: FloatArray, size: tuple[int, ...], scale: int
    ) -> list[FloatArray]:
        """Return the normalized features of a source, float32 (k*H, k*W) from 0 to 1."""
        channels = {tensor.name: tensor.shape for tensor in self.session.get_inputs()}
        unused = [
            np.zeros((1, channels[f"source{number}"][1], 1, 1), np.float32)
            for number in range(len(FEATURES))
        ]
        times = seen.shape[0] // size[0]
        rows, columns = (refine_views.source_matrix(side, times, scale) for side in size)
        feed = self._feed(unused, scale, is_view=False)
        feed |= {"cells": np.ascontiguousarray(seen), "rows": rows, "columns": columns}
        return self._run(FEATURES, feed)

    def _feed(
        self, sources: Sequence[FloatArray], scale: int, *, is_view: bool = True
    ) -> dict[str, NDArray[Any]]:
        """Return those inputs of the graph that are the same in all steps."""
        feed: dict[str, NDArray[Any]] = {"kind": np.array([kind_of_view(scale, is_view)])}
        for number, source in enumerate(sources):
            shape = (1, 1, *source.shape[2:])
            share = self.weights.features / (len(FEATURES) * shape[2] * shape[3])
            feed[f"source{number}"] = source
            feed[f"weight{number}"] = np.full(shape, share, np.float32)
        return feed

    def _run(self, outputs: Sequence[str], feed: dict[str, NDArray[Any]]) -> list[Any]:
        """Run the part of the graph that these outputs need."""
        try:
            return list(self.session.run(list(outputs), feed, onnx_session.partial_run()))
        except onnx_session.runtime_errors() as error:
            reason = onnx_session.error_summary(error)
            raise ModelError(f"refine fails ({reason}); leave out --refine") from error


def kind_of_view(scale: int, is_view: bool) -> int:
    """Return the row of the graph's statistics for sources or views; the scale is 2 to 4."""
    return 2 * (scale - refine_views.LEAST_SCALE) + is_view


def cell_greys(seen: FloatArray, size: tuple[int, ...]) -> FloatArray:
    """Return the mean grey of each cell, float32 (H, W), of values (k*H, k*W) from 0 to 1."""
    rows, columns = (
        area_weights(length, side) for length, side in zip(seen.shape, size, strict=True)
    )
    greys: FloatArray = (rows @ seen @ columns.T).astype(np.float32)
    return greys


def free_cells(greys: FloatArray, paper: NDArray[np.bool_]) -> FloatArray:
    """Return the factor, 0 to 1, by which the changes of each cell are multiplied.

    In text and line art the greys around a cell have two values, and the model already draws one as
    ink and the other as paper. Then the greys of ink hardly vary, nor do those of paper, and the
    factor is 0. The measure is the share of the variance of all greys that remains within the two.

    Parameters
    ----------
    greys : float32 array, shape (H, W), from 0 to 1
        The source, one value for each cell.
    paper : bool array, shape (H, W)
        The decisions of the model.

    Returns
    -------
    float32 array, shape (H, W)
    """
    rows, columns = (_box_weights(side) for side in greys.shape)

    def mean(values: NDArray[np.floating]) -> NDArray[np.float64]:
        averages: NDArray[np.float64] = rows @ values @ columns.T
        return averages

    share = mean(paper.astype(np.float64))
    total = mean(greys.astype(np.float64) ** 2) - mean(greys) ** 2
    light, dark = mean(greys * paper), mean(greys * ~paper)
    between = light**2 / np.maximum(share, _TINY) + dark**2 / np.maximum(1 - share, _TINY)
    within = np.maximum(mean(greys.astype(np.float64) ** 2) - between, 0)
    remaining = (within + VARIANCE_FLOOR) / (np.maximum(total, 0) + VARIANCE_FLOOR)
    low, high = FROZEN_REMAINDER, FREE_REMAINDER
    freedom: FloatArray = np.clip((remaining - low) / (high - low), 0, 1).astype(np.float32)
    return freedom


def _box_weights(side: int) -> NDArray[np.float64]:
    """Return weights, float64 (side, side), that average a value with its neighbours."""
    distance = np.abs(np.subtract.outer(np.arange(side), np.arange(side)))
    near = (distance <= NEIGHBOURHOOD_RADIUS).astype(np.float64)
    weights: NDArray[np.float64] = near / near.sum(1, keepdims=True)
    return weights


def start_values(logits: FloatArray, schedule: Schedule) -> FloatArray:
    """Return logits, float32 (H, W), scaled to the mean absolute value of the start."""
    mean = float(np.abs(logits).mean())
    scaled = logits * (schedule.start / mean if mean else 1)
    values: FloatArray = np.clip(scaled, -schedule.limit / 2, schedule.limit / 2)
    return values.astype(np.float32)


def sigmoid(values: FloatArray) -> FloatArray:
    """Return 1 / (1 + exp(-values)), float32 of the same shape."""
    return (0.5 + 0.5 * np.tanh(values / 2)).astype(np.float32)

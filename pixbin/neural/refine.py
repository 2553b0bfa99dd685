"""Refinement of the decisions of a model (`--refine`), so that networks recognise the source.

The search is in `refine_search.py`. This module loads the shipped graph, divides large pictures
into parts, and removes lone cells.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pixbin.geometry import Box
from pixbin.neural import model_card, onnx_session, refine_views, tiling
from pixbin.neural.refine_search import Searcher
from pixbin.neural.refine_views import FloatArray

#: returns the greys of a box of H x W cells: float32 (k*H, k*W) from 0 to 1, k is the oversampling
GreyReader = Callable[[Box], FloatArray]
StepObserver = Callable[[int, int], None]  #: receives the numbers of finished and of all steps

GRAPH_NAME = "refine"  #: file name, without its ending, in the folder of the models
LEAST_SIDE = 8  #: in cells; of smaller pictures the networks compute no useful features
#: in cells: largest side of a part, and the margin at its inner borders that is not kept
WINDOW, HALO = 160, 24

_observer: ContextVar[StepObserver | None] = ContextVar("observer", default=None)


@contextlib.contextmanager
def observed(observer: StepObserver) -> Iterator[None]:
    """Call a function after every step of the refinements in this context."""
    token = _observer.set(observer)
    try:
        yield
    finally:
        _observer.reset(token)


@lru_cache(maxsize=2)
def load(provider: str = "cpu", threads: int | None = None) -> Searcher:
    """Load the shipped graph; it is loaded only once.

    Raises
    ------
    ModelError
        The runtime or the file is missing or unfit.
    """
    return Searcher(onnx_session.create_session(read_graph(), provider, threads))


def read_graph() -> bytes:
    """Return the bytes of `models/refine.onnx`.

    Raises
    ------
    ModelError
        The file is missing, or it is not the one that was shipped.
    """
    return model_card.read_model(model_card.auxiliary_file(GRAPH_NAME))


def refine(
    searcher: Searcher, logits: FloatArray, read_greys: GreyReader, steps: int
) -> NDArray[np.bool_]:
    """Decide every cell of a plane, starting from the logits of a model.

    A large picture is refined in overlapping parts, so that memory stays bounded. If all logits are
    equal, or a side is below LEAST_SIDE, the decisions of the model stay as they are.

    Parameters
    ----------
    searcher : Searcher
    logits : float32 array, shape (H, W)
        Paper where they are 0 or more.
    read_greys : callable
        Returns the gamma-encoded greys of a box of cells, as the model gets them.
    steps : int
        Of the search in each part.

    Returns
    -------
    bool array, shape (H, W), True is paper

    Raises
    ------
    ModelError
        The runtime fails.
    """
    if min(logits.shape) < LEAST_SIDE or logits.min() == logits.max():
        paper: NDArray[np.bool_] = logits >= 0
        return paper
    scale = refine_views.choose_scale(*logits.shape)
    values = np.empty(logits.shape, np.float32)
    row_spans, column_spans = (tiling.tile_spans(side, WINDOW, HALO) for side in logits.shape)
    count = _step_counter(len(row_spans) * len(column_spans) * steps)
    for rows in row_spans:
        for columns in column_spans:
            part = logits[rows.read_slice, columns.read_slice]
            box = Box(columns.read_start, rows.read_start, part.shape[1], part.shape[0])
            improved = searcher.search(part, read_greys(box), steps, scale, count)
            kept = improved[rows.inner_slice, columns.inner_slice]
            values[rows.kept_slice, columns.kept_slice] = kept
    return without_lone_cells(values) >= 0


def _step_counter(total: int) -> Callable[[], None]:
    """Return a function that counts its calls, and reports them to the observer."""
    observer, done = _observer.get(), 0

    def count() -> None:
        nonlocal done
        done += 1
        if observer is not None:
            observer(done, total)

    return count


def without_lone_cells(values: FloatArray) -> FloatArray:
    """Clamp each value to the range of its neighbours (eight, fewer at the border).

    So a cell that differs from all its neighbours becomes like them. Input and result are float32
    (H, W).

    Examples
    --------
    >>> without_lone_cells(np.array([[-1, -2, -1], [-2, 3, -2]], np.float32)).max()
    np.float32(-1.0)
    """
    highest = _of_neighbours(values, -np.inf, np.maximum)
    lowest = _of_neighbours(values, np.inf, np.minimum)
    return np.minimum(np.maximum(values, lowest), highest)


def _of_neighbours(values: FloatArray, fill: float, choose: Any) -> FloatArray:
    height, width = values.shape
    padded = np.pad(values, 1, constant_values=fill)
    neighbours = [
        padded[down : down + height, right : right + width]
        for down in range(3)
        for right in range(3)
        if (down, right) != (1, 1)
    ]
    chosen: FloatArray = choose.reduce(neighbours)
    return chosen

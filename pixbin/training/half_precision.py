"""Weights of ONNX files in half precision: files of half the size.

Only the storage changes. The runtime converts the weights to single precision when it loads the
file, and computes with these.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import numpy as np
import onnx
import torch

if TYPE_CHECKING:
    from pixbin.training.model import UNet

HALF_SUFFIX = ".half"  #: of the names of stored weights


def rounded(network: UNet) -> UNet:
    """Return a copy of a network whose weights are float32, rounded to half precision."""
    copy = deepcopy(network)
    with torch.no_grad():
        for parameter in copy.parameters():
            parameter.copy_(parameter.half().float())
    return copy


def store_weights_as_half(model: onnx.ModelProto, names: set[str]) -> None:
    """Replace weights by float16 arrays, and add nodes that convert them to float32.

    Parameters
    ----------
    model : onnx.ModelProto
        Changed in place.
    names : set of str
        Weights to replace. The stored ones have these names with HALF_SUFFIX; the other nodes stay
        as they are. Other initializers stay, too.
    """
    graph, conversions = model.graph, []
    for weight in graph.initializer:
        if weight.name not in names:
            continue
        name, values = weight.name, onnx.numpy_helper.to_array(weight).astype(np.float16)
        weight.CopyFrom(onnx.numpy_helper.from_array(values, name + HALF_SUFFIX))
        single = onnx.TensorProto.FLOAT
        conversions.append(onnx.helper.make_node("Cast", [weight.name], [name], to=single))
    nodes = [*conversions, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def read_weights(graph: onnx.GraphProto) -> dict[str, np.ndarray]:
    """Return all initializers as float32 arrays, by their names without HALF_SUFFIX."""
    return {
        weight.name.removesuffix(HALF_SUFFIX): _single(onnx.numpy_helper.to_array(weight))
        for weight in graph.initializer
    }


def _single(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32) if values.dtype == np.float16 else values

